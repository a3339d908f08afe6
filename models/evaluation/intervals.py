"""How sure a figure is: 95 % intervals by drawing the tracks anew.

Conventions
-----------
Queries of one track are not independent of each other, so whole tracks are drawn, with replacement; the library stays.
A difference is taken query by query before the draw. The same seed gives the same draws to every figure.

Source
------
B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), the percentile interval; whole clusters as in
C. Field and A. Welsh, "Bootstrapping clustered data", JRSS B 69 (2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .queries import Places

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queries, and where it lies in 95 of 100 draws of the tracks."""

    value: float
    low: float
    high: float


class Bootstrap:
    """Draws of the tracks, made once.

    Parameters
    ----------
    tracks
        The track of each query, (q,).
    """

    def __init__(self, tracks: Places, seed: int, draws: int = DRAWS) -> None:
        _, self._group = np.unique(tracks, return_inverse=True)
        groups = int(self._group.max()) + 1
        drawn = np.random.default_rng(seed).integers(groups, size=(draws, groups))
        self._times = np.stack([np.bincount(row, minlength=groups) for row in drawn]).astype(np.float64)
        self._sizes = self._times @ np.bincount(self._group)

    def mean(self, values: NDArray[np.floating]) -> Interval:
        """Return the mean of one value a query, (q,), with its interval."""
        sums = self._times @ np.bincount(self._group, weights=values)
        low, high = np.percentile(sums / self._sizes, (2.5, 97.5))
        return Interval(float(np.mean(values)), float(low), float(high))
