"""Reads lists that any program writes: M3U and M3U8 playlists, and cue sheets.

Conventions
-----------
A path in a list is looked for beside the list where it is not absolute. A cue sheet tells what was played in a set, in
order; and of a single file with several parts, such as a record's side, where each part starts: these are memory cues.
"""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import category

from ..errors import SegueError
from ..report import cuesheet, histories
from ..report.tracklist import Entry, decoded
from .documents import read_bytes
from .foreign import Cue, ForeignError, Library, Playlist, Session, Track, line
from .rekordbox import located

_MOST_ENTRIES = 100_000


def entries(path: Path) -> Sequence[Entry]:
    """Read the lines of an M3U, their paths made absolute.

    Raises
    ------
    ForeignError
        If it cannot be read or lists nothing.
    """
    try:
        _, found = histories.playlist(decoded(read_bytes(path)), path)
    except ForeignError:
        raise
    except SegueError as exc:
        raise ForeignError(str(exc)) from exc
    listed = [Entry(entry.artist, entry.title, _absolute(entry.path, path)) for entry in found[:_MOST_ENTRIES]]
    controls = any(category(letter) == "Cc" for entry in listed for letter in entry.path)
    if not found or len(found) > _MOST_ENTRIES or controls:
        raise ForeignError(f"{path} lists no tracks; it is no playlist, or is damaged")
    return listed


def read_m3u(path: Path) -> Library:
    """Read a playlist."""
    tracks = tuple(Track(one.path, line(one.title), line(one.artist)) for one in entries(path))
    playlist = Playlist(line(path.stem), tuple(range(len(tracks))))
    return Library("m3u", str(path), tracks, (playlist,), whole=False)


def read_cue(path: Path) -> Library:
    """Read a cue sheet."""
    try:
        sheet = cuesheet.read(path)
    except SegueError as exc:
        raise ForeignError(str(exc)) from exc
    tracks: list[Track] = []
    played: list[tuple[int, float | None]] = []
    for part in sheet.parts:
        marks = tuple(Cue("memory", one.start_s, name=line(one.title)) for one in part.tracks)
        tracks.append(Track(_absolute(part.file, path), cues=marks))
        for one in part.tracks:
            played.append((len(tracks), None))
            own = _absolute(one.own_file, path) if one.own_file else ""
            tracks.append(Track(own, line(one.title), line(one.performer)))
    return Library("cue", str(path), tuple(tracks), (), (Session(line(path.stem), tuple(played)),), whole=False)


def _absolute(written: str, beside: Path) -> str:
    """Give the path that a list means."""
    name = (located(written) if "://" in written else written).replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or "://" in name:
        return name
    return (beside.absolute().parent / name).as_posix()
