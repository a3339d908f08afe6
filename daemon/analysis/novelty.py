"""What changes, and how much, at every quarter of a beat: level, attacks, pitch, and what the music repeats.

Conventions
-----------
A *slot* is a quarter of a beat; slot ``4 * n`` starts on beat ``n``. Novelty at a slot's border compares what follows
with what went before; a term is named by its feature, its span in beats and the reach of its sharpening in slots.

Source
------
With inner products as similarity, Foote's checkerboard novelty (2000) is the squared distance between the mean after
and the mean before, so running sums give it without the matrix. Novelty of what repeats is that of Serrà et al. 2014
("Unsupervised Music Structure Annotation by Time Series Structure Features and Segment Similarity"): where the lags
at which the music resembles itself change, another part begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..signal.spectrum import CHROMA_FPS, FPS, Frames, Spectrum

SLOTS = 4
"""Slots in a beat."""
_STRAIGHT = (0.0, 0.25, 0.5, 0.75)
_GROUPS = 12
_LAGS = range(4, 129, 4)
"""Beats between two passages that are held against each other."""
_LIKENESS = 2.0
"""How fast likeness falls with squared distance, in that of two slots drawn at random."""
_PITCH_SHARE = 0.7
Array = NDArray[np.float64]
Term = tuple[str, int, int]
"""Feature ("level", "rise", "pitch", "repeat"), span in beats, sharpening in slots."""


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


def slot_mean(values: NDArray[np.floating], fps: float, edges_s: Array) -> Array:
    """Return the mean of frame-wise ``values`` (frames, d) between neighbouring edges, (edges - 1, d)."""
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    at = np.clip(edges_s * fps + 0.5, 0.0, len(values))
    whole = np.minimum(at.astype(np.int64), len(values) - 1)
    part = (at - whole)[:, None]
    between = total[whole] * (1.0 - part) + total[whole + 1] * part
    return np.asarray(np.diff(between, axis=0) / np.maximum(np.diff(at), 1e-6)[:, None])


def slot_features(
    spectra: Spectrum, chroma: Frames, beats_s: Array, quarters: Sequence[float] = _STRAIGHT
) -> SlotFeatures:
    """Measure every slot between the first and the last beat; ``quarters`` says where in a beat they start."""
    beats = len(beats_s)
    at = (np.arange(beats)[:, None] + np.array(quarters)).ravel()[: (beats - 1) * SLOTS + 1]
    edges = np.interp(at, np.arange(beats), beats_s)
    width = spectra.level_db.shape[1] // _GROUPS
    level = slot_mean(spectra.level_db, FPS, edges)[:, : width * _GROUPS].reshape(-1, _GROUPS, width).mean(axis=2)
    rise = slot_mean(spectra.rise, FPS, edges)[:, : width * _GROUPS].reshape(-1, _GROUPS, width).mean(axis=2)
    pitch = slot_mean(chroma, CHROMA_FPS, edges)
    loudness = pitch.sum(axis=1, keepdims=True)
    pitch = pitch / (loudness + 1e-3 * loudness.mean() + 1e-9)
    return SlotFeatures(
        edges,
        (level - level.mean(axis=0)) / (float(level.std()) + 1e-3),
        rise / (float(rise.mean()) + 1e-6),
        (pitch - pitch.mean(axis=0)) / (float(pitch.std()) + 1e-6),
    )


def novelty(values: NDArray[np.floating], span: int) -> Array:
    """Return how far the ``span`` slots after each slot border differ from those before, (slots + 1,)."""
    slots = len(values)
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
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


def repetition(features: SlotFeatures) -> NDArray[np.float32]:
    """Return how much each slot is like the one 4, 8 … 128 beats before it, and after it, (slots, 64), 0..1.

    A part that comes back is like its other appearances at lags that hold from its first slot to its last.
    """
    sound = np.hstack([features.level, _PITCH_SHARE * features.pitch]).astype(np.float32)
    typical = 2.0 * float(((sound - sound.mean(axis=0)) ** 2).sum(axis=1).mean()) + 1e-6
    likeness = np.zeros((len(sound), 2 * len(_LAGS)), dtype=np.float32)
    for column, lag in enumerate(_LAGS):
        slots = lag * SLOTS
        if slots >= len(sound):
            break
        like = np.exp(-_LIKENESS / typical * ((sound[slots:] - sound[:-slots]) ** 2).sum(axis=1))
        # Where the track has no such passage it is as like as on average: its ends are no lines by that alone.
        likeness[:, 2 * column : 2 * column + 2] = like.mean()
        likeness[slots:, 2 * column] = like
        likeness[:-slots, 2 * column + 1] = like
    return likeness


class Evidence:
    """Sharpened novelty of every kind, worked out when asked for."""

    def __init__(self, features: SlotFeatures) -> None:
        self._values: dict[str, NDArray[np.floating]] = {
            "level": features.level,
            "rise": features.rise,
            "pitch": features.pitch,
            "repeat": repetition(features),
        }
        self._raw: dict[tuple[str, int], Array] = {}
        self._sharp: dict[Term, Array] = {}

    def raw(self, feature: str, span: int) -> Array:
        """Return one feature's novelty over so many beats, unsharpened, (slots + 1,)."""
        if (feature, span) not in self._raw:
            self._raw[feature, span] = novelty(self._values[feature], span * SLOTS)
        return self._raw[feature, span]

    def term(self, term: Term) -> Array:
        """Return one kind, unit mean, (slots + 1,)."""
        if term not in self._sharp:
            name, span, reach = term
            sharp = sharpen(self.raw(name, span), reach)
            self._sharp[term] = sharp / (float(sharp.mean()) + 1e-9)
        return self._sharp[term]

    def total(self, terms: Mapping[Term, float]) -> Array:
        """Return a weighted sum of kinds, compressed so that one great change is no more than a few small ones."""
        return np.asarray(sum(weight * np.log1p(self.term(term)) for term, weight in terms.items()))


_KIND_BEATS = 8


def deviations(features: SlotFeatures, evidence: Evidence) -> dict[str, Array]:
    """Return how much energy, timbre, harmony, drums and repetition change at each beat, in deviations, (beats,)."""
    energy = features.level.mean(axis=1, keepdims=True)
    kinds = {
        "energy": novelty(energy, _KIND_BEATS * SLOTS),
        "timbre": novelty(features.level - energy, _KIND_BEATS * SLOTS),
        "harmony": evidence.raw("pitch", _KIND_BEATS),
        "drums": evidence.raw("rise", _KIND_BEATS),
        "repetition": evidence.raw("repeat", _KIND_BEATS),
    }
    return {name: _standard(values[::SLOTS]) for name, values in kinds.items()}


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / (values.std() + 1e-6))
