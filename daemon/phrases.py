"""Bars and phrases: which beat is the first of its bar, and of its 4, 8 and 16 bars of 2, 4 and 8.

Music for mixing is built in blocks of 8, 16 and 32 beats, and what changes, changes on their lines. So novelty is
measured at every quarter of a beat and over several spans, and the count of 32 that best explains it is carried through
the track; a track may slip (a bar too many), at a price.

Conventions
-----------
A *slot* is a quarter of a beat; slot ``4 * n`` starts on beat ``n``. Novelty at a slot compares what follows with what
went before. A *phrase position* is 0..31: 0 starts a phrase of 32 beats, a multiple of 8 one of 8, of 4 a bar.

Source
------
With inner products as similarity, Foote's checkerboard novelty (2000) is the squared distance between the mean after
and the mean before, so running sums give it without the matrix. The count is carried by Viterbi's algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .spectrum import CHROMA_FPS, FPS, Frames, Spectrum

SLOTS = 4
"""Slots in a beat."""
PHRASE = 32
"""Beats in the longest phrase that is counted."""
_GROUPS = 12
_SPANS = (1, 2, 4, 8, 16)
_SHARPENINGS = (2, 4, 8, 16)
Array = NDArray[np.float64]
Term = tuple[str, int, int]
"""Feature ("level", "pitch", "rise"), span in beats, sharpening in slots."""

# What tells the beat from the off-beat, the bar line from other beats, and so on: found on tracker music, whose rows
# are known; harmony decides the small counts, level and texture the long ones.
_BEAT_TERMS: dict[Term, float] = {
    ("pitch", 4, 2): 1.0,
    ("pitch", 8, 2): 1.0,
    ("level", 8, 2): 0.5,
    ("level", 16, 2): 1.0,
}
_COUNT_TERMS: dict[int, dict[Term, float]] = {
    4: {("pitch", 1, 8): 1.0, ("pitch", 2, 8): 1.0, ("level", 8, 4): 1.0, ("pitch", 4, 2): 1.0},
    8: {("level", 8, 4): 1.0, ("level", 2, 8): 1.0, ("rise", 16, 4): 1.0, ("level", 16, 2): 1.0},
    16: {("level", 16, 4): 1.0, ("level", 8, 8): 1.0},
    32: {("level", 16, 16): 1.0, ("pitch", 16, 8): 1.0},
}
_SLIP_PRICE = 30.0
_FIRST_BEAT_BONUS = 6.0
_ONSET_WEIGHTS = (0.3, 0.8, 0.5)
_QUARTER_PRICE = 0.6


@dataclass(frozen=True, slots=True)
class SlotFeatures:
    """What sounds in each slot, every feature on a scale of its own track."""

    edges_s: Array
    """Slot borders, seconds, (slots + 1,)."""
    level: Array
    """Level in bands, (slots, 12)."""
    rise: Array
    """Onset density in bands, (slots, 12)."""
    pitch: Array
    """Chroma, (slots, 12)."""
    silence_db: float
    """What -60 dB is on the scale of ``level``."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The count through a track."""

    beats_s: Array
    """Beats, moved by a part of a beat where the evidence says so, seconds, (n,)."""
    position: NDArray[np.int64]
    """Phrase position of each beat, 0..31, (n,)."""
    features: SlotFeatures
    """Features on the slots of these beats."""
    confidence: float
    """0..1: how far the evidence prefers this count of 8 over the others."""


def slot_mean(values: NDArray[np.floating], fps: float, edges_s: Array) -> Array:
    """Return the mean of frame-wise ``values`` (frames, d) between neighbouring edges, (edges - 1, d)."""
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    at = np.clip(edges_s * fps + 0.5, 0.0, len(values))
    whole = np.minimum(at.astype(np.int64), len(values) - 1)
    part = (at - whole)[:, None]
    between = total[whole] * (1.0 - part) + total[whole + 1] * part
    return np.asarray(np.diff(between, axis=0) / np.maximum(np.diff(at), 1e-6)[:, None])


