"""Which track plays, and where in it: evidence from single hops, gathered along straight lines.

Every hop asks the library which moments sound like it. A record that plays at a steady speed answers with moments on a
line, ``position = offset + rate * time``; whatever else answers does not. The tracker keeps the answers of the last
seconds, fits a line for the tracks with most of them, and names a track when the share of recent hops that its line
explains is high enough, and high enough above the next track's.

Conventions
-----------
Time and positions are seconds; both name the end of a hop. Evidence is a share of hops, 0..1. Nothing is drawn at
random: the same hops give the same answers.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .library import Snapshot, Track

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """A track that is heard, at the end of a hop."""

    track: Track
    confidence: float
    """0..1, the share of recent hops that it explains, scaled."""
    position_s: float
    """Where in the track."""
    tempo_ratio: float
    """Playing speed over the original's."""
    settled: bool
    """Whether the position has been steady for some seconds."""
    level: float
    """0..1, its part of what is heard."""
