"""Reads rekordbox's *Export Collection in xml format*.

Conventions
-----------
``Location`` is a URL. ``Inizio`` and ``Start`` are seconds; a POSITION_MARK is a memory cue with ``Num = -1`` and a hot
cue from 0 on, and a loop with ``Type = 4``; fades out are none. The export holds playlists, no histories.

Source: "rekordbox xml format list" of Pioneer DJ.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from .documents import read_xml
from .foreign import Cue, Library, Playlist, Track, anchor, colour_of, cue, line, number

_FADE_OUT, _LOOP = 2, 4


def read(path: Path) -> Library:
    """Read an export."""
    root = read_xml(path, "DJ_PLAYLISTS")
    elements = root.findall("COLLECTION/TRACK")
    tracks = tuple(_track(element) for element in elements)
    by_id = {element.get("TrackID", ""): n for n, element in enumerate(elements)}
    by_place = {element.get("Location", ""): n for n, element in enumerate(elements)}
    playlists = [
        Playlist(name, tuple(keys[key] for key in entries if key in keys))
        for node in root.findall("PLAYLISTS/NODE")
        for name, by, entries in _lists(node, ())
        for keys in (by_place if by == "1" else by_id,)
    ]
    return Library("rekordbox", str(path), tracks, tuple(playlists))


def _track(element: Element) -> Track:
    return Track(
        path=located(element.get("Location", "")),
        title=line(element.get("Name", "")),
        artist=line(element.get("Artist", "")),
        duration_s=number(element.get("TotalTime")),
        size=int(number(element.get("Size"))),
        tempo_bpm=number(element.get("AverageBpm")),
        key=line(element.get("Tonality", "")),
        grid=tuple(
            each
            for tempo in element.findall("TEMPO")
            for each in anchor(number(tempo.get("Inizio"), -1e9), number(tempo.get("Bpm")))
        ),
        cues=tuple(each for mark in element.findall("POSITION_MARK") for each in _cue(mark)),
    )


def _cue(mark: Element) -> Iterator[Cue]:
    kind, pad = int(number(mark.get("Type"))), int(number(mark.get("Num"), -1))
    if kind == _FADE_OUT:
        return
    colour = ""
    if mark.get("Red") is not None:
        colour = colour_of(*(number(mark.get(name)) for name in ("Red", "Green", "Blue")))
    yield from cue(
        "hot" if pad >= 0 else "memory",
        number(mark.get("Start"), -1e9),
        end_s=number(mark.get("End")) if kind == _LOOP else None,
        number=max(pad, -1),
        name=mark.get("Name", ""),
        colour=colour,
    )


def _lists(node: Element, above: tuple[str, ...]) -> Iterator[tuple[str, str, list[str]]]:
    """Give name, kind of key and keys of every playlist below a node."""
    for child in node.findall("NODE"):
        names = (*above, line(child.get("Name", "")))
        if child.get("Type") == "1":
            yield "/".join(names), child.get("KeyType", "0"), [one.get("Key", "") for one in child.findall("TRACK")]
        elif len(names) < 32:
            yield from _lists(child, names)


def located(url: str) -> str:
    """Give the path of a ``file://localhost/`` URL."""
    path = unquote(url.removeprefix("file://localhost").removeprefix("file://"))
    return path[1:] if path[2:3] == ":" else path  # /C:/Music
