"""The values that go into the catalogue: files, and what is known of their sound.

Conventions
-----------
Times are seconds from the start of the decoded sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class File:
    """A path and what was found there."""

    path: str
    """Absolute."""
    size: int
    """Bytes."""
    mtime_ns: int
    content: str
    """Hash of its bytes."""
    track: str | None
    """Id of its track; None if it could not be read."""
    error: str = ""
    """Why it could not."""
    version: int = 0
    """The analysis that looked at it."""
    present: bool = True
    title: str = ""
    artist: str = ""
    album: str = ""
    genre: str = ""


@dataclass(frozen=True, slots=True)
class CueRow:
    """A cue-in or a mix-out as stored."""

    kind: str
    position_s: float
    beat: int
    confidence: float
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """All that is stored of a track, whatever its files are called."""

    id: str
    artifact: str
    """SHA-256 of the artifact that made the embeddings."""
    version: int
    """The analysis that made the rest."""
    duration_s: float
    tempo_bpm: float
    tempo_confidence: float
    pitch_class: int
    mode: int
    key_confidence: float
    loudness_lufs: float
    silence_start_s: float
    silence_end_s: float
    note: str
    """What a person should know of how it was indexed, or nothing."""
    hop_s: float
    beats_s: npt.NDArray[np.float64]
    downbeats: npt.NDArray[np.int32]
    energy: Floats
    cues: tuple[CueRow, ...]
    mix_outs: tuple[CueRow, ...]
    sections: tuple[tuple[float, float, str, float], ...]
    """Start, end, label, energy."""
    ident: npt.NDArray[np.float16]
    """(hops, E)."""
    keys: Floats
    """(cue-ins, D)."""
    queries: Floats
    """(mix-outs, D)."""
    bands: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    """Levels, (ticks, bands); none where nobody listens for the track."""
