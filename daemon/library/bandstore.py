"""Levels of any moment of any track, read in pages when they are asked for.

Conventions
-----------
Rows are those of ``bands.levels``. A track that has none, or has gone since, is silence, which resembles nothing. May
be used from several threads.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import LibraryError
from ..signal.bands import BANDS, Bytes
from .catalogue import Catalogue

PAGE = 512
"""Rows that are read at once."""
PAGES = 256
"""Pages that are kept, 11 MB."""


class Source(Protocol):
    """Where pages come from; asked from one thread at a time."""

    def ticks(self, number: int) -> int:
        """Rows of a track."""

    def read(self, number: int, first: int, count: int) -> Bytes:
        """Rows of a track from one on, (count, bands)."""


class Arrays:
    """Levels that lie in memory."""

    def __init__(self, arrays: Sequence[Bytes]) -> None:
        self._arrays = arrays

    def ticks(self, number: int) -> int:
        """Rows of a track."""
        return len(self._arrays[number]) if number < len(self._arrays) else 0

    def read(self, number: int, first: int, count: int) -> Bytes:
        """Rows of a track from one on."""
        return self._arrays[number][first : first + count]


class Stored:
    """Levels in the catalogue of a library folder."""

    def __init__(self, folder: Path, ids: Sequence[str]) -> None:
        self._folder, self._ids = folder, ids
        self._catalogue: Catalogue | None = None
        self._ticks: dict[int, int] = {}

    def ticks(self, number: int) -> int:
        """Rows of a track."""
        if number not in self._ticks:
            self._ticks[number] = self._bytes(number, 0, 0)[0] // BANDS
        return self._ticks[number]

    def read(self, number: int, first: int, count: int) -> Bytes:
        """Rows of a track from one on; silence if it has gone."""
        told = self._bytes(number, first * BANDS, count * BANDS)[1]
        if len(told) != count * BANDS:
            return np.zeros((count, BANDS), np.uint8)
        return np.frombuffer(told, np.uint8).reshape(count, BANDS)

    def _bytes(self, number: int, start: int, count: int) -> tuple[int, bytes]:
        """Length of a track's levels, and some of them."""
        with contextlib.suppress(LibraryError):
            if self._catalogue is None:
                self._catalogue = Catalogue.open(self._folder)
            blob = self._catalogue.open_bands(self._ids[number])
            if blob is not None:
                with blob:
                    blob.seek(min(start, len(blob)))
                    return len(blob), blob.read(count) if count else b""
        return 0, b""


class BandStore:
    """Levels of all tracks.

    Parameters
    ----------
    source
        Where they lie.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pages: OrderedDict[tuple[int, int], Bytes] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, number: int, rows: npt.NDArray[np.intp]) -> Bytes:
        """Give rows of a track, (n, bands), in the order asked for; beyond its ends, the outermost rows."""
        with self._lock:
            ticks = self._source.ticks(number)
            if ticks == 0 or len(rows) == 0:
                return np.zeros((len(rows), BANDS), np.uint8)
            rows = rows.clip(0, ticks - 1)
            first, last = int(rows.min()) // PAGE, int(rows.max()) // PAGE
            pages = [self._page(number, page, ticks) for page in range(first, last + 1)]
        return (pages[0] if len(pages) == 1 else np.concatenate(pages))[rows - first * PAGE]

    def _page(self, number: int, page: int, ticks: int) -> Bytes:
        kept = self._pages.pop((number, page), None)
        if kept is None:
            kept = self._source.read(number, page * PAGE, min(PAGE, ticks - page * PAGE))
            if len(self._pages) >= PAGES:
                self._pages.popitem(last=False)
        self._pages[number, page] = kept
        return kept
