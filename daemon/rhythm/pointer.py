"""The best path through tempo and phase up to now: what a bar sounds like tells little, what many did tells more.

Conventions
-----------
A path runs on at its tempo, may go to a neighbouring one, or leap anywhere, each at a price in nats; the height of a
path is what it has gathered less what it has paid, and the highest stands at 0. A cell is a tempo (row) and the phase
that its path had at the start (column): as long as a path keeps its tempo it keeps its cell, and nothing is smeared.

Source
------
Viterbi's algorithm on the bar-pointer model of Whiteley, Cemgil and Godsill (Bayesian modelling of temporal structure
in musical audio, 2006), without the bar.
"""

import numpy as np

from ..signal.features import Floats
from ..signal.pulse import BPM, MEMORY_S, PHASES, TEMPI, WHOLE, Complexes, spread

_LEAP = 6.0
"""Nats for a leap to any tempo and phase."""
_LEAN = 0.6
"""Nats for going to the next tempo of the grid."""
_FLOOR = 8.0
"""Nats under the best that one moment can hold against a path, so that a break does not undo minutes."""
_LOG_BPM = np.log(BPM)
_COLUMNS = np.arange(PHASES)
_ROWS = np.arange(TEMPI)


class Pointer:
    """Carries every path on."""

    def __init__(self) -> None:
        self._heights = np.zeros((TEMPI, PHASES), np.float32)
        self._turned = np.zeros(TEMPI)

    def step(self, tempo: Floats, harmonics: Complexes, seconds: float, young: bool) -> Floats:
        """Go on to now.

        Parameters
        ----------
        tempo, harmonics
            Of now, from ``PulseModel.parts``.
        seconds
            Since the last step. The scores remember ``MEMORY_S``, so this share of them is news.
        young
            So little has been heard that the scores of now say all that is known: what was before is forgotten.

        Returns
        -------
        array
            Scores of now, (tempi, phases), the best 0, the phases in the order of the cells.
        """
        self._turned = (self._turned + BPM / 60.0 * seconds) % 1.0
        turn = np.exp(2j * np.pi * self._turned[:, None] * np.arange(1, WHOLE + 1)).astype(np.complex64)
        scores = spread(tempo, harmonics * turn)
        scores -= scores.max()
        if young:
            self._heights = np.maximum(scores * np.float32(0.5), np.float32(-_LEAP)).astype(np.float32)
            return scores
        news = np.maximum(scores, np.float32(-_FLOOR)) * np.float32(min(seconds / MEMORY_S, 1.0))
        heights: Floats = (self._heights + news).astype(np.float32)
        beside = np.maximum(self._from(heights, 1), self._from(heights, -1))
        heights = np.maximum(heights, beside - np.float32(_LEAN)).astype(np.float32)
        self._heights = np.maximum(heights - heights.max(), np.float32(-_LEAP)).astype(np.float32)
        return scores

    def best(self) -> tuple[int, float]:
        """Return row and phase, now, of the highest path."""
        row, column = divmod(int(self._heights.argmax()), PHASES)
        return row, float(column / PHASES + self._turned[row]) % 1.0

    def height(self, rows: slice, phase: float, reach: float) -> float:
        """Return the height of the highest path among some rows whose phase is now within REACH of PHASE."""
        away = np.abs((_COLUMNS / PHASES + self._turned[rows, None] - phase + 0.5) % 1.0 - 0.5)
        return float(self._heights[rows][away < reach].max(initial=-_LEAP))

    def _from(self, heights: Floats, side: int) -> Floats:
        """Return for each cell the height of the neighbouring tempo's path that has the same phase now."""
        there = np.clip(_ROWS + side, 0, TEMPI - 1)
        at = _COLUMNS + PHASES * (self._turned - self._turned[there])[:, None]
        left = np.floor(at).astype(np.int64)
        share = (at - left).astype(np.float32)
        row = there[:, None]
        found: Floats = heights[row, left % PHASES] * (1 - share) + heights[row, (left + 1) % PHASES] * share
        return found
