"""The librarian: a library loaded once, again when it changes, and never a worse one."""

import weakref
from pathlib import Path

import pytest

from segue.daemon.advice.ranker import Ranker
from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Suggest
from segue.daemon.errors import LibraryError
from segue.daemon.librarian import Librarian, Shelf
from segue.daemon.library.snapshot import Snapshot


class Desk:
    """A librarian over a folder, with loading scripted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.shelf = Shelf()
        self.reports: list[str] = []
        self.loads = 0
        self.fault: Exception | None = None
        monkeypatch.setattr(Snapshot, "load", self._load)
        self.librarian = Librarian(
            folder, "abc", self.shelf, ScriptedClock(), lambda _, text: self.reports.append(text)
        )

    def _report(self, level: int, text: str) -> None:
        self.reports.append(text)

    def _load(self, folder: Path, artifact: str) -> Snapshot:
        self.loads += 1
        if self.fault:
            raise self.fault
        return Snapshot.build([], [], [])

    def write(self, text: str) -> None:
        (self.folder / "manifest.json").write_text(text)


def test_a_library_is_loaded_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.write("{}")
    desk.librarian.look()
    desk.librarian.look()
    assert desk.loads == 1
    assert desk.shelf.take() is not None

    desk.write('{"more": 1}')
    desk.librarian.look()
    desk.librarian.look()
    assert desk.loads == 2
    assert desk.shelf.take() is not None


def test_no_library_is_an_empty_one_until_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.librarian.look()
    first = desk.shelf.take()
    desk.librarian.look()

    assert first is not None
    assert len(first.tracks) == desk.loads == 0
    assert desk.shelf.fresh is None
    assert "'segue index FOLDER' makes one" in desk.reports[0]
    desk.write("{}")
    desk.librarian.look()
    assert desk.loads == 1


def test_a_library_that_cannot_be_used_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.write("{}")
    desk.fault = LibraryError("built by another artifact; run 'segue index'")
    desk.librarian.look()

    assert desk.librarian.fault is desk.fault
    assert desk.shelf.fresh is None
    assert desk.reports == []  # the start waits for the first look, and raises what it found

    desk.fault = ValueError("bad bytes")
    desk.write("{ }")
    desk.librarian.look()
    assert isinstance(desk.librarian.fault, LibraryError)
    assert desk.reports == ["the library cannot be read: bad bytes"]


def test_what_takes_long_is_done_before_the_worker_gets_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.write("{}")
    desk.librarian.look()
    snapshot = desk.shelf.take()
    monkeypatch.setattr("segue.daemon.advice.columns.Columns.__init__", pytest.fail)

    assert snapshot is not None
    assert Ranker(Suggest(), snapshot) is not None


def test_a_library_that_was_replaced_does_not_stay_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    loaded = []
    for text in ("{}", "{ }", "{  }"):
        desk.write(text)
        desk.librarian.look()
        snapshot = desk.shelf.take()
        assert snapshot is not None
        loaded.append(weakref.ref(snapshot))

    assert [library() is None for library in loaded] == [True, False, False]
