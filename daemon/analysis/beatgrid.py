"""Beats of a whole track: one exact grid where the tempo is steady, followed beat by beat where it is not.

Conventions
-----------
Times are seconds; envelopes are (frames,) at ``spectrum.FPS``. A beat lies on the attack, which is where an editor
would put the marker: the constant ``_ATTACK_S`` takes out what the analysis window adds, and the tests hold it.

Source
------
Autocorrelation with a log-normal prior and dynamic programming after Ellis 2007 ("Beat tracking by dynamic
programming"); the grid is fitted as Mixxx and the makers of DJ tools do, since most music for mixing is clocked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from ..signal.spectrum import FPS, LOW_HZ, MID_HZ, Spectrum

LOWEST_BPM, HIGHEST_BPM = 68.0, 190.0
_PRIOR_BPM, _PRIOR_OCTAVES = 125.0, 1.2
_LAG_WEIGHTS = {1: 1.0, 2: 1.0, 4: 1.0, 8: 0.25}
_ATTACK_S = 0.0
_LOOSE_FRAMES = 2.0
"""How far an attack may be off its beat and still speak for the tempo, frames."""
_TIGHTNESS = 100.0
_LEAST_STRENGTH = 0.08
_STEADY, _STEADY_CLOCKED = 0.6, 0.25
"""Share of the music that keeps to one grid, and what is enough where the tempo is a whole number all by itself."""
_SHORTEST_S = 4.0
_SNAP_BPM, _SNAP_DRIFT_S = 0.05, 0.012
_LOCAL_S = 4
_RIVALS = (2 / 3, 3 / 2, 3 / 4, 4 / 3, 1 / 2, 2.0)
"""Ratios of tempo that a bar's inner rhythm makes plausible."""
_RIVAL_SHARE = 0.65
"""Of the best tempo's periodicity, what another one needs to be asked about."""
_RIVAL_NATS = 3.0
"""What all of the periodicity is worth against the votes."""
Envelope = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Where the beats are."""

    beats_s: NDArray[np.float64]
    """Seconds, (n,), rising; empty where there is no beat."""
    tempo_bpm: float
    """Beats per minute, 0 where there is none."""
    confidence: float
    """0..1."""
    steady: bool
    """One exact grid (else followed by dynamic programming)."""


Votes = Callable[[Sequence[float]], NDArray[np.float64]]
"""Tells how likely each of some tempi is, nats."""
NO_BEAT = BeatGrid(np.zeros(0), 0.0, 0.0, False)


def onset_envelopes(spectra: Spectrum) -> tuple[Envelope, Envelope, Envelope]:
    """Return the onset strength of the low, middle and high band, each above its surroundings and in unit scale."""
    bands = []
    for low_hz, high_hz in ((0.0, LOW_HZ), (LOW_HZ, MID_HZ), (MID_HZ, 1e9)):
        onset = spectra.onset(low_hz, high_hz).astype(np.float64)
        above = np.maximum(onset - uniform_filter1d(onset, FPS), 0.0)
        bands.append(above / (above.std() + 1e-2))
    return bands[0], bands[1], bands[2]


def autocorrelation(envelope: Envelope, lags: int) -> Envelope:
    """Return the autocorrelation over lags 0..lags-1 frames, 1 at lag 0, made up for the overlap."""
    centred = envelope - envelope.mean()
    size = next_fast_len(len(centred) + lags, real=True)
    power = np.abs(rfft(centred, size)) ** 2
    result = irfft(power, size)[:lags]
    overlap = np.maximum(1.0 - np.arange(lags) / len(centred), 0.25)
    return np.asarray(result / overlap / max(float(result[0]), 1e-9), dtype=np.float64)


def tempo_curve(envelope: Envelope) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return tempi, the periodicity at each (correlation, 1 is perfect) and the same weighed by the prior."""
    tempi = np.exp(np.arange(np.log(LOWEST_BPM), np.log(HIGHEST_BPM), 0.001))
    period = 60.0 * FPS / tempi
    lags = int(period[0] * max(_LAG_WEIGHTS)) + 2
    # A loud part and a quiet one would correlate at every lag: only what varies within a few seconds may speak.
    smooth = gaussian_filter1d(envelope, _LOOSE_FRAMES)
    correlation = autocorrelation(smooth - uniform_filter1d(smooth, _LOCAL_S * FPS), lags)
    strength = sum(
        weight * np.interp(period * times, np.arange(lags), correlation) for times, weight in _LAG_WEIGHTS.items()
    ) / sum(_LAG_WEIGHTS.values())
    prior = np.exp(-0.5 * (np.log2(tempi / _PRIOR_BPM) / _PRIOR_OCTAVES) ** 2)
    return tempi, np.asarray(strength), np.asarray(strength * prior)


