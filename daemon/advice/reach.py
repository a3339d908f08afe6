"""How much faster or slower each track must be played to go with what plays, and which of them can be.

Conventions
-----------
A tempo ratio has its octaves folded away, so it lies between 0.71 and 1.42; its logarithm is what is compared. Where
one of two tempos is not known, or nobody is sure of it, the logarithm is 0: such a track is kept out by nothing.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from .evidence import Flags, Ints, Reals

if TYPE_CHECKING:
    from .columns import Columns

_SURE_TEMPO = 0.4
"""Confidence of two tempos together from which one out of reach keeps a track out: below it half of them are wrong."""
_MISCOUNTED, _NEAR_MISCOUNTED, _SURE_OF_COUNT = math.log(4 / 3), 0.04, 0.6
"""Ratio of two tempos (3:2 as well, an octave folded away) by which one that is counted wrongly is wrong, how near, and
the confidence that this takes."""
_WIDER = (1.0, 1.5, 2.0, 4.0, math.inf)
"""By how much the gate opens, step by step."""


def ratios(columns: Columns, bpm: float, confidence: float, tempo_range: float) -> tuple[Reals, Ints, Flags]:
    """Compare a tempo with that of each track.

    Parameters
    ----------
    bpm, confidence
        Of what plays; 0 unknown.
    tempo_range
        Share by which the fader moves a tempo: as near as that, two tempos go together however sure they are.

    Returns
    -------
    Logarithm of the speed that each track needs, the octaves that were folded away, and where both tempos are known,
    (tracks,) each.
    """
    known = (columns.bpm > 0) & (bpm > 0)
    octaves: Reals = np.log2(np.where(known, bpm, 1.0) / np.where(known, columns.bpm, 1.0))
    folded = np.round(octaves)
    log_ratio = (octaves - folded) * math.log(2.0)
    miscounted = np.abs(np.abs(log_ratio) - _MISCOUNTED) < _NEAR_MISCOUNTED
    least = np.where(miscounted, _SURE_OF_COUNT, _SURE_TEMPO)
    sure = np.sqrt(confidence * columns.bpm_confidence) >= least
    known &= sure | (np.abs(log_ratio) <= math.log1p(tempo_range))
    return np.where(known, log_ratio, 0.0), np.where(known, folded, 0).astype(np.int64), known


def within(log_ratio: Reals, allowed: Flags, stands: Flags, count: int, tempo_range: float) -> Flags:
    """Return the tracks whose tempo can be reached; the gate opens in steps until ``count`` of those allowed pass.

    What stands is let through one step farther off, so that nothing comes and goes with a tempo at the edge, or with a
    track that is kept out for some seconds.
    """
    need = min(count, int(np.count_nonzero(allowed)))
    off = np.abs(log_ratio)
    passing = staying = np.ones(len(off), bool)
    for factor, next_one in itertools.pairwise((*_WIDER, math.inf)):
        passing, staying = (off <= each * math.log1p(tempo_range) for each in (factor, next_one))
        if np.count_nonzero(passing & allowed) >= need:
            break
    return passing | (stands & staying)
