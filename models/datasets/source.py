"""What a dataset says of one file before it is decoded, and how it says that files are missing.

Conventions
-----------
A group is what must not be split between training and validation: an artist, a composer, a package. A split is the
dataset's own: "train", "validation" or "test"; None where it has none.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...daemon.errors import SegueError

SUFFIXES = frozenset(
    {".wav", ".aif", ".aiff", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".au", ".wv", ".ape"}
)
"""Names that are taken for music where a folder is searched."""
TRACK_S = 45.0
"""A shorter track has no continuation to learn from."""
EXCERPT_S = 25.0
"""The same for datasets of 30 s excerpts: less is a damaged one."""
LONGEST_S = 900.0
"""Of a track, no more is decoded."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a dataset."""

    path: Path
    group: str
    split: str | None = None
    transitions_s: tuple[float, ...] = ()
    """Seconds at which one track gives way to the next, in a recorded set."""
    least_s: float = TRACK_S
    """What is shorter is left out."""
    most_s: float = LONGEST_S
    """No more of it is decoded."""
    length_s: float | None = None
    """What the dataset's own table promises, where it does."""


def folder(path: Path, wanted: str, advice: str) -> Path:
    """Return the path if it is a folder.

    Raises
    ------
    SegueError
        If it is not; says what was wanted, and what to do.
    """
    if path.is_dir():
        return path
    if path.exists():
        raise SegueError(f"{path} is a file; the folder of {wanted} was wanted")
    raise SegueError(f"no folder {path}: {wanted} was wanted there; {advice}")


def complete(path: Path) -> bool:
    """Tell whether a file is there and not empty."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def heard(path: Path) -> Path | None:
    """Return the sound under this name, or under the same name in another format, or None."""
    if complete(path):
        return path
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return None
    same = [p for p in beside if p.name.lower() == path.name.lower() and complete(p)]
    if not same:
        stem = path.stem.lower()
        same = [p for p in beside if p.stem.lower() == stem and p.suffix.lower() in SUFFIXES and complete(p)]
    return same[0] if same else None


def archives(top: Path, names: Iterable[str]) -> str:
    """Say which archives lie there packed or half-downloaded; empty where there are none."""
    found = [p.name for name in names for p in (top / name, top.parent / name) if p.is_file()]
    half = sorted(p.name for end in ("part", "crdownload", "aria2") for p in top.glob(f"*.{end}"))
    told = [f"{found[0]} is there but not unpacked: unpack it"] if found else []
    return "; ".join([*told, *([f"{half[0]} is half a download: fetch it again"] if half else [])])


def missed(what: str, gone: Sequence[str], of: int, advice: str, partial: bool) -> None:
    """Say what is missing from a dataset: an error, or a line on stderr where a part will do.

    Parameters
    ----------
    what
        The dataset and its folder.
    gone
        Names of what is missing, or empty (0 bytes).
    of
        How many files the whole has.
    advice
        Where to get it.
    partial
        Take what is there.

    Raises
    ------
    SegueError
        If something is missing and the whole was wanted, or if nothing is there at all.
    """
    if not gone:
        return
    names = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")
    told = f"{what} is not whole: {len(gone)} of {of} files are missing or empty ({names})"
    if not partial or len(gone) >= of:
        hint = "" if len(gone) >= of else "; '?partial=yes' behind the path takes what is there"
        raise SegueError(f"{told}; {advice}{hint}")
    print(f"{told}; going on with the others", file=sys.stderr)