def choose_tempo(tempi: NDArray[np.float64], weighed: NDArray[np.float64], votes: Votes | None) -> int:
    """Return the index of the tempo; VOTES are asked only where a related tempo is nearly as periodic as the best."""
    best = int(np.argmax(weighed))
    options = [best]
    for ratio in _RIVALS:
        near = np.flatnonzero(np.abs(np.log(tempi / (tempi[best] * ratio))) < 0.015)
        if len(near) and weighed[near].max() > _RIVAL_SHARE * weighed[best]:
            options.append(int(near[np.argmax(weighed[near])]))
    if votes is None or len(options) == 1:
        return best
    return options[int(np.argmax(votes(tempi[options].tolist()) + _RIVAL_NATS * np.log(weighed[options])))]


def refine_tempo(envelope: Envelope, bpm: float) -> float:
    """Sharpen a tempo that is right to about 2 % by the harmonics of the whole envelope's spectrum."""
    size = next_fast_len(max(4 * len(envelope), 1 << 16), real=True)
    magnitude = np.abs(rfft(envelope - envelope.mean(), size))
    resolution = FPS / size
    beat_hz = np.arange(0.975, 1.025, 0.02 / len(envelope) * FPS / (bpm / 60.0) + 1e-6) * bpm / 60.0
    total = np.zeros(len(beat_hz))
    for harmonic in (1, 2, 3, 4, 6, 8):
        at = beat_hz * harmonic / resolution
        if at[-1] < len(magnitude) - 1:
            total += np.interp(at, np.arange(len(magnitude)), magnitude)
    return float(beat_hz[int(np.argmax(total))] * 60.0)


def fold(envelope: Envelope, period: float, bins: int = 96) -> NDArray[np.float64]:
    """Return the mean envelope over one period (in frames), (bins,), lightly smoothed over its circle."""
    phase = np.arange(len(envelope)) / period % 1.0
    at = (phase * bins).astype(np.int64)
    profile = np.bincount(at, envelope, bins) / np.maximum(np.bincount(at, minlength=bins), 1)
    return np.asarray(gaussian_filter1d(profile, 0.015 * FPS / period * bins, mode="wrap"))


def fit_line(envelope: Envelope, start: float, period: float) -> tuple[float, float]:
    """Fit ``start + n * period`` (frames) to the attacks nearest the grid by least squares, ever closer."""
    for reach in (0.06, 0.04, 0.03, 0.02):
        first = int(np.ceil((3.0 - start) / period))
        beats = np.arange(first, int((len(envelope) - 6 - start) / period) + 1)
        if len(beats) < 8:
            return start, period
        expected = start + beats * period
        window = np.arange(-int(reach * FPS), int(reach * FPS) + 1)
        nearest = np.clip(np.round(expected).astype(np.int64)[:, None] + window, 1, len(envelope) - 2)
        best = nearest[np.arange(len(beats)), np.argmax(envelope[nearest], axis=1)]
        left, here, right = envelope[best - 1], envelope[best], envelope[best + 1]
        curve = left - 2.0 * here + right
        shift = np.where(curve < -1e-9, 0.5 * (left - right) / np.minimum(curve, -1e-9), 0.0).clip(-0.5, 0.5)
        weight = here**2 * np.exp(-0.5 * ((best + shift - expected) / (0.5 * reach * FPS)) ** 2)
        total = weight.sum()
        if total <= 1e-9:
            return start, period
        n, t = beats - (weight @ beats) / total, best + shift
        slope = float((weight * n) @ t / max(float((weight * n) @ n), 1e-9))
        centre = float(weight @ t / total)
        start, period = centre - slope * float(weight @ beats / total), slope
    return start, period


def snap_tempo(start: float, period: float, frames: int) -> tuple[float, float]:
    """Take a tempo that is all but a whole number for that number, turning the grid about its middle beat.

    Studios clock whole tempi; what the fit leaves over is the softness of some attacks.
    """
    whole = 60.0 * FPS / round(60.0 * FPS / period)
    drift_s = abs(whole / period - 1.0) * frames / FPS
    if abs(60.0 * FPS / period - 60.0 * FPS / whole) > _SNAP_BPM or drift_s > _SNAP_DRIFT_S:
        return start, period
    middle = round((0.5 * frames - start) / period)
    return start + middle * (period - whole), whole


