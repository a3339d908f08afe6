"""The spectra that everything offline is read from: one short transform for attacks, one long one for pitch.

Conventions
-----------
Sound is mono at 16 kHz, (frames,) float32. Frame ``i`` of ``Spectrum`` is centred on ``i / FPS`` seconds, frame ``i``
of ``chroma`` on ``i / CHROMA_FPS``. Levels are decibels below the track's own loud parts, floored, so that a quiet
master and a loud one give the same onsets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import get_window

from ..clock import SAMPLE_RATE

FPS = 100
"""Short frames per second."""
CHROMA_FPS = 10
"""Long frames per second."""
_HOP = SAMPLE_RATE // FPS
_WINDOW = 512
_CHROMA_HOP = SAMPLE_RATE // CHROMA_FPS
_CHROMA_WINDOW = 4096
_TUNING_FRAMES = 400
"""About how many long frames the tuning is read from."""
_FLOOR_DB = -60.0
_LAG = 2
"""Frames between the two levels whose difference is a rise: a 32 ms window needs 20 ms to see an attack whole."""
_CHUNK = 2048
_BANDS = 36
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 7600.0
LOW_HZ, MID_HZ = 180.0, 2500.0
"""Upper edges of the low and the middle band, Hz."""

Frames = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What the short transform gives, FPS frames a second."""

    level_db: Frames
    """Mel levels, (frames, bands), -60..about 10 dB against the track's loud parts."""
    rise: Frames
    """Half-wave rectified rise of level since two frames ago, (frames, bands), dB."""
    centre_hz: NDArray[np.float64]
    """Centre of each band, (bands,)."""

    def onset(self, low_hz: float = 0.0, high_hz: float = 1e9) -> Frames:
        """Return the mean rise over the bands from ``low_hz`` to ``high_hz``, (frames,), dB."""
        chosen = (self.centre_hz >= low_hz) & (self.centre_hz < high_hz)
        return np.asarray(self.rise[:, chosen].mean(axis=1), dtype=np.float32)


def filterbank(bins: int, bands: int = _BANDS) -> tuple[Frames, NDArray[np.float64]]:
    """Return triangles evenly spaced in mel, (bins, bands), none narrower than two bins, and their centres in Hz."""
    mel = np.linspace(1127.0 * np.log1p(_LOWEST_HZ / 700.0), 1127.0 * np.log1p(_HIGHEST_HZ / 700.0), bands + 2)
    edges = 700.0 * np.expm1(mel / 1127.0)
    centres, step = edges[1:-1], SAMPLE_RATE / 2 / (bins - 1)
    left, right = np.minimum(edges[:-2], centres - step), np.maximum(edges[2:], centres + step)
    hz = np.arange(bins)[:, None] * step
    weights = np.minimum((hz - left) / (centres - left), (right - hz) / (right - centres)).clip(0.0)
    weights[0] = 0.0
    return (weights / weights.sum(axis=0).clip(1e-9)).astype(np.float32), centres


def _framed(mono: Frames, window: int, hop: int) -> Frames:
    """Return windows centred on multiples of ``hop``, as a view of one padded copy, (frames, window)."""
    padded = np.pad(mono, window // 2)
    frames = len(mono) // hop + 1
    padded = np.pad(padded, (0, max(0, (frames - 1) * hop + window - len(padded))))
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][:frames]


