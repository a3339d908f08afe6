"""Reads Mixxx's library: ``mixxxdb.sqlite`` of 2.1 to 2.5.

Conventions
-----------
Mixxx counts cues in samples of interleaved stereo, two a frame whatever the file has, and beats in frames, both at the
file's own rate. A history is a playlist with ``hidden = 2``; its times are UTC and taken where a fade ended. What
Mixxx put there by itself, a main or intro cue on the first sound, is none of the DJ's.

Source: ``library/dao/cuedao.cpp``, ``track/cue.h``, ``proto/beats.proto`` and ``res/schema.xml`` of Mixxx.
"""

import sqlite3
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path

from .documents import database
from .foreign import Anchor, Cue, Library, Playlist, Session, Track, anchor, cue, line, number

_HOT, _MAIN, _LOOP, _INTRO, _OUTRO, _SOUND = 1, 2, 4, 6, 7, 8
_HISTORY = 2
_FRAMES_APART = 2.0


def read(path: Path) -> Library:
    """Read a database."""
    with database(path, "library", "track_locations", "cues", "Playlists", "PlaylistTracks", "crates") as db:
        rows = db.execute(
            "SELECT l.*, t.location AS path, t.filesize FROM library l JOIN track_locations t ON t.id = l.location"
            " WHERE l.mixxx_deleted = 0 ORDER BY l.id"
        ).fetchall()
        place = {row["id"]: n for n, row in enumerate(rows)}
        marks: dict[int, list[sqlite3.Row]] = {}
        for mark in db.execute("SELECT * FROM cues ORDER BY track_id, hotcue, position"):
            marks.setdefault(mark["track_id"], []).append(mark)
        tracks = tuple(_track(row, marks.get(row["id"], [])) for row in rows)
        lists = db.execute("SELECT id, name, hidden FROM Playlists WHERE hidden IN (0, 2) ORDER BY id").fetchall()
        entries: dict[int, list[tuple[int, float | None]]] = {}
        for one in db.execute("SELECT * FROM PlaylistTracks ORDER BY playlist_id, position, id"):
            if one["track_id"] in place:
                at_s = _time(one["pl_datetime_added"])
                entries.setdefault(one["playlist_id"], []).append((place[one["track_id"]], at_s))
        playlists = [
            Playlist(line(row["name"] or ""), tuple(n for n, _ in entries.get(row["id"], ())))
            for row in lists
            if row["hidden"] == 0
        ]
        crates: dict[str, list[int]] = {}
        for one in db.execute(
            "SELECT c.name, t.track_id FROM crates c JOIN crate_tracks t ON t.crate_id = c.id ORDER BY c.id, t.track_id"
        ):
            if one["track_id"] in place:
                crates.setdefault(line(one["name"] or ""), []).append(place[one["track_id"]])
        playlists += [Playlist(name, tuple(numbers)) for name, numbers in crates.items()]
        sessions = [
            Session(line(row["name"] or ""), tuple(entries[row["id"]]))
            for row in lists
            if row["hidden"] == _HISTORY and entries.get(row["id"])
        ]
    return Library("mixxx", str(path), tracks, tuple(playlists), tuple(sessions))


def _track(row: sqlite3.Row, marks: list[sqlite3.Row]) -> Track:
    rate = number(row["samplerate"])
    return Track(
        path=str(row["path"]),
        title=line(str(row["title"] or "")),
        artist=line(str(row["artist"] or "")),
        duration_s=number(row["duration"]),
        size=int(number(row["filesize"])),
        tempo_bpm=number(row["bpm"]),
        key=line(str(row["key"] or "")),
        grid=tuple(_grid(row["beats"], str(row["beats_version"] or ""), rate)) if rate > 0 else (),
        cues=tuple(_cues(marks, rate)) if rate > 0 else (),
    )


def _cues(marks: list[sqlite3.Row], rate: float) -> Iterator[Cue]:
    """Give the DJ's cues: hot cues, loops, and what else was moved from where Mixxx puts it."""
    sound = [(m["position"], m["position"] + m["length"]) for m in marks if m["type"] == _SOUND]
    by_itself = {0.0, -1.0} | {float(edge) for edges in sound for edge in edges}

    def moved(position: float) -> bool:
        return all(abs(position - other) > 2 * _FRAMES_APART for other in by_itself)

    for m in marks:
        kind, at, length = m["type"], number(m["position"], -1.0), number(m["length"])
        pad = int(number(m["hotcue"], -1))
        known = m.keys()
        name = str(m["label"] or "") if "label" in known else ""
        colour = f"#{m['color'] & 0xFFFFFF:06x}" if "color" in known and isinstance(m["color"], int) else ""
        if kind in (_HOT, _LOOP) and at >= 0:
            end_s = (at + length) / 2 / rate if kind == _LOOP else None
            how = "hot" if pad >= 0 else "memory"
            yield from cue(how, at / 2 / rate, end_s=end_s, number=max(pad, -1), name=name, colour=colour)
        elif kind == _MAIN and moved(at):
            yield from cue("memory", at / 2 / rate, name=name)
        elif kind in (_INTRO, _OUTRO):
            what = "intro" if kind == _INTRO else "outro"
            for edge, position in ((f"{what} start", at), (f"{what} end", at + length if at >= 0 else length)):
                if position > 0 and moved(position):
                    yield from cue("memory", position / 2 / rate, name=name or edge)


def _grid(blob: bytes | None, version: str, rate: float) -> Iterator[Anchor]:
    """Read a grid: a tempo and a beat, or every beat."""
    fields = list(_fields(blob)) if isinstance(blob, bytes) else []
    if version == "BeatGrid-2.0":
        tempo = [value for n, part in fields if n == 1 for m, value in _fields(part) if m == 1]
        first = [value for n, part in fields if n == 2 for m, value in _fields(part) if m == 1]
        if tempo and isinstance(tempo[0], bytes) and len(tempo[0]) == 8:
            position = first[0] if first and isinstance(first[0], int) else 0
            yield from anchor(position / rate, struct.unpack("<d", tempo[0])[0])
    elif version == "BeatMap-1.0":
        beats = [dict(_fields(part)) for n, part in fields if n == 1]
        kept = [beat.get(1, 0) for beat in beats if beat.get(2, 1)]
        frames = sorted({at for at in kept if isinstance(at, int)})
        steps = [two - one for one, two in pairwise(frames)]
        for at, step in zip(frames, chain(steps, steps[-1:]), strict=False):
            yield from anchor(at / rate, 60.0 * rate / step)


def _fields(data: "bytes | int") -> Iterator[tuple[int, "bytes | int"]]:
    """Give the fields of a protobuf message: number, and an int of 64 bits or bytes; stop where it is cut."""
    if isinstance(data, int):
        return
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 63:
                return value - (1 << 64) if value >> 63 else value

    try:
        while at < len(data):
            tag = varint()
            if tag & 7 == 0:
                yield tag >> 3, varint()
                continue
            size = {1: 8, 5: 4}[tag & 7] if tag & 7 != 2 else varint()
            if size < 0 or at + size > len(data):
                return
            yield tag >> 3, data[at : at + size]
            at += size
    except (IndexError, KeyError):
        return


def _time(text: object) -> float | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
