"""Moments at which a computer or a cable fails: nothing is heard, or the last few milliseconds again.

Conventions
-----------
Sound is (samples,) float32. A gap keeps its place in time: what follows comes when it would have come.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

SHORTEST_S, LONGEST_S = 0.005, 0.06
MOST = 6
"""Gaps in one view."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A failure, in samples."""

    start: int
    length: int
    again: int
    """How often the ``length`` samples before it are heard again; 0: silence instead."""

    @property
    def end(self) -> int:
        """First sample after it."""
        return self.start + self.length * max(1, self.again)


def draw_gaps(samples: int, rng: np.random.Generator, sample_rate: int) -> list[Gap]:
    """Draw one to `MOST` gaps of 5 to 60 ms, four at most in a row; none where the sound is too short for one."""
    gaps = []
    for _ in range(int(rng.integers(1, MOST + 1))):
        length = round(float(rng.uniform(SHORTEST_S, LONGEST_S)) * sample_rate)
        again = int(rng.integers(1, 5)) if rng.random() < 0.5 else 0
        room = samples - length * (max(1, again) + 1)
        start = length + int(rng.integers(0, max(1, room)))
        if room > 0:
            gaps.append(Gap(start, length, again))
    return gaps


def glitches(sound: Tensor, gaps: Sequence[Gap]) -> Tensor:
    """Let each gap happen, one after the other."""
    result = sound.clone()
    for gap in gaps:
        if gap.again:
            result[gap.start : gap.end] = result[gap.start - gap.length : gap.start].repeat(gap.again)
        else:
            result[gap.start : gap.end] = 0
    return result
