"""Annoy's backend: a forest of trees that cut space in two, in a file that is mapped and not read.

Conventions
-----------
Annoy is an optional extra, ``ann``; it comes as source and needs a C++ compiler to install. It keeps 4-byte numbers.

Source: annoy (E. Bernhardsson, Spotify, Apache-2.0). On unit vectors its angular distance d gives the inner product,
1 - d² / 2.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...daemon.errors import SegueError
from .base import MISSING, Floats, Ints, Neighbours, opened, unit_rows

_SEED = 1


class _Forest(Neighbours):
    def __init__(self, name: str, rows: int, dim: int, look: int, forest: Any) -> None:
        super().__init__(name, rows, dim)
        self._look, self._forest = look, forest

    def _search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        score = np.full((len(queries), k), MISSING, np.float32)
        row = np.full((len(queries), k), MISSING, np.int64)
        for n, query in enumerate(queries):
            found, distance = self._forest.get_nns_by_vector(query, k, self._look, include_distances=True)
            row[n, : len(found)] = found
            score[n, : len(found)] = 1 - np.square(distance) / 2
        return score, row

    def _write(self, path: Path) -> None:
        try:
            self._forest.save(str(path))
        except OSError as exc:
            raise SegueError(f"{path} cannot be written ({exc})") from exc


@dataclass(frozen=True, slots=True)
class Annoy:
    """A forest of random trees."""

    trees: int = 50
    look: int = -1
    """Rows looked at in a search; -1: trees times k."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        return f"Annoy trees={self.trees}" + (f" look={self.look}" if self.look > 0 else "")

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index rows; see `Backend`."""
        rows = unit_rows(vectors)
        if not len(rows):
            return _Forest(self.name, 0, rows.shape[1], self.look, None)
        forest = _empty(rows.shape[1])
        forest.set_seed(_SEED)
        for n, row in enumerate(rows):
            forest.add_item(n, row)
        forest.build(self.trees, n_jobs=1)
        return _Forest(self.name, len(rows), rows.shape[1], self.look, forest)

    def load(self, folder: Path) -> Neighbours:
        """Map an index, which must then stay where it is; see `Backend`."""
        data, rows, dim = opened(folder, self.name)
        if not rows:
            return _Forest(self.name, 0, dim, self.look, None)
        forest = _empty(dim)
        try:
            forest.load(str(data))
        except OSError as exc:
            raise SegueError(f"{data} cannot be read ({exc}); build it again") from exc
        return _Forest(self.name, rows, dim, self.look, forest)


def _empty(dim: int) -> Any:
    try:
        from annoy import AnnoyIndex
    except ImportError as exc:
        raise SegueError(
            "Annoy is not installed and an index by it was wanted; 'pip install \"segue[ann]\"' builds it, with a C++"
            " compiler"
        ) from exc
    return AnnoyIndex(dim, "angular")
