"""Taps of a finger: tempo, and where the beat is.

Conventions
-----------
Two clocks: when a tap came (steady clock, exact), and how far the sound was then (stream time, in steps of a tick). The
tempo is taken from the first, the place of the beat from the mean of what lies between the two.
"""

from collections import deque
from statistics import fmean, linear_regression

GAP_S = 2.0
"""A longer pause begins anew."""
LEAST, MOST = 3, 8
"""Taps that are needed, and that count."""


class Taps:
    """Collects them."""

    def __init__(self) -> None:
        self._taps: deque[tuple[float, float]] = deque(maxlen=MOST)

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(0, LEAST - len(self._taps))

    def tap(self, at_s: float, t: float) -> tuple[float, float] | None:
        """Take one in.

        Parameters
        ----------
        at_s
            When it came, on a steady clock.
        t
            Stream time at which the sound was.

        Returns
        -------
        tuple or None
            Beats a minute, and stream time of the last beat; None while there are too few.
        """
        if self._taps and not 0.0 < at_s - self._taps[-1][0] <= GAP_S:
            self._taps.clear()
        self._taps.append((at_s, t))
        if self.missing:
            return None
        line = linear_regression(range(len(self._taps)), [at for at, _ in self._taps])
        last_s = line.intercept + line.slope * (len(self._taps) - 1)
        return 60.0 / line.slope, last_s + fmean(t - at for at, t in self._taps)
