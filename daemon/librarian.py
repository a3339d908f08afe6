"""Loads the library for a daemon that is already listening, and loads it again whenever it changes on disk.

Conventions
-----------
The librarian has a thread of its own and leaves what it has loaded on a shelf, from which the worker takes it between
two pieces of sound. What cannot be loaded leaves the library before in use.
"""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .clock import Clock
from .errors import LibraryError, SegueError

if TYPE_CHECKING:
    from .library.snapshot import Snapshot

_LOOK_S = 2.0

Report = Callable[[int, str], None]
"""Takes a level (1 note, 2 warning, 3 error) and a sentence."""


@dataclass(slots=True)
class Shelf:
    """Where the librarian leaves a library for the worker."""

    fresh: "Snapshot | None" = None

    def take(self) -> "Snapshot | None":
        """Take what lies there."""
        snapshot, self.fresh = self.fresh, None
        return snapshot


class Librarian:
    """Loads the library, and loads it again whenever it changes on disk.

    Parameters
    ----------
    folder
        Of the library.
    artifact_sha256
        The model that must have built it.
    """

    def __init__(self, folder: Path, artifact_sha256: str, shelf: Shelf, clock: Clock, report: Report) -> None:
        self._folder = folder
        self._artifact = artifact_sha256
        self._shelf = shelf
        self._clock = clock
        self._report = report
        self._seen: tuple[int, int] | None = None
        self.fault: SegueError | None = None
        """What was wrong with the library when it was looked at last."""
        self.looked = threading.Event()
        """Set once it was looked at for the first time."""
        self.awaited = True
        """Somebody waits for the first look and will tell of its fault."""

    def look(self) -> None:
        """Load the library if it is another than last time."""
        stamp = _stamp(self._folder / "manifest.json")
        if stamp == self._seen and self.looked.is_set():
            return
        first = not self.looked.is_set()
        self._seen = stamp
        try:
            self._load(first, stamp is not None)
        finally:
            self.looked.set()

    def watch(self, stop: threading.Event) -> None:
        """Look every two seconds until told to stop."""
        while not stop.is_set():
            self.look()
            if self._clock.wait(stop, _LOOK_S):
                return

    def _load(self, first: bool, there: bool) -> None:
        from .library.snapshot import Snapshot

        if not there and not (self._folder / "catalogue.sqlite").exists():
            if first:
                self._report(2, f"no library at {self._folder} yet; 'segue index FOLDER' makes one")
                self._shelf.fresh = Snapshot.build([], [], [])
            return
        try:
            snapshot = Snapshot.load(self._folder, self._artifact)
            prepare(snapshot)  # here nobody waits for it, as the sound would
        except Exception as exc:
            self.fault = exc if isinstance(exc, SegueError) else LibraryError(f"the library cannot be read: {exc}")
            self.fault.__cause__ = exc
            if not (first and self.awaited):
                self._report(3, str(self.fault))
            return
        self.fault = None
        self._seen = _stamp(self._folder / "manifest.json")  # loading may have mended it
        gc.unfreeze()  # or a library that was replaced would stay for good
        gc.collect()
        gc.freeze()  # this one lives until the next: no collection need look at it before
        self._shelf.fresh = snapshot
        self._report(1, f"library of {len(snapshot.tracks)} tracks loaded from {self._folder}")


def prepare(snapshot: "Snapshot") -> None:
    """Make what listening will ask of a library, so that no hop has to wait for it."""
    from .advice.columns import Columns
    from .hearing.survey import LARGE, Survey

    snapshot.derived(Columns)
    if snapshot.hops <= LARGE:
        snapshot.derived(Survey)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
