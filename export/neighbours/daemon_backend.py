"""The daemon's own index behind the same interface: what any other backend has to beat."""

from dataclasses import dataclass
from pathlib import Path

import numpy.typing as npt

from ...daemon.errors import LibraryError, SegueError
from ...daemon.library.index import EXACT_LIMIT, CoarseIndex, Nearest, VectorIndex
from .base import Floats, Ints, Neighbours, opened, unit_rows

_STAMP = bytes(32)


class _Daemon(Neighbours):
    def __init__(self, name: str, rows: int, dim: int, index: Nearest | None) -> None:
        super().__init__(name, rows, dim)
        self._index = index

    def _search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        assert self._index is not None
        return self._index.search(queries, k)

    def _write(self, path: Path) -> None:
        assert self._index is not None
        self._index.write(path, _STAMP)


@dataclass(frozen=True, slots=True)
class Daemon:
    """Half precision, every row compared; above `EXACT_LIMIT` rows, lists of codes, and the best compared again."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return "the daemon's"

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""
        rows = unit_rows(vectors)
        if not len(rows):
            return _Daemon(self.name, 0, rows.shape[1], None)
        kind = CoarseIndex if len(rows) > EXACT_LIMIT else VectorIndex
        return _Daemon(self.name, len(rows), rows.shape[1], kind.build([rows], rows.shape[1]))

    def load(self, folder: Path) -> Neighbours:
        """Read an index; see `Backend`."""
        data, rows, dim = opened(folder, self.name)
        if not rows:
            return _Daemon(self.name, 0, dim, None)
        try:
            kind = CoarseIndex if rows > EXACT_LIMIT else VectorIndex
            return _Daemon(self.name, rows, dim, kind.read(data, _STAMP))
        except LibraryError as exc:
            raise SegueError(f"{exc}; build it again") from exc
