"""The key of what is heard now: a leaky average of chroma against the key profiles, slow to change its mind."""

from dataclasses import dataclass

import numpy as np

from .features import Floats
from .tonality import camelot, estimate_key


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
    """0..1: how far the best key stands above the others."""


NO_KEY = KeyEstimate(-1, -1, 0, 0.0)


class KeyTracker:
    """Follows the key."""

    def __init__(self) -> None:
        self._average = np.zeros(12)

    def step(self, chroma: Floats) -> KeyEstimate:
        """Advance one tick of chroma, (12,)."""
        self._average += 0.004 * (chroma - self._average)
        if float(self._average.max()) < 0.02:
            return NO_KEY
        pitch_class, mode, confidence = estimate_key(self._average)
        if pitch_class < 0:
            return NO_KEY
        return KeyEstimate(pitch_class, mode, camelot(pitch_class, mode), confidence)