def slot_features(spectra: Spectrum, chroma: Frames, beats_s: Array) -> SlotFeatures:
    """Measure every slot between the first and the last beat."""
    beats = len(beats_s)
    edges = np.interp(np.arange((beats - 1) * SLOTS + 1) / SLOTS, np.arange(beats), beats_s)
    width = spectra.level_db.shape[1] // _GROUPS
    level = slot_mean(spectra.level_db, FPS, edges)[:, : width * _GROUPS].reshape(-1, _GROUPS, width).mean(axis=2)
    rise = slot_mean(spectra.rise, FPS, edges)[:, : width * _GROUPS].reshape(-1, _GROUPS, width).mean(axis=2)
    pitch = slot_mean(chroma, CHROMA_FPS, edges)
    loudness = pitch.sum(axis=1, keepdims=True)
    pitch = pitch / (loudness + 1e-3 * loudness.mean() + 1e-9)
    level_scale = float(level.std()) + 1e-3
    return SlotFeatures(
        edges,
        (level - level.mean(axis=0)) / level_scale,
        rise / (float(rise.mean()) + 1e-6),
        (pitch - pitch.mean(axis=0)) / (float(pitch.std()) + 1e-6),
        (-60.0 - float(level.mean())) / level_scale,
    )


def novelty(values: Array, span: int) -> Array:
    """Return how far the ``span`` slots after each slot border differ from those before, (slots + 1,)."""
    slots = len(values)
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    border = np.arange(slots + 1)
    after, before = np.minimum(border + span, slots), np.maximum(border - span, 0)
    ahead = (total[after] - total[border]) / np.maximum(after - border, 1)[:, None]
    behind = (total[border] - total[before]) / np.maximum(border - before, 1)[:, None]
    distance = np.sqrt(((ahead - behind) ** 2).mean(axis=1))
    # Near the ends one side has little to go by.
    return np.asarray(distance * np.minimum(1.0, (after - border) / span) * np.minimum(1.0, (border - before) / span))


def sharpen(values: Array, reach: int) -> Array:
    """Return what of ``values`` stands above its neighbours ``reach`` slots away, never negative."""
    padded = np.pad(values, reach, mode="edge")
    return np.maximum(0.0, values - 0.5 * (padded[2 * reach :] + padded[: -2 * reach]))


class Evidence:
    """Sharpened novelty of every kind, worked out when asked for."""

    def __init__(self, features: SlotFeatures) -> None:
        self._values = {"level": features.level, "rise": features.rise, "pitch": features.pitch}
        self._raw: dict[tuple[str, int], Array] = {}
        self._sharp: dict[Term, Array] = {}

    def term(self, term: Term) -> Array:
        """Return one kind, unit mean, (slots + 1,)."""
        if term not in self._sharp:
            name, span, reach = term
            if (name, span) not in self._raw:
                self._raw[name, span] = novelty(self._values[name], span * SLOTS)
            sharp = sharpen(self._raw[name, span], reach)
            self._sharp[term] = sharp / (float(sharp.mean()) + 1e-9)
        return self._sharp[term]

    def total(self, terms: Mapping[Term, float]) -> Array:
        """Return a weighted sum of kinds, compressed so that one great change is no more than a few small ones."""
        return np.asarray(sum(weight * np.log1p(self.term(term)) for term, weight in terms.items()))


