"""Nearest neighbours: the FAISS indexes of a library, and their files.

Conventions
-----------
Vectors have unit length and are compared by inner product. A row is known by its number, in the order of building.
Searches may run in several threads, each of them in one; an index is never changed once built.

Source: faiss (Johnson, Douze, Jégou, arXiv:1702.08734). Up to `EXACT_LIMIT` vectors every one is compared, at half
precision. Above, a coarse index (an inverted file of about sqrt(n) lists; residuals as 32 numbers of 4 bits, looked up
in registers: André, Kermarrec, Le Scouarnec, arXiv:1812.09162) brings some hundreds, which are then compared with the
vectors themselves. Codes and vectors are memory-mapped.
"""

import math
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from ..errors import LibraryError
from .sealed import SAMPLE, check, fresh, seal

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

EXACT_LIMIT = 300_000
_FOUR_BIT_NUMBERS = 32
_LISTS_PER_PROBE = 5
_COMPARED = 512
"""Rows that a coarse search brings for each query, at least."""
_TRAIN_PER_LIST = 40
_CHUNK_ROWS = 1 << 17
_KEPT_BYTES = 128 << 20
"""Mapped memory that may stay resident before it is given back; its pages stay in the system's cache."""
_AROUND_BYTES = 1 << 16
"""What Linux maps around a byte that is touched."""


class Nearest(Protocol):
    """Rows of one width, of which the nearest to a query can be found."""

    def __len__(self) -> int:
        """Rows."""

    @property
    def dim(self) -> int:
        """Numbers in a row."""

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """Find the k rows nearest to each query, best first.

        Returns
        -------
        score, row
            (q, k) each; both -1 where fewer than k rows were found.
        """

    def rows(self, start: int, stop: int) -> Floats:
        """Return some rows themselves."""

    def write(self, path: Path, stamp: bytes) -> None:
        """Write a new file beside the old one, then put it in its place; ``stamp`` tells what it was built from."""


