"""The daemon's own index behind the same interface: what any other backend has to beat."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...daemon.errors import LibraryError, SegueError
from ...daemon.index import PLACE_BITS, VectorIndex
from .base import Floats, Ints, Neighbours, opened, unit_rows

_STAMP = bytes(32)


class _Daemon(Neighbours):
    def __init__(self, name: str, rows: int, dim: int, index: VectorIndex | None) -> None:
        super().__init__(name, rows, dim)
        self._index = index

    def _search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        assert self._index is not None
        score, number, place = self._index.search(queries, k)
        # Tracks of 2^20 hops, one after the other, so that a row's id is its number.
        return score, np.where(number < 0, number, (number << PLACE_BITS) | place)

    def _write(self, path: Path) -> None:
        assert self._index is not None
        self._index.write(path, _STAMP)


@dataclass(frozen=True, slots=True)
class Daemon:
    """Half precision and every row compared up to `EXACT_LIMIT` rows, above that inverted lists of 8-bit numbers."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return "the daemon's"

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""
        rows = unit_rows(vectors)
        if not len(rows):
            return _Daemon(self.name, 0, rows.shape[1], None)
        block = 1 << PLACE_BITS
        blocks = [(n, rows[n * block : (n + 1) * block]) for n in range(-(-len(rows) // block))]
        return _Daemon(self.name, len(rows), rows.shape[1], VectorIndex.build(blocks, rows.shape[1], len(rows)))

    def load(self, folder: Path) -> Neighbours:
        """Read an index; see `Backend`."""
        data, rows, dim = opened(folder, self.name)
        if not rows:
            return _Daemon(self.name, 0, dim, None)
        try:
            return _Daemon(self.name, rows, dim, VectorIndex.read(data, _STAMP))
        except LibraryError as exc:
            raise SegueError(f"{exc}; build it again") from exc
