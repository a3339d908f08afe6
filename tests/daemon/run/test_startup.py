"""The service: what is written for systemd and launchd, that twice is once, and what their programs say."""

import contextlib
import itertools
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from segue.daemon.clock import ScriptedClock
from segue.daemon.commands import service
from segue.daemon.errors import SegueError
from segue.daemon.run.startup import Launchd, System, Systemd, agent, command, run, task, unit

ODD = ["/opt/a b/python", "-m", "segue.daemon", "run", "--config", '/home/ä/100% "$HOME"\\x.toml']


class Calls:
    """A systemctl or launchctl that remembers what it was asked."""

    def __init__(self, status: int = 0, text: str = "") -> None:
        self.lines: list[list[str]] = []
        self.status, self.text = status, text

    def __call__(self, line: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        self.lines.append(list(line))
        return subprocess.CompletedProcess(line, self.status, "", self.text)

    def verbs(self) -> list[str]:
        return [next(word for word in line[1:] if not word.startswith("-")) for line in self.lines]


def test_the_command_waits_for_an_input_and_keeps_a_log(tmp_path: Path) -> None:
    line = command(tmp_path / "c.toml", None, tmp_path / "segue.log")

    assert line[0] == sys.executable
    assert line[3:] == ["run", "--wait", "--quiet", "--config", str(tmp_path / "c.toml"), "--log",
                        str(tmp_path / "segue.log")]  # fmt: skip


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    python = tmp_path / "a b" / "python"
    python.symlink_to(sys.executable)
    file = tmp_path / "segue.service"
    file.write_text(unit([str(python), *ODD[1:]]))

    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(file)], capture_output=True, text=True, env=environment, timeout=60
    )

    assert "segue.service" not in checked.stderr, checked.stderr
    assert checked.returncode == 0, checked.stderr


def test_a_word_means_itself_to_systemd() -> None:
    line = next(line for line in unit(ODD).splitlines() if line.startswith("ExecStart="))

    assert line.startswith('ExecStart="/opt/a b/python" "-m" ')
    assert line.endswith(r'"/home/ä/100%% \"$$HOME\"\\x.toml"')


def test_launchd_reads_the_agent_and_starts_what_was_meant() -> None:
    told = plistlib.loads(agent(ODD))

    assert told["ProgramArguments"] == ODD
    assert told["RunAtLoad"] is True
    assert told["KeepAlive"] == {"SuccessfulExit": False}
    assert told["ProcessType"] == "Interactive"


def test_windows_is_told_what_starts_it_on_battery_too_and_for_as_long_as_it_takes() -> None:
    told = task([r"C:\Program Files\O'Neil\py.exe", "-m", "segue.daemon", "--log", r"C:\a b\segue.log"])

    assert told.startswith(r"$what = New-ScheduledTaskAction -Execute 'C:\Program Files\O''Neil\py.exe' -Argument ")
    assert told.splitlines()[0].endswith(r"""-Argument '-m segue.daemon --log "C:\a b\segue.log"'""")
    for needed in ("-AllowStartIfOnBatteries", "-DontStopIfGoingOnBatteries", "-ExecutionTimeLimit ([TimeSpan]::Zero)"):
        assert needed in told


@pytest.mark.parametrize("kind", [Systemd, Launchd])
def test_installing_twice_is_once_and_uninstalling_leaves_nothing(kind: type, tmp_path: Path) -> None:
    calls = Calls()
    manager: System = kind(tmp_path / "new", calls)

    assert manager.install(ODD)
    before = manager.file.stat().st_mtime_ns
    assert not manager.install(ODD)
    assert manager.file.stat().st_mtime_ns == before
    assert manager.install([*ODD, "--library", "/l"])
    assert manager.uninstall()
    assert not manager.uninstall()
    assert list((tmp_path / "new").iterdir()) == []


def test_systemd_is_asked_in_order(tmp_path: Path) -> None:
    calls = Calls()
    manager = Systemd(tmp_path, calls)
    manager.install(ODD)
    manager.start()
    manager.stop()
    manager.uninstall()

    assert calls.verbs() == ["daemon-reload", "enable", "restart", "stop", "disable", "daemon-reload"]


def test_launchd_is_asked_in_order(tmp_path: Path) -> None:
    calls = Calls()
    manager = Launchd(tmp_path, calls)
    manager.install(ODD)
    manager.start()
    manager.stop()

    assert calls.verbs() == ["bootout", "bootout", "bootstrap", "bootout"]
    assert calls.lines[2][-1] == str(tmp_path / "segue.daemon.plist")


def test_what_the_system_says_is_passed_on(tmp_path: Path) -> None:
    manager = Systemd(tmp_path, Calls(1, "noise\nFailed to connect to bus: No medium found\n"))

    with pytest.raises(SegueError, match=r"systemctl --user daemon-reload' failed: Failed to connect to bus"):
        manager.install(ODD)
    assert not manager.file.exists()


def test_a_second_installation_that_fails_leaves_the_first(tmp_path: Path) -> None:
    Systemd(tmp_path, Calls()).install(ODD)
    before = (tmp_path / "segue.service").read_bytes()

    for line in ([*ODD, "--library", "/l"], ODD):
        with pytest.raises(SegueError, match="no bus"):
            Systemd(tmp_path, Calls(1, "no bus")).install(line)
        assert (tmp_path / "segue.service").read_bytes() == before


@pytest.mark.parametrize(("busy", "tries"), [(3, 4), (10**6, 21)])
def test_launchd_is_given_time_to_end_what_ran(tmp_path: Path, busy: int, tries: int) -> None:
    calls, answers = Calls(), itertools.repeat(5, busy)

    def call(line: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        calls.status = next(answers, 0) if "bootstrap" in line else 3
        calls.text = "Bootstrap failed: 5: Input/output error"
        return calls(line)

    manager = Launchd(tmp_path, call, ScriptedClock())
    manager.install(ODD)
    with pytest.raises(SegueError, match="Input/output") if busy > 99 else contextlib.nullcontext():
        manager.start()

    assert calls.verbs().count("bootstrap") == tries


def test_a_program_that_is_missing_is_told() -> None:
    with pytest.raises(SegueError, match="does not answer"):
        run(["/no/such/systemctl"])


@pytest.mark.parametrize("kind", [Systemd, Launchd])
def test_what_was_never_installed_cannot_be_started(kind: type, tmp_path: Path) -> None:
    for verb in ("start", "stop"):
        with pytest.raises(SegueError, match="'segue service install' makes one"):
            getattr(kind(tmp_path, Calls()), verb)()


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = Calls()
    monkeypatch.setattr(service, "system", lambda: Systemd(tmp_path, calls))

    service.install(config=None, library=tmp_path / "lib", log=tmp_path / "segue.log")
    service.install(config=None, library=tmp_path / "lib", log=tmp_path / "segue.log")

    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"wrote {tmp_path / 'segue.service'}"
    assert told[3] == f"unchanged: {tmp_path / 'segue.service'}"
    assert f'"--library" "{tmp_path / "lib"}"' in (tmp_path / "segue.service").read_text()
