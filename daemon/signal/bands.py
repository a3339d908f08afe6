"""Levels in semitone bands, twenty times a second: what a record looks like, small enough to keep for all of it.

Conventions
-----------
Sound is mono float32 at 16 kHz. Row r belongs to the window of 128 ms that ends with tick r, so its middle lies 64 ms
before ``(r + 1) * TICK_S``. Bands are a semitone apart, so that a record played faster without key-lock is the same
picture, moved along the bands by ``12 * log2(rate)``. A stored level is one byte: half decibels above -110 dB.
"""

import numpy as np
import numpy.typing as npt

from ..clock import SAMPLE_RATE, TICK

Floats = npt.NDArray[np.float32]
Complexes = npt.NDArray[np.complex64]
Bytes = npt.NDArray[np.uint8]

WINDOW = 2048
TICK_S = TICK / SAMPLE_RATE
CENTRE_S = WINDOW / 2 / SAMPLE_RATE
"""From the middle of a window to its end."""
OVERLAP = WINDOW - TICK
"""Samples that a window shares with the next tick's."""
HANN: Floats = (np.hanning(WINDOW + 1)[:-1] * (2 / WINDOW)).astype(np.float32)
CENTRES_HZ = 60.0 * 2.0 ** (np.arange(84) / 12.0)
BANDS = len(CENTRES_HZ)
LEAST = np.float32(1e-11)
"""Power of the lowest level that is stored."""
NEPERS = np.float32(np.log(10.0) / 20.0)
"""Natural logarithm of power in a stored level's step."""
_STEPS_PER_DB = 2
_FLOOR_DB = 110
_CHUNK = 2000


def _bank() -> Floats:
    """Triangles a semitone wide to either side, none narrower than a bin, (bins, bands)."""
    hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    step, semitone = SAMPLE_RATE / WINDOW * 1.01, 2.0 ** (1 / 12)
    left = np.minimum(CENTRES_HZ / semitone, CENTRES_HZ - step)
    right = np.maximum(CENTRES_HZ * semitone, CENTRES_HZ + step)
    rising = (hertz[:, None] - left) / (CENTRES_HZ - left)
    falling = (right - hertz[:, None]) / (right - CENTRES_HZ)
    weights = np.minimum(rising, falling).clip(0.0)
    bank: Floats = (weights / weights.sum(axis=0)).astype(np.float32)
    return bank


_BANK = _bank()


def powers(spectrum: Complexes) -> Floats:
    """Mean power of each band, (n, bands), of spectra (n, bins)."""
    bins: Floats = spectrum.real**2 + spectrum.imag**2
    return bins @ _BANK


def levels(mono: Floats) -> Bytes:
    """Levels of a whole recording to store, (ticks, bands), every whole tick a row."""
    ticks = len(mono) // TICK
    padded = np.concatenate([np.zeros(OVERLAP, np.float32), mono[: ticks * TICK]])
    rows = np.empty((ticks, BANDS), np.uint8)
    for start in range(0, ticks, _CHUNK):
        stop = min(start + _CHUNK, ticks)
        power = powers(_spectra(padded[start * TICK : stop * TICK + OVERLAP]))
        level = np.round((10.0 * np.log10(power + LEAST) + _FLOOR_DB) * _STEPS_PER_DB)
        rows[start:stop] = np.clip(level, 0, 255)
    return rows


class Bands:
    """The same of a stream, with the spectra that the levels were read from."""

    def __init__(self) -> None:
        self._tail = np.zeros(OVERLAP, np.float32)

    def step(self, samples: Floats) -> tuple[Complexes, Floats]:
        """Advance by whole ticks.

        Parameters
        ----------
        samples
            (n * TICK,).

        Returns
        -------
        spectrum, power
            (n, bins) and (n, bands), a row a tick.
        """
        sound = np.concatenate([self._tail, samples])
        self._tail = sound[-OVERLAP:].copy()
        spectrum = _spectra(sound)
        return spectrum, powers(spectrum)


def shifted(rows: Floats, semitones: float) -> Floats:
    """Move rows of bands up by a pitch; the outermost bands repeat."""
    if abs(semitones) < 0.02:
        return rows
    whole = int(np.floor(-semitones))
    share = np.float32(-semitones - whole)
    at = np.arange(BANDS) + whole
    return rows[:, at.clip(0, BANDS - 1)] * (1 - share) + rows[:, (at + 1).clip(0, BANDS - 1)] * share


def _spectra(sound: Floats) -> Complexes:
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::TICK]
    return np.fft.rfft(frames * HANN, axis=1).astype(np.complex64)
