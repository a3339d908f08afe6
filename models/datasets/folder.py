"""Any folder of music: the first folder below the one given is the group, an artist or an album."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from . import source
from .source import SUFFIXES, Source


def find(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield audio files and their group; a file that lies in no sub-folder is its own group.

    Raises
    ------
    SegueError
        If there is no such folder.
    """
    for top in folders:
        source.folder(top, "music", "give folders of music, one sub-folder an artist or an album")
        for path in sorted(top.rglob("*")):
            below = path.relative_to(top).parts
            if path.suffix.lower() in SUFFIXES and not any(p.startswith(".") for p in below) and path.is_file():
                yield path, below[0] if len(below) > 1 else path.stem


def folder(top: Path) -> list[Source]:
    """Return every audio file of a folder."""
    return [Source(path, group) for path, group in find([top])]
