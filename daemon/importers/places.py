"""Where the libraries of DJ programs usually lie, and which program a file is of.

Conventions
-----------
A file is known by how it starts, not by its name; only playlists and cue sheets, which start with nothing of their own,
by their suffix.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from . import engine, mixxx, playlists, rekordbox, rekordbox_db, serato, traktor, virtualdj
from .foreign import ForeignError, Library

Reader = Callable[[Path], Library]

READERS: dict[str, tuple[Reader, ...]] = {
    "mixxx": (mixxx.read,),
    "rekordbox": (rekordbox.read, rekordbox_db.read),
    "traktor": (traktor.read,),
    "serato": (serato.read,),
    "engine": (engine.read,),
    "virtualdj": (virtualdj.read,),
    "m3u": (playlists.read_m3u,),
    "cue": (playlists.read_cue,),
}
"""By name of the program."""

_ROOTS = ((b"<DJ_PLAYLISTS", rekordbox.read), (b"<NML", traktor.read), (b"<VirtualDJ_Database", virtualdj.read))
_SUFFIXES: dict[str, Reader] = {
    ".m3u": playlists.read_m3u, ".m3u8": playlists.read_m3u, ".cue": playlists.read_cue, ".nml": traktor.read,
}  # fmt: skip
_WITHIN = {
    "mixxx": ("mixxxdb.sqlite",),
    "rekordbox": ("rekordbox.xml", "master.db"),
    "traktor": ("collection.nml",),
    "serato": ("database V2", "_Serato_/database V2"),
    "engine": ("m.db", "Database2/m.db", "Engine Library/Database2/m.db"),
    "virtualdj": ("database.xml",),
}
"""What to look for in a folder that a person names; the first that is there."""


def reader_of(path: Path) -> Reader:
    """Tell which reader a file is for.

    Raises
    ------
    ForeignError
        If it is for none, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as exc:
        raise ForeignError(f"{path} cannot be read: {exc.strerror or exc}; check its name and rights") from exc
    if path.name == "master.db":
        return rekordbox_db.read
    if head.startswith(b"SQLite format 3\x00"):
        return engine.read if path.name == "m.db" else mixxx.read
    if head.startswith(b"vrsn"):
        return serato.read
    for root, reader in _ROOTS:
        if root in head:
            return reader
    if (found := _SUFFIXES.get(path.suffix.lower())) is not None:
        return found
    raise ForeignError(f"{path} is no library that is known; the programs are {', '.join(READERS)}")


def find(path: Path, source: str | None) -> list[tuple[Path, Reader]]:
    """Find the libraries in a file or folder that a person named.

    Parameters
    ----------
    source
        The program; any if not said.

    Raises
    ------
    ForeignError
        If there is none.
    """
    if path.is_dir():
        names = {name: _WITHIN.get(name, ()) for name in ([source] if source else READERS)}
        found = [next((path / n for n in each if (path / n).is_file()), None) for each in names.values()]
        libraries = [(file, reader_of(file)) for file in found if file is not None]
        lists = [file for file in sorted(path.iterdir()) if file.suffix.lower() in (".m3u", ".m3u8", ".cue")]
        libraries += [(file, reader_of(file)) for file in lists if not libraries]
        if not libraries:
            raise ForeignError(f"no library of {source or 'a known program'} in {path}; name its file")
        return libraries
    reader = reader_of(path)
    if source and reader not in READERS[source]:
        raise ForeignError(f"{path} is no library of {source}; leave out --from, or name another file")
    return [(path, reader)]


def usual(source: str | None) -> dict[str, list[Path]]:
    """Find the libraries in their programs' usual places on this machine, by program; the likeliest of each first.

    Of each program only one is meant: an import of a second would take the place of the first.

    Raises
    ------
    ForeignError
        If there is none.
    """
    wanted = [source] if source else list(READERS)
    found = {name: files for name in wanted if (files := [file for file in _usual(name) if file.is_file()])}
    if not found:
        raise ForeignError(f"no library of {source or 'any known program'} in its usual place; name its file")
    return found


def _usual(source: str) -> Iterator[Path]:
    """Give the places where a program keeps its library, on any platform."""
    home = Path.home()
    local = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
    roaming = Path(os.environ.get("APPDATA") or home / "AppData/Roaming")
    support, music, documents = home / "Library/Application Support", home / "Music", home / "Documents"
    if source == "mixxx":
        mac = home / "Library/Containers/org.mixxx.mixxx/Data/Library/Application Support/Mixxx"
        linux = (home / ".mixxx", home / ".var/app/org.mixxx.Mixxx/.mixxx")
        for folder in (*linux, support / "Mixxx", mac, local / "Mixxx"):
            yield folder / "mixxxdb.sqlite"
    elif source == "rekordbox":
        for folder in (home / "Library/Pioneer/rekordbox", roaming / "Pioneer/rekordbox"):
            yield folder / "master.db"
        for folder in (documents, music, documents / "rekordbox", music / "rekordbox"):
            yield folder / "rekordbox.xml"
    elif source == "traktor":
        yield from sorted(
            (documents / "Native Instruments").glob("Traktor*/collection.nml"), key=_edition, reverse=True
        )
    elif source == "serato":
        yield music / "_Serato_/database V2"
    elif source == "engine":
        yield music / "Engine Library/Database2/m.db"
    elif source == "virtualdj":
        for folder in (local / "VirtualDJ", support / "VirtualDJ", documents / "VirtualDJ"):
            yield folder / "database.xml"


def _edition(path: Path) -> list[int]:
    """Sort ``Traktor 3.11.1`` after ``Traktor 3.4``."""
    return [int(part) for part in path.parent.name.split()[-1].split(".") if part.isdecimal()]
