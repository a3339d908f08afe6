"""Reads Engine DJ's ``Engine Library/Database2``: ``m.db`` and, for what was played, ``hm.db``.

Conventions
-----------
Positions are samples at the rate that a track's own blob tells. Blobs are zlib behind four bytes of length, but for
loops, which are plain; hot cues are written with the high byte first, grid and loops with the low byte first. Paths are
from the folder ``Engine Library``. Lists are chains: each entry names the next.

Source: libdjinterop, ``engine/v2`` and its schemas 2.18 to 3.1.
"""

import sqlite3
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from os.path import normpath
from pathlib import Path

from .documents import database
from .foreign import Anchor, Cue, ForeignError, Library, Playlist, Session, Track, anchor, colour_of, cue, line, number

_MOST_BLOB_BYTES = 4_000_000
_MARKER = struct.Struct("<dqii")
_ORIGIN = ("originDatabaseUuid", "originTrackId")


def read(path: Path) -> Library:
    """Read ``m.db``."""
    root = path.absolute().parent.parent
    with database(path, "Track", "PerformanceData", "Playlist", "PlaylistEntity") as db:
        columns = {row["name"] for row in db.execute("PRAGMA table_info(Track)")}
        rows = db.execute(
            "SELECT t.*, p.beatData AS grid_, p.quickCues AS cues_, p.loops AS loops_"
            " FROM Track t LEFT JOIN PerformanceData p ON p.trackId = t.id WHERE t.path IS NOT NULL ORDER BY t.id"
        ).fetchall()
        tracks = tuple(_track(row, root, "fileBytes" in columns) for row in rows)
        place = {row["id"]: n for n, row in enumerate(rows)}
        playlists = tuple(_playlists(db, place))
    sessions: tuple[Session, ...] = ()
    failed: tuple[str, ...] = ()
    if (history := path.with_name("hm.db")).is_file():
        try:
            sessions = _sessions(history, root, rows, tracks, place)
        except ForeignError as exc:
            failed = (f"{exc}; all but the history was read",)
    return Library("engine", str(path), tracks, playlists, sessions, whole=not failed, failed=failed)


def _sessions(
    path: Path, root: Path, rows: Sequence[sqlite3.Row], tracks: Sequence[Track], place: dict[int, int]
) -> tuple[Session, ...]:
    """Read ``hm.db``."""
    with database(path, "Historylist", "HistorylistEntity") as db:
        lists: dict[int, list[tuple[int, float | None]]] = {}
        played = _played(db, root, rows, tracks, place)
        for one in db.execute("SELECT listId, trackId, startTime FROM HistorylistEntity ORDER BY startTime, id"):
            if one["trackId"] in played:
                lists.setdefault(one["listId"], []).append((played[one["trackId"]], number(one["startTime"])))
        names = {row["id"]: line(str(row["title"] or "")) for row in db.execute("SELECT id, title FROM Historylist")}
    return tuple(Session(f"{names.get(n) or 'session'} {n}", tuple(plays)) for n, plays in sorted(lists.items()))


def _played(
    db: sqlite3.Connection, root: Path, rows: Sequence[sqlite3.Row], tracks: Sequence[Track], place: dict[int, int]
) -> dict[int, int]:
    """Places of the tracks that ``hm.db`` numbers: by its own table of tracks, and as ``m.db`` does if it has none.

    What was played from a stick names its first home by database and number; what has moved since is known by those.
    """
    columns = {row["name"] for row in db.execute("PRAGMA table_info(Track)")}
    if not columns:
        return place
    by_path = {track.path: n for n, track in enumerate(tracks)}
    by_origin: dict[tuple[object, ...], int] = {}
    if rows and set(_ORIGIN) <= columns & set(rows[0].keys()):
        for n, row in enumerate(rows):
            if row["originTrackId"]:
                by_origin.setdefault(tuple(row[name] for name in _ORIGIN), n)
    found: dict[int, int] = {}
    for row in db.execute("SELECT * FROM Track WHERE path IS NOT NULL"):
        there = by_path.get(_path(row, root))
        if there is None and by_origin:
            there = by_origin.get(tuple(row[name] for name in _ORIGIN))
        if there is not None:
            found[row["id"]] = there
    return found


def _path(row: sqlite3.Row, root: Path) -> str:
    return Path(normpath(root / str(row["path"]))).as_posix()


def _track(row: sqlite3.Row, root: Path, sized: bool) -> Track:
    rate, grid = _grid(row["grid_"])
    key = number(row["key"], -1.0)
    return Track(
        path=_path(row, root),
        title=line(str(row["title"] or "")),
        artist=line(str(row["artist"] or "")),
        duration_s=number(row["length"]),
        size=int(number(row["fileBytes"])) if sized else 0,
        tempo_bpm=number(row["bpmAnalyzed"]) or number(row["bpm"]),
        # By fifths from C and A minor, in turn.
        key=f"{(7 + int(key) // 2) % 12 + 1}{'A' if int(key) % 2 else 'B'}" if 0 <= key < 24 else "",
        grid=grid,
        cues=(*_cues(row["cues_"], rate), *_loops(row["loops_"], rate)) if rate > 0 else (),
    )


