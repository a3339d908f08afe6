"""Does the true continuation lie nearest? Ranks, recall, and how far it lies, with intervals over tracks.

Conventions
-----------
*recall@k* and *MRR* rank the very window among all windows on file but the heard past. *track@k* and *track MRR* rank
it against the best window of every other track, which is what a list of tracks needs. Windows that lie exactly as near
as the truth share their ranks, so a space in which all is alike scores as chance does. *cosine* and *mse* (mean over
the vector's numbers, between unit vectors) to the true continuation, and to windows of other tracks for scale, are
diagnostics: a space may crowd together and still rank well, or the reverse.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import Bootstrap, Interval
from .queries import Floats, Plan

METRICS = ("recall@1", "recall@5", "recall@10", "mrr", "track@1", "track@5", "track@10", "track mrr")
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one space answered under one condition, a row a query."""

    metrics: dict[str, Values]
    """By name, as in `METRICS`, each (q,) in [0, 1]."""
    found: NDArray[np.int64]
    """The nearest window, a row of the plan's keys, (q,)."""
    cosine: Values
    """To the true continuation, (q,)."""
    cosine_other: Floats
    """To the windows of other tracks, (q, m), m of them spread over the library."""
    dim: int
    """Length of the vectors."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one space under one condition."""

    metrics: dict[str, Interval]
    ahead: dict[str, Interval] | None
    """Difference to log-mel statistics, query by query; None for themselves."""
    cosine: Interval
    cosine_other: float
    mse: Interval
    mse_other: float
    apart: Interval
    """Share of other tracks' windows that lie farther than the true continuation (the area under the ROC curve)."""


def answer(query: Floats, keys: Floats, plan: Plan, penalty: Floats | None = None) -> Answers:
    """Rank the truth of every query.

    Parameters
    ----------
    query
        (q, D), unit.
    keys
        (n, D), unit.
    penalty
        Taken off twice the similarity of each key, (n,): what corrects for hubs.
    """
    cosine = query @ keys.T
    similarity = cosine if penalty is None else 2 * cosine - penalty
    similarity = np.where(plan.past, -np.inf, similarity)
    rows, truth = np.arange(len(query)), plan.truth
    own = similarity[rows, truth][:, None]
    above, alike = (similarity > own).sum(1), (similarity == own).sum(1)
    starts = np.flatnonzero(np.diff(plan.keys[:, 0], prepend=-1))
    best = np.maximum.reduceat(similarity, starts, axis=1)
    best[plan.keys[starts, 0] == plan.queries[:, :1]] = -np.inf
    tracks_above, tracks_alike = (best > own).sum(1), (best == own).sum(1) + 1
    metrics = {
        f"{name}@{k}": np.clip((k - a) / t, 0, 1)
        for name, a, t in (("recall", above, alike), ("track", tracks_above, tracks_alike))
        for k in (1, 5, 10)
    }
    metrics["mrr"] = _reciprocal(above, alike)
    metrics["track mrr"] = _reciprocal(tracks_above, tracks_alike)
    sample = np.linspace(0, len(keys) - 1, min(len(keys), 300)).astype(int)
    other = np.where(plan.keys[sample, 0] == plan.queries[:, :1], np.nan, cosine[:, sample])
    return Answers(
        {name: metrics[name] for name in METRICS},
        similarity.argmax(1),
        np.asarray(cosine[rows, truth], np.float64),
        np.asarray(other, np.float32),
        query.shape[1],
    )


def score(answers: Answers, against: Answers | None, bootstrap: Bootstrap) -> Scores:
    """Sum up answers, and their lead over those of another space to the same queries."""
    metrics = {name: bootstrap.mean(values) for name, values in answers.metrics.items()}
    ahead = None
    if against is not None:
        ahead = {name: bootstrap.mean(v - against.metrics[name]) for name, v in answers.metrics.items()}
    other = answers.cosine_other
    there = ~np.isnan(other)
    farther = ((other < answers.cosine[:, None]) & there).sum(1) / there.sum(1).clip(1)
    cosine_other = float(np.nanmean(other))
    return Scores(
        metrics,
        ahead,
        bootstrap.mean(answers.cosine),
        cosine_other,
        bootstrap.mean((2 - 2 * answers.cosine) / answers.dim),
        (2 - 2 * cosine_other) / answers.dim,
        bootstrap.mean(farther),
    )


def _reciprocal(above: NDArray[np.int64], alike: NDArray[np.int64]) -> Values:
    """Mean of 1/rank over the ranks that are shared."""
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int((above + alike).max()) + 1))])
    return np.asarray((harmonic[above + alike] - harmonic[above]) / alike, np.float64)
