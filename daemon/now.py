"""What is said of a track that plays."""

from dataclasses import dataclass

from .track import Track


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """A track that is heard, at the end of a hop."""

    track: Track
    confidence: float
    """0..1, how like the record the sound is, on a scale that reaches 1."""
    position_s: float
    """Where in the track."""
    tempo_ratio: float
    """Playing speed over the original's."""
    settled: bool
    """Whether the position has been steady for some seconds."""
    level: float
    """0..1, its part of the loudness of all that is known to play."""
    key_lock: bool = True
    """Whether it keeps its pitch at that speed."""
