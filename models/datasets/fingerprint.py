"""What a recording sounds like, in 8 bytes for every tenth of a second, the same for every copy of it.

Conventions
-----------
A frame is 0.1 s. Each has a *word* of 32 bits, by which two stretches of sound are compared, and a *mark*, by which
they are found. Both come from how the energy of 33 bands between 120 and 1,950 Hz changed within 0.8 s: loudness, mild
equalising and the codec fall out of it. Where nothing changes they are 0, else never.

Source: Haitsma and Kalker, "A highly robust audio fingerprinting system", ISMIR 2002 (bits from the sign of energy
differences over band and time), at a coarser step since whole tracks are compared here; marks are our own.
"""

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ...daemon.clock import SAMPLE_RATE

STEP_S = 0.1
KIND = "print1"
"""Under this name it is cached; raised when what is here changes."""
BANDS = 33
_DECIMATION = 4
_WINDOW = 2048
_STEP = round(STEP_S * SAMPLE_RATE / _DECIMATION)
_LAG = 8
"""Frames over which change is told, and between the two halves of a mark."""
_EDGES = np.round(np.geomspace(120.0, 1950.0, BANDS + 1) * _DECIMATION / SAMPLE_RATE * _WINDOW).astype(int)
_QUIET = 1e3
"""Added to energies: less than the rounding to 16 bits leaves in silence."""
_STILL = 0.2
"""Where no two bands change by more than this apart (log energy, 0.9 dB), nothing happens."""
_FRAMES = 600


def fingerprint(sound: NDArray[np.int16]) -> NDArray[np.uint32]:
    """Return word and mark of every frame, (frames, 2); of sound under 1.3 s, (0, 2).

    Parameters
    ----------
    sound
        (n,), 16 kHz; may be a memory map, of which a minute at a time is held.
    """
    energy = np.log(_energies(sound) + _QUIET)
    if len(energy) <= 2 * _LAG:
        return np.zeros((0, 2), np.uint32)
    change = energy[_LAG:] - energy[:-_LAG]
    words = np.packbits(change[:, :-1] > change[:, 1:], axis=1, bitorder="little").view("<u4")[:, 0]
    still = np.ptp(change, axis=1) < _STILL
    half = change.argmax(1) * BANDS + change.argmin(1)
    marks = half[:-_LAG] * BANDS**2 + half[_LAG:] + 1
    marks[still[:-_LAG] | still[_LAG:]] = 0
    words = np.where(still, 0, np.maximum(words, 1))[: len(marks)]
    return np.stack([words, marks], 1).astype(np.uint32)


def _energies(sound: NDArray[np.int16]) -> NDArray[np.float32]:
    """Energy of each band, (frames, BANDS)."""
    window = np.hanning(_WINDOW).astype(np.float32)
    n = len(sound) // _DECIMATION
    found = [np.zeros((0, BANDS), np.float32)]
    for start in range(0, n - _WINDOW + 1, _STEP * _FRAMES):
        end = min(n, start + _STEP * (_FRAMES - 1) + _WINDOW)
        cut = np.asarray(sound[start * _DECIMATION : end * _DECIMATION]).reshape(-1, _DECIMATION)
        low = cut.sum(1, dtype=np.int32).astype(np.float32)
        spectrum: Any = scipy.fft.rfft(np.lib.stride_tricks.sliding_window_view(low, _WINDOW)[::_STEP] * window)
        power = spectrum.real**2 + spectrum.imag**2
        found.append(np.add.reduceat(power[:, : _EDGES[-1]], _EDGES[:-1], axis=1))
    return np.concatenate(found)