def _grid(blob: bytes | None) -> tuple[float, tuple[Anchor, ...]]:
    """Read sample rate and grid; the DJ's, where it was corrected."""
    data = _unpacked(blob)
    if len(data) < 33:
        return 0.0, ()
    rate, _, _ = struct.unpack_from(">ddB", data)
    at, grids = 17, []
    for _ in range(2):
        count = int.from_bytes(data[at : at + 8], "big")
        if count > (len(data) - at - 8) // _MARKER.size:
            return rate, ()
        grids.append([_MARKER.unpack_from(data, at + 8 + n * _MARKER.size) for n in range(count)])
        at += 8 + count * _MARKER.size
    found: list[Anchor] = []
    markers = grids[1] or grids[0]
    if rate > 0:
        for (one, first, *_), (two, last, *_) in pairwise(markers):
            if two > one:
                found += anchor(one / rate, 60.0 * rate * (last - first) / (two - one))
    return rate, tuple(found)


def _cues(blob: bytes | None, rate: float) -> Iterator[Cue]:
    """Read hot cues, and the main cue where the DJ moved it."""
    data = _unpacked(blob)
    count, at = int.from_bytes(data[:8], "big"), 8
    for n in range(min(count, 64)):
        size = data[at] if at < len(data) else 0
        if at + 13 + size > len(data):
            return
        name = data[at + 1 : at + 1 + size].decode("utf-8", "replace")
        (position,) = struct.unpack_from(">d", data, at + 1 + size)
        _, red, green, blue = data[at + 9 + size : at + 13 + size]
        at += 13 + size
        if position >= 0:  # an empty pad has -1
            yield from cue("hot", position / rate, number=n, name=name, colour=colour_of(red, green, blue))
    if at + 17 <= len(data):
        main, moved, _ = struct.unpack_from(">dBd", data, at)
        if moved and main >= 0:
            yield from cue("memory", main / rate)


def _loops(blob: bytes | None, rate: float) -> Iterator[Cue]:
    """Read loops."""
    data = blob if isinstance(blob, bytes) else b""
    count, at = int.from_bytes(data[:8], "little"), 8
    for n in range(min(count, 64)):
        size = data[at] if at < len(data) else 0
        if at + 23 + size > len(data):
            return
        name = data[at + 1 : at + 1 + size].decode("utf-8", "replace")
        start, end, started, ended, _, red, green, blue = struct.unpack_from("<ddBBBBBB", data, at + 1 + size)
        at += 23 + size
        if started and ended and end > start:
            colour = colour_of(red, green, blue)
            yield from cue("loop", start / rate, end_s=end / rate, number=n, name=name, colour=colour)


def _playlists(db: sqlite3.Connection, place: dict[int, int]) -> Iterator[Playlist]:
    lists = {row["id"]: row for row in db.execute("SELECT id, title, parentListId FROM Playlist ORDER BY id")}
    entries: dict[int, dict[int, tuple[int, int]]] = {}
    for one in db.execute("SELECT id, listId, trackId, nextEntityId FROM PlaylistEntity ORDER BY id"):
        entries.setdefault(one["listId"], {})[one["id"]] = (one["trackId"], one["nextEntityId"])
    for n, row in lists.items():
        names, above = [line(str(row["title"] or ""))], row["parentListId"]
        while above in lists and len(names) < 32:
            names.append(line(str(lists[above]["title"] or "")))
            above = lists[above]["parentListId"]
        chain = entries.get(n, {})
        if chain:
            order = _chained(chain)
            yield Playlist("/".join(reversed(names)), tuple(place[track] for track in order if track in place))


def _chained(chain: dict[int, tuple[int, int]]) -> list[int]:
    """Tracks in the order in which each entry names the next; what no entry leads to comes last."""
    followers = {after for _, after in chain.values()}
    order: list[int] = []
    left = dict(chain)
    for start in [n for n in chain if n not in followers] + list(chain):
        at = start
        while at in left:
            track, at = left.pop(at)
            order.append(track)
    return order


def _unpacked(blob: bytes | None) -> bytes:
    """Unpack a blob; nothing where there is none, or it is damaged."""
    if not isinstance(blob, bytes) or len(blob) <= 4:
        return b""
    try:
        return zlib.decompressobj().decompress(blob[4:], _MOST_BLOB_BYTES)
    except zlib.error:
        return b""
