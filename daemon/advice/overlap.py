"""How two records go together while both are heard: do their rhythms agree, do their tones?

Conventions
-----------
Levels are (ticks, bands) in dB, as in ``bands``. A groove is how alike the attacks of each of ``GROUPS`` ranges of
pitch are to themselves up to three seconds later; played faster, its lags are shorter. Tones are how far each pitch
class stands out of what lies around it. Agreement is a correlation, -1..1.

Source
------
Groove by autocorrelation of onset strength (Pohle et al. 2009, "onset patterns", in bands of frequency); tones are a
chroma without the slope of the spectrum, which an equaliser moves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..signal.bands import BANDS

Floats = npt.NDArray[np.float32]
Reals = npt.NDArray[np.float64]

GROUPS = 6
_FIRST_LAG, _LAST_LAG = 2, 60
"""Ticks: a tenth of a second to three."""
_MOST_DB, _LEAST_DB = 9.0, -80.0
_OCTAVE = 12
_EDGE_OCTAVES = 1
"""The lowest and highest octave carry kicks and hats, not harmony."""


def groove(level_db: Floats) -> Floats:
    """Return the groove of some seconds, (GROUPS, lags)."""
    # The loudest band stands for its range: as good as the sum, and there is no power to compute.
    loud = level_db.reshape(len(level_db), GROUPS, BANDS // GROUPS).max(axis=2).T.clip(_LEAST_DB)
    attacks = np.diff(loud, axis=1).clip(0.0, _MOST_DB)
    attacks -= attacks.mean(axis=1, keepdims=True)
    size = 1 << (attacks.shape[1] + _LAST_LAG).bit_length()
    spectrum = np.fft.rfft(attacks, size, axis=1)
    alike = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=1)[:, : _LAST_LAG + 1]
    told: Floats = (alike / (alike[:, :1] + 1e-6))[:, _FIRST_LAG:].astype(np.float32)
    return told


def tones(level_db: Floats) -> Floats:
    """Return the tones of some seconds, (12,)."""
    level = level_db.clip(_LEAST_DB).mean(axis=0)
    level = level[_EDGE_OCTAVES * _OCTAVE : BANDS - _EDGE_OCTAVES * _OCTAVE]
    around = np.convolve(np.pad(level, _OCTAVE // 2, mode="edge"), np.ones(_OCTAVE + 1) / (_OCTAVE + 1), "valid")
    told: Floats = (level - around).reshape(-1, _OCTAVE).mean(axis=0).astype(np.float32)
    return told


def grooves_agree(heard: Floats, others: Floats, ratios: Reals) -> Reals:
    """Compare a groove with others, (n, GROUPS, lags), that are played so many times as fast, (n,)."""
    lags = np.arange(_FIRST_LAG, _LAST_LAG + 1)
    # The lag in what is heard at which an attack of the other comes back.
    at = np.clip(lags / ratios[:, None] - _FIRST_LAG, 0, len(lags) - 1)
    low = np.minimum(at.astype(np.int64), len(lags) - 2)
    part = (at - low)[None]
    moved = heard[:, low] * (1 - part) + heard[:, low + 1] * part
    return _correlation(moved.transpose(1, 0, 2).reshape(len(others), -1), others.reshape(len(others), -1))


def tones_agree(heard: Floats, others: Floats, semitones: npt.NDArray[np.int64]) -> Reals:
    """Compare tones with others, (n, 12), that sound so many semitones higher than they are on file, (n,)."""
    pitch_classes = (np.arange(_OCTAVE) + semitones[:, None]) % _OCTAVE
    return _correlation(heard[pitch_classes], others)


def _correlation(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> Reals:
    """Correlate row by row, (n,); 0 where a row is flat."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    told: Reals = np.where(size > 1e-6, (a * b).sum(axis=1) / np.maximum(size, 1e-6), 0.0).astype(np.float64)
    return told
