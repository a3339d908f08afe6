"""Which track next, from which cue: gates, then a sum of weighted evidence for every cue-in of the library.

Conventions
-----------
Evidence is in nats: positive speaks for, negative against, every term is bounded. The score is the logistic of the sum.
A tempo ratio is the speed the next track needs to go with what plays, octaves folded away, so it lies between
0.71 and 1.42. Rows are cue-ins as in ``Snapshot.keys``.

Source
------
Additive weights of evidence (naive Bayes) with per-term explanations; the terms follow what DJs do in recorded sets:
small changes of tempo, neighbouring keys, phrase on phrase (Kim et al. 2020, djmix-analysis).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, plain
from .matcher import Floats, Ints
from .mixout import MixOut, blend_beats
from .reasons import words
from .tonality import BOOST, CLASH, NEIGHBOUR, RELATIVE, SAME, UNKNOWN, relation

if TYPE_CHECKING:
    from .config import Suggest
    from .library import Cue, Snapshot, Track

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BIAS = -1.5
_CONTINUATION_NATS = 0.8
_SURE_TEMPO = 0.4
"""Confidence of two tempos together from which one out of reach keeps a track out: below it half of them are wrong."""
_WIDER = (1.0, 1.5, 2.0, 4.0, math.inf)
_KEY_NATS = {SAME: 1.2, NEIGHBOUR: 0.9, -NEIGHBOUR: 0.9, RELATIVE: 0.8, BOOST: 0.3, CLASH: -1.2}
_PHRASE_NATS = {  # how the kinds of cue-in, in the order above, follow a kind of mix-out; the last is any other cue-in
    "outro": (1.0, 0.8, 0.3, -0.3, 0.0),
    "mix_out": (0.8, 1.0, 0.5, 0.0, 0.0),
    "end": (0.7, 0.7, 0.6, -0.3, 0.0),
    "": (0.8, 0.8, 0.0, 0.0, 0.0),
}
_SAME_ARTIST_NATS = 0.3
_TWIN = 0.99
"""Cosine of two entry keys above which two files are taken for the same song."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What plays, as far as a choice of the next track needs it."""

    query: Floats
    """What should follow, (dim,), unit length."""
    bpm: float
    """Tempo of the set, 0 unknown."""
    bpm_confidence: float
    pitch_class: int
    mode: int
    key_confidence: float
    pitch_moves: bool
    """The set is played without key lock: a change of speed changes the key."""
    energy: float
    """0..1, comparable with ``Track.energy``; -1 unknown."""
    mix_out: MixOut


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One track that could come next."""

    track: Track
    cue: Cue
    score: float
    """Above 0, up to 1."""
    tempo_ratio: float
    """Speed that the track needs, 1 its own; 1 also where a tempo is not known."""
    key_relation: int
    """0 same, 1 and -1 neighbours, 2 relative, 3 energy boost, 9 clash, -1 unknown."""
    mix_out_position_s: float
    """Where the playing track is left, seconds of that track; -1 if it is not known."""
    mix_len_beats: int
    reasons: str
    terms: tuple[tuple[str, float], ...]
    """Name and weighted evidence of each term, nats."""
    locked: bool = False

    @property
    def evidence(self) -> float:
        """Sum of the terms, nats."""
        return sum(value for _, value in self.terms)


class Ranker:
    """Ranks the cue-ins of one snapshot."""

    def __init__(self, settings: Suggest, snapshot: Snapshot) -> None:
        self._settings = settings
        self._is = snapshot.derived(Columns)

    def rank(self, heard: Heard, banned: Set[str], wanted: int) -> list[Suggestion]:
        """Return up to ``wanted`` suggestions, best first, one a track, none of the ``banned`` ids or their songs."""
        matches = self._is.matcher.match(heard.query)
        rows, tracks = matches.rows, self._is.row_track[matches.rows]
        log_ratio, folded, known = self._ratios(heard)
        pitch_class = self._sounding(heard, log_ratio)
        relations = self._relations(heard, pitch_class)
        allowed = self._allowed(banned)[tracks] & self._is.enough_left[rows]
        within = self._within_reach(log_ratio, tracks, allowed)

        weights = self._settings.weights
        terms = {
            "continuation": weights.continuation * _CONTINUATION_NATS * matches.evidence,
            "tempo": weights.tempo * self._tempo_nats(heard, log_ratio, folded, known)[tracks],
            "key": weights.key * self._key_nats(heard, relations)[tracks],
            "energy": weights.energy * self._energy_nats(heard)[tracks],
            "phrase": weights.phrase * self._phrase_nats(heard.mix_out.kind)[rows],
            "cue": weights.cue * self._is.cue_nats[rows],
        }
        total = np.sum(list(terms.values()), axis=0)
        passing = np.flatnonzero(allowed & within[tracks])
        # Rounded, so that equal candidates keep the library's order on every machine.
        order = passing[np.argsort(-np.round(total[passing], 4), kind="stable")]

        found: list[tuple[float, Suggestion]] = []
        for at, repeats in self._distinct(order, rows, tracks, self._rows_of(banned), wanted):
            row, number = int(rows[at]), int(tracks[at])
            cue = self._is.cues[row]
            assert cue is not None
            values = {name: round(float(value[at]), 3) for name, value in terms.items()}
            if repeats:
                values["artist"] = round(-_SAME_ARTIST_NATS * repeats, 3)
            evidence = _BIAS + sum(values.values())
            ratio = float(np.exp(log_ratio[number]))
            text = words(
                terms=values,
                similarity=float(matches.similarity[at]),
                ratio=ratio if known[number] else 0.0,
                folded=int(folded[number]),
                wide=bool(abs(log_ratio[number]) > math.log1p(self._settings.tempo_range)),
                key=(heard.pitch_class, heard.mode),
                next_key=(int(pitch_class[number]), int(self._is.mode[number])),
                key_relation=int(relations[number]),
                energy_step=float(self._is.energy[number]) - heard.energy if heard.energy >= 0 else 0.0,
                leaving=heard.mix_out.kind,
                entering=cue.kind,
            )
            suggestion = Suggestion(
                track=self._is.tracks[number],
                cue=cue,
                score=max(round(1.0 / (1.0 + math.exp(-evidence)), 3), 0.001),
                tempo_ratio=round(ratio, 4),
                key_relation=int(relations[number]),
                mix_out_position_s=heard.mix_out.position_s,
                mix_len_beats=blend_beats(heard.mix_out, self._is.tracks[number], cue, int(folded[number])),
                reasons=text,
                terms=tuple(values.items()),
            )
            found.append((evidence, suggestion))
        found.sort(key=lambda pair: -pair[0])
        return [suggestion for _, suggestion in found]

    def _ratios(self, heard: Heard) -> tuple[Reals, Ints, Flags]:
        """Logarithm of the speed that each track needs, the octaves that were folded away, and where both are known."""
        known = (self._is.bpm > 0) & (heard.bpm > 0)
        octaves: Reals = np.log2(np.where(known, heard.bpm, 1.0) / np.where(known, self._is.bpm, 1.0))
        folded = np.round(octaves)
        log_ratio = (octaves - folded) * math.log(2.0)
        sure = np.sqrt(heard.bpm_confidence * self._is.bpm_confidence) >= _SURE_TEMPO
        known &= sure | (np.abs(log_ratio) <= math.log1p(self._settings.tempo_range))
        return np.where(known, log_ratio, 0.0), np.where(known, folded, 0).astype(np.int64), known

    def _sounding(self, heard: Heard, log_ratio: Reals) -> Ints:
        """Tonics as they will sound at the speed each track needs; -1 unknown."""
        if not heard.pitch_moves:
            return self._is.pitch_class
        moved = np.round(12.0 * log_ratio / math.log(2.0)).astype(np.int64)
        return np.where(self._is.pitch_class >= 0, (self._is.pitch_class + moved) % 12, -1)

    def _relations(self, heard: Heard, pitch_class: Ints) -> Ints:
        table = np.array(
            [[relation(heard.pitch_class, heard.mode, p, m) for p in range(12)] for m in range(2)], np.int64
        )
        known = (pitch_class >= 0) & (self._is.mode >= 0)
        return np.where(known, table[np.maximum(self._is.mode, 0), np.maximum(pitch_class, 0)], UNKNOWN)

    def _allowed(self, banned: Set[str]) -> Flags:
        allowed = np.ones(len(self._is.tracks), bool)
        numbers = [self._is.number[track_id] for track_id in banned if track_id in self._is.number]
        allowed[numbers] = False
        for name in {name for number in numbers for name in self._is.songs[number]}:
            allowed[self._is.with_name[name]] = False
        return allowed

    def _rows_of(self, banned: Set[str]) -> Ints:
        numbers = [self._is.number[track_id] for track_id in banned if track_id in self._is.number]
        return np.flatnonzero(np.isin(self._is.row_track, numbers))

    def _within_reach(self, log_ratio: Reals, tracks: Ints, allowed: Flags) -> Flags:
        """Tracks whose tempo can be reached; the gate opens in steps until there are enough of them."""
        candidates = np.unique(tracks[allowed])
        need = min(self._settings.count, len(candidates))
        within = np.ones(len(self._is.tracks), bool)
        for factor in _WIDER:
            within = np.abs(log_ratio) <= factor * math.log1p(self._settings.tempo_range)
            if np.count_nonzero(within[candidates]) >= need:
                break
        return within

    def _tempo_nats(self, heard: Heard, log_ratio: Reals, folded: Ints, known: Flags) -> Reals:
        reach = math.log1p(self._settings.tempo_range)
        off = np.abs(log_ratio) / reach
        nats = np.maximum(1.5 - 2.0 * off - 1.5 * (off > 1.0), -4.0) - 0.4 * (folded != 0)
        return np.where(known, nats * np.sqrt(heard.bpm_confidence * self._is.bpm_confidence), 0.0)

    def _key_nats(self, heard: Heard, relations: Ints) -> Reals:
        nats = np.zeros(len(relations))
        if heard.pitch_class >= 0:
            for kind, value in _KEY_NATS.items():
                nats[relations == kind] = value
        nats[self._is.pitch_class < 0] = 0.0
        return nats * np.sqrt(heard.key_confidence * self._is.key_confidence)

    def _energy_nats(self, heard: Heard) -> Reals:
        if heard.energy < 0:
            return np.zeros(len(self._is.energy))
        step = self._is.energy - heard.energy
        # A lift is welcome, a fall less so.
        off = (step - 0.03) / np.where(step > 0, 0.35, 0.25)
        return 1.0 - 2.0 * np.minimum(off * off, 1.0)

    def _phrase_nats(self, leaving: str) -> Reals:
        nats: Reals = np.array(_PHRASE_NATS.get(leaving, _PHRASE_NATS[""]))
        return nats[self._is.kind]

    def _distinct(self, order: Ints, rows: Ints, tracks: Ints, banned_rows: Ints, wanted: int) -> list[tuple[int, int]]:
        """Pick from the best down, one cue-in a track, no song twice; each with how often its artist came before."""
        picked: list[tuple[int, int]] = []
        seen: set[int] = set()
        songs: set[str] = set()
        artists: Counter[str] = Counter()
        known = np.zeros((len(banned_rows) + wanted, self._is.keys.shape[1]), np.float32)
        known[: len(banned_rows)] = self._is.keys[banned_rows]
        for at in order.tolist():
            number = int(tracks[at])
            if number in seen:
                continue
            seen.add(number)
            key = self._is.keys[rows[at]]
            filled = len(banned_rows) + len(picked)
            if songs & self._is.songs[number] or (filled and float((known[:filled] @ key).max()) > _TWIN):
                continue
            artist = plain(self._is.tracks[number].artist)
            picked.append((at, artists[artist] if artist else 0))
            artists[artist] += 1
            songs |= self._is.songs[number]
            known[filled] = key
            if len(picked) >= wanted:
                break
        return picked
