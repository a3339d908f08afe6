"""A DJ booth of real parts: a JACK server without a sound card, a player, ``segue run``, and liblo's oscdump."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 44_100
PLAYER = Path(__file__).parent / "real" / "player.py"


def free_port() -> int:
    """Find a UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something; say what it was when it does not come."""
    end_s = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end_s, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


class Booth:
    """Owns the processes; ends those that still run when it is left."""

    def __init__(self, folder: Path, library: Path | None = None) -> None:
        self.folder = folder
        self.library = library or folder / "no-library"
        self.port = free_port()
        self.control_port = free_port()
        name = f"segue-{os.getpid()}"
        self.environment = {
            **os.environ,
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        self._name = name
        self._running: list[subprocess.Popen[bytes]] = []
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[audio]\ndevice = "PortAudio"\nreconnect_s = 0.5\n[osc]\nlisten_port = {self.control_port}\n'
            f'[[osc.targets]]\nhost = "127.0.0.1"\nport = {self.port}\n'
        )

    def start(self, command: list[str], log: str, out: str | None = None) -> "subprocess.Popen[bytes]":
        """Start a program of the booth."""
        with contextlib.ExitStack() as files:
            errors = files.enter_context((self.folder / log).open("ab"))
            told = files.enter_context((self.folder / out).open("wb")) if out else errors
            process = subprocess.Popen(command, env=self.environment, stdout=told, stderr=errors)
        self._running.append(process)
        return process

    def end(self, process: "subprocess.Popen[bytes]", how: int = signal.SIGTERM) -> tuple[int, float]:
        """End a program; give its exit status and the seconds that it took."""
        start_s = time.monotonic()
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process in self._running:
            self._running.remove(process)
        return process.returncode, time.monotonic() - start_s

    def jack(self) -> "subprocess.Popen[bytes]":
        """Start the JACK server; in real time where that is allowed, with a longer period where it is not."""
        for tool in ("jackd", "jack_wait", "oscdump"):
            assert shutil.which(tool), f"{tool} is missing; the test command installs it"
        chrt = shutil.which("chrt")
        real = bool(chrt) and subprocess.run([str(chrt), "-f", "1", "true"], capture_output=True).returncode == 0
        how, period = (["-R", "-P", "70"], "2048") if real else (["-r"], "4096")
        server = self.start(
            ["jackd", *how, "--name", self._name, "-d", "dummy", "-r", str(RATE), "-p", period], "jackd.log"
        )
        wait = ["jack_wait", "-s", self._name, "-w", "-t", "10"]
        subprocess.run(wait, env=self.environment, capture_output=True, timeout=20)
        assert server.poll() is None, (self.folder / "jackd.log").read_text()
        return server

    def player(self, sound: Path, turns: int = 1000) -> "subprocess.Popen[bytes]":
        """Play a file, and wait until JACK shows the player as an input."""
        process = self.start([sys.executable, str(PLAYER), str(sound), str(turns)], "player.log")
        look = [sys.executable, "-m", "segue.daemon", "devices", "--json"]

        def there() -> bool:
            assert process.poll() is None, (self.folder / "player.log").read_text()
            told = subprocess.run(look, env=self.environment, capture_output=True, text=True, timeout=60)
            return "PortAudio" in told.stdout

        until(there, 30, "the player to show in 'segue devices'")
        return process

    def ear(self) -> "subprocess.Popen[bytes]":
        """Start oscdump on the target's port."""
        return self.start(["oscdump", "-L", str(self.port)], "oscdump.log", "heard.txt")

    def daemon(self, *more: str) -> "subprocess.Popen[bytes]":
        """Start ``segue run`` with lines and a recording."""
        files = ["--jsonl", str(self.folder / "live.jsonl"), "--record", str(self.folder / "heard.wav")]
        command = [sys.executable, "-m", "segue.daemon", "run", "--config", str(self.config)]
        return self.start([*command, "--library", str(self.library), *files, *more], "segue.log")

    def heard(self, address: str = "/") -> list[list[str]]:
        """Give what oscdump decoded under an address, each line's words without the time."""
        text = (self.folder / "heard.txt").read_text("utf-8", errors="replace")
        words = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [line[1:] for line in words if len(line) > 2 and line[1].startswith(address)]

    def state(self) -> int:
        """Give the daemon's last word on its state, -1 before the first."""
        states = self.heard("/segue/status/state")
        return int(states[-1][2]) if states else -1

    def lines(self) -> list[dict]:
        """Give the daemon's own lines."""
        with (self.folder / "live.jsonl").open(encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def close(self) -> None:
        """End everything, latest first."""
        for process in reversed(list(self._running)):
            self.end(process)


@contextlib.contextmanager
def booth(folder: Path, library: Path | None = None) -> Iterator[Booth]:
    """Open a booth, and leave nothing running."""
    opened = Booth(folder, library)
    try:
        yield opened
    finally:
        opened.close()


@dataclass
class Continuity:
    """How a recording compares with what was played, frame by frame."""

    same: int = 0
    """Frames that are exactly the ones played, in order."""
    skipped: int = 0
    """Frames that were played and are not in the recording, silence in their place taken off."""
    silent: int = 0
    """Frames of silence in the recording that were not played."""
    unknown: int = 0
    """Frames of the recording that were never played."""


def compare(played: np.ndarray, heard: np.ndarray) -> Continuity:
    """Walk along a recording and find each frame in what was played (in a loop), exactly.

    Parameters
    ----------
    played, heard
        (frames,), float32, without long silences or repetitions in what was played.
    """
    found = Continuity()
    loop = np.concatenate([played, played[: RATE * 2]])
    start = int(np.flatnonzero(heard)[0]) if heard.any() else len(heard)
    found.silent += start
    position = _find(loop, heard, start, 0, len(played))
    if position < 0:
        found.unknown = len(heard) - start
        return found
    since, due, before = start, None, 0  # where this run of frames starts, where it was due, what was lost before it
    while start < len(heard):
        step = min(4096, len(heard) - start, len(loop) - position)
        equal = heard[start : start + step] == loop[position : position + step]
        run = step if equal.all() else int(np.argmin(equal))
        found.same += run
        start, position = start + run, (position + run) % len(played)
        if run == step:
            continue
        rest = np.flatnonzero(heard[start:])
        zeros = int(rest[0]) if len(rest) else len(heard) - start
        start += zeros
        if start >= len(heard):
            found.silent += zeros
            break
        landed = _find(loop, heard, start, position, len(played))
        if landed < 0:
            found.silent += zeros
            found.unknown += 1
            start += 1
            position = (position + 1) % len(played)
            continue
        again = (landed - (start - since) + np.arange(start - since)) % len(played)
        if not zeros and np.array_equal(heard[since:start], played[again]):
            # Music that repeats itself to the sample was found in the wrong repetition: all since then lies here.
            found.skipped = before + (0 if due is None else (again[0] - due) % len(played))
        else:
            jump = (landed - position) % len(played)
            since, due, before = start, position, found.skipped
            found.skipped += max(0, jump - zeros)
            found.silent += max(0, zeros - jump)
        position = landed
    return found


def _find(loop: np.ndarray, heard: np.ndarray, start: int, near: int, length: int) -> int:
    """Where in the loop the next 64 frames of the recording are, the first place from ``near`` on; -1 nowhere."""
    window = heard[start : start + 64]
    places = np.flatnonzero(loop[:length] == window[0])
    for place in sorted(places, key=lambda p: (p - near) % length):
        if len(window) <= len(loop) - place and np.array_equal(loop[place : place + len(window)], window):
            return int(place)
    return -1


def ended_cleanly(log: Path) -> bool:
    """Tell whether a program's log shows no traceback."""
    return not re.search("Traceback|fault of ours", log.read_text("utf-8", errors="replace"))
