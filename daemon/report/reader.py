"""Reads a tracklist of any kind, and refuses what cannot be true.

Conventions
-----------
A file is read whole, up to a limit, by the reader that its suffix names; whatever is wrong with it is one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import SegueError
from . import collection, cuesheet, histories, truth
from .tracklist import Entry, Tracklist, decoded

MOST_BYTES = 64_000_000
"""A collection of 50,000 tracks as XML has about this many."""
MOST_TRACKS = 2_000
LONGEST_S = 7 * 86_400.0
KINDS = "a .cue sheet, .json with 'plays', a history as .txt, .csv, .m3u, .m3u8, or rekordbox's .xml"

Reader = Callable[[str, Path], tuple[str, Sequence[Entry]]]
"""Takes a file's text and path, gives what the file is and its lines; raises `SegueError` if it is not that."""


def read(path: Path, recording: str = "") -> Tracklist:
    """Read a tracklist.

    Parameters
    ----------
    path
        Its suffix says what it is.
    recording
        Name of the set's file: a cue sheet may be about several.

    Raises
    ------
    SegueError
        If it cannot be read, is empty or damaged, or says what cannot be.
    """
    readers: dict[str, Reader] = {
        ".cue": lambda text, path: cuesheet.entries(text, path, recording),
        ".json": truth.entries,
        ".txt": histories.text,
        ".csv": histories.table,
        ".m3u": histories.playlist,
        ".m3u8": histories.playlist,
        ".xml": collection.entries,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SegueError(f"the tracklist {path} is of no kind that is known; wanted {KINDS}")
    text = decoded(_bytes(path))
    if not text.strip():
        raise SegueError(f"the tracklist {path} is empty; export it again")
    kind, entries = reader(text, path)
    return Tracklist(path, kind, _sound(path, entries))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise SegueError(f"the tracklist {path} cannot be read: {exc.strerror or exc}; check its name") from exc
    if len(data) > MOST_BYTES:
        raise SegueError(f"the tracklist {path} has more than {MOST_BYTES // 1_000_000} MB; that is no tracklist")
    return data


def _sound(path: Path, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the entries by their start, once all that they say can be true."""
    if not entries:
        raise SegueError(f"the tracklist {path} lists no tracks; export it again, or give another")
    if len(entries) > MOST_TRACKS:
        raise SegueError(f"the tracklist {path} lists {len(entries)} tracks; a set has at most {MOST_TRACKS}")
    missing = sum(entry.start_s is None for entry in entries)
    if missing not in (0, len(entries)):
        raise SegueError(
            f"the tracklist {path} has no start for {missing} of its tracks; give all of them one, or none"
        )
    for number, entry in enumerate(entries, start=1):
        which = f"track {number} of the tracklist {path}, '{entry.name}',"
        if not any((entry.id, entry.path, entry.title)):
            raise SegueError(f"track {number} of the tracklist {path} has neither title, path nor id; add one")
        given = [value for value in (entry.start_s, entry.end_s, entry.track_start_s) if value is not None]
        if not all(0.0 <= value <= LONGEST_S for value in given):  # false for NaN too
            raise SegueError(f"{which} has a time that is none; wanted seconds from 0 on")
        if entry.start_s is not None and entry.end_s is not None and entry.end_s <= entry.start_s:
            raise SegueError(f"{which} ends before it starts, at {entry.start_s:.1f} s; correct one of the two")
        if entry.rate is not None and not 0.1 <= entry.rate <= 10.0:
            raise SegueError(f"{which} plays at {entry.rate} times its speed; wanted a rate near 1")
    return tuple(sorted(entries, key=lambda entry: entry.start_s or 0.0))
