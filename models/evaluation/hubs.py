"""Windows that lie near everything, windows that nothing ever finds, and a correction.

Conventions
-----------
The queries here are those that the tracks on file would ask, one every 4 s, each against the windows of all *other*
tracks. N10 of a window is how often it is among the ten nearest: 10 times queries over windows on average.

Source
------
M. Radovanović et al., "Hubs in space", JMLR 11 (2010): the skewness of N10. A. Conneau et al., "Word translation
without parallel data", ICLR 2018: cross-domain similarity local scaling, 2 q·k − r(q) − r(k), where r(k) is the mean
similarity of k to its ten nearest queries. r(q) changes no ranking and is left out; r(k) is known once all is filed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .queries import Floats, Plan
from .spaces import Library

NEAREST = 10


@dataclass(frozen=True, slots=True)
class Hubs:
    """How evenly a library is found."""

    reachable: float
    """Share of windows that are among the ten nearest of any query."""
    skewness: float
    """Of N10; 0 where every window is found equally often."""
    largest: float
    """N10 of the most found window, as a multiple of the average."""


def penalty(library: Library, plan: Plan) -> Floats:
    """Return r(k), (n,): how near each window lies to queries of other tracks."""
    similarity = _foreign(library, plan)
    near = np.partition(similarity, -NEAREST, axis=0)[-NEAREST:]
    return np.asarray(np.where(np.isfinite(near), near, 0.0).mean(0), np.float32)


def hubs(library: Library, plan: Plan, off: Floats | None = None) -> Hubs:
    """Count how often each window is found, with or without a penalty."""
    similarity = _foreign(library, plan)
    if off is not None:
        similarity = 2 * similarity - off
    nearest = np.argpartition(-similarity, NEAREST - 1, axis=1)[:, :NEAREST]
    count = np.bincount(nearest.ravel(), minlength=len(plan.keys)).astype(np.float64)
    deviation = max(float(count.std()), 1e-9)
    return Hubs(
        float((count > 0).mean()),
        float((((count - count.mean()) / deviation) ** 3).mean()),
        float(count.max() / count.mean()),
    )


def _foreign(library: Library, plan: Plan) -> NDArray[np.float32]:
    similarity = library.bank @ library.keys.T
    similarity[library.bank_track[:, None] == plan.keys[None, :, 0]] = -np.inf
    return similarity
