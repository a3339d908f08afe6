"""Whether a candidate is already coming in: a close look at a few tracks while what plays is being left.

The tracker asks the whole library and therefore needs a clear answer; in a long fade the incoming record may be heard
for ten seconds before it has one. A suggestion that is being mixed in must go sooner, and looking at two dozen tracks
alone may be far less strict: what is kept out for nothing costs little.

Conventions
-----------
Similarity is the mean cosine of the last hops' idents along the best straight line through a track's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from .matcher import Floats

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot

WINDOW_HOPS = 8
"""Hops that are compared (2 s): more would still hear the record that leaves."""
ALIKE = 0.45
"""Similarity from which a track may be coming in: most incoming records reach it within ten seconds of a long fade, and
one in six others at any one moment of it."""
_RATES = np.linspace(0.94, 1.06, 7)


class Guard:
    """Compares the last hops with single tracks of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._recent: list[Floats] = []
        ages = np.arange(WINDOW_HOPS) - (WINDOW_HOPS - 1)
        self._lines = np.round(ages * _RATES[:, None]).astype(int)

    def hear(self, ident: Floats) -> None:
        """Take in one hop's ident, (dim,)."""
        self._recent = [*self._recent[-(WINDOW_HOPS - 1) :], np.array(ident)]

    def doubtful(self, numbers: Iterable[int], most: int) -> set[int]:
        """Return which of some tracks may be coming in, the most alike first in line, at most ``most``."""
        ranked = sorted(((self.likeness(number), number) for number in numbers), reverse=True)
        return {number for likeness, number in ranked[: max(0, most)] if likeness >= ALIKE}

    def likeness(self, number: int) -> float:
        """Return how alike the last hops and a track are, -1..1; -1 where there is too little to tell."""
        track = self._snapshot.ident(number)
        if len(self._recent) < WINDOW_HOPS or len(track) == 0:
            return -1.0
        similarity = track @ np.stack(self._recent, axis=1)
        best = -1.0
        for line in self._lines:
            first = -int(line[0])
            ends = len(track) - first
            if ends <= 0:
                continue
            total = np.zeros(ends, np.float32)
            for hop, offset in enumerate(line.tolist()):
                total += similarity[first + offset : first + offset + ends, hop]
            best = max(best, float(total.max()) / WINDOW_HOPS)
        return best
