"""A track of the library, as everything else sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """A place in a track where another can begin or end."""

    index: int
    """Its place among the track's cue-ins, or among its mix-outs, from 0."""
    kind: str
    """Cue-ins: intro, mix_in, drop, breakdown, or user where the DJ set it; mix-outs: mix_out, outro."""
    position_s: float
    beat: int
    """Index into the track's beats."""
    confidence: float
    """0..1."""
    name: str = ""
    """What the DJ called it."""
    colour: str = ""
    """What the DJ gave it, as ``#rrggbb``."""
    source: str = ""
    """The program in which the DJ set it, such as mixxx."""
    length_s: float = 0.0
    """Of the DJ's loop that starts here; 0 for none."""


@dataclass(frozen=True, slots=True)
class Track:
    """One recording and what is known of it."""

    number: int
    """Its row in the snapshot."""
    id: str
    """16 hex digits of a hash of its sound; stays when the file moves or its tags change."""
    path: str
    """Absolute."""
    title: str
    artist: str
    album: str
    genre: str
    duration_s: float
    tempo_bpm: float
    """0 unknown."""
    tempo_confidence: float
    """0..1."""
    pitch_class: int
    """0 (C) to 11; -1 unknown."""
    mode: int
    """0 minor, 1 major; -1 unknown."""
    key_confidence: float
    """0..1."""
    loudness_lufs: float
    """Integrated, ITU-R BS.1770."""
    energy: float
    """Mean of the curve, 0..1."""
    cues: tuple[Cue, ...]
    """Cue-ins, by index."""
    mix_outs: tuple[Cue, ...]
    """By index."""
