"""Whether a record is what is heard, and how far from where it was thought to be: two pictures laid over each other.

Conventions
-----------
A picture is the log of band powers, (ticks, bands), less its mean over a second around and over two octaves around: so
neither an equaliser, nor a room, nor a fader shows. Likeness is a correlation, -1..1: a record in the right place has
.5 to .95, alone or faded in; anything else seldom reaches .15. Only what is left of the sound counts: each point has a
weight, 0..1. Lags are seconds of the room.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ..library.snapshot import Snapshot
from ..signal.bands import CENTRE_S, LEAST, NEPERS, TICK_S, Floats, shifted

TICKS = 60
"""Ticks that are compared."""
LAGS = 6
"""Ticks to either side that a record may be away from where it is thought to be."""
_TIME_S, _PITCH = 1.0, 25
"""Seconds and bands that a picture's own mean is taken over."""
_LOWEST = 10 * LEAST


@dataclass(frozen=True, slots=True)
class Place:
    """A record at some place, at some speed."""

    number: int
    """Of the track."""
    position_s: float
    """At the end of what is heard."""
    rate: float
    semitones: float
    """Pitch above the original's: 0 with key-lock."""

    def log_powers(self, snapshot: Snapshot, age_s: npt.NDArray[np.floating]) -> Floats:
        """Log of the record's own band powers, over ``bands.LEAST``, for ticks that ended ``age_s`` ago, (n, bands)."""
        row = (self.position_s - self.rate * (age_s + CENTRE_S) + CENTRE_S) / TICK_S - 1.0
        lower = np.floor(row).astype(np.intp)
        share = (row - lower)[:, None].astype(np.float32)
        both = snapshot.bands(self.number, np.concatenate([lower, lower + 1])).astype(np.float32)
        rows = both[: len(row)] * (1 - share) + both[len(row) :] * share
        return shifted(rows, self.semitones) * NEPERS


class Picture:
    """What is left of the last ticks, to hold records against.

    Parameters
    ----------
    power
        Of the mixture, (ticks, bands).
    weight
        Part of it that is left, 0..1, (ticks, bands); 0 where nothing was heard.
    """

    def __init__(self, power: Floats, weight: Floats) -> None:
        self.weight = weight.astype(np.float32)
        drawn = picture(np.log(np.maximum(power * weight, _LOWEST)))
        self.drawn: Floats = drawn - (self.weight * drawn).sum(axis=0) / (self.weight.sum(axis=0) + np.float32(1e-6))

    def left(self, ticks: int = 10) -> float:
        """Return the part of the last ticks' points that another record does not drown."""
        return float((self.weight[-ticks:] > 0.3).mean())

    @cached_property
    def _weighted(self) -> Floats:
        return self.weight * self.drawn

    def against(self, snapshot: Snapshot, place: Place, ticks: int = TICKS) -> "Comparison":
        """Hold a record against the last ticks, at every lag."""
        age_s = TICK_S * np.arange(ticks - 1 + LAGS, -LAGS - 1, -1)
        own = picture(place.log_powers(snapshot, age_s))
        weighted, weight, drawn = self._weighted[-ticks:], self.weight[-ticks:], self.drawn[-ticks:]
        products, squares = _lagged(own @ weighted.T), _lagged((own * own) @ weight.T)
        halves = [slice(a, b) for a, b in pairwise((0, ticks // 2, ticks))]
        return Comparison(
            np.stack([products[:, at].sum(axis=1) for at in halves]),
            np.stack([squares[:, at].sum(axis=1) for at in halves]),
            np.array([[(weighted[at] * drawn[at]).sum()] for at in halves]),
            ticks * TICK_S,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a record and a picture agree: products and squares of both, for the older half and the newer one."""

    products: Floats
    """(2, lags)."""
    record: Floats
    """(2, lags)."""
    heard: Floats
    """(2, 1)."""
    seconds: float

    def best(self) -> tuple[float, float]:
        """Return likeness and lag where the record agrees best; a positive lag: it is further on than thought."""
        whole = self.products.sum(axis=0) / np.sqrt(self.record.sum(axis=0) * self.heard.sum() + 1e-6)
        return _peak(whole)

    def drift(self, least: float) -> float:
        """Return by how much the lag grows each second, 0 if either half is less like the record than ``least``."""
        older, newer = (_peak(row) for row in self.products / np.sqrt(self.record * self.heard + 1e-6))
        if min(older[0], newer[0]) < least or max(abs(older[1]), abs(newer[1])) > TICK_S * (LAGS - 2):
            return 0.0
        return (newer[1] - older[1]) / (self.seconds / 2)


def picture(log_power: Floats, tick_s: float = TICK_S) -> Floats:
    """Take from log powers, (ticks, bands), what moves slowly in time and what all of a register shares."""
    fast = log_power - uniform_filter1d(log_power, round(_TIME_S / tick_s), axis=0, mode="nearest")
    drawn: Floats = fast - uniform_filter1d(fast, _PITCH, axis=1, mode="nearest")
    return drawn


def alike(a: Floats, b: Floats) -> float:
    """Likeness of two pictures, (ticks, bands)."""
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))


def _peak(row: Floats) -> tuple[float, float]:
    """Height and place (seconds) of the top, between the lags."""
    at, lean = int(row.argmax()), 0.0
    if 0 < at < len(row) - 1:
        left, top, right = (float(row[at + i]) for i in (-1, 0, 1))
        bend = left - 2 * top + right
        lean = min(max(0.5 * (left - right) / bend, -0.5), 0.5) if bend < 0 else 0.0
    return float(row[at]), (at - LAGS + lean) * TICK_S


def _lagged(products: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Take those products of ticks, (ticks + 2 * LAGS, ticks), that meet at each lag, (lags, ticks)."""
    down, across = products.strides
    shape = (2 * LAGS + 1, products.shape[1])
    return np.lib.stride_tricks.as_strided(products, shape, (down, down + across), writeable=False)
