"""What a track is, found offline: beat grid, key, loudness, energy, sections, cue-ins and mix-outs.

Conventions
-----------
Times are seconds of the decoded sound from its first sample; a ``beat`` is an index into ``Analysis.beats_s``, -1
where a track has no beat. Every number is finite, every position lies inside the track.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Raised when a change here makes stored analyses worth doing again."""


@dataclass(frozen=True, slots=True)
class CuePoint:
    """A place where a track can be brought in, or taken out."""

    index: int
    """Rank in time within its list, from 0."""
    kind: str
    """Cue-in: intro, mix_in, drop, breakdown. Mix-out: mix_out, outro."""
    position_s: float
    """Seconds from the start of the track."""
    beat: int
    """Index of the beat it lies on, -1 without beats."""
    confidence: float
    """0..1."""
    evidence: dict[str, float]
    """What spoke for it, each term by name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a track that belongs together; the same label is the same music."""

    start_s: float
    """Seconds."""
    end_s: float
    """Seconds."""
    label: str
    """"A", "B", … in order of first appearance."""
    energy: float
    """Mean energy, 0..1."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of a track from its sound alone."""

    version: int
    duration_s: float
    """Seconds."""
    tempo_bpm: float
    """Beats per minute, 0 where there is no beat."""
    tempo_confidence: float
    """0..1."""
    beats_s: NDArray[np.float64]
    """Seconds, (n,)."""
    downbeats: NDArray[np.int64]
    """Indexes into ``beats_s``, (m,)."""
    pitch_class: int
    """0 C … 11 B, -1 unknown."""
    mode: int
    """0 minor, 1 major, -1 unknown."""
    key_confidence: float
    """0..1."""
    loudness_lufs: float
    """Integrated loudness, BS.1770, at least -70."""
    energy: NDArray[np.float32]
    """0..1, one value a second, on a scale that is the same for all tracks, (seconds,)."""
    sections: tuple[Section, ...]
    cues: tuple[CuePoint, ...]
    """Cue-ins in order of time."""
    mix_outs: tuple[CuePoint, ...]
    """Mix-outs in order of time."""
    silence_start_s: float
    """Silence before the first sound, seconds."""
    silence_end_s: float
    """Silence after the last sound, seconds."""
