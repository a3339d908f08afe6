"""Sections: where the music changes for good, on phrase lines, and which stretches are the same music.

Conventions
-----------
Borders are indexes of beats, or of half seconds in music without a beat. Labels are letters by first appearance.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .novelty import SLOTS, Array, Evidence, SlotFeatures

_CHANGE_TERMS = {
    ("level", 16, 4): 1.0,
    ("level", 8, 4): 0.7,
    ("level", 4, 4): 0.5,
    ("pitch", 16, 8): 0.5,
    ("rise", 16, 4): 0.7,
}
_LINE_BONUS = {4: 0.5, 8: 0.4}
"""Deviations for lines of so many bars."""
_SHORTEST_BEATS = 16
_LEAST_CHANGE = 1.3
"""Deviations above the track's mean that make a border."""
_MOST_SECTIONS = 24
_SAME_DISTANCE = 0.42
"""Two sections nearer than this share of the typical distance between beats are the same music."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a track that belongs together; the same label is the same music."""

    start_s: float
    """Seconds."""
    end_s: float
    """Seconds."""
    label: str
    """A letter, in order of first appearance."""
    energy: float
    """Mean energy, 0..1."""


def change(evidence: Evidence, bars: NDArray[np.int64] | None) -> Array:
    """Return how much the music changes at each beat, in deviations from its mean, (beats,).

    Parameters
    ----------
    evidence
        Of the slots between the beats.
    bars
        Bars in the longest phrase that starts on each beat, or None where nothing is known of phrases.
    """
    values = evidence.total(_CHANGE_TERMS)[::SLOTS]
    values = (values - values.mean()) / (values.std() + 1e-6)
    if bars is not None:
        for least, bonus in _LINE_BONUS.items():
            values = values + bonus * (bars >= least)
    return np.asarray(values)


def borders(changes: Array, bars: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Choose the beats on which sections start, strongest first, none nearer than 16 beats; 0 is always one."""
    allowed = np.ones(len(changes), dtype=bool) if bars is None else bars >= 2
    order = [int(beat) for beat in np.argsort(-changes, kind="stable") if allowed[beat]]
    chosen = [0]
    for beat in order:
        if changes[beat] < _LEAST_CHANGE or len(chosen) >= _MOST_SECTIONS:
            break
        if len(changes) - beat >= _SHORTEST_BEATS and min(abs(beat - other) for other in chosen) >= _SHORTEST_BEATS:
            chosen.append(beat)
    return np.array(sorted(chosen), dtype=np.int64)


def labels(features: SlotFeatures, starts: NDArray[np.int64]) -> list[str]:
    """Name the sections, the same letter for the same music."""
    everything = np.hstack([features.level, 0.7 * features.pitch, 0.3 * np.minimum(features.rise, 6.0)])
    edges = np.append(starts * SLOTS, len(everything))
    means = [everything[a:b].mean(axis=0) for a, b in pairwise(edges) if b > a]
    block = _SHORTEST_BEATS * SLOTS
    whole = len(everything) // block * block
    blocks = everything[:whole].reshape(-1, block, everything.shape[1]).mean(axis=1) if whole else everything
    typical = float(np.linalg.norm(blocks - blocks.mean(axis=0), axis=1).mean()) * 2.0**0.5
    kinds: list[NDArray[np.float64]] = []
    names = []
    for mean in means:
        distances = [float(np.linalg.norm(mean - kind)) for kind in kinds]
        if distances and min(distances) < _SAME_DISTANCE * typical:
            kind = int(np.argmin(distances))
        else:
            kind = len(kinds)
            kinds.append(mean)
        names.append(chr(ord("A") + min(kind, 25)))
    return names


def sections(
    features: SlotFeatures, starts: NDArray[np.int64], energy: NDArray[np.float32], duration_s: float
) -> tuple[Section, ...]:
    """Return the sections that start on the given beats, covering the track from its start to its end.

    Parameters
    ----------
    features
        Of the slots between the beats.
    starts
        Beats on which sections start, from ``borders``.
    energy
        At 1 Hz.
    duration_s
        Seconds.
    """
    names = labels(features, starts)
    starts_s = features.edges_s[np.minimum(starts * SLOTS, len(features.edges_s) - 1)]
    edges = [0.0, *(float(value) for value in starts_s[1:]), duration_s]
    found = []
    for name, (start, end) in zip(names, pairwise(edges), strict=False):
        if end > start:
            here = energy[int(start) : max(int(start) + 1, int(np.ceil(end)))]
            found.append(Section(start, end, name, round(float(here.mean()) if len(here) else 0.0, 4)))
    return tuple(found)
