"""FAISS's backends: all rows compared, a graph of neighbours, and inverted lists of product codes.

Source: faiss (Johnson, Douze, Jégou, arXiv:1702.08734); HNSW (Malkov, Yashunin, arXiv:1603.09320); product
quantisation (Jégou et al., TPAMI 2011).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy.typing as npt

from ...daemon.errors import SegueError
from .base import Floats, Ints, Neighbours, opened, unit_rows

LEAST_FOR_CODES = 10_000
"""Fewer rows cannot teach 256 codes, and are compared exactly sooner than that."""
_TRAIN_PER_LIST = 50


class _Faiss(Neighbours):
    """Any FAISS index whose rows were added in order."""

    def __init__(self, name: str, rows: int, dim: int, index: faiss.Index | None) -> None:
        super().__init__(name, rows, dim)
        self._index = index

    def _search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        assert self._index is not None
        faiss.omp_set_num_threads(1)
        score, row = self._index.search(queries, k)
        return score, row

    def _write(self, path: Path) -> None:
        assert self._index is not None
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as exc:
            raise SegueError(f"{path} cannot be written ({exc})") from exc


@dataclass(frozen=True, slots=True)
class Flat:
    """Every row compared, at full precision: the truth that others are measured by."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return "Flat"

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""
        return _built(self.name, vectors, lambda rows: faiss.IndexFlatIP(rows.shape[1]))

    def load(self, folder: Path) -> Neighbours:
        """Read an index; see `Backend`."""
        return _loaded(self.name, folder)


@dataclass(frozen=True, slots=True)
class Hnsw:
    """A graph that leads from any row to the nearest; keeps every row at full precision beside it."""

    links: int = 32
    """M: edges of a row; twice as many on the ground."""
    build_width: int = 100
    """efConstruction: candidates while building."""
    search_width: int = 64
    """efSearch: candidates while searching; where k is more, k."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return f"HNSW M={self.links} ef={self.search_width}"

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""

        def empty(rows: Floats) -> faiss.Index:
            index = faiss.IndexHNSWFlat(rows.shape[1], self.links, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction, index.hnsw.efSearch = self.build_width, self.search_width
            return index

        return _built(self.name, vectors, empty)

    def load(self, folder: Path) -> Neighbours:
        """Read an index; see `Backend`."""
        return _loaded(self.name, folder)


@dataclass(frozen=True, slots=True)
class IvfPq:
    """Inverted lists of codes of a byte for every four numbers; optionally, the best are looked at again.

    Below `LEAST_FOR_CODES` rows, every row is compared at full precision instead.
    """

    again: int = 0
    """How many times k candidates are compared again by their vectors at half precision, which the index then keeps
    beside the codes (2 bytes a number); 0: scores are those of the codes."""
    probe: int = 16
    """One list of so many is searched."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return f"IVF-PQ 1/{self.probe}" + (f" again×{self.again}" if self.again else "")

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""
        return _built(self.name, vectors, self._trained)

    def load(self, folder: Path) -> Neighbours:
        """Read an index; see `Backend`."""
        return _loaded(self.name, folder)

    def _trained(self, rows: Floats) -> faiss.Index:
        count, dim = rows.shape
        if count < LEAST_FOR_CODES:
            return faiss.IndexFlatIP(dim)
        pieces = max(n for n in range(1, max(2, dim // 4 + 1)) if dim % n == 0)
        lists = 1 << round(math.log2(math.sqrt(count)))
        codes = faiss.IndexIVFPQ(faiss.IndexFlatIP(dim), dim, lists, pieces, 8, faiss.METRIC_INNER_PRODUCT)
        codes.cp.niter = codes.pq.cp.niter = 10
        codes.nprobe = max(1, lists // self.probe)
        codes.train(rows[:: max(1, count // max(LEAST_FOR_CODES, lists * _TRAIN_PER_LIST))])
        if not self.again:
            return codes
        exact = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index = faiss.IndexRefine(codes, exact)
        index.k_factor = float(self.again)
        return index


def _built(name: str, vectors: npt.ArrayLike, empty: Callable[[Floats], faiss.Index]) -> Neighbours:
    rows = unit_rows(vectors)
    if not len(rows):
        return _Faiss(name, 0, rows.shape[1], None)
    faiss.omp_set_num_threads(1)
    index = empty(rows)
    index.add(rows)
    return _Faiss(name, len(rows), rows.shape[1], index)


def _loaded(name: str, folder: Path) -> Neighbours:
    data, rows, dim = opened(folder, name)
    if not rows:
        return _Faiss(name, 0, dim, None)
    try:
        index = faiss.read_index(str(data))
    except RuntimeError as exc:
        raise SegueError(f"{data} cannot be read ({exc}); build it again") from exc
    return _Faiss(name, rows, dim, index)
