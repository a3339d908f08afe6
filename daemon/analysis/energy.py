"""How much a track pushes, second by second, on one scale for all tracks.

Conventions
-----------
Energy is 0..1 at 1 Hz: value ``s`` stands for the second from ``s`` to ``s + 1``. The scale is fixed, never a
track's own, so that a quiet ballad stays under a peak-time tool and two tracks can be compared.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..signal.loudness import FLOOR_LUFS, lufs
from ..signal.spectrum import FPS, LOW_HZ, Spectrum

_LOUDNESS_RANGE = (-40.0, -6.0)
"""LUFS that count as nothing and as everything."""
_FLUX_RANGE = (0.0, 2.5)
"""Mean rise over all bands, dB a frame."""
_LOW_FLUX_RANGE = (0.0, 3.0)
"""The same for the kick's band."""
_DENSITY_RANGE = (0.0, 8.0)
"""Onsets a second."""
_WEIGHTS = (0.55, 0.15, 0.1, 0.2)
_SMOOTH_S = 1.5
_ATTACK_DB = 3.0


def _scaled(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.float64]:
    return np.asarray(((values - limits[0]) / (limits[1] - limits[0])).clip(0.0, 1.0))


def _per_second(values: NDArray[np.floating], seconds: int, rate: int) -> NDArray[np.float64]:
    """Return the mean of each second, (seconds,); a part second is judged by what there is of it."""
    at = np.minimum(np.arange(len(values)) // rate, seconds - 1)
    counts = np.bincount(at, minlength=seconds)
    return np.asarray(np.bincount(at, values, seconds) / np.maximum(counts, 1))


def energy_curve(step_powers: NDArray[np.float64], spectra: Spectrum, duration_s: float) -> NDArray[np.float32]:
    """Return energy at 1 Hz, (ceil(duration),), float32 in 0..1.

    Parameters
    ----------
    step_powers
        K-weighted power of each 100 ms, from ``loudness.momentary_powers``.
    spectra
        Of the same sound.
    duration_s
        Seconds.
    """
    seconds = max(1, int(np.ceil(duration_s - 1e-6)))
    if len(step_powers) == 0 or len(spectra.rise) == 0:
        return np.zeros(seconds, dtype=np.float32)
    power = _per_second(step_powers, seconds, 10)
    loudness = np.array([lufs(float(value)) for value in power])
    onset = spectra.onset()
    peaks = np.zeros(len(onset))
    peaks[1:-1] = (onset[1:-1] > _ATTACK_DB) & (onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:])
    parts = (
        _scaled(loudness, _LOUDNESS_RANGE),
        _scaled(_per_second(onset, seconds, FPS), _FLUX_RANGE),
        _scaled(_per_second(spectra.onset(0.0, LOW_HZ), seconds, FPS), _LOW_FLUX_RANGE),
        _scaled(_per_second(peaks, seconds, FPS) * FPS, _DENSITY_RANGE),
    )
    total = sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
    # The onset terms are relative to the track, so silence in a noisy file must not earn them.
    audible = _scaled(loudness, (FLOOR_LUFS + 10.0, _LOUDNESS_RANGE[0]))
    smooth = gaussian_filter1d(np.asarray(total) * audible, _SMOOTH_S, mode="nearest")
    return np.asarray(np.nan_to_num(smooth).clip(0.0, 1.0), dtype=np.float32)
