"""Are the suggestions any good? Asked of cut tracks, whose continuation is known, and of the DJ's own order.

Conventions
-----------
hit@k: the share of trials in which the truth is among the first k. A term is switched off by giving it no weight.
Metamorphic checks change one thing of the true continuation for the worse: its evidence must fall.

Source
------
Metamorphic testing after Chen et al. (1998). The clash measures look at the sound alone (band levels), not at what the
ranker goes by.
"""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ...daemon.advice import evidence
from ...daemon.advice.ranker import Heard, Ranker, Suggestion
from ...daemon.advice.timbre import decibels
from ...daemon.config import Suggest, Weights
from ...daemon.library.snapshot import Snapshot
from ...daemon.library.track import Track
from ...daemon.signal.bands import CENTRES_HZ
from .halves import Halves, Trial, ranks

Reals = NDArray[np.float64]

_OTHERS = 10
"""Candidates to one true continuation, for which scores are probabilities."""
_SHRINK = 0.1


@dataclass(frozen=True, slots=True)
class Advice:
    """All figures."""

    tracks: int
    trials: int
    hits: Mapping[str, tuple[float, float]]
    """hit@1 and hit@5 by what ranked."""
    off: Mapping[str, tuple[float, float, float]]
    """hit@1, hit@5 and mean reciprocal rank without a term, by its name; "" with all."""
    checks: Mapping[str, tuple[float, int]]
    """Share of metamorphic checks that hold, of how many."""
    clash: Mapping[str, tuple[float, float, float]]
    """Chroma (1 - correlation), step of level (dB), bass on bass (dB over the louder), by what was brought in."""
    fitted: Mapping[str, float]
    """By what each term's nats would be multiplied, fitted to these trials, never below 0."""
    brier: float
    """Mean square error of the scores as probabilities, the truth among ten others."""
    order: Mapping[str, float] = field(default_factory=dict)
    """Figures of the DJ's own order; empty without playlists and plays."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "tracks": self.tracks,
            "trials": self.trials,
            "hits": {name: {"hit@1": one, "hit@5": five} for name, (one, five) in self.hits.items()},
            "without": {
                name or "nothing": {"hit@1": one, "hit@5": five, "mrr": mrr}
                for name, (one, five, mrr) in self.off.items()
            },
            "metamorphic": {name: {"holds": share, "checks": count} for name, (share, count) in self.checks.items()},
            "clash": {
                name: {"chroma": chroma, "level_db": level, "bass_db": bass}
                for name, (chroma, level, bass) in self.clash.items()
            },
            "fitted": dict(self.fitted),
            "brier": self.brier,
            "order": dict(self.order),
        }


def measure(halves: Halves, seed: int) -> Advice:
    """Take all figures of cut tracks."""
    snapshot, trials = halves.snapshot, halves.trials
    truth = [trial.truth for trial in trials]
    spread = halves.log_mel.std(0) + 1e-9
    scaled = [
        (rows - halves.log_mel.mean(0)) / spread for rows in (halves.log_mel, np.stack([t.log_mel for t in trials]))
    ]
    filed, heard = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in scaled)
    plain = ranks(heard @ filed.T, truth)
    stood = [trial.standing.index(trial.truth) if trial.truth in trial.standing else 99 for trial in trials]
    ranked = [_ranked(snapshot, trial.heard) for trial in trials]
    off = {"": _figures(ranked, truth)}
    for name in Weights.model_fields:
        off[name] = _figures([_ranked(snapshot, trial.heard, {name: 0.0}) for trial in trials], truth)
    return Advice(
        tracks=len(snapshot),
        trials=len(trials),
        hits={
            "the list that stood": _hits(np.array(stood)),
            "the ranking, nothing kept out": off[""][:2],
            "log-mel statistics": _hits(plain),
            "by chance": (1 / len(snapshot), min(5 / len(snapshot), 1.0)),
        },
        off=off,
        checks=_metamorphic(snapshot, trials),
        clash=_clashes(snapshot, trials, ranked, seed),
        fitted=_fit(ranked, truth),
        brier=_brier(ranked, truth),
    )


def _ranked(snapshot: Snapshot, heard: Heard, weights: Mapping[str, float] | None = None) -> list[Suggestion]:
    settings = Suggest(weights=Weights(**{**Weights().model_dump(), **(weights or {})}), tempo_range=0.5)
    return Ranker(settings, snapshot, looks=len(snapshot.keys)).rank(heard, frozenset(), len(snapshot))


def _place(ranked: Sequence[Suggestion], number: int) -> int:
    return next((at for at, each in enumerate(ranked) if each.track.number == number), 999)


def _hits(above: NDArray[np.integer]) -> tuple[float, float]:
    return float(np.mean(above < 1)), float(np.mean(above < 5))


def _figures(ranked: Sequence[Sequence[Suggestion]], truth: Sequence[int]) -> tuple[float, float, float]:
    above = np.array([_place(each, number) for each, number in zip(ranked, truth, strict=True)])
    return (*_hits(above), float(np.mean(1 / (above + 1.0))))


def _metamorphic(snapshot: Snapshot, trials: Sequence[Trial]) -> dict[str, tuple[float, int]]:
    changes: dict[str, tuple[Callable[[Track], Track], Callable[[Track, Heard], bool]]] = {
        "a semitone up": (
            lambda track: replace(track, pitch_class=(track.pitch_class + 1) % 12 if track.pitch_class >= 0 else -1),
            lambda track, heard: track.pitch_class >= 0 and track.key_confidence > 0,
        ),
        "half a beat off": (
            lambda track: (
                replace(
                    track, cues=tuple(replace(c, position_s=c.position_s + 30 / track.tempo_bpm) for c in track.cues)
                )
                if track.tempo_bpm > 0
                else track
            ),
            lambda track, heard: track.tempo_bpm > 0,
        ),
        "20 % faster": (
            # It is shorter as well, or cue-ins that had too little behind them would now have enough.
            lambda track: replace(track, tempo_bpm=1.2 * track.tempo_bpm, duration_s=track.duration_s / 1.2),
            lambda track, heard: track.tempo_bpm > 0 and track.tempo_confidence > 0,
        ),
    }
    held: dict[str, tuple[float, int]] = {}
    for name, (change, applies) in changes.items():
        other = _retold(snapshot, [change(track) for track in snapshot.tracks])
        found = []
        for trial in trials:
            # As the DJ would hear the record itself: what is estimated of the first half is measured elsewhere.
            track = snapshot.tracks[trial.truth]
            heard = replace(
                trial.heard, bpm=track.tempo_bpm, bpm_confidence=max(track.tempo_confidence, 0.1),
                pitch_class=track.pitch_class, mode=track.mode, key_confidence=max(track.key_confidence, 0.1),
            )  # fmt: skip
            if applies(track, heard):
                before, after = (_evidence(each, heard, trial.truth) for each in (snapshot, other))
                found.append(after < before)
        held[name] = (float(np.mean(found)) if found else 1.0, len(found))
    return held


def _retold(snapshot: Snapshot, tracks: Sequence[Track]) -> Snapshot:
    """Return the same library with something else said of its tracks."""
    other = copy.copy(snapshot)
    other.tracks = tuple(tracks)
    other._derived, other._lock = {}, threading.Lock()
    return other


def _evidence(snapshot: Snapshot, heard: Heard, number: int) -> float:
    ranked = _ranked(snapshot, heard)
    place = _place(ranked, number)
    return ranked[place].evidence if place < len(ranked) else -99.0


def _clashes(
    snapshot: Snapshot, trials: Sequence[Trial], ranked: Sequence[Sequence[Suggestion]], seed: int
) -> dict[str, tuple[float, float, float]]:
    """Lay what is brought in over what is heard, by their band levels: the first that is another record, and any."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[tuple[float, float, float]]] = {"the best of another record": [], "any that passes": []}
    for trial, each in zip(trials, ranked, strict=True):
        others = [suggestion for suggestion in each if suggestion.track.number != trial.truth]
        if others:
            found["the best of another record"].append(_clash(snapshot, trial, others[0]))
            found["any that passes"].append(_clash(snapshot, trial, others[int(rng.integers(len(others)))]))
    return {name: tuple(np.mean(rows, axis=0).tolist()) for name, rows in found.items() if rows}


