"""A record being played: where its needle is, how fast it turns, and whether it is still heard.

Conventions
-----------
Times are seconds of the room, positions seconds of the record. Place and speed are corrected each hop by what the
pictures say, less and less as they settle: a filter of fixed gains, as a Kalman filter's become.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..library.snapshot import Snapshot
from ..signal.bands import LEAST, TICK_S, Floats
from .likeness import TICKS, Picture, Place
from .witness import KEEP

LEAST_GAIN, RATE_GAIN = 0.12, 0.5
"""Part of an error that is corrected in a hop once a record has settled, and how much less so for its speed."""
SLOWEST, FASTEST = 0.88, 1.12
RETUNE = 0.02
"""By how much likeness must be better at the other pitch, on average, to change from key-lock to none or back."""
SETTLED_S = 3.0
_BEHIND_S = TICKS * TICK_S / 4


def pitch(rate: float) -> float:
    """Semitones that a record goes up when it turns faster and no key-lock holds it."""
    return 12.0 * math.log2(rate)


@dataclass(slots=True)
class Play:
    """One record on one deck."""

    number: int
    """Of the track."""
    t: float
    """When ``position_s`` held."""
    position_s: float
    rate: float
    key_lock: bool
    likeness: float
    since_s: float
    """When it was recognised."""
    absent_s: float = 0.0
    """Seconds since it was heard."""
    steady_s: float = 0.0
    """Seconds in which it was heard where it is."""
    named: bool = False
    """Whether it was the louder one at some time."""
    doubt: float = 0.0
    """How much better the other pitch would be."""

    def at(self, t: float) -> float:
        """Position at a time."""
        return self.position_s + self.rate * (t - self.t)

    def place(self, t: float) -> Place:
        """Where it is at a time."""
        return Place(self.number, self.at(t), self.rate, 0.0 if self.key_lock else pitch(self.rate))

    @property
    def settled(self) -> bool:
        """Whether its place has been steady for some seconds."""
        return self.steady_s >= SETTLED_S and self.absent_s == 0.0

    def powers(self, snapshot: Snapshot, t: float, ticks: int) -> Floats:
        """Its own band powers for the last ticks before ``t``, (ticks, bands)."""
        age_s = TICK_S * np.arange(ticks - 1, -1, -1)
        return LEAST * np.exp(self.place(t).log_powers(snapshot, age_s))

    def follow(self, snapshot: Snapshot, picture: Picture, t: float, hop_s: float) -> None:
        """Correct it by what was heard in the last hop."""
        place = self.place(t)
        compared = picture.against(snapshot, place)
        self.likeness, lag_s = compared.best()
        self.absent_s = 0.0 if self.likeness > KEEP else self.absent_s + hop_s
        if abs(pitch(self.rate)) > 0.1:
            self._hear_pitch(snapshot, picture, place)
        self.position_s, self.t = place.position_s, t
        if self.absent_s > 0.0:
            return
        self.steady_s += hop_s
        gain = max(LEAST_GAIN, hop_s / (hop_s + self.steady_s))
        drift = compared.drift(KEEP)
        # A lag is that of the window's middle; with a drift it has grown since. Half of that, so that it stays calm.
        self.position_s += gain * (lag_s + drift * _BEHIND_S) * self.rate
        self.rate = min(max(self.rate * (1 + RATE_GAIN * gain * drift), SLOWEST), FASTEST)

    def _hear_pitch(self, snapshot: Snapshot, picture: Picture, place: Place) -> None:
        semitones = pitch(place.rate) if self.key_lock else 0.0
        other = picture.against(snapshot, Place(place.number, place.position_s, place.rate, semitones)).best()[0]
        self.doubt += 0.2 * (other - self.likeness - self.doubt)
        if self.doubt > RETUNE:
            self.key_lock, self.doubt = not self.key_lock, 0.0
