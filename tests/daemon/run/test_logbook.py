"""The log file: bounded, with the time, and never in the way."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from segue.daemon.commands.run import run
from segue.daemon.errors import ConfigError
from segue.daemon.run import logbook
from segue.daemon.run.logbook import KEPT, Logbook


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    opened = Logbook(tmp_path / "new" / "segue.log")
    yield opened
    opened.close()


def test_what_is_reported_stands_there_with_time_and_level(book: Logbook, tmp_path: Path) -> None:
    book.write(1, "library of 50 tracks loaded")
    book.write(2, "input 'Déck 日本' has gone")

    lines = (tmp_path / "new" / "segue.log").read_text("utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ INFO library of 50 tracks loaded", lines[0])
    assert lines[1].endswith("WARNING input 'Déck 日本' has gone")


def test_a_fault_of_ours_stands_there_with_its_traceback_once(book: Logbook, tmp_path: Path) -> None:
    try:
        raise ZeroDivisionError("beats")
    except ZeroDivisionError as exc:
        logging.getLogger("segue.worker").error("a piece was passed over", exc_info=exc)
        book.fail("it ended")

    text = (tmp_path / "new" / "segue.log").read_text("utf-8")
    assert text.count("ZeroDivisionError: beats") == 2
    assert text.count("it ended") == 1


def test_it_never_grows_beyond_its_files(book: Logbook, tmp_path: Path) -> None:
    for number in range(6_000):
        book.write(1, f"{number} " + "x" * 1_000)

    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert files == ["segue.log", *(f"segue.log.{n}" for n in range(1, KEPT + 1))]
    assert all(path.stat().st_size <= logbook.MEGABYTES << 20 for path in (tmp_path / "new").iterdir())
    assert (tmp_path / "new" / "segue.log").read_text("utf-8").splitlines()[-1].split()[3] == "5999"


def test_a_disk_that_is_full_costs_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    full = Logbook(Path("/dev/full"))
    full.write(3, "x" * 100_000)
    full.close()

    assert capsys.readouterr().err == ""


def test_a_log_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match=r"cannot be written .* name another file"):
        Logbook(tmp_path / "file" / "segue.log")


def test_a_log_that_cannot_be_written_costs_the_log_and_a_terminal_that_has_gone_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def echo(text: str, **_: object) -> None:
        told.append(text)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("typer.echo", echo)
    monkeypatch.setattr("segue.daemon.run.service.run", lambda *_, report, **__: report(2, "it runs"))
    (tmp_path / "file").write_text("")
    (tmp_path / "config.toml").write_text("")

    run(config=tmp_path / "config.toml", log=tmp_path / "file" / "segue.log")

    assert "it goes on without a log" in told[0]
    assert told[1:] == ["warning: it runs"]
