"""A quiet input is raised, so that a line that comes in far too low is heard like any other.

Conventions
-----------
Stepped once a tick with the loudness of what came in, LUFS. What is loud enough is left alone, to the bit; a loud sound
lowers the gain at once, a quiet one raises it slowly. There is no limiter: what is raised was quiet.
"""

ENOUGH_LUFS = -36.0
"""The loudest of lately is raised to this, if it is below. Naming suffers from some 10 LU further down."""
NOTHING_LUFS = -66.0
"""Below this there is no signal, and nothing is learnt from it."""
FORGET_DB = 0.005
"""By which the loudest counts less after each tick (6 dB a minute): longer than a breakdown lasts."""
FIRST_TICKS = 40
"""Ticks with a signal until the first gain: an intro may start from nothing."""


class AutoLevel:
    """Follows the loudness of an input."""

    def __init__(self) -> None:
        self.gain_db = 0.0
        """By which the input is raised now, 0 and up."""
        self._loudest = NOTHING_LUFS
        self._ticks = 0

    def step(self, lufs_m: float) -> float:
        """Advance one tick.

        Parameters
        ----------
        lufs_m
            Momentary loudness of what came in.

        Returns
        -------
        float
            What the tick's samples are to be multiplied by; exactly 1 for an input that is loud enough.
        """
        if lufs_m > NOTHING_LUFS:
            self._ticks += 1
            self._loudest = max(self._loudest - FORGET_DB, lufs_m)
        self.gain_db = max(0.0, ENOUGH_LUFS - self._loudest) if self._ticks > FIRST_TICKS else 0.0
        return float(10.0 ** (self.gain_db / 20.0))
