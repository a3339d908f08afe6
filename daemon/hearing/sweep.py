"""Where in a whole record something sounds like what is heard: its picture slid along from end to end.

For a library that is too large to be surveyed whole (``survey``): one record at a time. A record that repeats itself
answers a hop with the wrong repeat as readily as with the right one, the more so under another record. Once it is known
which record may be coming in, its picture says where.

Conventions
-----------
Pictures, speeds and pitches are as in ``survey``, with all directions.
"""

from collections import OrderedDict

import numpy as np

from ..library.snapshot import Snapshot
from ..signal.bands import Floats
from .likeness import Picture
from .survey import LOOK, STRIDE_S, drawn_whole, moved, paired

LONGEST_S = 900.0
"""A longer record, such as a whole mix, is not slid along: it would hold up the hop."""
_KEPT = 8
_APART = 10


class Sweep:
    """Finds places in whole records, and keeps the pictures of those that were looked at last."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._drawn: OrderedDict[int, Floats] = OrderedDict()

    def places(self, heard: Picture, number: int, count: int) -> list[float]:
        """Return the positions in a track that look most like what is left of the last seconds, best first, seconds."""
        drawn = self._picture(number)
        starts = len(drawn) - LOOK + 1
        if starts < 1:
            return []
        wanted = paired((heard.weight * heard.drawn)[-2 * LOOK :])
        products = drawn @ np.concatenate([moved(wanted, by) for by in (-1, 0, 1)]).T  # strides, (pitches, LOOK)
        whole = np.zeros((starts, 3), np.float32)
        for stride in range(LOOK):
            whole += products[stride : stride + starts, stride::LOOK]
        square = np.concatenate([[0.0], np.cumsum((drawn * drawn).sum(axis=1, dtype=np.float64))])
        agreement = whole.max(axis=1) / np.sqrt(square[LOOK:] - square[:-LOOK] + 1e-3)
        found = []
        for _ in range(count):
            best = int(agreement.argmax())
            if agreement[best] <= 0:
                break
            found.append((best + LOOK) * STRIDE_S)
            agreement[max(0, best - _APART) : best + _APART + 1] = 0
        return found

    def _picture(self, number: int) -> Floats:
        """Picture of a whole track, (strides, bands); empty if it is too long."""
        drawn = self._drawn.pop(number, None)
        if drawn is None:
            duration_s = self._snapshot.tracks[number].duration_s
            drawn = drawn_whole(self._snapshot, number, duration_s if duration_s <= LONGEST_S else 0.0)
            if len(self._drawn) >= _KEPT:
                self._drawn.popitem(last=False)
        self._drawn[number] = drawn
        return drawn
