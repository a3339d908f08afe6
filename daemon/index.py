"""Nearest neighbours: the two FAISS indexes of a library, and their files.

Conventions
-----------
Vectors have unit length and are compared by inner product. A row's id is ``number << 20 | place``, where number is the
track's number and place its hop (ident) or its row among the track's cue-ins (entry). Searches may run in several
threads; an index is never changed once built. A file is FAISS's own followed by a footer (length, CRC-32, stamp), so
that a torn or damaged one is known before FAISS reads it.

Source: faiss (Johnson, Douze, Jégou, arXiv:1702.08734). Below `EXACT_LIMIT` vectors every one is compared, at half
precision. Above, an inverted file of about sqrt(n) lists with 8-bit codes is searched in one list of sixteen.
"""

import math
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import faiss
import numpy as np
import numpy.typing as npt

from .errors import LibraryError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

EXACT_LIMIT = 300_000
PLACE_BITS = 20
_PLACE_MASK = (1 << PLACE_BITS) - 1
_FOOTER = struct.Struct("<8sQI32s")
_MAGIC = b"SEGUEIX1"
_LISTS_PER_PROBE = 16
_TRAIN_PER_LIST = 40
_CHUNK = 1 << 20


class VectorIndex:
    """Vectors of one width, each with the track and the place that it belongs to."""

    def __init__(self, index: faiss.Index) -> None:
        # FAISS would otherwise start a thread per core for each search, beside a deck that needs them.
        faiss.omp_set_num_threads(1)
        self._index = index

    @classmethod
    def build(cls, blocks: Iterable[tuple[int, Floats]], dim: int, total: int, *, exact: bool = False) -> "VectorIndex":
        """Index the rows of every block.

        Parameters
        ----------
        blocks
            Track number and its rows, (n, dim), in order; read twice if not exact, so then no iterator.
        dim
            Numbers in a vector; 0 for an index of nothing.
        total
            Rows in all blocks together.
        exact
            Compare at full precision, whatever the size.
        """
        faiss.omp_set_num_threads(1)
        dim, metric = max(1, dim), faiss.METRIC_INNER_PRODUCT
        index: faiss.Index
        if exact:
            index = faiss.IndexIDMap(faiss.IndexFlatIP(dim))
        elif total <= EXACT_LIMIT:
            index = faiss.IndexIDMap(faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, metric))
        else:
            index = _train(blocks, dim, total)
        for number, rows in blocks:
            if len(rows):
                ids = (np.int64(number) << PLACE_BITS) | np.arange(len(rows), dtype=np.int64)
                index.add_with_ids(np.ascontiguousarray(rows, np.float32), ids)
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return int(self._index.d)

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints, Ints]:
        """Find the k rows nearest to each query, best first.

        Returns
        -------
        score, number, place
            (q, k) each; where fewer than k rows were found, score is -1 and number and place are -1.
        """
        queries = np.ascontiguousarray(queries, np.float32)
        if not len(self) or not len(queries) or k < 1:
            shape = (len(queries), max(k, 0))
            return np.full(shape, -1, np.float32), np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
        score, ids = self._index.search(queries, k)
        missing = ids < 0
        number, place = ids >> PLACE_BITS, ids & _PLACE_MASK
        if missing.any():
            score[missing], number[missing], place[missing] = -1, -1, -1
        return score, number, place

    def write(self, path: Path, stamp: bytes) -> None:
        """Write a new file beside the old one, then put it in its place.

        Parameters
        ----------
        stamp
            32 bytes that tell what the index was built from.
        """
        new = path.with_name(path.name + ".new")
        faiss.write_index(self._index, str(new))
        with new.open("r+b") as file:
            size, crc = _checksum(file, os.fstat(file.fileno()).st_size)
            file.seek(size)
            file.write(_FOOTER.pack(_MAGIC, size, crc, stamp))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    @classmethod
    def read(cls, path: Path, stamp: bytes) -> "VectorIndex":
        """Read a file that `write` made from the same stamp.

        Raises
        ------
        LibraryError
            If the file is missing, damaged, or was built from something else.
        """
        try:
            with path.open("rb") as file:
                size, crc = _footer(file, path, stamp)
                file.seek(0)
                if _checksum(file, size)[1] != crc:
                    raise LibraryError(f"{path} is damaged")
            return cls(faiss.read_index(str(path)))
        except (OSError, RuntimeError) as exc:
            raise LibraryError(f"{path} cannot be read ({exc})") from exc

    @staticmethod
    def written_from(path: Path, stamp: bytes) -> bool:
        """Tell whether a file is whole in length and was built from a stamp, without reading its vectors."""
        try:
            with path.open("rb") as file:
                _footer(file, path, stamp)
        except (OSError, LibraryError):
            return False
        return True


def _footer(file: BinaryIO, path: Path, stamp: bytes) -> tuple[int, int]:
    """Length and CRC-32 that a file's footer promises."""
    size = os.fstat(file.fileno()).st_size - _FOOTER.size
    file.seek(max(0, size))
    footer = file.read(_FOOTER.size)
    if size < 0 or footer[: len(_MAGIC)] != _MAGIC:
        raise LibraryError(f"{path} is cut short")
    _, length, crc, found = _FOOTER.unpack(footer)
    if length != size:
        raise LibraryError(f"{path} is {size} bytes long, wanted {length}")
    if found != stamp:
        raise LibraryError(f"{path} was built from another catalogue")
    return length, crc


def _train(blocks: Iterable[tuple[int, Floats]], dim: int, total: int) -> faiss.IndexIVFScalarQuantizer:
    """Make an empty inverted file whose lists fit a sample of the rows."""
    lists = 1 << round(math.log2(math.sqrt(total)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim), dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter = 10
    index.nprobe = max(1, lists // _LISTS_PER_PROBE)
    stride = max(1, total // (lists * _TRAIN_PER_LIST))
    index.train(np.concatenate([rows[number % stride :: stride] for number, rows in blocks]))
    return index


def _checksum(file: BinaryIO, size: int) -> tuple[int, int]:
    """Length and CRC-32 of a file's first bytes, read in pieces so that memory stays small."""
    crc, left = 0, size
    while left > 0 and (piece := file.read(min(_CHUNK, left))):
        crc = zlib.crc32(piece, crc)
        left -= len(piece)
    return size - left, crc
