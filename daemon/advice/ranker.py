"""Which track next, from which cue: gates, then a sum of weighted evidence for every cue-in of the library.

Conventions
-----------
Evidence is in nats: positive speaks for, negative against, every term is bounded (``evidence``). The score is the
probability that the sum stands for. A tempo ratio is the speed the next track needs to go with what plays, octaves
folded away, so it lies between 0.71 and 1.42. Rows are cue-ins as in ``Snapshot.keys``.

Source
------
Additive weights of evidence (naive Bayes) with per-term explanations; the terms follow what DJs do in recorded sets:
small changes of tempo, neighbouring keys, phrase on phrase (Kim et al. 2020, djmix-analysis). Diversity by maximal
marginal relevance (Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..signal.tonality import UNKNOWN, relation
from . import evidence, reach
from .columns import Columns
from .evidence import Flags, Reals
from .filters import Gates
from .looks import LOOKS, Looks
from .matcher import Floats, Ints
from .mixout import MixOut, blend_beats
from .picking import pick
from .reasons import words
from .timbre import Sound

if TYPE_CHECKING:
    from ..config import Suggest
    from ..library.snapshot import Cue, Snapshot, Track
    from .wishes import Wishes

_CLOSE = 48
"""Tracks, the best by all else, whose sound is compared."""


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
    sounds: tuple[Sound, ...] = ()
    """What the next track overlaps with, and what came before, 20 s each, the last first; empty unknown."""
    speed: float = 1.0
    """At which those sounds are played, if they come from file."""
    number: int = -1
    """Of the track that plays; -1 unknown."""
    direction: float = 0.0
    """Where the set should go: -1 down, 0 on, 1 up."""


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
    """Ranks the cue-ins of one snapshot.

    Parameters
    ----------
    settings
        Count, tempo range and filters.
    snapshot
        The library.
    looks
        Cue-ins whose levels may be read from the library in one ranking, so that none takes long.
    """

    def __init__(self, settings: Suggest, snapshot: Snapshot, looks: int = LOOKS) -> None:
        self._settings = settings
        self._snapshot = snapshot
        self._is = snapshot.derived(Columns)
        self._looks = Looks(self._is, looks)
        self._gates = Gates(settings.filters, snapshot)

    def adopt(self, settings: Suggest) -> None:
        """Go over to other settings."""
        self._settings = settings
        self._gates = Gates(settings.filters, self._snapshot)

    def rank(
        self,
        heard: Heard,
        banned: Set[str],
        wanted: int,
        wishes: Wishes | None = None,
        standing: Set[str] = frozenset(),
    ) -> list[Suggestion]:
        """Return ``wanted`` suggestions or fewer, best first, one a track, none of the ``banned`` ids or their songs.

        Parameters
        ----------
        standing
            Ids of tracks that are suggested already: those that may still be are returned as well, beyond ``wanted``.
        wishes
            What the DJ has said; None: nothing, so that all is as the settings say.
        """
        columns = self._is
        counts = self._settings.weights.model_dump() if wishes is None else wishes.weights()
        log_ratio, folded, known = reach.ratios(columns, heard.bpm, heard.bpm_confidence, self._settings.tempo_range)
        pitch_class = self._sounding(heard, log_ratio)
        relations = self._relations(heard, pitch_class)
        passing, widened = self._gates.open(self._allowed(banned))
        stands = columns.flags(standing)
        count = self._settings.count if wishes is None else wishes.count
        passing = passing & reach.within(log_ratio, passing, stands, count, self._settings.tempo_range)
        open_rows = columns.enough_left & passing[columns.row_track]
        matches = columns.matcher.match(heard.query, open_rows, stands[columns.row_track])
        rows, tracks = matches.rows, columns.row_track[matches.rows]

        def weigh(name: str, nats: Reals) -> Reals:
            return counts[name] * nats

        terms = {
            "continuation": weigh("continuation", evidence.CONTINUATION * matches.evidence.astype(np.float64)),
            "timbre": np.zeros(len(rows)),
            "groove": np.zeros(len(rows)),
            "clash": np.zeros(len(rows)),
            "tempo": weigh("tempo", self._tempo_nats(heard, log_ratio, folded, known))[tracks],
            "key": weigh("key", self._key_nats(heard, relations))[tracks],
            "energy": weigh("energy", self._energy_nats(heard))[tracks],
            "phrase": weigh("phrase", evidence.phrase(heard.mix_out.kind, columns.kind[rows])),
            "cue": weigh("cue", columns.cue_nats[rows]),
            "history": weigh("history", self._history_nats(heard))[tracks],
        }
        if wishes is not None:
            terms["taste"] = self._liking(wishes)[tracks]
        wide = np.abs(log_ratio) > math.log1p(self._settings.tempo_range)
        if wide[tracks].any():
            terms["reach"] = np.where(wide, evidence.OUT_OF_REACH, 0.0)[tracks]
        total: Reals = np.sum(list(terms.values()), axis=0)
        # Rounded, so that equal candidates keep the library's order on every machine.
        order = np.argsort(-np.round(total, 4), kind="stable")
        order = order[np.sort(np.unique(tracks[order], return_index=True)[1])]
        close, far = order[:_CLOSE], order[_CLOSE:]
        close, far = np.concatenate([close, far[stands[tracks[far]]]]), far[~stands[tracks[far]]]
        if heard.sounds:
            for name, nats in self._looks.nats(heard, rows[close], log_ratio[tracks[close]]).items():
                terms[name][close] = weigh(name, nats)
                total = total + terms[name]
            order = np.concatenate([close[np.argsort(-np.round(total[close], 4), kind="stable")], far])

        found = []
        barred = np.flatnonzero(columns.flags(banned)[columns.row_track])
        for at, extra in pick(columns, order, rows, total, barred, wanted, stands):
            values = {name: round(float(value[at]), 3) for name, value in terms.items()}
            values.update(extra)
            row, number = int(rows[at]), int(tracks[at])
            cue = columns.cues[row]
            assert cue is not None
            ratio = float(np.exp(log_ratio[number]))
            text = words(
                terms=values,
                similarity=float(matches.similarity[at]),
                ratio=ratio if known[number] else 0.0,
                folded=int(folded[number]),
                wide=bool(wide[number]),
                key=(heard.pitch_class, heard.mode),
                next_key=(int(pitch_class[number]), int(columns.mode[number])),
                key_relation=int(relations[number]),
                energy_step=float(columns.energy[number]) - heard.energy if heard.energy >= 0 else 0.0,
                leaving=heard.mix_out.kind,
                entering=cue.kind,
                outside=widened,
            )
            suggestion = Suggestion(
                track=columns.tracks[number],
                cue=cue,
                score=evidence.probability(evidence.BIAS + sum(values.values())),
                tempo_ratio=round(ratio, 4),
                key_relation=int(relations[number]),
                mix_out_position_s=heard.mix_out.position_s,
                mix_len_beats=blend_beats(heard.mix_out, self._is.tracks[number], cue, int(folded[number])),
                reasons=text,
                terms=tuple(values.items()),
            )
            found.append(suggestion)
        return sorted(found, key=lambda suggestion: -suggestion.evidence)

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
        """Tracks with a cue-in that are not banned, nor the same song as one that is."""
        barred = self._is.flags(banned)
        allowed = self._is.enterable & ~barred
        for name in {name for number in np.flatnonzero(barred) for name in self._is.songs[number]}:
            allowed[self._is.with_name[name]] = False
        return allowed

    def _tempo_nats(self, heard: Heard, log_ratio: Reals, folded: Ints, known: Flags) -> Reals:
        sureness = np.sqrt(heard.bpm_confidence * self._is.bpm_confidence)
        return evidence.tempo(log_ratio, folded, known, sureness, math.log1p(self._settings.tempo_range))

    def _key_nats(self, heard: Heard, relations: Ints) -> Reals:
        known = (self._is.pitch_class >= 0) & (heard.pitch_class >= 0)
        return evidence.key(relations, known, np.sqrt(heard.key_confidence * self._is.key_confidence))

    def _energy_nats(self, heard: Heard) -> Reals:
        if heard.energy < 0:
            return np.zeros(len(self._is.energy))
        return evidence.energy(self._is.energy - heard.energy, heard.direction)

    def _history_nats(self, heard: Heard) -> Reals:
        nats = np.zeros(len(self._is.tracks))
        for number, value in self._is.history.after(heard.number).items():
            nats[number] = value
        return nats

    def _liking(self, wishes: Wishes) -> Reals:
        nats = np.zeros(len(self._is.tracks))
        for track_id, value in wishes.liking.items():
            if track_id in self._is.number:
                nats[self._is.number[track_id]] = value
        return nats
