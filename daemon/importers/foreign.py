"""A library of another program, as every reader gives it.

Conventions
-----------
Times are seconds as that program counts them, from the start of the sound as *it* decodes it. Paths are as it writes
them, with ``/``; they may be of another machine. Lists name tracks by their place in `Library.tracks`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import SegueError

MOST_CUES = 64
"""Of a track; no program has as many pads."""
MOST_BEATS = 200_000
SLOWEST_BPM, FASTEST_BPM = 20.0, 500.0
LONGEST_S = 86_400.0


class ForeignError(SegueError):
    """A file that is not the library that it should be, or is damaged."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue that the DJ set."""

    kind: str
    """hot, memory or loop."""
    position_s: float
    length_s: float = 0.0
    """Of a loop."""
    number: int = -1
    """Of its pad, from 0; -1 without one."""
    name: str = ""
    colour: str = ""
    """``#rrggbb``, or nothing."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A beat, and the tempo from there to the next anchor."""

    position_s: float
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class Track:
    """What the program knows of a file."""

    path: str
    title: str = ""
    artist: str = ""
    duration_s: float = 0.0
    """0 unknown."""
    size: int = 0
    """Bytes, 0 unknown."""
    tempo_bpm: float = 0.0
    """0 unknown."""
    key: str = ""
    """As the program writes it."""
    grid: tuple[Anchor, ...] = ()
    """By time."""
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist or crate; one in a folder is called ``Folder/Name``."""

    name: str
    tracks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """What was played in one go."""

    name: str
    plays: tuple[tuple[int, float | None], ...]
    """Track and when (seconds since 1970, None where it is not told), in order."""


@dataclass(frozen=True, slots=True)
class Library:
    """All that one program, or one file of it, says."""

    source: str
    """The program's name, in small letters."""
    place: str
    """The file or folder that was read."""
    tracks: tuple[Track, ...] = ()
    playlists: tuple[Playlist, ...] = ()
    sessions: tuple[Session, ...] = ()
    whole: bool = True
    """This is all that the program knows, so that what it said before and does not say now is gone."""
    failed: tuple[str, ...] = ()
    """Why parts of it could not be read, a sentence each."""


def anchor(position_s: float, tempo_bpm: float) -> Iterator[Anchor]:
    """Give an anchor, if there can be one."""
    if math.isfinite(position_s) and abs(position_s) <= LONGEST_S and SLOWEST_BPM <= tempo_bpm <= FASTEST_BPM:
        yield Anchor(position_s, tempo_bpm)


def cue(
    kind: str, position_s: float, *, end_s: float | None = None, number: int = -1, name: str = "", colour: str = ""
) -> Iterator[Cue]:
    """Give a cue, if there can be one; with an end behind its position it is a loop."""
    if not (math.isfinite(position_s) and -1.0 <= position_s <= LONGEST_S):
        return
    length_s = end_s - position_s if end_s is not None and math.isfinite(end_s) else 0.0
    looped = 0.0 < length_s <= LONGEST_S
    number = number if 0 <= number < MOST_CUES else -1
    yield Cue("loop" if looped else kind, position_s, length_s if looped else 0.0, number, line(name), colour)


def beats(grid: Sequence[Anchor], duration_s: float) -> npt.NDArray[np.float64]:
    """Spread a grid over a track.

    Parameters
    ----------
    duration_s
        Of the track; beats lie within it.

    Returns
    -------
    (n,) seconds, rising. The first anchor's tempo holds before it too, and the last one's to the end.
    """
    found: list[float] = []
    starts = sorted(grid, key=lambda each: each.position_s)
    for n, here in enumerate(starts):
        period_s = 60.0 / here.tempo_bpm
        end_s = starts[n + 1].position_s - period_s / 2 if n + 1 < len(starts) else duration_s
        first = -math.floor(here.position_s / period_s) if n == 0 else 0
        count = math.ceil((end_s - here.position_s) / period_s)
        found += (here.position_s + np.arange(first, min(count, MOST_BEATS)) * period_s).tolist()
    spread = np.array(found[:MOST_BEATS], np.float64)
    return spread[(spread >= 0.0) & (spread < duration_s)]


def colour_of(red: float, green: float, blue: float) -> str:
    """Write a colour of three bytes."""
    return f"#{int(red) & 255:02x}{int(green) & 255:02x}{int(blue) & 255:02x}"


def line(text: str) -> str:
    """Bring a stranger's text to one line that can be stored and shown, and is no longer than a name should be."""
    clean = re.sub(r"[\x00-\x1f\x7f]", " ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(clean.split())[:200]


def number(text: object, otherwise: float = 0.0) -> float:
    """Read a number that a stranger wrote."""
    try:
        value = float(str(text))
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise
