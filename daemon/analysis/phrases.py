"""Bars and phrases: which beats start a bar, and which a phrase of 2, 4 or 8 bars.

Music for mixing is built in blocks of 2, 4 and 8 bars, and what changes or comes back does so on their lines. So every
slot is asked how much it looks like the start of a part, and the count of 8 bars that best explains the answers is
carried through the track. The same answers tell which quarter of a beat is the beat, and whether a bar has four beats
or three. A track may start its count anew (a bar too many, a section of odd length), at a price.

Conventions
-----------
A *position* counts beats from the start of a phrase of 8 bars. Evidence is in nats: the logarithm of how much likelier
a slot's novelty is on the start of a part than elsewhere.

Source
------
Weights by logistic regression on tracker music, whose patterns are known to the sample: what comes back says more
than all else together. The count is carried by Viterbi's algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..signal.spectrum import FPS, Frames, Spectrum
from .novelty import SLOTS, Array, Evidence, SlotFeatures, Term, slot_features

_PART_TERMS: dict[Term, float] = {
    ("repeat", 8, 2): 0.8,
    ("repeat", 4, 2): 0.6,
    ("repeat", 1, 2): 0.5,
    ("repeat", 16, 4): 0.35,
    ("repeat", 16, 8): 0.35,
    ("pitch", 4, 2): 0.4,
    ("pitch", 1, 2): 0.4,
    ("level", 1, 2): 0.4,
}
_PART_ONSETS = (0.45, 0.3, 0.3)
"""Weights of the attack in the low, middle and high band."""
_PART_BASE = -3.9
_MOST_NATS = 6.0
"""One slot must not outvote the rest of the track."""
_LONG_TERMS: dict[int, dict[Term, float]] = {
    4: {("level", 16, 4): 0.5, ("level", 8, 8): 0.5},
    8: {("level", 16, 16): 0.2, ("pitch", 16, 8): 0.2},
}
"""What tells phrases of so many bars from those of half as many."""
_STARTS = {8: 0.8, 4: 0.7, 2: 0.45, 1: 0.02, 0: 0.005}
"""Chance that a part starts on a beat, by the bars in the longest phrase that starts there."""
_ANEW = {4: 4.0, 2: 6.0, 1: 9.0, 0: 15.0}
"""Price, nats, of a new count, by the bars that the phrase cut short was whole in."""
_BEGINNING_NATS = 3.0
"""The first sound is more often the start of a part than not."""
_BAR_OF_THREE_NATS = 8.0
"""What speaks for three beats in a bar must outweigh this."""
_BEAT_TERMS: dict[Term, float] = {
    ("pitch", 4, 2): 1.0,
    ("pitch", 8, 2): 1.0,
    ("level", 8, 2): 0.5,
    ("level", 16, 2): 1.0,
}
_BEAT_ONSETS = (0.3, 0.8, 0.5)
_BEAT_NATS = 10.0
_QUARTER_PRICE = 0.6
_SWING_BINS, _SWING_SMOOTH, _SWING_REACH = 96, 1.5, 9
_SWINGS = 1.5
"""How much stronger the attacks beside a quarter of a beat must be than those on it for it to swing."""
_DOUBT_BEATS = 4.0
"""Beats of a kind that ``_STARTS`` counts for against what the track itself shows."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The count through a track."""

    beats_s: Array
    """Beats, moved by a part of a beat where the evidence says so, seconds, (n,)."""
    bar: int
    """Beats in a bar, 4 or 3."""
    bars: NDArray[np.int64]
    """Bars in the longest phrase that starts on each beat: 8, 4, 2, 1, or 0 where no bar starts, (n,)."""
    part: Array
    """How likely it is that a part starts on each beat, 0..1, (n,)."""
    features: SlotFeatures
    """Of the slots of these beats."""
    evidence: Evidence
    """Of the same."""
    confidence: float
    """0..1: how far the evidence prefers this count of 2 bars over the others."""


@dataclass(frozen=True, slots=True)
class _Count:
    bar: int
    position: NDArray[np.int64]
    nats: float


def _attacks(envelope: Array, edges_s: Array) -> Array:
    """Return the strongest attack within 30 ms of each edge."""
    if len(envelope) == 0:
        return np.zeros(len(edges_s))
    near = np.round(edges_s * FPS).astype(np.int64)[:, None] + np.arange(-3, 4)
    return np.asarray(envelope[np.clip(near, 0, len(envelope) - 1)].max(axis=1))


def quarters(envelopes: tuple[Array, ...], beats_s: Array) -> list[float]:
    """Return where in a beat its quarters start, 0 first: music that swings plays some of them early or late."""
    frames = min(len(envelope) for envelope in envelopes)
    place = np.interp(np.arange(frames) / FPS, beats_s, np.arange(len(beats_s)))
    among = (place > 0.0) & (place < len(beats_s) - 1)
    attacks = np.sum([envelope[:frames] for envelope in envelopes], axis=0)[among]
    bins = (place[among] % 1.0 * _SWING_BINS).astype(np.int64)
    profile = gaussian_filter1d(np.bincount(bins, attacks, _SWING_BINS), _SWING_SMOOTH, mode="wrap")
    found = [0.0]
    for quarter in range(1, SLOTS):
        straight = quarter * _SWING_BINS // SLOTS
        near = np.arange(straight - _SWING_REACH, straight + _SWING_REACH + 1)
        best = int(near[np.argmax(profile[near])])
        inside = 0 < best - near[0] < len(near) - 1
        swings = inside and profile[best] > _SWINGS * profile[straight]
        found.append((best if swings else straight) / _SWING_BINS)
    return found


def starts_of_parts(evidence: Evidence, envelopes: tuple[Array, ...], edges_s: Array) -> Array:
    """Return how much each slot border looks like the start of a part, nats, at most 6, (slots + 1,)."""
    nats = evidence.total(_PART_TERMS) + _PART_BASE
    for envelope, weight in zip(envelopes, _PART_ONSETS, strict=True):
        nats = nats + weight * np.log(_attacks(envelope, edges_s) + 0.05)
    return np.minimum(nats, _MOST_NATS)


def _beat_phase(evidence: Evidence, envelopes: tuple[Array, ...], edges_s: Array) -> Array:
    """Return how much speaks for each quarter of a beat being the beat, nats, (4,)."""
    slots = len(edges_s) - 1
    score = np.zeros(SLOTS)
    rows = [(np.log1p(evidence.term(term)), weight) for term, weight in _BEAT_TERMS.items()]
    rows += [(_attacks(e, edges_s[:slots]), weight) for e, weight in zip(envelopes, _BEAT_ONSETS, strict=True)]
    for values, weight in rows:
        score += weight * np.log([values[k::SLOTS].mean() + 0.05 for k in range(SLOTS)])
    score[1::2] -= _QUARTER_PRICE
    return _BEAT_NATS * score


def bars_in(position: NDArray[np.int64], bar: int) -> NDArray[np.int64]:
    """Return the bars of the longest phrase that starts at each position: 8, 4, 2, 1, or 0 for none."""
    bars = np.zeros(len(position), dtype=np.int64)
    for count in (1, 2, 4, 8):
        bars[position % (count * bar) == 0] = count
    return bars


def count_path(observed: Array, anew: Array) -> tuple[NDArray[np.int64], float]:
    """Carry the best count through the beats.

    Parameters
    ----------
    observed
        Evidence for each position at each beat, (beats, positions).
    anew
        What it costs to start the count anew after each position, (positions,).

    Returns
    -------
    tuple
        Position of each beat, (beats,), and the evidence it collects.
    """
    beats, positions = observed.shape
    score = observed[0].copy()
    cut_after = np.full(beats, -1)
    for beat in range(1, beats):
        options = score - anew
        best = int(options.argmax())
        score = np.roll(score, 1)
        if options[best] > score[0]:
            score[0], cut_after[beat] = options[best], best
        score += observed[beat]
    position = int(score.argmax())
    collected = float(score[position])
    path = np.empty(beats, dtype=np.int64)
    for beat in range(beats - 1, -1, -1):
        path[beat] = position
        position = int(cut_after[beat]) if position == 0 and cut_after[beat] >= 0 else (position - 1) % positions
    return path, collected


def _observed(parts: Array, long: Mapping[int, Array], bar: int) -> Array:
    bars = bars_in(np.arange(8 * bar), bar)
    chance = np.array([_STARTS[int(count)] for count in bars])
    observed = np.log(chance * np.exp(parts)[:, None] + 1.0 - chance)
    for least, nats in long.items():
        observed[:, bars >= least] += nats[:, None]
    return np.asarray(observed)