def count_path(observed: Array, slip_price: float = _SLIP_PRICE) -> tuple[NDArray[np.int64], float]:
    """Carry the best count through the beats.

    Parameters
    ----------
    observed
        Evidence for each phrase position at each beat, (beats, positions).
    slip_price
        What a jump to any other count costs.

    Returns
    -------
    tuple
        Position of each beat, (beats,), and the evidence it collects.
    """
    beats, positions = observed.shape
    previous = (np.arange(positions) - 1) % positions
    score = observed[0].copy()
    back = np.empty((beats, positions), dtype=np.int64)
    for beat in range(1, beats):
        stay = score[previous]
        best = int(score.argmax())
        jump = score[best] - slip_price
        kept = stay >= jump
        back[beat] = np.where(kept, previous, best)
        score = np.where(kept, stay, jump) + observed[beat]
    position = int(score.argmax())
    collected = float(score[position])
    path = np.empty(beats, dtype=np.int64)
    for beat in range(beats - 1, -1, -1):
        path[beat] = position
        if beat:
            position = int(back[beat, position])
    return path, collected


def _shift(envelopes: tuple[Array, ...], features: SlotFeatures, evidence: Evidence) -> int:
    """Return by how many slots the beats should move, 0..3."""
    slots = len(features.level)
    score = np.zeros(SLOTS)
    for term, weight in _BEAT_TERMS.items():
        values = np.log1p(evidence.term(term))
        score += weight * np.log([values[k::SLOTS].mean() + 0.05 for k in range(SLOTS)])
    frame = np.round(features.edges_s[:slots] * FPS).astype(np.int64)
    for envelope, weight in zip(envelopes, _ONSET_WEIGHTS, strict=True):
        if len(envelope) < 8:
            continue
        near = np.clip(frame[:, None] + np.arange(-3, 4), 0, len(envelope) - 1)
        attack = envelope[near].max(axis=1)
        score += weight * np.log([attack[k::SLOTS].mean() + 0.05 for k in range(SLOTS)])
    score[1::2] -= _QUARTER_PRICE
    return int(np.argmax(score))


def phrasing(
    spectra: Spectrum, chroma: Frames, envelopes: tuple[Array, ...], beats_s: Array, first_sound_s: float
) -> Phrasing:
    """Find the beat, bar and phrase lines of a track from its approximate beats (at least four).

    Parameters
    ----------
    spectra, chroma
        Of the whole track.
    envelopes
        Onset strength of the low, middle and high band.
    beats_s
        Beats whose spacing is right, and whose phase may be off by quarters of a beat.
    first_sound_s
        Where the music starts; a start is more often a one than not.
    """
    features = slot_features(spectra, chroma, beats_s)
    evidence = Evidence(features)
    shift = _shift(envelopes, features, evidence)
    if shift:
        beats = np.arange(len(beats_s))
        moved = np.interp(beats[:-1] + shift / SLOTS, beats, beats_s)
        # The beat that the shift uncovers at the front, where there is sound for it.
        front = moved[0] - (beats_s[1] - beats_s[0])
        beats_s = np.concatenate([[max(front, 0.0)], moved]) if front > max(first_sound_s - 0.08, -0.04) else moved
        features = slot_features(spectra, chroma, beats_s)
        evidence = Evidence(features)
    observed = np.zeros((len(beats_s), PHRASE))
    for count, terms in _COUNT_TERMS.items():
        values = evidence.total(terms)[::SLOTS]
        observed[:, ::count] += (values - values.mean())[:, None]
    first = int(np.argmin(np.abs(beats_s - first_sound_s)))
    observed[first, ::8] += _FIRST_BEAT_BONUS / 2
    observed[first, ::4] += _FIRST_BEAT_BONUS
    path, collected = count_path(observed)
    others = [float(count_total(observed, shifted)) for shifted in range(1, 8)]
    lead = (collected - max(others)) / np.sqrt(len(beats_s))
    return Phrasing(beats_s, path, features, float(np.clip(0.3 + 0.35 * lead, 0.0, 1.0)))


def count_total(observed: Array, shift: int) -> float:
    """Return the most evidence that a straight count can collect if it is ``shift`` beats off in every 8."""
    beats, positions = observed.shape
    straight = [observed[np.arange(beats), (np.arange(beats) + p) % positions].sum() for p in range(positions)]
    best = int(np.argmax(straight))
    return float(max(straight[(best + shift + 8 * k) % positions] for k in range(positions // 8)))
