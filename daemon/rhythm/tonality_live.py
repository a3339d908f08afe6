"""The key of what is heard now: a leaky average of chroma against the key profiles, slow to change its mind.

Conventions
-----------
Stepped once a tick with the tick's chroma, C first. Deterministic; all state is in the object. Another key takes over
only after it has led for some seconds, and a key is given up only when its confidence has fallen well below what it
took to name it.
"""

from dataclasses import dataclass

import numpy as np

from ..clock import SAMPLE_RATE, TICK
from ..signal.features import Floats
from ..signal.tonality import camelot, estimate_key, key_scores

_TICK_S = TICK / SAMPLE_RATE
_MEMORY_S = 14.0
_HOLD_S = 4.0
"""How long a key stands while nothing with a pitch is heard."""
_LEARN_S = 4.0
_EVERY_TICKS = 5
_NAME_ABOVE, _GIVE_UP_BELOW = 0.25, 0.08
_DOUBT = 0.15
"""Lead, in correlation times seconds, that another key must gather to take over."""


@dataclass(frozen=True, slots=True)
class KeyEstimate:
    """The key, or that there is none to be sure of."""

    pitch_class: int
    """Tonic, 0 (C) to 11 (B); -1 unknown."""
    mode: int
    """0 minor, 1 major, -1 unknown."""
    camelot: int
    """1 to 12, 0 unknown; with mode 0 it is the wheel's A, with mode 1 its B."""
    confidence: float
    """0..1: how well the key fits and how far it stands above the others."""


NO_KEY = KeyEstimate(-1, -1, 0, 0.0)


class KeyTracker:
    """Follows the key."""

    def __init__(self) -> None:
        self._ticks = 0
        self._forget()

    def _forget(self) -> None:
        self._average = np.zeros(12)
        self._heard_s = 0.0
        self._quiet_s = 0.0
        self._key: tuple[int, int] | None = None
        self._confidence = 0.0
        self._doubt = 0.0

    def step(self, chroma: Floats) -> KeyEstimate:
        """Advance one tick of chroma, (12,), all zeros where nothing has a pitch."""
        self._ticks += 1
        if float(chroma.max()) > 0.0:
            self._quiet_s = 0.0
            self._heard_s += _TICK_S
            share = _TICK_S / min(max(self._heard_s, _TICK_S), _MEMORY_S)
            self._average += share * (chroma - self._average)
        else:
            self._quiet_s += _TICK_S
            if self._quiet_s > _HOLD_S:
                self._forget()
        if self._ticks % _EVERY_TICKS == 0 and self._heard_s >= _LEARN_S and self._quiet_s == 0.0:
            self._decide()
        if self._key is None:
            return NO_KEY
        return KeyEstimate(*self._key, camelot(*self._key), min(max(self._confidence, 0.0), 1.0))

    def _decide(self) -> None:
        pitch_class, mode, confidence = estimate_key(self._average)
        seconds = _EVERY_TICKS * _TICK_S
        if pitch_class < 0:
            confidence = 0.0
        elif self._key is None:
            if confidence > _NAME_ABOVE:
                self._key, self._confidence, self._doubt = (pitch_class, mode), confidence, 0.0
            return
        elif (pitch_class, mode) != self._key:
            scores = key_scores(self._average)
            lead = float(scores[12 * mode + pitch_class] - scores[12 * self._key[1] + self._key[0]])
            self._doubt += lead * seconds
            confidence = 0.0
            if self._doubt > _DOUBT:
                self._key, self._doubt = (pitch_class, mode), 0.0
        else:
            self._doubt = max(0.0, self._doubt - 0.05 * seconds)
        self._confidence += 0.2 * seconds * (confidence - self._confidence)
        if self._confidence < _GIVE_UP_BELOW:
            self._key = None
