"""Tempo, beat and bar of what is heard now: a bank of leaky resonators, read as one score over tempo and phase.

Conventions
-----------
Stepped once a tick with the tick's onset flux. ``phase`` 0 is on the beat and stands for the tick's end: the analysis latency is taken out.
``beat`` counts beats since the start, never falls, and crosses each whole number once, at a beat. Deterministic; all state is in the object.

Source
------
Scheirer (Tempo and beat analysis of acoustic musical signals, 1998) for the resonators; Grosche and Müller (Extracting predominant
local pulse information, 2011) for reading the pulse from their phases.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .clock import SAMPLE_RATE, TICK
from .features import FLUX_GROUPS, FRAMES, Floats

Complexes = npt.NDArray[np.complex64]

_TICK_S = TICK / SAMPLE_RATE
_FRAME_S = _TICK_S / FRAMES
_LATENCY_S = 0.020
_MEMORY_S = 4.0
_LOWEST_BPM, _HIGHEST_BPM, _TEMPI = 58.0, 200.0, 208
_HARMONICS = 8
_PHASES = 32
_HOLD_S = 4.0
_LEARN_S = 2.5


@dataclass(frozen=True, slots=True)
class LiveBeat:
    """Where in the beat and in the bar the music is."""

    bpm: float
    """Beats per minute, 0 unknown."""
    conf: float
    """0..1."""
    phase: float
    """Within the beat, 0 up to 1."""
    bar_phase: float
    """Within the bar, 0 up to 1; 0 while the bar is unknown."""
    beat: float
    """Running count of beats, fraction included; never falls."""
    beat_in_bar: int
    """1 to 4, 0 unknown."""


class Resonators:
    """For every tempo and harmonic the leaky Fourier sum of each flux band, turned to the present."""

    def __init__(self) -> None:
        self.bpm = np.geomspace(_LOWEST_BPM, _HIGHEST_BPM, _TEMPI)
        cycles = self.bpm[:, None] / 60.0 * np.arange(1, _HARMONICS + 1)[None, :]
        rate = -(2j * np.pi * cycles + 1 / _MEMORY_S)
        age = (FRAMES - 1 - np.arange(FRAMES)) * _FRAME_S + _LATENCY_S
        self._turn = np.exp(rate * _TICK_S).astype(np.complex64).reshape(-1)
        self._enter = np.exp(rate.reshape(1, -1) * age[:, None]).astype(np.complex64)
        self._leak = float(np.exp(-_TICK_S / _MEMORY_S))
        self._sums = np.zeros((FLUX_GROUPS, _TEMPI * _HARMONICS), np.complex64)
        self._mean = np.zeros(FLUX_GROUPS, np.float32)
        self._power = np.zeros(FLUX_GROUPS)
        self._frames = 0.0

    def step(self, flux: Floats) -> None:
        """Advance one tick of flux, (5, bands)."""
        self._mean += np.float32(0.02) * (flux.mean(axis=0) - self._mean)
        centred = flux - self._mean
        self._sums *= self._turn
        self._sums += centred.T.astype(np.complex64) @ self._enter
        self._power = self._power * self._leak + (centred**2).sum(axis=0)
        self._frames = self._frames * self._leak + FRAMES

    def read(self) -> Complexes:
        """Resonance of unit-power flux, (bands, tempi, harmonics); a magnitude of 1 is all there could be."""
        scale = 1 / np.sqrt(np.maximum(self._power, 1e-3) * max(self._frames, 1.0))
        out: Complexes = (self._sums * scale[:, None].astype(np.float32)).reshape(FLUX_GROUPS, _TEMPI, _HARMONICS)
        return out


class BeatTracker:
    """Follows the beat of unknown music."""

    def __init__(self) -> None:
        self._bank = Resonators()
        octaves = np.log2(self._bank.bpm / 122.0)
        self._prior = -0.5 * (octaves / 0.55) ** 2
        self._template = np.outer([1.0, 0.5, 0.7, 0.5], [1.0, 0.7, 0.3, 0.4, 0.1, 0.15, 0.05, 0.15]).astype(np.complex64)
        self._ticks = 0
        self._since_onset_s = _HOLD_S
        self._heard_s = 0.0
        self._bpm = 0.0
        self._conf = 0.0
        self._beat = 0.0
        self._owed = 0.0
        self._doubt_s = 0.0

    def step(self, onset: Floats, t_end_s: float) -> LiveBeat:
        """Advance one tick.

        Parameters
        ----------
        onset
            ``FeatureTick.flux`` (5, 4), or ``FeatureTick.onset`` (5,) where no bands are known.
        t_end_s
            Stream time of the tick's end.
        """
        flux = onset if onset.ndim == 2 else np.repeat(onset[:, None], FLUX_GROUPS, axis=1)
        self._bank.step(flux)
        self._ticks += 1
        if float(flux.max()) > 0.05:
            self._since_onset_s = 0.0
            self._heard_s += _TICK_S if self._heard_s == 0.0 else 0.0
        else:
            self._since_onset_s += _TICK_S
        self._heard_s += _TICK_S if self._heard_s > 0.0 else 0.0
        if self._since_onset_s > _HOLD_S:
            self._bpm, self._conf, self._heard_s, self._owed = 0.0, 0.0, 0.0, 0.0
        self._advance()
        if self._ticks % 2 == 0 and self._since_onset_s < 2.0 and self._heard_s > _LEARN_S:
            self._follow()
        phase = self._beat % 1.0
        return LiveBeat(self._bpm, self._conf, phase, 0.0, self._beat, 0)

    def _advance(self) -> None:
        """Move on by one tick; what is owed is repaid, but never by going backwards."""
        move = self._bpm / 60.0 * _TICK_S
        step = max(0.0, move + self._owed)
        self._owed = self._owed + move - step
        self._beat += step

    def _scores(self) -> npt.NDArray[np.float64]:
        """Evidence for each tempo and phase now, (tempi, phases)."""
        resonance = self._bank.read()
        harmonics = np.einsum("bkh,bh->kh", resonance, self._template)
        spectrum = np.zeros((_TEMPI, _PHASES // 2 + 1), np.complex64)
        # score = Re(sum of harmonic * exp(2 pi i h phase)): half of irfft's two-sided sum
        spectrum[:, 1 : _HARMONICS + 1] = harmonics
        out: npt.NDArray[np.float64] = np.fft.irfft(spectrum, _PHASES, axis=1) * (_PHASES / 2)
        return out + self._prior[:, None] * 0.3

    def _follow(self) -> None:
        scores = self._scores()
        best = int(scores.argmax())
        row, column = divmod(best, _PHASES)
        if self._bpm == 0.0:
            self._take(scores, row, column, 1.0, 1.0)
            return
        near = np.abs(np.log(self._bank.bpm / self._bpm)) < 0.03
        away = (np.arange(_PHASES) / _PHASES - (self._beat + self._owed) + 0.5) % 1.0 - 0.5
        local = np.where(near[:, None] & (np.abs(away) < 0.12)[None, :], scores, -np.inf)
        here_row, here_column = divmod(int(local.argmax()), _PHASES)
        here = scores[here_row, here_column]
        self._conf += 0.05 * (min(1.0, max(0.0, float(here) / 1.5)) - self._conf)
        if scores[row, column] > here + 0.15 + 0.1 * abs(here):
            self._doubt_s += 2 * _TICK_S
        else:
            self._doubt_s = max(0.0, self._doubt_s - 2 * _TICK_S)
        if self._doubt_s > 1.5:
            self._doubt_s = 0.0
            self._take(scores, row, column, 1.0, 1.0)
        else:
            self._take(scores, here_row, here_column, 0.15, 0.15)

    def _take(self, scores: npt.NDArray[np.float64], row: int, column: int, tempo_share: float, phase_share: float) -> None:
        """Move tempo and phase towards the peak at (row, column)."""
        right, left = (column + 1) % _PHASES, (column - 1) % _PHASES
        phase = (column + _peak(scores[row, left], scores[row, column], scores[row, right])) / _PHASES
        place = float(row)
        if 0 < row < _TEMPI - 1:
            place += _peak(scores[row - 1, column], scores[row, column], scores[row + 1, column])
        bpm = float(np.exp(np.interp(place, np.arange(_TEMPI), np.log(self._bank.bpm))))
        self._bpm = self._bpm ** (1 - tempo_share) * bpm**tempo_share if self._bpm > 0 else bpm
        error = (phase - (self._beat + self._owed) + 0.5) % 1.0 - 0.5
        self._owed += phase_share * error


def _peak(left: float, centre: float, right: float) -> float:
    """Where between -.5 and .5 the parabola through three points has its top."""
    bend = left - 2 * centre + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
