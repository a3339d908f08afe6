"""The ident of every hop of a library, and which of them are nearest to what is heard.

Conventions
-----------
A library's idents lie in *parts*: a large one, and one for what came later, so that a track more does not make ten
million rows anew. A part has its own order of tracks, some of which may be gone from the library since; parts are
immutable. Numbers are those of the snapshot's tracks, places the hops of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .index import Floats, Ints, Nearest


@dataclass(frozen=True, slots=True)
class Part:
    """Tracks whose rows follow each other in one index."""

    index: Nearest
    hops: Sequence[int]
    """Rows of each track."""
    numbers: Sequence[int]
    """Number of each track; -1 if it is gone."""


class Idents:
    """Searches all parts as if they were one, and gives single tracks."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._first = [np.concatenate([[0], np.cumsum(part.hops)]).astype(np.int64) for part in parts]
        self._numbers = [np.asarray(part.numbers, np.int64) for part in parts]
        self._home = {n: (p, at) for p, part in enumerate(parts) for at, n in enumerate(part.numbers) if n >= 0}

    def __len__(self) -> int:
        return sum(hops for part in self._parts for hops, n in zip(part.hops, part.numbers, strict=True) if n >= 0)

    def of(self, number: int) -> Floats:
        """Return a track's rows, (hops, E)."""
        p, at = self._home[number]
        return self._parts[p].index.rows(int(self._first[p][at]), int(self._first[p][at + 1]))

    def search(self, queries: Floats, k: int) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Find the k rows nearest to each query, best first.

        Returns
        -------
        score, number, place
            (q, k) each; -1 in all three where there are fewer than k, or the track of one is gone.
        """
        found = [self._search(p, queries, k) for p in range(len(self._parts))]
        score, number, place = (np.concatenate(each, axis=1) for each in zip(*found, strict=True))
        if len(found) > 1:
            best = np.argsort(-score, axis=1, kind="stable")[:, :k]
            score, number, place = (np.take_along_axis(each, best, axis=1) for each in (score, number, place))
        return score, number.astype(np.int32), place.astype(np.int32)

    def _search(self, p: int, queries: Floats, k: int) -> tuple[Floats, Ints, Ints]:
        score, row = self._parts[p].index.search(queries, k)
        if not len(self._numbers[p]):
            return score, row, row
        track = np.maximum(np.searchsorted(self._first[p], row, side="right") - 1, 0)
        number = np.where(row >= 0, self._numbers[p][track], -1)
        there = number >= 0
        return np.where(there, score, np.float32(-1)), number, np.where(there, row - self._first[p][track], -1)
