"""What is said of a track that plays."""

from dataclasses import dataclass

from ..library.track import Track

UNKNOWN = -1.0
"""Position and speed of a track that another program tells of and that is not heard."""


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """A track that is heard, or only told of, at the end of a hop."""

    track: Track
    confidence: float
    """0..1, how like the record the sound is, on a scale that reaches 1."""
    position_s: float
    """Where in the track, or ``UNKNOWN``."""
    tempo_ratio: float
    """Playing speed over the original's, or ``UNKNOWN``."""
    settled: bool
    """Whether the position has been steady for some seconds."""
    level: float
    """0..1, its part of the loudness of all that is known to play."""
    key_lock: bool = True
    """Whether it keeps its pitch at that speed."""
    heard: bool = True
    """False if it is named only because another program says so."""