class VectorIndex:
    """Rows that are all compared."""

    def __init__(self, index: faiss.Index) -> None:
        # FAISS would otherwise start a thread per core for each search, beside a deck that needs them.
        faiss.omp_set_num_threads(1)
        self._index = index

    @classmethod
    def build(cls, blocks: Iterable[npt.NDArray[np.floating]], dim: int, *, half: bool = True) -> "VectorIndex":
        """Index the rows of every block.

        Parameters
        ----------
        blocks
            (n, dim) each.
        dim
            Numbers in a row; 0 for an index of nothing.
        half
            Keep and compare them at half precision.
        """
        faiss.omp_set_num_threads(1)
        dim, metric = max(1, dim), faiss.METRIC_INNER_PRODUCT
        kind = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexScalarQuantizer(dim, kind, metric) if half else faiss.IndexFlatIP(dim)
        for rows in blocks:
            if len(rows):
                index.add(np.ascontiguousarray(rows, np.float32))
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Numbers in a row."""
        return int(self._index.d)

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """Find the k rows nearest to each query; see `Nearest`."""
        if not len(self) or not len(queries) or k < 1:
            return _nothing(len(queries), k)
        score, row = self._index.search(np.ascontiguousarray(queries, np.float32), k)
        score[row < 0] = -1
        return score, row

    def rows(self, start: int, stop: int) -> Floats:
        """Return some rows; see `Nearest`."""
        found = np.empty((stop - start, self.dim), np.float32)
        if len(found):
            self._index.reconstruct_n(start, len(found), found)
        return found

    def write(self, path: Path, stamp: bytes) -> None:
        """Write the index; see `Nearest`."""
        faiss.write_index(self._index, str(fresh(path)))
        seal(path, stamp)

    @classmethod
    def read(cls, path: Path, stamp: bytes) -> "VectorIndex":
        """Read a file that `write` made from the same stamp.

        Raises
        ------
        LibraryError
            If the file is missing, damaged, or was built from something else.
        """
        return cls(_read(path, stamp, 0))


class CoarseIndex:
    """Rows too many to compare them all: codes bring some hundreds, which are compared as `VectorIndex` does.

    Parameters
    ----------
    codes
        FAISS's part.
    file
        All rows at half precision; closed, it stays mapped.
    unsealed
        The name that it will have, if it has not.
    """

    def __init__(self, codes: faiss.IndexIVFPQFastScan, file: IO[bytes], unsealed: Path | None = None) -> None:
        faiss.omp_set_num_threads(1)
        self._codes = codes
        codes.nprobe = max(1, codes.nlist // _LISTS_PER_PROBE)
        self._map = mmap.mmap(file.fileno(), 2 * codes.ntotal * codes.d, access=mmap.ACCESS_READ)
        self._rows = np.frombuffer(self._map, "<f2").reshape(codes.ntotal, codes.d)
        self._unsealed = unsealed
        self._resident = 0

    @classmethod
    def build(cls, blocks: Iterable[npt.NDArray[np.floating]], dim: int, path: Path | None = None) -> "CoarseIndex":
        """Index the rows of every block.

        Parameters
        ----------
        blocks
            (n, dim) each; gone through once.
        dim
            Numbers in a row.
        path
            Where it will be written: the rows already are, beside it; into a file without a name if None.
        """
        faiss.omp_set_num_threads(1)
        with tempfile.TemporaryFile() if path is None else fresh(beside(path)).open("w+b") as file:
            count = 0
            for block in blocks:
                file.write(block.astype("<f2").tobytes())
                count += len(block)
            codes = _untrained(count, dim)
            stride = max(1, count // (codes.nlist * _TRAIN_PER_LIST))
            codes.train(np.concatenate([rows[::stride].copy() for rows in _chunks(file, dim)]))
            for rows in _chunks(file, dim):
                codes.add(rows)
            return cls(codes, file, beside(path) if path is not None else None)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def dim(self) -> int:
        """Numbers in a row."""
        return int(self._rows.shape[1])

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """Find the k rows nearest to each query, as good as all of them; see `Nearest`."""
        score, row = _nothing(len(queries), k)
        if not len(queries) or k < 1:
            return score, row
        queries = np.ascontiguousarray(queries, np.float32)
        found = np.sort(self._codes.search(queries, min(max(_COMPARED, 4 * k), len(self)))[1], axis=1)
        for n, query in enumerate(queries):
            near = found[n][found[n] >= 0]
            exact = self._rows[near].astype(np.float32) @ query
            exact[~np.isfinite(exact)] = -1  # a row that the disk has damaged
            best = np.argsort(-exact, kind="stable")[:k]
            score[n, : len(best)], row[n, : len(best)] = exact[best], near[best]
        self._touched(found.size * _AROUND_BYTES)
        return score, row

    def rows(self, start: int, stop: int) -> Floats:
        """Return some rows; see `Nearest`."""
        found = self._rows[start:stop].astype(np.float32)
        self._touched(2 * found.size + _AROUND_BYTES)
        return found

    def write(self, path: Path, stamp: bytes) -> None:
        """Write the codes, and the rows beside them; see `Nearest`."""
        faiss.write_index(self._codes, str(fresh(path)))
        if self._unsealed != beside(path):
            self._rows.tofile(fresh(beside(path)))
        seal(beside(path), stamp)
        seal(path, stamp)

    @classmethod
    def read(cls, path: Path, stamp: bytes) -> "CoarseIndex":
        """Map the files that `write` made from the same stamp.

        Raises
        ------
        LibraryError
            If one is missing, damaged, or was built from something else. Of the rows, only a sample is read.
        """
        # Old versions of FAISS cannot map; they read.
        codes, rows = _read(path, stamp, getattr(faiss, "IO_FLAG_MMAP_IFC", 0)), beside(path)
        length = check(rows, stamp, blocks=SAMPLE)
        if not isinstance(codes, faiss.IndexIVFPQFastScan) or length != 2 * codes.ntotal * codes.d:
            raise LibraryError(f"{path} and {rows} do not belong together")
        try:
            with rows.open("rb") as file:
                if hasattr(os, "posix_fadvise"):  # a hop should not wait for the disk
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)
                return cls(codes, file)
        except (OSError, ValueError) as exc:
            raise LibraryError(f"{rows} cannot be mapped ({exc})") from exc

    def _touched(self, size: int) -> None:
        """Count what was read, and now and then give the memory back: the system can keep it better than we."""
        self._resident += size
        if self._resident > _KEPT_BYTES and hasattr(mmap, "MADV_DONTNEED"):
            self._resident = 0
            self._map.madvise(mmap.MADV_DONTNEED)


def beside(path: Path) -> Path:
    """Where the rows of a coarse index lie."""
    return path.with_suffix(".f16")


def _read(path: Path, stamp: bytes, flags: int) -> faiss.Index:
    check(path, stamp)
    try:
        return faiss.read_index(str(path), flags)
    except RuntimeError as exc:
        raise LibraryError(f"{path} cannot be read ({exc})") from exc


def _nothing(queries: int, k: int) -> tuple[Floats, Ints]:
    shape = (queries, max(k, 0))
    return np.full(shape, -1, np.float32), np.full(shape, -1, np.int64)


def _untrained(count: int, dim: int) -> faiss.IndexIVFPQFastScan:
    lists = 1 << round(math.log2(math.sqrt(count)))
    numbers = next(n for n in range(min(_FOUR_BIT_NUMBERS, dim), 0, -1) if dim % n == 0)
    codes = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(dim), dim, lists, numbers, 4, faiss.METRIC_INNER_PRODUCT)
    codes.by_residual = True
    codes.cp.niter = 10
    return codes


def _chunks(file: IO[bytes], dim: int) -> Iterator[Floats]:
    """Read all rows of a file, so many at a time that memory stays small."""
    file.seek(0)
    while piece := file.read(2 * dim * _CHUNK_ROWS):
        yield np.frombuffer(piece, "<f2").reshape(-1, dim).astype(np.float32)