def _count(parts: Array, long: Mapping[int, Array], bar: int) -> _Count:
    whole = bars_in((np.arange(8 * bar) + 1) % (8 * bar), bar)
    anew = np.array([_ANEW[min(int(count), 4)] for count in whole])
    position, nats = count_path(_observed(parts, long, bar), anew)
    return _Count(bar, position, nats - (_BAR_OF_THREE_NATS if bar == 3 else 0.0))


class _Listening:
    """The evidence of one grid of beats."""

    def __init__(
        self, spectra: Spectrum, chroma: Frames, envelopes: tuple[Array, ...], beats_s: Array, first_sound_s: float
    ) -> None:
        self.features = slot_features(spectra, chroma, beats_s, quarters(envelopes, beats_s))
        self.evidence = Evidence(self.features)
        self._first_s = first_sound_s
        self.parts = starts_of_parts(self.evidence, envelopes, self.features.edges_s)
        totals = {bars: self.evidence.total(terms) for bars, terms in _LONG_TERMS.items()}
        self._long = {bars: nats - nats.mean() for bars, nats in totals.items()}

    def on(self, shift: int) -> tuple[Array, dict[int, Array]]:
        """Return what speaks for parts and for long phrases on the beats, if these lie ``shift`` slots later."""
        parts = self.parts[shift::SLOTS].copy()
        first = int(np.argmin(np.abs(self.features.edges_s[shift::SLOTS] - self._first_s)))
        parts[first] = max(parts[first], _BEGINNING_NATS)
        return parts, {bars: nats[shift::SLOTS] for bars, nats in self._long.items()}

    def count(self, shift: int) -> _Count:
        """Return the best count."""
        return max((_count(*self.on(shift), bar) for bar in (4, 3)), key=lambda count: count.nats)


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
        Where the music starts; a start is more often the start of a part than not.
    """
    heard = _Listening(spectra, chroma, envelopes, beats_s, first_sound_s)
    phase = _beat_phase(heard.evidence, envelopes, heard.features.edges_s)
    counts = [heard.count(shift) for shift in range(SLOTS)]
    shift = int(np.argmax([count.nats + nats for count, nats in zip(counts, phase, strict=True)]))
    count = counts[shift]
    if shift:
        moved = heard.features.edges_s[shift::SLOTS]
        # The beat that the shift uncovers at the front, where there is sound for it.
        front = moved[0] - (beats_s[1] - beats_s[0])
        beats_s = np.concatenate([[max(front, 0.0)], moved]) if front > max(first_sound_s - 0.08, -0.04) else moved
        heard = _Listening(spectra, chroma, envelopes, beats_s, first_sound_s)
        count = heard.count(0)
    parts, long = heard.on(0)
    bars = bars_in(count.position, count.bar)
    return Phrasing(
        beats_s,
        count.bar,
        bars,
        _likely(parts, bars),
        heard.features,
        heard.evidence,
        _confidence(_observed(parts, long, count.bar), count),
    )


def _likely(parts: Array, bars: NDArray[np.int64]) -> Array:
    """Return how likely a part starts on each beat, the chances of each kind of line fitted to this track."""
    likely = np.zeros(len(parts))
    for kind, chance in _STARTS.items():
        nats = parts[bars == kind]
        fitted = chance
        for _ in range(4):
            posterior = 1.0 / (1.0 + np.exp(-nats) * (1.0 - fitted) / fitted)
            fitted = float((posterior.sum() + _DOUBT_BEATS * chance) / (len(nats) + _DOUBT_BEATS))
        likely[bars == kind] = posterior
    return likely


def _confidence(observed: Array, count: _Count) -> float:
    """Return how far the evidence prefers this count to the best straight one that is off by less than two bars."""
    beats, positions = observed.shape
    straight = [observed[np.arange(beats), (np.arange(beats) + p) % positions].sum() for p in range(positions)]
    best = int(np.argmax(straight))
    others = max(straight[(best + off) % positions] for off in range(positions) if off % (2 * count.bar))
    lead = (count.nats - float(others)) / np.sqrt(beats)
    return float(np.clip(0.3 + 0.35 * lead, 0.0, 1.0))
