"""Starting ``segue run`` at login and keeping it up: a systemd user unit, a launchd agent.

Conventions
-----------
One file is written, owned by the user; nothing needs rights that the user does not have. Installing twice changes
nothing. What the system's own program says of a failure is passed on.

Source
------
systemd.exec(5), systemd.service(5), launchd.plist(5).
"""

import os
import plistlib
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..clock import Clock, SteadyClock
from ..errors import SegueError

NAME = "segue"
LABEL = "segue.daemon"
_UNLOAD_S = 10.0
"""How long launchd is given to end what ran; the daemon needs two seconds."""
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""Runs a program to its end, and gives its output."""

_UNIT = """\
# Written by 'segue service install', which writes it anew; your own lines go into 'systemctl --user edit segue'.
[Unit]
Description=Segue: hears a DJ set and says over OSC what could come next
After=pipewire.service pipewire-pulse.service jack.service

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=5
# A config with faults stays faulty: look into the log, mend it, start again.
RestartPreventExitStatus=2
TimeoutStopSec=10
# Realtime scheduling, /tmp and /dev/shm stay open: sound servers need them.
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=default.target
"""

_TASK = """\
$what = New-ScheduledTaskAction -Execute '{program}' -Argument '{words}'
$when = New-ScheduledTaskTrigger -AtLogOn -User "$env:USERDOMAIN\\$env:USERNAME"
$how = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 99 -RestartInterval (New-TimeSpan -Minutes 1)
Register-ScheduledTask -TaskName Segue -Action $what -Trigger $when -Settings $how -Force"""


def command(config: Path | None, library: Path | None, log: Path) -> list[str]:
    """Give the command line that is kept running; it waits for an input that is not there yet."""
    named = [("--config", config), ("--library", library), ("--log", log)]
    options = [word for option, path in named if path is not None for word in (option, str(path.absolute()))]
    return [sys.executable, "-m", "segue.daemon", "run", "--wait", "--quiet", *options]


class System(Protocol):
    """What starts programs at login."""

    file: Path
    """What it reads."""

    def install(self, line: Sequence[str]) -> bool:
        """Have a command line started at login; tell whether anything changed."""

    def uninstall(self) -> bool:
        """Undo that, and end what runs; tell whether there was anything."""

    def start(self) -> None:
        """Start it now."""

    def stop(self) -> None:
        """End it until the next login or start."""


def run(line: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a program, at most half a minute.

    Raises
    ------
    SegueError
        If it is missing or hangs.
    """
    try:
        return subprocess.run(line, capture_output=True, text=True, errors="replace", timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise SegueError(f"'{line[0]}' does not answer: {exc}; start 'segue run --wait' yourself") from exc


class Systemd:
    """A unit of the user's own systemd.

    Parameters
    ----------
    folder
        Where units lie.
    call
        Runs ``systemctl``; for tests.
    """

    def __init__(self, folder: Path | None = None, call: Run = run) -> None:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self.file = (folder or home / "systemd" / "user") / f"{NAME}.service"
        self._call = call

    def install(self, line: Sequence[str]) -> bool:
        """Have a command line started at login; tell whether anything changed."""
        before = self.file.read_bytes() if self.file.exists() else None
        changed = _written(self.file, unit(line).encode())
        try:
            if changed:
                self._systemctl("daemon-reload")
            self._systemctl("enable", NAME)
        except SegueError:
            if before is None:
                self.file.unlink()  # half an installation would look like one
            else:
                _written(self.file, before)
            raise
        return changed

    def uninstall(self) -> bool:
        """Undo that, and end what runs; tell whether there was anything."""
        if not self.file.exists():
            return False
        self._systemctl("disable", "--now", NAME)
        self.file.unlink()
        self._systemctl("daemon-reload")
        return True

    def start(self) -> None:
        """Start it now, anew if it runs."""
        _must_be_there(self.file)
        self._systemctl("restart", NAME)

    def stop(self) -> None:
        """End it until the next login or start."""
        _must_be_there(self.file)
        self._systemctl("stop", NAME)

    def _systemctl(self, *words: str) -> None:
        _checked(self._call, ["systemctl", "--user", *words])


class Launchd:
    """An agent of launchd, on macOS.

    Parameters
    ----------
    folder
        Where agents lie.
    call, clock
        The one runs ``launchctl``, the other waits for it; for tests.
    """

    def __init__(self, folder: Path | None = None, call: Run = run, clock: Clock | None = None) -> None:
        self._clock = clock or SteadyClock()
        self.file = (folder or Path.home() / "Library" / "LaunchAgents") / f"{LABEL}.plist"
        self._call = call
        self._domain = f"gui/{os.getuid()}"

    def install(self, line: Sequence[str]) -> bool:
        """Have a command line started at login; tell whether anything changed."""
        changed = _written(self.file, agent(line))
        if changed:
            self._unload()  # or the old one would be started again
        return changed

    def uninstall(self) -> bool:
        """Undo that, and end what runs; tell whether there was anything."""
        if not self.file.exists():
            return False
        self._unload()
        self.file.unlink()
        return True

    def start(self) -> None:
        """Start it now, anew if it runs."""
        _must_be_there(self.file)
        self._unload()
        end_s = self._clock.now() + _UNLOAD_S
        while True:
            try:
                _checked(self._call, ["launchctl", "bootstrap", self._domain, str(self.file)])  # RunAtLoad starts it
                return
            except SegueError:  # as long as the one before is still being ended
                if self._clock.now() >= end_s:
                    raise
            self._clock.wait(threading.Event(), 0.5)

    def stop(self) -> None:
        """End it until the next login or start."""
        _must_be_there(self.file)
        self._unload()

    def _unload(self) -> None:
        self._call(["launchctl", "bootout", f"{self._domain}/{LABEL}"])  # fails where it is not loaded


def unit(line: Sequence[str]) -> str:
    """Write the unit for a command line."""
    return _UNIT.format(command=" ".join(map(_quoted, line)))


def agent(line: Sequence[str]) -> bytes:
    """Write the agent for a command line."""
    told = {
        "Label": LABEL,
        "ProgramArguments": list(line),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 5,
        "ProcessType": "Interactive",  # others are slowed down while somebody works on the machine
        "StandardOutPath": "/dev/null",  # the log that it writes itself is bounded, this one would not be
        "StandardErrorPath": "/dev/null",
    }
    return plistlib.dumps(told)


def task(line: Sequence[str]) -> str:
    """Give the commands for PowerShell that make Windows start a command line at login.

    ``schtasks`` would do for short lines only, and its tasks end on battery and after three days.
    """
    program, words = (text.replace("'", "''") for text in (line[0], subprocess.list2cmdline(line[1:])))
    return _TASK.format(program=program, words=words)


def _quoted(word: str) -> str:
    """Quote a word for ExecStart, where % and $ mean something."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"'


def _written(file: Path, data: bytes) -> bool:
    try:
        if file.exists() and file.read_bytes() == data:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.write_bytes(data)
        fresh.replace(file)
    except OSError as exc:
        raise SegueError(f"cannot write {file}: {exc.strerror or exc}; look at its folder's rights") from exc
    return True


def _must_be_there(file: Path) -> None:
    if not file.exists():
        raise SegueError(f"no service is installed (there is no {file}); 'segue service install' makes one")


def _checked(call: Run, line: Sequence[str]) -> None:
    done = call(line)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise SegueError(f"'{' '.join(line)}' failed: {reason[-1]}")
