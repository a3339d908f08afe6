"""A new user's path on a clean machine: setup → index → run → first suggestion in oscdump, and how long it takes.

    python tests/real/first_run.py [--music DIR] [--sound FILE] [--tracks 50] [--fresh]

The home is empty, the sound comes through a JACK server without a sound card, nothing is typed. Without a folder of
music, 50 pieces of the demo's music are cut. ``--fresh`` installs Segue into a virtual environment of its own first,
which is told but not counted. Exit 1 where it takes more than five minutes.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from booth import RATE, Booth, booth, ended_cleanly, free_port, until

from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode

LIMIT_S = 300.0
AUDIO = (".flac", ".mp3", ".ogg", ".opus", ".wav", ".m4a")
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class FirstRun:
    """Seconds of each step."""

    setup_s: float
    """Writing the config and indexing."""
    suggestion_s: float
    """From the start of ``segue run`` to the first suggestion."""
    processor_s: float
    """What setting up and indexing took of the processors; on a machine that does nothing else, that over the cores."""
    tracks: int
    suggestion: str
    """What oscdump showed."""

    @property
    def all_s(self) -> float:
        """Both."""
        return self.setup_s + self.suggestion_s


def cut(folder: Path, tracks: int, seconds: float) -> None:
    """Make so many pieces of the demo's music."""
    folder.mkdir()
    sounds = sorted((ROOT / "daemon" / "demo" / "music").glob("*.opus"))
    for number in range(tracks):
        sound = decode(sounds[number % len(sounds)])
        start = round(number // len(sounds) * 30.0 * sound.rate)
        piece = sound.samples[start : start + round(seconds * sound.rate)]
        name = f"{sounds[number % len(sounds)].stem} {number // len(sounds)}.flac"
        soundfile.write(folder / name, piece, sound.rate)


def link(folder: Path, music: Path, tracks: int) -> None:
    """Take so many of somebody's tracks, evenly from all there are."""
    folder.mkdir()
    found = [file for file in sorted(music.rglob("*")) if file.suffix.lower() in AUDIO]
    for number, at in enumerate(np.linspace(0, len(found) - 1, min(tracks, len(found))).round().astype(int)):
        (folder / f"{number:03} {found[at].name}").symlink_to(found[at].resolve())


def at_jacks_rate(file: Path, folder: Path) -> Path:
    """Give a sound as the player wants it."""
    sound = decode(file, limit_s=180.0)
    samples = resample(np.ascontiguousarray(sound.samples[:, :2]), sound.rate, RATE)
    soundfile.write(folder / "deck.wav", np.repeat(samples, 2 // samples.shape[1], axis=1), RATE, subtype="FLOAT")
    return folder / "deck.wav"


def first_run(stage: Booth, music: Path, sound: Path, python: str = sys.executable) -> FirstRun:
    """Go the way, in an empty home below the booth's folder."""
    home = stage.folder / "home"
    settings = home / ".config" / "segue" / "config.toml"
    settings.parent.mkdir(parents=True)
    ports = [free_port() for _ in range(2)]  # others may run here too; a user has the usual ones
    settings.write_text(f"[osc]\nlisten_port = {ports[0]}\nquery_port = {ports[1]}\n[stage]\nport = 0\n")
    stage.environment = {
        **{name: value for name, value in stage.environment.items() if not name.startswith("XDG_")},
        "HOME": str(home),
    }
    stage.jack()
    stage.player(at_jacks_rate(sound, stage.folder))
    stage.ear()

    segue = [python, "-m", "segue.daemon"]
    start_s, before_s = time.monotonic(), _spent_s()
    answers = ["--music", str(music), "--device", "PortAudio", "--receiver", f"127.0.0.1:{stage.port}"]
    done = subprocess.run(
        [*segue, "setup", "--yes", *answers], env=stage.environment, capture_output=True, text=True, timeout=1800
    )
    setup_s, processor_s = time.monotonic() - start_s, _spent_s() - before_s
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout, done.stderr, sep="")

    start_s = time.monotonic()
    daemon = stage.start([*segue, "run"], "segue.log")

    def suggested() -> list[list[str]]:
        return [words for words in stage.heard("/segue/next/n1/track") if words[3] != '""']

    until(lambda: bool(suggested()), 120, "the first suggestion in oscdump")
    suggestion_s = time.monotonic() - start_s
    told = subprocess.run([*segue, "status", "--json"], env=stage.environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    status, _ = stage.end(daemon, signal.SIGINT)
    assert status == 0
    assert ended_cleanly(stage.folder / "segue.log")
    return FirstRun(setup_s, suggestion_s, processor_s, len(list(music.iterdir())), " ".join(suggested()[0]))


def _spent_s() -> float:
    """Tell what programs that have ended took of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fresh(folder: Path) -> str:
    """Install Segue as a user would; give its python."""
    start_s = time.monotonic()
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    print(f"installed in {time.monotonic() - start_s:.0f} s")
    return python


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path, help="tracks of one's own, instead of pieces of the demo's")
    parser.add_argument("--sound", type=Path, help="what the deck plays; one of the music if left out")
    parser.add_argument("--tracks", type=int, default=50)
    parser.add_argument("--fresh", action="store_true", help="install into a virtual environment of its own first")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, booth(Path(name)) as stage:
        music = stage.folder / "music"
        if given.music:
            link(music, given.music, given.tracks)
        else:
            cut(music, given.tracks, 40.0)
        sound = given.sound or sorted(music.iterdir())[0]
        found = first_run(stage, music, sound, fresh(stage.folder) if given.fresh else sys.executable)
    print(found.suggestion)
    print(f"{found.tracks} tracks, {os.cpu_count()} cores: set up and indexed in {found.setup_s:.1f} s "
          f"({found.processor_s:.0f} s of processor), "
          f"first suggestion {found.suggestion_s:.1f} s after 'segue run': {found.all_s:.1f} s")  # fmt: skip
    sys.exit(found.all_s > LIMIT_S)


if __name__ == "__main__":
    main()
