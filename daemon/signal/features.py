"""What is heard in each tick of 50 ms: level, onset strength and chroma, one step at a time.

Conventions
-----------
A tick is ``TICK`` mono samples, float32 in [-1, 1]. Onset strength and flux stand at 100 frames a second, five a
tick; row i belongs to the analysis frame that ends ``(5 - 1 - i) * 10`` ms before the tick's end. Everything is
causal; all state is in the object; equal input gives equal output. Not a number in, zero taken. Level values between
0 and 1 are relative to a slowly adapting reference, so that the input gain does not move them; ``lufs_m`` and
``lufs_s`` are absolute.

Source
------
Log-compressed, whitened band flux after Stowell and Plumbley (Adaptive whitening for improved real-time audio onset
detection, 2007) and Böck and Widmer (Maximum filter vibrato suppression for onset detection, 2013). Tuning from the
chroma's own phase within the semitone.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..clock import SAMPLE_RATE, TICK
from .harmony import WINDOW as _HARMONY_WINDOW
from .harmony import Harmony

Floats = npt.NDArray[np.float32]

FRAMES = 5
"""Onset frames in a tick."""
FRAME_STEP = TICK // FRAMES
"""Samples between two onset frames (10 ms)."""
FLUX_GROUPS = 4
"""Bands of onset strength in ``FeatureTick.flux``: below 200 Hz, to 800 Hz, to 2500 Hz, above."""
BANDS = FLUX_GROUPS + 1
"""Columns of ``FeatureTick.flux``: the bands, then the change of harmony."""
LUFS_FLOOR = -70.0

_WINDOW = 1024
_BANDS = 28
_LEVEL_EDGES_HZ = (0.0, 200.0, 2500.0, 8000.0)
_GROUP_EDGES_HZ = (200.0, 800.0, 2500.0)
_CHROMA_WINDOW = 8192
_CHROMA_EVERY = 4
_CHANGE_EVERY = 2
_CHROMA_BINS = slice(41, 1281)  # 80 to 2500 Hz
_FINE = 5  # chroma bins per semitone before the tuning is known


@dataclass(frozen=True, slots=True)
class Level:
    """How loud, how full and how driven the sound is."""

    lufs_m: float
    """Momentary loudness (400 ms), LUFS, at least -70."""
    lufs_s: float
    """Short-term loudness (3 s), LUFS, at least -70."""
    energy: float
    """0 calm to 1 driving, as a listener would say it; moves over some 2 s."""
    low: float
    """Below 200 Hz, 0..1."""
    mid: float
    """200 to 2500 Hz, 0..1."""
    high: float
    """Above 2500 Hz, 0..1."""
    silence: bool
    """Nothing but floor noise for a second."""


SILENT = Level(LUFS_FLOOR, LUFS_FLOOR, 0.0, 0.0, 0.0, 0.0, True)


@dataclass(frozen=True, slots=True)
class FeatureTick:
    """One tick's features."""

    level: Level
    onset: Floats
    """Onset strength at 100 frames a second, (5,), 0 and up, about 1 at a full-band attack."""
    low: Floats
    """The same of the band below 200 Hz, (5,)."""
    flux: Floats
    """The same in four bands, below 200, 800, 2500 Hz and above, and how far the pitches have changed (``harmony``),
    0..2, renewed every 100 ms, held between, (5, 5)."""
    chroma: Floats
    """Energy of the pitch classes C to B, tuned, largest 1 or all 0, (12,); renewed every 200 ms, held between."""