def _clash(snapshot: Snapshot, trial: Trial, suggestion: Suggestion) -> tuple[float, float, float]:
    first = round(suggestion.cue.position_s * 20)
    stored = snapshot.bands(suggestion.track.number, np.arange(first, first + len(trial.levels)))
    power = [(10 ** (decibels(rows) / 10)).mean(0) + 1e-12 for rows in (trial.levels, stored)]
    chroma = [np.log(each).reshape(-1, 12).mean(0) for each in power]
    apart = 1.0 - float(np.corrcoef(*chroma)[0, 1]) if all(each.std() > 0 for each in chroma) else 1.0
    loud, bass = ([10 * np.log10(each[keep].sum()) for each in power] for keep in (CENTRES_HZ > 0, CENTRES_HZ < 160))
    both = 10 * np.log10(sum(10 ** (each / 10) for each in bass)) - max(bass)
    return apart, abs(float(loud[0] - loud[1])), float(both)


def _terms(ranked: Sequence[Sequence[Suggestion]], truth: Sequence[int]) -> tuple[Reals, Reals, Reals]:
    """Terms of every candidate as shipped, (n, terms); whether it is the truth; and how much it counts."""
    names = list(Weights.model_fields)
    rows, own, counts = [], [], []
    for each, number in zip(ranked, truth, strict=True):
        for suggestion in each:
            rows.append([dict(suggestion.terms).get(name, 0.0) for name in names])
            own.append(suggestion.track.number == number)
            counts.append(1.0 if own[-1] else _OTHERS / max(len(each) - 1, 1))
    return np.array(rows), np.array(own, np.float64), np.array(counts)


def _fit(ranked: Sequence[Sequence[Suggestion]], truth: Sequence[int]) -> dict[str, float]:
    """Fit a logistic regression on the terms as shipped, shrunk towards them, every factor at least 0."""
    terms, own, counts = _terms(ranked, truth)

    def loss(x: Reals) -> tuple[float, Reals]:
        nats = terms @ x[1:] + x[0]
        chance = 1 / (1 + np.exp(-np.clip(nats, -50, 50)))
        off = counts * (chance - own)
        value = float((counts * np.logaddexp(0, np.where(own > 0, -nats, nats))).sum())
        away = x[1:] - 1.0
        scale = _SHRINK * len(truth)
        return value + scale * float(away @ away), np.concatenate([[off.sum()], terms.T @ off + 2 * scale * away])

    start = np.concatenate([[evidence.BIAS], np.ones(terms.shape[1])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None)] + [(0, None)] * terms.shape[1])
    return dict(zip(("bias", *Weights.model_fields), [round(float(x), 3) for x in found.x], strict=True))


def _brier(ranked: Sequence[Sequence[Suggestion]], truth: Sequence[int]) -> float:
    _, own, counts = _terms(ranked, truth)
    score = np.array([suggestion.score for each in ranked for suggestion in each])
    return float((counts * (score - own) ** 2).sum() / counts.sum())
