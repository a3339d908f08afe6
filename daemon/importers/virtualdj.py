"""Reads VirtualDJ's ``database.xml``, with the folders ``History``, ``Playlists`` and ``MyLists`` beside it.

Conventions
-----------
Tempo is written as seconds a beat, a loop's size in beats, a colour as one number with alpha, red, green and blue. A
history is an M3U that has the time of each play (seconds since 1970) in ``#EXTVDJ``.

Source: "VDJ8 Database" of the VirtualDJ developers' wiki.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree.ElementTree import Element

from .documents import MOST_TAG_BYTES, read_bytes, read_xml
from .foreign import Anchor, Cue, ForeignError, Library, Playlist, Session, Track, anchor, colour_of, cue, line, number
from .playlists import entries

_TIME = re.compile(r"<lastplaytime>(\d{1,12})</lastplaytime>")


def read(path: Path) -> Library:
    """Read a database."""
    root = read_xml(path, "VirtualDJ_Database")
    tracks = [_track(song) for song in root.findall("Song")]
    place = {track.path: n for n, track in enumerate(tracks)}

    def known(files: list[str]) -> list[int]:
        """Numbers of files; what the database lacks is added, for it may still be in ours."""
        for file in files:
            if file not in place:
                place[file] = len(tracks)
                tracks.append(Track(file))
        return [place[file] for file in files]

    playlists, sessions = [], []
    for listed in sorted((path.parent / "Playlists").glob("*.m3u*")):
        with suppress(ForeignError):
            playlists.append(Playlist(line(listed.stem), tuple(known([one.path for one in entries(listed)]))))
    for folder in sorted((path.parent / "MyLists").glob("*.vdjfolder")):
        with suppress(ForeignError):
            songs = read_xml(folder, "VirtualFolder").findall("song")
            files = [song.get("path", "").replace("\\", "/") for song in songs]
            playlists.append(Playlist(line(folder.stem), tuple(known(files))))
    for history in sorted((path.parent / "History").glob("*.m3u*")):
        with suppress(ForeignError):
            files = [one.path for one in entries(history)]
            sessions.append(Session(line(history.stem), tuple(zip(known(files), _times(history), strict=False))))
    return Library("virtualdj", str(path), tuple(tracks), tuple(playlists), tuple(sessions))


def _track(song: Element) -> Track:
    parts = [found if (found := song.find(name)) is not None else Element(name) for name in ("Tags", "Infos", "Scan")]
    tags, infos, scan = parts
    beat_s = number(scan.get("Bpm")) or number(tags.get("Bpm"))
    tempo = 60.0 / beat_s if beat_s > 0 else 0.0
    points = song.findall("Poi")
    return Track(
        path=song.get("FilePath", "").replace("\\", "/"),
        title=line(tags.get("Title", "")),
        artist=line(tags.get("Author", "")),
        duration_s=number(infos.get("SongLength")),
        size=int(number(song.get("FileSize"))),
        tempo_bpm=tempo,
        key=line(scan.get("Key") or tags.get("Key") or ""),
        grid=tuple(each for point in points for each in _anchor(point, tempo)),
        cues=tuple(each for point in points for each in _cue(point, tempo)),
    )


def _anchor(point: Element, tempo: float) -> Iterator[Anchor]:
    if point.get("Type") == "beatgrid":
        beat_s = number(point.get("Bpm"))
        yield from anchor(number(point.get("Pos"), -1e9), 60.0 / beat_s if beat_s > 0 else tempo)


def _cue(point: Element, tempo: float) -> Iterator[Cue]:
    kind, start_s = point.get("Type", "cue"), number(point.get("Pos"), -1e9)
    if kind not in ("cue", "loop"):  # automix points, beats and remix points are VirtualDJ's own
        return
    pad, size = int(number(point.get("Num"))) - 1, number(point.get("Size"))
    argb = int(number(point.get("Color")))
    yield from cue(
        "hot" if pad >= 0 else "memory",
        start_s,
        end_s=start_s + size * 60.0 / tempo if kind == "loop" and tempo > 0 else None,
        number=max(pad, -1),
        name=point.get("Name", ""),
        colour=colour_of(argb >> 16, argb >> 8, argb) if argb else "",
    )


def _times(history: Path) -> list[float | None]:
    """When each line of a history was played."""
    times: list[float | None] = []
    at_s: float | None = None
    for text in read_bytes(history, MOST_TAG_BYTES).decode("utf-8", "replace").splitlines():
        if text.startswith("#EXTVDJ:"):
            match = _TIME.search(text)
            at_s = float(match[1]) if match else None
        elif text.strip() and not text.startswith("#"):
            times.append(at_s)
            at_s = None
    return times
