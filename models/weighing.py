"""Fit what each kind of evidence is worth, to cut tracks: the constants of ``daemon/advice/evidence.py``.

usage: python -m segue.models.weighing FOLDER... [--tracks 160] [--seed 1]

The first half of each track is heard in a booth, by the whole pipeline; its second half is the true continuation, the
other second halves are not. A conditional logistic regression says how many nats each step of each term is worth:
never below 0, so that more of what speaks for a track never speaks against it (tempo in steps away from the same, keys
in the order of ``_KEYS``), and shrunk towards what ships, since some hundred tracks say little of rare steps. Halves
that the pipeline took for their own record are left out: they would know the answer.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ..daemon.advice import evidence
from ..daemon.advice.ranker import Heard, Ranker, Suggestion
from ..daemon.artifact import default_artifact
from ..daemon.config import Suggest, Weights
from ..daemon.library.snapshot import Snapshot
from ..daemon.signal.tonality import BOOST, CLASH, NEIGHBOUR, RELATIVE, SAME
from .evaluation.halves import cut, temporary
from .evaluation.queries import read

Reals = NDArray[np.float64]

TERMS = ("continuation", "timbre", "groove", "clash", "energy", "phrase", "cue")
"""Multiplied as they are."""
_KEYS = (CLASH, BOOST, RELATIVE, NEIGHBOUR, SAME)
"""From the worst to the best."""
_STEPS = (0.25, 0.5, 1.0)
"""Of the fader's way, from which a change of tempo counts for less."""
_SHRINK = 0.003
_OTHERS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """A true continuation among others."""

    terms: Reals
    """(candidates, n): ``TERMS``, then keys of at least each kind but the worst, then tempos within each step."""
    truth: int


def names() -> list[str]:
    """Say what each column is."""
    keys = {BOOST: "energy boost", RELATIVE: "relative", NEIGHBOUR: "neighbour", SAME: "same"}
    return [*TERMS, *(f"key: {keys[each]}, not the one before" for each in _KEYS[1:]), *_tempo_names()]


def choice(snapshot: Snapshot, heard: Heard, truth: int) -> Choice | None:
    """Take a trial apart; None where the truth is no candidate, or what is heard was taken for it."""
    if heard.number == truth:
        return None
    every = Suggest(weights=Weights(**dict.fromkeys(Weights.model_fields, 1.0)), tempo_range=0.5)
    ranked = Ranker(every, snapshot, looks=len(snapshot.keys)).rank(heard, frozenset(), len(snapshot))
    own = [at for at, each in enumerate(ranked) if each.track.number == truth]
    return Choice(np.array([_columns(each, heard) for each in ranked]), own[0]) if own else None


def fit(choices: Sequence[Choice]) -> Reals:
    """Return what each column is worth, (n,), none below 0."""
    start = shipped()

    def loss(worth: Reals) -> tuple[float, Reals]:
        value, slope = 0.0, np.zeros(len(worth))
        for each in choices:
            nats = each.terms @ worth
            chance = np.exp(nats - nats.max())
            chance /= chance.sum()
            value -= float(np.log(chance[each.truth] + 1e-300))
            slope += chance @ each.terms - each.terms[each.truth]
        away = worth - start
        return value / len(choices) + _SHRINK * float(away @ away), slope / len(choices) + 2 * _SHRINK * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start))
    return np.asarray(found.x, np.float64)


def bias(choices: Sequence[Choice], worth: Reals) -> float:
    """Return what makes the sum the log odds of the truth among ten others."""
    rows = [(nats, at == each.truth, len(each.terms)) for each in choices for at, nats in enumerate(each.terms @ worth)]
    nats, own, many = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    counts = np.where(own > 0, 1.0, _OTHERS / np.maximum(many - 1, 1))

    def loss(x: Reals) -> float:
        sum_ = nats + x[0]
        return float((counts * np.logaddexp(0, np.where(own > 0, -sum_, sum_))).sum())

    return float(minimize(loss, np.array([evidence.BIAS])).x[0])


def shipped() -> Reals:
    """Return what ships, as the columns have it: a constant times its weight in config.toml."""
    weights = Weights().model_dump()
    sure = np.ones(1)
    keys = [float(evidence.key(np.array([each]), sure > 0, sure)[0]) for each in _KEYS]
    off = np.array([0.0, *_STEPS])
    tempo = evidence.tempo(off, np.zeros(len(off), np.int64), off >= 0, np.ones(len(off)), 1.0)
    return np.array(
        [
            *(weights[name] for name in TERMS),
            *(weights["key"] * np.diff(keys)),
            *(weights["tempo"] * -np.diff(tempo)),
        ]
    )


def _columns(each: Suggestion, heard: Heard) -> list[float]:
    terms = dict(each.terms)
    # A key or tempo that is not known has no term, so it stands between good and bad.
    sure_key = np.sqrt(heard.key_confidence * each.track.key_confidence) * (each.key_relation in (*_KEYS, -NEIGHBOUR))
    place = _KEYS.index(abs(each.key_relation)) if sure_key else 0
    keys = [sure_key * ((place > n) - _mean_place(n)) for n in range(len(_KEYS) - 1)]
    known = heard.bpm > 0 and each.track.tempo_bpm > 0
    sure_tempo = np.sqrt(heard.bpm_confidence * each.track.tempo_confidence) * known
    off = abs(np.log(each.tempo_ratio)) / np.log1p(Suggest().tempo_range)
    before = (0.0, *_STEPS[:-1])
    # Each step is walked through, so that what a ratio is worth has no jumps.
    tempo = [sure_tempo * (0.5 - np.clip((off - a) / (b - a), 0, 1)) for a, b in zip(before, _STEPS, strict=True)]
    return [*(terms.get(name, 0.0) for name in TERMS), *map(float, keys), *map(float, tempo)]


def _mean_place(step: int) -> float:
    """Return how often two keys drawn by chance are of a better kind than one, of 24."""
    return sum((1, 2, 1, 2)[-1 - n] for n in range(len(_KEYS) - 1 - step)) / 24


def _tempo_names() -> Iterable[str]:
    return (f"tempo: within {step:g} of the fader" for step in _STEPS)


def main() -> None:
    """Fit to folders, and print what was found beside what ships."""
    parser = argparse.ArgumentParser(prog="python -m segue.models.weighing", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--tracks", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    tell = lambda what, share: None  # noqa: E731
    music = read(told.folders, told.tracks, told.seed, tell)
    with temporary() as folder:
        halves = cut(music, default_artifact(), Path(folder), told.seed, tell)
        found = [choice(halves.snapshot, trial.heard, trial.truth) for trial in halves.trials]
    choices = [each for each in found if each is not None]
    show(choices)


def show(choices: Sequence[Choice]) -> None:
    """Print the fit."""
    worth = fit(choices)
    print(f"{len(choices)} continuations; nats, fitted and shipped")
    for name, value, ships in zip(names(), worth, shipped(), strict=True):
        print(f"{name:42s} {value:6.2f} {ships:6.2f}")
    print(f"{'bias':42s} {bias(choices, worth):6.2f} {evidence.BIAS:6.2f}")
    for which, values in (("fitted", worth), ("shipped", shipped())):
        first = np.mean([int((each.terms @ values).argmax()) == each.truth for each in choices])
        print(f"{which}: the truth is first in {first:.3f}")


if __name__ == "__main__":
    main()
