"""A bank of leaky resonators over onset flux, read as one score for every tempo and beat phase.

Conventions
-----------
For each tempo of a fixed grid and each harmonic (and a few sub-harmonics) of its beat rate the bank keeps a leaky
Fourier sum of each band (four of flux, and the change of harmony), turned to now, so that one inverse transform
of weighted harmonics gives the score of each phase *now*. What comes round every two or four beats says where the beats
are, too: its phase, doubled or taken four times, joins the first harmonic. Scores are natural logarithms up to a
constant. The weights are learned from music with known beats (``models/pulse.py`` makes ``data/pulse.npz``).

Source
------
Scheirer (Tempo and beat analysis of acoustic musical signals, 1998) for the resonators; Grosche and Müller
(Extracting predominant local pulse information, 2011) for reading the pulse from their phases.
"""

from importlib import resources

import numpy as np
import numpy.typing as npt

from ..clock import SAMPLE_RATE, TICK
from .features import BANDS, FLUX_GROUPS, FRAMES, Floats
from .harmony import LATENCY_S as CHANGE_LATENCY_S

Complexes = npt.NDArray[np.complex64]

TICK_S = TICK / SAMPLE_RATE
FRAME_S = TICK_S / FRAMES
LATENCY_S = 0.015
"""From an attack to the end of the analysis frame in which its flux stands (the frame's end less the attack)."""
MEMORY_S = 4.0
TEMPI = 208
PHASES = 32
BPM = np.geomspace(58.0, 200.0, TEMPI)
"""The grid of tempi, 0.6 % apart."""
WHOLE = 8
"""Harmonics that shape the phase; the ratios after them help to choose the tempo, halves and quarters the phase too."""
RATIOS = np.array([*range(1, WHOLE + 1), 1 / 4, 1 / 3, 1 / 2, 3 / 2])
QUARTER, HALF = WHOLE, WHOLE + 2
"""Places in ``RATIOS`` of what comes round every four beats, and every two."""
BUMPS = np.exp(-0.5 * ((np.log(BPM)[:, None] - np.linspace(np.log(58.0), np.log(200.0), 8)) / 0.177) ** 2)
"""Smooth functions of tempo, (tempi, 8), in which the learned liking for tempi is written."""


class Resonators:
    """The bank itself: flux in, resonance out."""

    def __init__(self) -> None:
        rate = -(2j * np.pi * (BPM[:, None] / 60.0 * RATIOS) + 1 / MEMORY_S).reshape(-1)
        age = (FRAMES - 1 - np.arange(FRAMES)) * FRAME_S + LATENCY_S
        self._turn = np.exp(rate * TICK_S).astype(np.complex64)
        self._enter = np.exp(rate * age[:, None]).astype(np.complex64)
        later = age - LATENCY_S + CHANGE_LATENCY_S
        self._enter_change = np.exp(rate * later[:, None]).sum(axis=0).astype(np.complex64)
        self._leak = float(np.exp(-TICK_S / MEMORY_S))
        self._sums = np.zeros((BANDS, rate.size), np.complex64)
        self._mean = np.zeros(BANDS, np.float32)
        self._power = np.zeros(BANDS)
        self._frames = 0.0

    def step(self, flux: Floats) -> None:
        """Advance one tick of ``FeatureTick.flux``, (5, 5)."""
        self._mean += np.float32(0.02) * (flux.sum(axis=0) / np.float32(FRAMES) - self._mean)
        centred = flux - self._mean
        self._sums *= self._turn
        self._sums[:FLUX_GROUPS] += centred[:, :FLUX_GROUPS].T.astype(np.complex64) @ self._enter
        self._sums[FLUX_GROUPS] += centred[0, FLUX_GROUPS] * self._enter_change
        self._power = self._power * self._leak + (centred * centred).sum(axis=0)
        self._frames = self._frames * self._leak + FRAMES

    def read(self) -> Complexes:
        """Resonance of each band brought to unit power, (5, tempi, ratios); magnitudes stay at or below about 1."""
        scale = 1 / np.sqrt(np.maximum(self._power, 1e-3) * max(self._frames, 1.0))
        out: Complexes = (self._sums * scale[:, None].astype(np.float32)).reshape(BANDS, TEMPI, RATIOS.size)
        return out


class PulseModel:
    """Learned weights that turn resonance into scores.

    ``template`` (5, 8) complex: what a beat looks like in each band, as Fourier coefficients. ``bars`` (5, 2) complex:
    how far the first of them hears on what comes round every two and every four beats. ``mix`` (5,) weighs the bands'
    sum; the magnitudes of bands and sum go through one small hidden layer that scores the tempo alone.
    """

    def __init__(self) -> None:
        with resources.files("segue.daemon").joinpath("data/pulse.npz").open("rb") as file, np.load(file) as stored:
            weights = {name: stored[name].astype(np.float32) for name in stored.files}
        template = weights["template"]
        self._template = (template[..., 0] + 1j * template[..., 1]).astype(np.complex64)
        bars = weights["bars"]
        self._bars = (bars[..., 0] + 1j * bars[..., 1]).astype(np.complex64)
        self._mix = weights["mix"]
        self._inward = np.ascontiguousarray(weights["inward"].T) * np.float32(3.0)
        self._bias = weights["bias"] + BUMPS.astype(np.float32) @ weights["tempo_inward"].T
        self._outward = weights["outward"]
        self._liking = BUMPS.astype(np.float32) @ weights["liking"]

    def scores(self, resonance: Complexes) -> Floats:
        """Score of each tempo and phase, (tempi, phases), for the bank's resonance."""
        tempo, harmonics = self.parts(resonance)
        return spread(tempo, harmonics)

    def parts(self, resonance: Complexes) -> tuple[Floats, Complexes]:
        """Score of each tempo, (tempi,), and harmonics of its phases' scores, (tempi, 8): what ``spread`` wants."""
        total = np.tensordot(self._mix, resonance, axes=1)
        strength = np.abs(np.concatenate([resonance, total[None]])).transpose(1, 0, 2).reshape(TEMPI, -1)
        tempo = np.tanh(strength @ self._inward + self._bias) @ self._outward + self._liking
        harmonics: Complexes = (resonance[:, :, :WHOLE] * self._template[:, None, :]).sum(axis=0)
        half, quarter = resonance[:, :, HALF], resonance[:, :, QUARTER]
        two = half * half / (np.abs(half) + np.float32(1e-4))
        turn = quarter / (np.abs(quarter) + np.float32(1e-4))
        four = np.abs(quarter) * turn * turn * turn * turn
        harmonics[:, 0] += self._bars[:, 0] @ two + self._bars[:, 1] @ four
        return tempo, harmonics


def spread(tempo: Floats, harmonics: Complexes) -> Floats:
    """Return the score of each tempo and phase, (tempi, phases), from some rows of what ``PulseModel.parts`` gives."""
    sided = np.zeros((len(tempo), PHASES // 2 + 1), np.complex64)
    sided[:, 1 : WHOLE + 1] = harmonics
    # Re(sum of c_h exp(2 pi i h phase)) is half of the two-sided sum that irfft takes.
    shape: Floats = np.fft.irfft(sided, PHASES, axis=1).astype(np.float32) * np.float32(PHASES / 2)
    shape += tempo[:, None]
    return shape
