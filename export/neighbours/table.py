"""How well and how fast each backend finds what an exact search finds.

Conventions
-----------
Times are processor time, which a busy machine does not stretch; a search is one query in one thread. Recall
counts a row as found if it is as near as the k-th nearest: loops repeat to the sample, and rows alike are all right.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...daemon.errors import SegueError
from .base import Backend, Floats, unit_rows
from .faiss_backends import Flat

_TIE = 1e-5
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One backend, measured."""

    name: str
    rows: int
    """Vectors in the index."""
    recall: float
    """Share of the k nearest that were found."""
    first: float
    """Share of queries whose nearest was found first."""
    median_ms: float
    """A search of one query, one thread."""
    p99_ms: float
    build_s: float
    size_mb: float
    """Index on disk, 2^20 bytes; about what it takes of memory."""


def table(vectors: npt.ArrayLike, queries: npt.ArrayLike, backends: Sequence[Backend], k: int = 10) -> Iterator[Row]:
    """Build each backend from the vectors and ask it every query; a row as soon as it is measured.

    Parameters
    ----------
    vectors, queries
        (n, dim) and (q, dim), of unit length. Queries should be what will be asked, not rows of the index.

    Raises
    ------
    SegueError
        If vectors or queries are none or no unit vectors, or a backend is not installed.
    """
    rows = unit_rows(vectors)
    asked = unit_rows(queries, rows.shape[1])
    if not len(rows) or not len(asked) or k < 1:
        raise SegueError(f"got {len(rows)} vectors, {len(asked)} queries and k = {k}, wanted at least one of each")
    k = min(k, len(rows))
    exact = Flat().build(rows)
    best = np.concatenate([exact.search(asked[i : i + _BATCH], k)[0] for i in range(0, len(asked), _BATCH)])
    del exact
    for backend in backends:
        yield _measured(backend, rows, asked, best, k)


def _measured(backend: Backend, rows: Floats, asked: Floats, best: Floats, k: int) -> Row:
    begun = time.process_time()  # Annoy builds in a thread of its own
    index = backend.build(rows)
    build_s = time.process_time() - begun
    spent_ms, found = np.empty(len(asked)), np.empty((len(asked), k), np.int64)
    for n in range(len(asked)):
        begun = time.thread_time()
        _, found[n : n + 1] = index.search(asked[n : n + 1], k)
        spent_ms[n] = 1000 * (time.thread_time() - begun)
    # By the true score of what was found, since a backend's own may be that of a code.
    score = np.where(found < 0, -2, np.einsum("qkd,qd->qk", rows[found], asked))
    with tempfile.TemporaryDirectory() as name:
        size = index.save(Path(name))
    return Row(
        backend.name,
        len(rows),
        float((score >= best[:, -1:] - _TIE).mean()),
        float((score[:, 0] >= best[:, 0] - _TIE).mean()),
        float(np.median(spent_ms)),
        float(np.percentile(spent_ms, 99)),
        build_s,
        size / 2**20,
    )
