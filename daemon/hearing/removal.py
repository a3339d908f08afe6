"""Taking a known record out of what is heard, so that the other one can be.

Conventions
-----------
Powers are of semitone bands (``bands``), a row a tick. What a record adds is its own power times a gain: that of fader,
equaliser and room, which the mixture shows where the record is loud and nothing else is. Removal turns down each part
of the spectrum by what the record adds there; it comes out ``DELAY_S`` late.

Source
------
A Wiener-like mask from an informed source (Ozerov et al., Informed source separation, 2012); the gain is a low
quantile, after minimum statistics (Martin, Noise power spectral density estimation, 2001).
"""

import numpy as np

from ..clock import SAMPLE_RATE, TICK
from ..signal.bands import BANDS, CENTRES_HZ, HANN, LEAST, OVERLAP, WINDOW, Complexes, Floats

DELAY_S = OVERLAP / SAMPLE_RATE
MEMORY = 30
"""Ticks that a gain is read from."""
QUANTILE = 0.3
"""Of the gains that these ticks show: what else is heard can only add to them."""
SMOOTH = 7
"""Bands that a gain is averaged over."""
MORE = 1.5
"""How much more than it adds is taken away: what is left of it would pass for another record."""
LEAST_LEFT = 0.0025
"""Part of the power that stays whatever is taken away."""
_LOUD = 0.3
"""Of a band's own mean power: below it, a record shows no gain."""
_ENOUGH = 4
_OCTAVE, _UPDATES = 12, 12


class Fader:
    """The gain of one record in the mixture."""

    def __init__(self) -> None:
        self._ratio = np.full((MEMORY, BANDS), np.inf, np.float32)
        self._mean: Floats | None = None
        self._ticks = 0

    def step(self, heard: Floats, record: Floats) -> Floats:
        """Advance some ticks.

        Parameters
        ----------
        heard
            Power of the mixture, (ticks, bands).
        record
            Power of the record as it was pressed, (ticks, bands).

        Returns
        -------
        What the record adds to the mixture, (ticks, bands).
        """
        for row, own in zip(heard, record, strict=True):
            self._mean = own.copy() if self._mean is None else self._mean + np.float32(0.05) * (own - self._mean)
            shows = (own > _LOUD * self._mean) & (own > 100 * LEAST)
            gain = np.log(row + LEAST) - np.log(own + LEAST)
            self._ratio[self._ticks % MEMORY] = np.where(shows, gain, np.inf)
            self._ticks += 1
        return record * self._gain()

    def _gain(self) -> Floats:
        ordered = np.sort(self._ratio, axis=0)
        shown = np.isfinite(ordered).sum(axis=0)
        gain = ordered[(shown * QUANTILE).astype(int).clip(0, MEMORY - 1), np.arange(BANDS)]
        known = shown >= _ENOUGH
        if not known.any():
            return np.zeros(BANDS, np.float32)
        gain = np.where(known, gain, np.median(gain[known]))
        gain = np.convolve(np.pad(gain, SMOOTH // 2, "edge"), np.ones(SMOOTH) / SMOOTH, "valid")
        return np.exp(gain).astype(np.float32)


def gains(heard: Floats, records: Floats) -> Floats:
    """Return how far each fader is up, band by band, where the records together are what is heard.

    Parameters
    ----------
    heard
        Power of the mixture, (ticks, bands).
    records
        Power of each record as it was pressed, (records, ticks, bands).

    Returns
    -------
    In amplitude, (records, bands); the same within each octave.

    Source
    ------
    Multiplicative updates for the Kullback-Leibler divergence (Lee and Seung, 2001), with the records as known parts.
    """
    octaves = BANDS // _OCTAVE
    ticks = len(heard)
    wanted = np.sqrt(heard).reshape(ticks, octaves, _OCTAVE)
    parts = np.sqrt(records).reshape(len(records), ticks, octaves, _OCTAVE)
    whole = parts.sum(axis=(1, 3)) + 1e-9
    gain = np.tile(wanted.sum(axis=(0, 2)) / whole.sum(axis=0), (len(records), 1))
    for _ in range(_UPDATES):
        explained = (gain[:, None, :, None] * parts).sum(axis=0) + 1e-9
        gain = gain * (parts * (wanted / explained)).sum(axis=(1, 3)) / whole
    return np.repeat(gain, _OCTAVE, axis=1).astype(np.float32)


def left(heard: Floats, added: Floats) -> Floats:
    """Return the part of the power that is left without a record, 0..1, (ticks, bands)."""
    return np.clip(1 - np.float32(MORE) * added / np.maximum(heard, LEAST), np.float32(LEAST_LEFT), None)


class Removal:
    """Sound without a record, by overlap-add."""

    def __init__(self) -> None:
        self._sum = np.zeros(OVERLAP, np.float32)
        self._weight = np.zeros(OVERLAP, np.float32)

    def step(self, spectrum: Complexes, share: Floats) -> Floats:
        """Advance some ticks.

        Parameters
        ----------
        spectrum
            Of the mixture, (ticks, bins).
        share
            Part of the power that is to be left, (ticks, bands).

        Returns
        -------
        Sound, (ticks * TICK,), ``DELAY_S`` late.
        """
        mask = np.sqrt(share)
        frames = np.fft.irfft(spectrum * (mask[:, _LOWER] * (1 - _SHARE) + mask[:, _LOWER + 1] * _SHARE), axis=1)
        size = len(spectrum) * TICK
        total = np.concatenate([self._sum, np.zeros(size, np.float32)])
        weight = np.concatenate([self._weight, np.zeros(size, np.float32)])
        for row, frame in enumerate(frames.astype(np.float32)):
            at = slice(row * TICK, row * TICK + WINDOW)
            total[at] += frame * _SHAPE
            weight[at] += _SHAPE * HANN
        self._sum, self._weight = total[size:], weight[size:]
        sound: Floats = total[:size] / np.maximum(weight[:size], np.float32(1e-6))
        return sound


_SHAPE: Floats = HANN * np.float32(WINDOW / 2)
_PLACE = np.log2(np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE).clip(1.0) / CENTRES_HZ[0]) * 12
_LOWER = np.floor(_PLACE).astype(int).clip(0, BANDS - 2)
_SHARE: Floats = (_PLACE - _LOWER).clip(0.0, 1.0).astype(np.float32)
