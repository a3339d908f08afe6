"""Where in a whole library something sounds like what is heard: one picture laid on every place of every record.

What is left of two seconds beside a louder record tells a model little, but a picture of it much: the bands that the
other record leaves free agree with one place of one record long before a hop's embedding does (decision 022).

Conventions
-----------
Pictures are those of ``likeness``, two ticks taken as one: a place is found to within ``STRIDE_S``. Of a picture's
bands only the ``KEPT`` directions are kept in which the library's pictures differ most. Speeds are not tried, since two
seconds at a few per cent off still agree; pitches are, a semitone to either side.

Source
------
A matched filter by overlap-save (Oppenheim and Schafer, Discrete-Time Signal Processing).
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from scipy import fft

from ..library.snapshot import Snapshot
from ..signal.bands import BANDS, NEPERS, TICK_S, Floats
from .likeness import Picture, picture

STRIDE_S = 2 * TICK_S
LOOK = 20
"""Strides that are compared."""
LARGE = 300_000
"""Hops of a library from which a hop is too short for all that a smaller one is asked."""
KEPT = 32
"""Directions of a picture that are compared: they hold .8 of what differs."""
_BLOCK = 256
_STEP = _BLOCK - LOOK + 1
_SAMPLE = 7
_APART, _OF_EACH = 10, 2


class Survey:
    """The pictures of all records, ready to be compared; 25 MB for five hours of music.

    Parameters
    ----------
    snapshot
        The library.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        drawn = [drawn_whole(snapshot, track.number, track.duration_s) for track in snapshot.tracks]
        self._starts = np.concatenate([[0], np.cumsum([len(each) for each in drawn])]).astype(np.intp)
        rows = np.concatenate([*drawn, np.zeros((0, BANDS), np.float32)])
        del drawn
        self._directions = _directions(rows[::_SAMPLE])
        rows = rows @ self._directions
        self._places = max(len(rows) - LOOK + 1, 0)
        square = np.concatenate([[0.0], np.cumsum((rows * rows).sum(axis=1, dtype=np.float64))])
        scale = 1 / np.sqrt(square[LOOK:] - square[:-LOOK] + 1e-3)
        for start in self._starts[1:-1]:  # what begins in one record and ends in the next is no place
            scale[max(0, start - LOOK + 1) : start] = 0.0
        self._scale: Floats = scale.astype(np.float32)
        blocks = max(1, -(-self._places // _STEP))
        padded = np.zeros((blocks * _STEP + LOOK, KEPT), np.float32)
        padded[: len(rows)] = rows
        cut = np.lib.stride_tricks.sliding_window_view(padded, _BLOCK, axis=0)[::_STEP]
        self._spectra = np.ascontiguousarray(fft.rfft(cut, axis=2).transpose(2, 0, 1))  # (frequencies, blocks, KEPT)

    def places(self, heard: Picture, count: int, known: Collection[int]) -> list[tuple[int, float]]:
        """Return where the library looks most like what is left of the last seconds.

        Parameters
        ----------
        heard
            What is left.
        count
            How many places are wanted.
        known
            Numbers of records that are not looked for.

        Returns
        -------
        Numbers of tracks and positions in them, s, best first; of each track the best two at most.
        """
        if not self._places:
            return []
        wanted = paired((heard.weight * heard.drawn)[-2 * LOOK :])
        pitches = np.stack([moved(wanted, by) @ self._directions for by in (-1, 0, 1)])  # (pitches, LOOK, KEPT)
        filters = fft.rfft(pitches, _BLOCK, axis=1).conj().transpose(1, 2, 0)
        products = np.ascontiguousarray((self._spectra @ filters).transpose(1, 2, 0))
        agreement: Floats = fft.irfft(products, axis=2)[:, :, :_STEP].max(axis=1).ravel()[: self._places] * self._scale
        for number in known:
            agreement[self._starts[number] : self._starts[number + 1]] = 0.0
        found: list[tuple[int, float]] = []
        while len(found) < count:
            best = int(agreement.argmax())
            if agreement[best] <= 0:
                break
            number = int(np.searchsorted(self._starts, best, side="right")) - 1
            found.append((number, float(best - self._starts[number] + LOOK) * STRIDE_S))
            agreement[max(0, best - _APART) : best + _APART + 1] = 0.0
            if sum(each == number for each, _ in found) == _OF_EACH:
                agreement[self._starts[number] : self._starts[number + 1]] = 0.0
        return found


def drawn_whole(snapshot: Snapshot, number: int, duration_s: float) -> Floats:
    """Picture of a whole track, (strides, bands)."""
    rows = snapshot.bands(number, np.arange(2 * int(duration_s / STRIDE_S))).astype(np.float32)
    return picture(paired(rows) * NEPERS, STRIDE_S)


def paired(rows: npt.NDArray[np.float32]) -> Floats:
    """Mean of every two rows."""
    mean: Floats = (rows[::2] + rows[1::2]) * np.float32(0.5)
    return mean


def _directions(rows: Floats) -> Floats:
    """Return the directions, (bands, KEPT), in which pictures differ most."""
    vectors = np.linalg.eigh(rows.T @ rows)[1]
    return np.ascontiguousarray(vectors[:, ::-1][:, :KEPT])


def moved(rows: Floats, by: int) -> Floats:
    """Move pictures some bands down, or up."""
    moved = np.zeros_like(rows)
    kept = rows.shape[1] - abs(by)
    moved[:, max(by, 0) :][:, :kept] = rows[:, max(-by, 0) :][:, :kept]
    return moved
