"""How well each cue-in of the library continues what is heard: query against entry keys, without hubs.

Conventions
-----------
Similarities are cosines. Evidence is how far a cue-in stands above the library's own spread, in deviations, bounded;
so it means the same whatever the scale of the model's embeddings.

Source
------
Hub correction after CSLS (Conneau et al. 2018): a key that lies near everything loses its mean similarity to its
nearest neighbours, or a few tracks would be suggested for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ALL_ROWS = 20_000
"""Up to here every cue-in is looked at; beyond, the index brings the nearest."""
NEAREST_ROWS = 2_000
LEAST_ROWS = 100
"""Of the nearest, so many must pass, or those that pass are looked at instead."""
_BANK_ROWS = 2_000
_NEIGHBOURS = 10
_CHUNK_ROWS = 4_000
_LEAST_SPREAD = 0.05
_LEAST_EVIDENCE, _MOST_EVIDENCE = -2.5, 4.0
_SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Matches:
    """The cue-ins worth a look, with their evidence of continuation."""

    rows: Ints
    """Row numbers in ``Snapshot.keys``, (n,)."""
    similarity: Floats
    """Cosine of query and key, (n,)."""
    evidence: Floats
    """Deviations above the library, hub-corrected, -2.5 to 4, (n,)."""


class Matcher:
    """Searches the entry keys of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._keys: Floats = np.asarray(snapshot.keys, np.float32)
        self._hubness = hubness(self._keys, np.asarray(snapshot.key_track))
        self._bank = bank(len(self._keys))

    def match(self, query: Floats, passing: NDArray[np.bool_], besides: NDArray[np.bool_] | None = None) -> Matches:
        """Compare a query with cue-ins that may be suggested.

        Parameters
        ----------
        query
            Embedding, (dim,), unit length.
        passing
            Which cue-ins may, (rows,). Of more than ``ALL_ROWS`` the nearest are looked at.
        besides
            Which of them are looked at however far they are, (rows,).
        """
        rows = np.flatnonzero(passing)
        if len(rows) == 0:
            nothing = np.zeros(0, np.float32)
            return Matches(rows, nothing, nothing)
        if len(rows) > ALL_ROWS:
            near = np.asarray(self._snapshot.search_entry(query, NEAREST_ROWS)[1], np.int64)
            near = np.sort(near[passing[near]])
            # Where the nearest of all are other tracks', some of those that pass must do.
            rows = near if len(near) >= LEAST_ROWS else rows[bank(len(rows))]
            if besides is not None:
                rows = np.union1d(rows, np.flatnonzero(passing & besides))
        similarity = self._keys[rows] @ query
        corrected = similarity - np.float32(0.5) * self._hubness[rows]
        all_of_it = self._keys[self._bank] @ query - np.float32(0.5) * self._hubness[self._bank]
        centre, spread = float(np.median(all_of_it)), max(float(all_of_it.std()), _LEAST_SPREAD)
        evidence = np.clip((corrected - centre) / spread, _LEAST_EVIDENCE, _MOST_EVIDENCE).astype(np.float32)
        return Matches(rows, similarity, evidence)


class LiveQuery:
    """What should follow, as heard over the last seconds."""

    def __init__(self) -> None:
        self._mean: Floats | None = None

    def step(self, query: Floats) -> None:
        """Take in one hop's query embedding."""
        if self._mean is None:
            self._mean = np.array(query, np.float32)
        else:
            self._mean += np.float32(_SMOOTHING) * (query - self._mean)

    def vector(self) -> Floats:
        """Return the smoothed query, (dim,), unit length. ``step`` has been called before."""
        if self._mean is None:
            raise ValueError("a query was asked for before the first hop")
        return unit(self._mean)


def unit(vector: Floats) -> Floats:
    """Return a vector scaled to length one."""
    scaled: Floats = vector / np.float32(max(float(np.linalg.norm(vector)), 1e-9))
    return scaled


def bank(count: int) -> Ints:
    """Return numbers of rows that stand for all of so many."""
    return np.arange(count) if count <= _BANK_ROWS else np.linspace(0, count - 1, _BANK_ROWS).astype(np.int64)


def hubness(keys: Floats, key_track: NDArray[np.integer]) -> Floats:
    """Return each key's mean similarity to its nearest neighbours in other tracks, (n,); 0 where there are none."""
    count = len(keys)
    result = np.zeros(count, np.float32)
    some = bank(count)
    for start in range(0, count, _CHUNK_ROWS):
        stop = min(start + _CHUNK_ROWS, count)
        similarity = keys[start:stop] @ keys[some].T
        similarity[key_track[start:stop, None] == key_track[None, some]] = -np.inf
        nearest = min(_NEIGHBOURS, similarity.shape[1])
        best = np.partition(similarity, -nearest, axis=1)[:, -nearest:]
        known = np.isfinite(best)
        total = np.where(known, best, 0.0).sum(axis=1)
        result[start:stop] = total / np.maximum(known.sum(axis=1), 1)
    return result
