"""What every backend promises, and what all of them check alike.

Conventions
-----------
An index on disk is a folder with two files: the library's own, and ``about.json``, which tells the backend, the sizes
and a CRC-32, so that a torn or foreign index is known before a C++ reader meets it.
"""

import json
import zlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...daemon.errors import SegueError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MISSING = -1
"""Row and score of a neighbour that there is not."""
_TOLERANCE = 1e-2
_DATA, _ABOUT = "index.bin", "about.json"
_CHUNK = 1 << 20


class Neighbours(ABC):
    """Vectors that can be searched; made by a `Backend`.

    Parameters
    ----------
    name
        Of the backend that made it.
    rows, dim
        How many vectors, and numbers in each.
    """

    def __init__(self, name: str, rows: int, dim: int) -> None:
        self.name, self.rows, self.dim = name, rows, dim

    def __len__(self) -> int:
        return self.rows

    def search(self, queries: npt.ArrayLike, k: int) -> tuple[Floats, Ints]:
        """Find the k rows nearest to each query, best first.

        Parameters
        ----------
        queries
            (q, dim) of unit length.

        Returns
        -------
        score, row
            (q, k) each; both -1 where fewer than k rows were found.

        Raises
        ------
        SegueError
            If the queries have another width, are not finite, or have another length than 1.
        """
        rows = unit_rows(queries, self.dim)
        score = np.full((len(rows), max(k, 0)), MISSING, np.float32)
        row = np.full(score.shape, MISSING, np.int64)
        most = min(k, self.rows)
        if len(rows) and most > 0:
            score[:, :most], row[:, :most] = self._search(rows, most)
            score[row < 0] = MISSING
        return score, row

    def save(self, folder: Path) -> int:
        """Write the index into a folder; return its size in bytes, which is about what it takes of memory."""
        folder.mkdir(parents=True, exist_ok=True)
        data = folder / _DATA
        data.unlink(missing_ok=True)  # never written into: a loaded forest may have it mapped
        if self.rows:
            self._write(data)
        else:
            data.touch()
        size = data.stat().st_size
        about = {"name": self.name, "rows": self.rows, "dim": self.dim, "bytes": size, "crc32": _crc(data)}
        (folder / _ABOUT).write_text(json.dumps(about), "utf-8")
        return size

    @abstractmethod
    def _search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """Do what `search` says, for at least one query and 1 <= k <= rows; row -1 where nothing was found."""

    @abstractmethod
    def _write(self, path: Path) -> None:
        """Write an index of at least one row to a file."""


class Backend(Protocol):
    """A recipe for an index: a frozen dataclass of its settings."""

    @property
    def name(self) -> str:
        """Name that tells the settings apart, as a table shows it."""

    def build(self, vectors: npt.ArrayLike) -> Neighbours:
        """Index (n, dim) rows of unit length.

        Raises
        ------
        SegueError
            If they are not finite or not of unit length, or if the backend is not installed.
        """

    def load(self, folder: Path) -> Neighbours:
        """Read what an index of this backend saved.

        Raises
        ------
        SegueError
            If it is missing, damaged, or another backend's.
        """


def unit_rows(vectors: npt.ArrayLike, dim: int | None = None) -> Floats:
    """Return rows as (n, dim) float32, or say what is wrong with them."""
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.ndim != 2 or (dim is not None and rows.shape[1] != dim):
        raise SegueError(f"got vectors of shape {rows.shape}, wanted (n, {'dim' if dim is None else dim})")
    if len(rows):
        length = np.linalg.norm(rows, axis=1)
        wrong = ~(np.abs(length - 1) <= _TOLERANCE)  # so that NaN is wrong, too
        if wrong.any():
            first = int(wrong.argmax())
            raise SegueError(
                f"{int(wrong.sum())} of {len(rows)} vectors are not of unit length, as row {first}"
                f" ({length[first]:.3g}); leave them out or divide them by their length"
            )
    return rows


def opened(folder: Path, name: str) -> tuple[Path, int, int]:
    """Return the data file of a saved index, its rows and its width, after it has been found whole."""
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        found, rows, dim = str(about["name"]), int(about["rows"]), int(about["dim"])
        data = folder / _DATA
        whole = data.stat().st_size == about["bytes"] and _crc(data) == about["crc32"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SegueError(f"{folder} holds no index that can be read ({exc}); build it again") from exc
    if found != name:
        raise SegueError(f"{folder} holds an index by {found}, wanted {name}; build it again or load it as that")
    if not whole:
        raise SegueError(f"the index in {folder} is damaged; build it again")
    return data, rows, dim


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            crc = zlib.crc32(piece, crc)
    return crc
