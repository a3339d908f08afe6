"""Reads rekordbox 6 and 7's own ``master.db``, with pyrekordbox where that is installed (the extra ``rekordbox``).

Conventions
-----------
Cues are in milliseconds; ``Kind`` is 0 for a memory cue and else the pad, with 4 left out. Tempo is in hundredths. The
grid is every beat, in the analysis files beside the database. The database is locked with a key that pyrekordbox knows;
it is copied before it is opened.
"""

import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from .documents import MOST_DATABASE_BYTES
from .foreign import Anchor, Cue, ForeignError, Library, Playlist, Session, Track, anchor, cue, line, number

_PLAIN = b"SQLite format 3\x00"
_FOLDER = 1
_COLOURS = {
    1: "#305aff", 5: "#50b4ff", 9: "#00e0ff", 14: "#1fa392", 18: "#10b176", 22: "#28e214", 26: "#a5e116",
    30: "#b4be04", 32: "#c3af04", 38: "#e0641b", 42: "#e62828", 45: "#ff127b", 49: "#de44cf", 56: "#b432ff",
    60: "#aa72ff", 62: "#6473ff",
}  # fmt: skip
"""Those of the pads, by ``ColorTableIndex``."""


def read(path: Path) -> Library:
    """Read a database.

    Raises
    ------
    ForeignError
        If pyrekordbox is not installed, or cannot open it.
    """
    try:
        from pyrekordbox.masterdb import MasterDatabase
    except ImportError as exc:
        raise ForeignError(
            f"{path} needs pyrekordbox: pip install 'segue[rekordbox]', or export the collection as XML in rekordbox"
        ) from exc
    # Windows deletes no file that is open, and a connection that failed may leave one so.
    with tempfile.TemporaryDirectory(prefix="segue-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "master.db"
        try:
            if path.stat().st_size > MOST_DATABASE_BYTES:
                raise ForeignError(f"{path} is too large to be a DJ's library")
            for end in ("", "-wal"):
                if Path(f"{path}{end}").exists():
                    shutil.copyfile(f"{path}{end}", f"{copy}{end}")
            with copy.open("rb") as file:
                plain = file.read(len(_PLAIN)) == _PLAIN
        except OSError as exc:
            raise ForeignError(f"{path} cannot be read: {exc.strerror or exc}; check its rights") from exc
        try:
            db = MasterDatabase(copy, db_dir=path.parent, unlock=not plain)
            try:
                return _read(path, db)
            finally:
                db.close()
                db.engine.dispose()
        except ForeignError:
            raise
        except Exception as exc:  # SQLAlchemy's, SQLCipher's and pyrekordbox's own, of all kinds
            reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
            raise ForeignError(
                f"{path} is damaged, or of an edition that pyrekordbox does not know ({reason})"
            ) from exc


def _read(path: Path, db: Any) -> Library:
    marks: dict[str, list[Any]] = {}
    for mark in _kept(db.get_cue()):
        marks.setdefault(str(mark.ContentID), []).append(mark)
    contents = [content for content in _kept(db.get_content()) if content.FolderPath]
    tracks = tuple(_track(content, marks.get(str(content.ID), []), tuple(_grid(db, content))) for content in contents)
    place = {str(content.ID): n for n, content in enumerate(contents)}
    lists = {str(each.ID): each for each in _kept(db.get_playlist())}
    playlists = []
    for id_, each in lists.items():
        if each.Attribute != _FOLDER:
            names, above = [line(each.Name or "")], str(each.ParentID)
            while above in lists and len(names) < 32:
                names.append(line(lists[above].Name or ""))
                above = str(lists[above].ParentID)
            songs = sorted(_kept(db.get_playlist_songs(PlaylistID=id_)), key=lambda song: number(song.TrackNo))
            known = tuple(place[str(song.ContentID)] for song in songs if str(song.ContentID) in place)
            playlists.append(Playlist("/".join(reversed(names)), known))
    sessions = []
    for each in _kept(db.get_history()):
        songs = sorted(_kept(db.get_history_songs(HistoryID=str(each.ID))), key=lambda song: number(song.TrackNo))
        plays = [(place[str(s.ContentID)], _time(s.created_at)) for s in songs if str(s.ContentID) in place]
        if plays:
            sessions.append(Session(line(each.Name or str(each.ID)), tuple(plays)))
    return Library("rekordbox", str(path), tracks, tuple(playlists), tuple(sessions))


def _kept(rows: Iterable[Any]) -> Iterator[Any]:
    """Leave out what was deleted: its rows stay for the cloud's sake."""
    return (row for row in rows if not row.rb_local_deleted)


def _track(content: Any, marks: list[Any], grid: tuple[Anchor, ...]) -> Track:
    return Track(
        path=str(content.FolderPath),
        title=line(content.Title or ""),
        artist=line(content.ArtistName or ""),
        duration_s=number(content.Length),
        size=int(number(content.FileSize)),
        tempo_bpm=number(content.BPM) / 100,
        key=line(content.KeyName or ""),
        grid=grid,
        cues=tuple(each for mark in marks for each in _cue(mark)),
    )


def _cue(mark: Any) -> Iterator[Cue]:
    kind, start_s, end_s = int(number(mark.Kind)), number(mark.InMsec, math.nan) / 1000, number(mark.OutMsec) / 1000
    pad = kind - 1 - (kind > 4)
    yield from cue(
        "hot" if kind > 0 else "memory",
        start_s,
        end_s=end_s if end_s > 0 else None,
        number=max(pad, -1),
        name=mark.Comment or "",
        colour=_COLOURS.get(int(number(mark.ColorTableIndex)), ""),
    )


def _grid(db: Any, content: Any) -> Iterator[Anchor]:
    """Read every beat from a track's analysis file; none where that is missing or damaged."""
    try:
        file = db.read_anlz_file(content, "DAT") if content.AnalysisDataPath else None
        times = [] if file is None else sorted({float(at_s) for at_s in file.get("beat_grid")[2]})
    except Exception:  # a file of its own, which may be cut off, from a parser of many exceptions
        return
    steps = [two - one for one, two in pairwise(times)]
    for at_s, step in zip(times, chain(steps, steps[-1:]), strict=False):
        yield from anchor(at_s, 60.0 / step)


def _time(at: object) -> float | None:
    """Seconds since 1970; pyrekordbox gives local time, without saying so."""
    return at.timestamp() if isinstance(at, datetime) else None