def steadiness(envelope: Envelope, start: float, period: float) -> float:
    """Return the share of the music, 0..1, whose attacks keep to the grid, judged in windows of 16 beats."""
    bins, width = 24, max(1, round(16 * period))
    held = total = 0.0
    for first in range(0, max(1, len(envelope) - width // 2), width):
        piece = envelope[first : first + width]
        phase = ((np.arange(first, first + len(piece)) - start) / period + 1.5 / bins) % 1.0
        profile = np.bincount((phase * bins).astype(np.int64), piece, bins)
        # On the beat or half way between two: a song may shift its weight, but it does not drift to the quarters.
        near = max(float(profile[:3].sum()), float(profile[bins // 2 : bins // 2 + 3].sum()))
        mass = float(profile.sum())
        total += mass
        held += mass * (near > 1.5 * mass * 3 / bins)
    return held / total if total > 0.0 else 0.0


def follow(envelope: Envelope, period: float) -> NDArray[np.int64]:
    """Return the beats (frames) that best hit attacks while staying near ``period`` frames apart (Ellis)."""
    score = gaussian_filter1d(envelope, period / 32.0) / (envelope.std() + 1e-9)
    lags = np.arange(round(period * 2), max(1, round(period / 2)) - 1, -1)
    penalty = -_TIGHTNESS * np.log(lags / period) ** 2
    total, back = score.copy(), np.full(len(score), -1, dtype=np.int64)
    longest = int(lags[0])
    for frame in range(longest, len(score)):
        options = total[frame - longest : frame - int(lags[-1]) + 1] + penalty
        best = int(options.argmax())
        if options[best] > 0.0:
            total[frame] += options[best]
            back[frame] = frame - longest + best
    beats = [int(len(total) - longest + np.argmax(total[-longest:]))]
    while back[beats[-1]] >= 0:
        beats.append(int(back[beats[-1]]))
    return np.array(beats[::-1], dtype=np.int64)


def beat_grid(
    spectra: Spectrum, envelopes: tuple[Envelope, Envelope, Envelope], votes: Votes | None = None
) -> BeatGrid:
    """Find the beats of a whole track.

    Parameters
    ----------
    spectra, envelopes
        Of the whole track, the latter from ``onset_envelopes``.
    votes
        Asked where the periodicity leaves the tempo open (``arbiter.votes``).

    Returns
    -------
    BeatGrid
        ``NO_BEAT`` for silence, for sounds under four seconds and for music without a pulse.
    """
    low, middle, high = envelopes
    envelope = low + middle + high
    sounding = np.flatnonzero(spectra.level_db.max(axis=1) > -45.0) if len(spectra.level_db) else np.zeros(0)
    if len(sounding) < 2 or sounding[-1] - sounding[0] < _SHORTEST_S * FPS or envelope.sum() <= 0.0:
        return NO_BEAT
    tempi, strength, weighed = tempo_curve(envelope)
    best = choose_tempo(tempi, weighed, votes)
    confidence = float(strength[best])
    if confidence < _LEAST_STRENGTH:
        return NO_BEAT
    bpm = refine_tempo(envelope, float(tempi[best]))
    period = 60.0 * FPS / bpm
    profile = fold(low + 0.7 * middle + 0.4 * high, period)
    start = float(np.argmax(profile)) / len(profile) * period
    start, period = snap_tempo(*fit_line(envelope, start, period), len(envelope))
    clocked = abs(60.0 * FPS / period - round(60.0 * FPS / period)) < 1e-6
    steady = steadiness(envelope, start, period) >= (_STEADY_CLOCKED if clocked else _STEADY)
    if steady:
        first = int(np.floor((sounding[0] - start) / period))
        beats = (start + period * np.arange(first, int((len(envelope) - start) / period) + 2)) / FPS
        bpm = 60.0 * FPS / period
    else:
        beats = follow(envelope, 60.0 * FPS / float(tempi[best])) / FPS
        bpm = 60.0 / float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
    beats = beats + _ATTACK_S
    end = min(len(envelope) / FPS, sounding[-1] / FPS + 60.0 / bpm if bpm else 0.0)
    beats = beats[(beats > max(sounding[0] / FPS - 0.08, -0.04)) & (beats < end)].clip(0.0)
    if len(beats) < 4:
        return NO_BEAT
    return BeatGrid(beats, bpm, min(1.0, confidence), steady)
