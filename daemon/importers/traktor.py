"""Reads Traktor's ``collection.nml``, and the histories in the folder ``History`` beside it.

Conventions
-----------
Cues are in milliseconds; ``TYPE`` is 0 cue, 1 fade-in, 2 fade-out, 3 load, 4 grid, 5 loop. A path is
``/:Users/:dj/:Music/:`` with the volume apart, which in Windows is the drive. A history is an NML of its own; its dates
are three numbers in one (year × 65536 + month × 256 + day), its times seconds of the local day. What was only heard in
the headphones was not played.

Source: collections of Traktor 2 to 4.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from os.path import isdir
from pathlib import Path
from xml.etree.ElementTree import Element

from .documents import read_xml
from .foreign import Anchor, Cue, ForeignError, Library, Playlist, Session, Track, anchor, cue, line, number

_FADE_OUT, _GRID, _LOOP = 2, 4, 5
_BY_ITSELF = {"AutoGrid", "Beat Marker", "n.n.", ""}
_KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_MOST_HISTORIES = 5_000
_DEEPEST = 32
_VOLUMES = Path("/Volumes")
"""Where macOS has its drives; the one it starts from is there as a link to ``/``."""


def read(path: Path) -> Library:
    """Read a collection, or a single history."""
    root = read_xml(path, "NML")
    tracks: list[Track] = []
    place: dict[str, int] = {}
    _add(root, tracks, place)
    playlists = [
        Playlist(name, tuple(place[key] for key, _ in entries if key in place))
        for name, kind, entries in _lists(root)
        if kind == "LIST"
    ]
    sessions = list(_sessions(root, path.stem, place))
    whole = path.stem.casefold().startswith("collection")  # else it is an export of one playlist, or one history
    for history in sorted((path.parent / "History").glob("*.nml"))[-_MOST_HISTORIES:] if whole else ():
        with suppress(ForeignError):  # one of hundreds that was cut off is no reason to refuse the collection
            other = read_xml(history, "NML")
            _add(other, tracks, place)
            sessions += _sessions(other, history.stem, place)
    return Library("traktor", str(path), tuple(tracks), tuple(playlists), tuple(sessions), whole)


def _add(root: Element, tracks: list[Track], place: dict[str, int]) -> None:
    """Take the tracks of a document that are not there yet."""
    for entry in root.findall("COLLECTION/ENTRY"):
        at = entry.find("LOCATION")
        if at is None:
            continue
        volume, folder, name = (at.get(key, "") for key in ("VOLUME", "DIR", "FILE"))
        if (key := volume + folder + name) not in place:
            place[key] = len(tracks)
            tracks.append(_track(entry, volume, folder, name))


def _track(entry: Element, volume: str, folder: str, name: str) -> Track:
    info, tempo = _child(entry, "INFO"), number(_child(entry, "TEMPO").get("BPM"))
    value = int(number(_child(entry, "MUSICAL_KEY").get("VALUE"), -1))
    marks = entry.findall("CUE_V2")
    return Track(
        path=_drive(volume) + folder.replace("/:", "/") + name,
        title=line(entry.get("TITLE", "")),
        artist=line(entry.get("ARTIST", "")),
        duration_s=number(info.get("PLAYTIME_FLOAT") or info.get("PLAYTIME")),
        size=0,  # only in thousands, and rounded
        tempo_bpm=tempo,
        key=_KEYS[value % 12] + ("m" if value >= 12 else "") if 0 <= value < 24 else line(info.get("KEY", "")),
        grid=tuple(_grid(marks, tempo)),
        cues=tuple(each for mark in marks for each in _cue(mark)),
    )


def _drive(volume: str) -> str:
    """What a path starts with; nothing where the volume is not known here."""
    if re.fullmatch("[A-Za-z]:", volume):
        return volume
    mounted = _VOLUMES / volume
    return str(mounted.resolve()).rstrip("/") if volume and isdir(mounted) else ""


def _grid(marks: list[Element], tempo: float) -> Iterator[Anchor]:
    for mark in marks:
        if mark.get("TYPE") == str(_GRID):
            bpm = number(_child(mark, "GRID").get("BPM")) or tempo
            yield from anchor(number(mark.get("START"), -1e12) / 1000, bpm)


def _cue(mark: Element) -> Iterator[Cue]:
    kind, pad, name = int(number(mark.get("TYPE"))), int(number(mark.get("HOTCUE"), -1)), mark.get("NAME", "")
    if kind == _FADE_OUT or (kind == _GRID and (pad < 0 or name in _BY_ITSELF)):
        return
    start_s = number(mark.get("START"), -1e12) / 1000
    colour = mark.get("COLOR", "")
    yield from cue(
        "hot" if pad >= 0 else "memory",
        start_s,
        end_s=start_s + number(mark.get("LEN")) / 1000 if kind == _LOOP else None,
        number=max(pad, -1),
        name="" if name in _BY_ITSELF else name,
        colour=colour.lower() if re.fullmatch("#[0-9A-Fa-f]{6}", colour) else "",
    )


def _lists(root: Element) -> Iterator[tuple[str, str, list[tuple[str, Element]]]]:
    """Give name, kind and entries (key, and what else is said) of every playlist."""

    def below(
        node: Element, above: tuple[str, ...], depth: int
    ) -> Iterator[tuple[str, str, list[tuple[str, Element]]]]:
        names = (*above, line(node.get("NAME", ""))) if node.get("NAME") != "$ROOT" else above
        found = node.find("PLAYLIST")
        if found is not None:
            entries = [(_child(one, "PRIMARYKEY").get("KEY", ""), one) for one in found.findall("ENTRY")]
            yield "/".join(names), "PROTOCOL" if found.get("TYPE") == "PROTOCOL" else "LIST", entries
        if depth < _DEEPEST:
            for child in node.findall("SUBNODES/NODE"):
                yield from below(child, names, depth + 1)

    for node in root.findall("PLAYLISTS/NODE"):
        yield from below(node, (), 0)


def _sessions(root: Element, name: str, place: dict[str, int]) -> Iterator[Session]:
    for _, kind, entries in _lists(root):
        plays = [
            (place[key], _time(more))
            for key, one in entries
            if key in place
            for more in (_child(one, "EXTENDEDDATA"),)
            if more.get("PLAYEDPUBLIC", "1") != "0"
        ]
        if kind == "PROTOCOL" and plays:
            yield Session(line(name), tuple(plays))


def _time(more: Element) -> float | None:
    date = int(number(more.get("STARTDATE")))
    try:
        day = datetime(date >> 16, date >> 8 & 255, date & 255)
        return (day + timedelta(seconds=number(more.get("STARTTIME")))).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _child(element: Element, name: str) -> Element:
    found = element.find(name)
    return found if found is not None else Element(name)