def spectrum(mono: Frames) -> Spectrum:
    """Analyse ``mono`` at FPS frames a second."""
    windows = _framed(mono, _WINDOW, _HOP)
    shape = get_window("hann", _WINDOW).astype(np.float32)
    bank, centres = filterbank(_WINDOW // 2 + 1)
    power = np.empty((len(windows), len(centres)), dtype=np.float32)
    for start in range(0, len(windows), _CHUNK):
        bins = rfft(windows[start : start + _CHUNK] * shape, axis=1)
        power[start : start + _CHUNK] = (bins.real**2 + bins.imag**2) @ bank
    # The reference is the loud part of the loudest bands: one click in an hour of silence must not set it.
    reference = float(np.percentile(power.max(axis=1), 95)) if len(power) else 0.0
    reference = max(reference, 1e-3 * float(power.max(initial=0.0)), 1e-9)
    level = 10.0 * np.log10(power / reference + 10.0 ** (_FLOOR_DB / 10.0))
    rise = np.zeros_like(level)
    rise[_LAG:] = np.maximum(level[_LAG:] - level[:-_LAG], 0.0)
    return Spectrum(level, rise, centres)


def _pitch_map(tuning: float) -> Frames:
    """Return how much each bin of the long transform counts for each pitch class, (bins, 12); tuning in semitones."""
    hz = np.arange(1, _CHROMA_WINDOW // 2 + 1) * (SAMPLE_RATE / _CHROMA_WINDOW)
    note = 69.0 + 12.0 * np.log2(hz / 440.0) - tuning
    distance = (note[:, None] - np.arange(12) + 6.0) % 12.0 - 6.0
    # Bins are wider than a semitone below 130 Hz; fade the bass out instead of smearing it over its neighbours.
    presence = np.exp(-0.5 * ((note - 66.0) / 12.0) ** 2) * (hz > 80.0)
    weights = np.exp(-0.5 * (distance / 0.22) ** 2) * presence[:, None]
    return np.vstack([np.zeros((1, 12)), weights]).astype(np.float32)


def _peaks(windows: Frames) -> tuple[Frames, Frames]:
    """Return magnitudes of the long transform and the same with all but local maxima at 0, (frames, bins) each."""
    shape = get_window("hann", _CHROMA_WINDOW).astype(np.float32)
    magnitude = np.abs(rfft(windows * shape, axis=1))
    peaks = np.zeros_like(magnitude)
    middle = magnitude[:, 1:-1]
    # A drum's broad spectrum has few maxima that stand out, a tone is one.
    peaks[:, 1:-1] = np.where((middle > magnitude[:, :-2]) & (middle >= magnitude[:, 2:]), middle, 0.0)
    return magnitude, peaks


def chroma(mono: Frames) -> Frames:
    """Return pitch-class strengths, C first, at CHROMA_FPS frames a second, (frames, 12).

    The tuning of the whole track is found first (a turntable at +3 % is half a semitone sharp), from where the
    spectral peaks lie between the notes.
    """
    windows = _framed(mono, _CHROMA_WINDOW, _CHROMA_HOP)
    sample = windows[:: max(1, len(windows) // _TUNING_FRAMES)]
    pitch_map = _pitch_map(_tuning(*_peaks(sample)))
    strengths = np.empty((len(windows), 12), dtype=np.float32)
    for start in range(0, len(windows), 256):
        strengths[start : start + 256] = np.sqrt(_peaks(windows[start : start + 256])[1]) @ pitch_map
    return strengths


def _tuning(magnitude: Frames, peaks: Frames) -> float:
    """Return how far the music lies above A = 440 Hz, -0.5..0.5 semitones, from interpolated spectral peaks."""
    low, high = round(200.0 * _CHROMA_WINDOW / SAMPLE_RATE), round(2000.0 * _CHROMA_WINDOW / SAMPLE_RATE)
    band = peaks[:, low:high]
    if band.size == 0 or band.max() <= 1e-6:
        return 0.0
    row, column = np.nonzero(band > 0.1 * band.max())
    if len(row) < 8:
        return 0.0
    column = column + low
    left, here, right = (np.log(magnitude[row, column + k] + 1e-12) for k in (-1, 0, 1))
    shift = 0.5 * (left - right) / np.minimum(left - 2.0 * here + right, -1e-6)
    note = 12.0 * np.log2((column + shift) * (SAMPLE_RATE / _CHROMA_WINDOW) / 440.0)
    mean = np.sum(magnitude[row, column] * np.exp(2j * np.pi * note))
    return float(np.angle(mean) / (2.0 * np.pi))
