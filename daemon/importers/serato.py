"""Reads Serato's folder ``_Serato_``: ``database V2``, ``Subcrates``, ``History``; cues and grids from the files' tags.

Conventions
-----------
A file of Serato's is a row of fields: four letters, a length of four bytes, content; a field that starts with ``o``
holds fields again. Texts are UTF-16, the high byte first. Paths are from the root of the drive that the folder is on.

Source: scripts of Jan Holthuis' serato-tags; the histories after public readers of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from . import serato_tags
from .documents import MOST_XML_BYTES, read_bytes
from .foreign import ForeignError, Library, Playlist, Session, Track, line, number
from .geob import objects

_PATH, _TITLE, _ARTIST, _STARTED, _PLAYED = 2, 6, 7, 28, 50
_MOST_SESSIONS = 5_000


def read(path: Path) -> Library:
    """Read ``database V2`` and what lies beside it."""
    drive = _drive(path.absolute().parent)
    tracks: list[Track] = []
    place: dict[str, int] = {}

    def known(file: str) -> int:
        where = file if file.startswith("/") or file[1:2] == ":" else f"{drive}{file}"
        if where not in place:
            place[where] = len(tracks)
            tracks.append(_tagged(Track(where)))
        return place[where]

    fields = list(_fields(read_bytes(path, MOST_XML_BYTES)))
    if not fields or fields[0][0] != b"vrsn":
        raise ForeignError(f"{path} is no database of Serato's, or is damaged; wanted one that starts with its version")
    for name, content in fields:
        if name == b"otrk":
            said = dict(_fields(content))
            if file := _text(said.get(b"pfil", b"")):
                n = known(file)
                tracks[n] = replace(
                    tracks[n],
                    title=line(_text(said.get(b"tsng", b""))),
                    artist=line(_text(said.get(b"tart", b""))),
                    duration_s=_length_s(_text(said.get(b"tlen", b""))),
                    tempo_bpm=number(_text(said.get(b"tbpm", b""))),
                    key=line(_text(said.get(b"tkey", b""))),
                )
    crates = []
    for crate in sorted((path.parent / "Subcrates").glob("*.crate")):
        with suppress(ForeignError):
            rows = [dict(_fields(content)) for name, content in _fields(read_bytes(crate)) if name == b"otrk"]
            files = [_text(row.get(b"ptrk", b"")) for row in rows]
            crates.append(Playlist(line(crate.stem.replace("%%", "/")), tuple(known(file) for file in files if file)))
    sessions = []
    for session in sorted((path.parent / "History" / "Sessions").glob("*.session"))[-_MOST_SESSIONS:]:
        with suppress(ForeignError):
            plays = tuple((known(file), at_s) for file, at_s in _plays(read_bytes(session)))
            if plays:
                sessions.append(Session(session.stem, plays))
    return Library("serato", str(path), tuple(tracks), tuple(crates), tuple(sessions))


def _tagged(track: Track) -> Track:
    """Add what the file itself says, if it is there."""
    try:
        found = objects(Path(track.path))
    except ForeignError:
        return track
    return replace(track, grid=serato_tags.grid(found), cues=serato_tags.cues(found))


def _drive(folder: Path) -> str:
    """The root that paths are from: of the home's drive, or of another one that has the folder at its top."""
    if folder.drive:
        return f"{folder.drive}/"
    above = PurePosixPath(folder).parent
    return "/" if above.name == "Music" or above == PurePosixPath("/") else f"{above}/"


def _fields(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give name and content of each field; stop where it is cut off."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if at + 8 + size > len(data):
            raise ForeignError("a file of Serato's is cut off; let Serato write it again")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size


def _plays(data: bytes) -> Iterator[tuple[str, float | None]]:
    """Give file and start of everything that was played."""
    for name, content in _fields(data):
        if name == b"oent":
            for _, entry in _fields(content):
                said = {int.from_bytes(key, "big"): value for key, value in _fields(entry)}
                file = _text(said.get(_PATH, b""))
                if file and said.get(_PLAYED, b"\x01") != b"\x00":
                    started = said.get(_STARTED)
                    yield file, float(int.from_bytes(started, "big")) if started else None


def _text(data: bytes) -> str:
    return data.decode("utf-16-be", "replace").partition("\x00")[0]


def _length_s(text: str) -> float:
    """Read ``03:25.10``."""
    minutes, _, seconds = text.rpartition(":")
    return 60.0 * number(minutes) + number(seconds)