class Features:
    """Turns ticks into features.

    The attack of a click stands in ``onset`` some 25 ms after it happened; ``rhythm`` knows and corrects it.
    """

    def __init__(self) -> None:
        hertz: npt.NDArray[np.float64] = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE).astype(np.float64)
        self._window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32) * (2 / _WINDOW)
        self._bank, centres = _bands(hertz)
        self._groups = _grouping(centres)
        edges = _LEVEL_EDGES_HZ
        self._level_bank = np.stack([((hertz >= a) & (hertz < b)) for a, b in pairwise(edges)], 1).astype(np.float32)
        self._fold = _chroma_matrix()
        self._chroma_window = np.hanning(_CHROMA_WINDOW + 1)[:-1].astype(np.float32) * (2 / _CHROMA_WINDOW)

        self._past = np.zeros(_CHROMA_WINDOW, np.float32)
        self._ticks = 0
        self._ceiling = np.full(_BANDS, 1e-4, np.float32)
        self._log = np.zeros((FRAMES + 2, _BANDS), np.float32)
        self._chroma = np.zeros(12, np.float32)
        self._harmony = Harmony()
        self._change = 0.0
        self._tuning = 0j
        self._level_db = np.full(3, -90.0)
        self._level_reference = np.full(3, -60.0)
        self._loud_reference = -40.0
        self._density = 0.0
        self._energy = 0.0
        self._quiet_ticks = 20

    def step(self, tick: Floats, lufs_m: float, lufs_s: float) -> FeatureTick:
        """Advance one tick.

        Parameters
        ----------
        tick
            Mono sound, (800,), float32 in [-1, 1].
        lufs_m, lufs_s
            Momentary and short-term loudness at the tick's end, LUFS; of a quiet input that was raised, after that.
        """
        past = self._past
        past[:-TICK] = past[TICK:]
        past[-TICK:] = np.clip(np.nan_to_num(tick, nan=0.0, posinf=1.0, neginf=-1.0), -8.0, 8.0)
        recent = past[-(_WINDOW + (FRAMES - 1) * FRAME_STEP) :]
        frames = np.lib.stride_tricks.sliding_window_view(recent, _WINDOW)[::FRAME_STEP]
        spectrum = np.fft.rfft(frames * self._window, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)

        flux = self._flux(power)
        groups = flux @ self._groups
        onset = np.sqrt(groups.mean(axis=1) * flux.mean(axis=1))
        if self._ticks % _CHROMA_EVERY == 0:
            self._chroma = self._pitch_classes()
        self._ticks += 1
        if self._ticks % _CHANGE_EVERY == 0:
            self._change = self._harmony.step(past[-_HARMONY_WINDOW:])
        return FeatureTick(
            level=self._loudness(power, onset, lufs_m, lufs_s),
            onset=onset,
            low=groups[:, 0].copy(),
            flux=np.concatenate([groups, np.full((FRAMES, 1), self._change, np.float32)], axis=1),
            chroma=self._chroma.copy(),
        )

    def _flux(self, power: Floats) -> Floats:
        """Rise of each band's compressed magnitude over 20 ms, (5, bands)."""
        magnitude = np.sqrt(power @ self._bank)
        loudest = magnitude.max(axis=0)
        self._ceiling = np.maximum(self._ceiling * np.float32(0.994), loudest)
        floor = max(1e-4, 0.01 * float(self._ceiling.max()))
        log = self._log
        log[:2] = log[-2:]
        np.log1p(magnitude * (20.0 / np.maximum(self._ceiling, floor)), out=log[2:])
        before = log[:-2]
        widened = before.copy()
        np.maximum(widened[:, 1:], before[:, :-1], out=widened[:, 1:])
        np.maximum(widened[:, :-1], before[:, 1:], out=widened[:, :-1])
        rise: Floats = np.maximum(log[2:] - 0.5 * (widened + before), 0.0)
        return rise

    def _pitch_classes(self) -> Floats:
        """Tuned chroma of the last half second."""
        spectrum = np.fft.rfft(self._past * self._chroma_window)
        magnitude = np.abs(spectrum[_CHROMA_BINS]).astype(np.float32)
        fine = np.sqrt(magnitude) @ self._fold if magnitude.max() > 1e-5 else np.zeros(12 * _FINE, np.float32)
        middle = float(np.median(fine))
        fine = np.maximum(fine - middle, 0.0)
        peak = float(fine.max())
        if peak <= 0.4 * middle + 1e-4:
            return np.zeros(12, np.float32)
        fine /= peak
        grid = fine.reshape(12, _FINE)
        turn = np.exp(2j * np.pi * (np.arange(_FINE) - _FINE // 2) / _FINE)
        self._tuning = 0.97 * self._tuning + 0.03 * complex((grid * turn).sum() / (fine.sum() + 1e-9))
        offset = float(np.angle(self._tuning)) / (2 * np.pi) * _FINE if abs(self._tuning) > 0.02 else 0.0
        at = np.arange(12 * _FINE) + offset
        left = np.floor(at).astype(int)
        share = (at - left).astype(np.float32)
        size = 12 * _FINE
        tuned = fine[left % size] * (1 - share) + fine[(left + 1) % size] * share
        weight = np.array([0.25, 0.75, 1.0, 0.75, 0.25], np.float32)
        chroma: Floats = tuned.reshape(12, _FINE) @ weight
        return chroma / np.float32(chroma.max() + 1e-9)

    def _loudness(self, power: Floats, onset: Floats, lufs_m: float, lufs_s: float) -> Level:
        lufs_m, lufs_s = _finite(lufs_m), _finite(lufs_s)
        self._quiet_ticks = self._quiet_ticks + 1 if lufs_m < (-57.0 if self._quiet_ticks >= 20 else -60.0) else 0
        silence = self._quiet_ticks >= 20

        now = 10 * np.log10(power.mean(axis=0) @ self._level_bank + 1e-12)
        rate = np.where(now > self._level_db, 0.6, 0.12)
        self._level_db += rate * (now - self._level_db)
        over = self._level_db > self._level_reference
        if not silence:
            self._level_reference += np.where(over, 0.1, 0.0015) * (self._level_db - self._level_reference)
        reference = np.maximum(self._level_reference, max(float(self._level_reference.max()) - 40.0, -85.0))
        bands = np.clip((self._level_db - (reference - 24.0)) / 30.0, 0.0, 1.0)

        if not silence:
            rate_up = 0.05 if lufs_s > self._loud_reference else 0.0008
            self._loud_reference += rate_up * (lufs_s - self._loud_reference)
        self._density += 0.025 * (float(onset.mean()) - self._density)
        loud = _unit((lufs_s - (self._loud_reference - 16.0)) / 20.0)
        drive = _unit(self._density / 0.2)
        balance = float(0.6 * bands[0] + 0.4 * bands[2])
        target = 0.0 if silence else 0.45 * loud + 0.3 * drive + 0.25 * balance
        self._energy += 0.025 * (target - self._energy)
        low, mid, high = (0.0, 0.0, 0.0) if silence else (float(b) for b in bands)
        return Level(lufs_m, lufs_s, _unit(self._energy), low, mid, high, silence)


def _finite(lufs: float) -> float:
    return max(float(lufs), LUFS_FLOOR) if np.isfinite(lufs) else LUFS_FLOOR


def _unit(value: float) -> float:
    return min(max(float(value), 0.0), 1.0)


def _bands(hertz: npt.NDArray[np.float64]) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Triangles, evenly spaced below 300 Hz and in log frequency above, (bins, bands), and their centres in Hz."""
    low = np.arange(46.875, 300.0, 46.875)
    high = np.geomspace(300.0, 7600.0, _BANDS + 2 - len(low))
    edges = np.concatenate([low, high])
    centres = edges[1:-1]
    rising = (hertz[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - hertz[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32), centres


def _grouping(centres: npt.NDArray[np.float64]) -> Floats:
    """Mean of the bands in each of the four flux groups, (bands, 4)."""
    which = np.searchsorted(_GROUP_EDGES_HZ, centres, side="right")
    member = (which[:, None] == np.arange(FLUX_GROUPS)).astype(np.float32)
    share: Floats = member / member.sum(axis=0)
    return share


def _chroma_matrix() -> Floats:
    """From spectrum bins to fine pitch classes, 5 a semitone, C first, the middle one in tune, (bins, 60)."""
    hertz = np.fft.rfftfreq(_CHROMA_WINDOW, 1 / SAMPLE_RATE)[_CHROMA_BINS]
    size = 12 * _FINE
    pitch = 69 + 12 * np.log2(hertz / 440.0)
    centre = np.arange(size) / _FINE - (_FINE // 2) / _FINE
    away = (pitch[:, None] - centre[None, :] + 6) % 12 - 6
    # A spectrum bin is wider than a fifth of a semitone low down: each bin is spread by its own width.
    width = np.maximum(0.12, 12 / np.log(2) * (SAMPLE_RATE / _CHROMA_WINDOW) / hertz * 0.6)
    shape = np.exp(-0.5 * (away / width[:, None]) ** 2) / width[:, None]
    emphasis = np.exp(-0.5 * (np.log2(hertz / 350.0) / 1.2) ** 2)
    per_octave = 1.0 / hertz  # bins per semitone grow with frequency: every octave counts the same
    fold: Floats = (shape * (emphasis * per_octave)[:, None]).astype(np.float32)
    return fold
