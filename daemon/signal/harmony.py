"""How far the pitches have changed lately: where chords and basses move, a beat is likelier than beside it.

Conventions
-----------
Mono sound at 16 kHz. Chroma here is coarse in pitch (half semitones, untuned) and quick in time: it is compared with
itself, never with a key. A change stands in the value some ``LATENCY_S`` after it happened.
"""

import numpy as np
import numpy.typing as npt

from ..clock import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

LATENCY_S = 0.28
"""From a change to the centre of its mark: half the window and half the lag."""
WINDOW = 4096
_LAG = 3
"""Steps between the two chroma that are compared."""
_CLASSES = 24
_BINS = slice(20, 640)  # 78 to 2500 Hz
_SILENT = 1e-4


class Harmony:
    """Compares the chroma of now with that of a while ago, one step every 100 ms."""

    def __init__(self) -> None:
        self._window = (np.hanning(WINDOW + 1)[:-1] * (2 / WINDOW)).astype(np.float32)
        self._fold = _fold()
        self._past = np.zeros((_LAG, _CLASSES), np.float32)
        self._steps = 0

    def step(self, sound: Floats) -> float:
        """Return the squared distance, 0..2, between the chroma of ``sound``, (4096,), and an earlier one."""
        magnitude = np.abs(np.fft.rfft(sound * self._window)[_BINS]).astype(np.float32)
        strength = np.sqrt(magnitude) @ self._fold
        strength = np.maximum(strength - np.median(strength), np.float32(0.0))
        length = float(np.linalg.norm(strength))
        chroma = strength / np.float32(length) if length > _SILENT else np.zeros(_CLASSES, np.float32)
        change = float(np.square(chroma - self._past[0]).sum())
        self._past[:-1] = self._past[1:]
        self._past[-1] = chroma
        self._steps += 1
        return change if self._steps > _LAG + 1 else 0.0


def _fold() -> Floats:
    """From spectrum bins to half semitones of any octave, (bins, 24)."""
    hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)[_BINS]
    pitch = 69 + 12 * np.log2(hertz / 440.0)
    away = (pitch[:, None] - np.arange(_CLASSES) / 2 + 6) % 12 - 6
    # A spectrum bin is wider than a semitone low down: each bin is spread by its own width.
    width = np.maximum(0.3, 12 / np.log(2) * (SAMPLE_RATE / WINDOW) / hertz * 0.6)
    shape = np.exp(-0.5 * (away / width[:, None]) ** 2) / width[:, None]
    emphasis = np.exp(-0.5 * (np.log2(hertz / 350.0) / 1.2) ** 2)
    fold: Floats = (shape * (emphasis / hertz)[:, None]).astype(np.float32)
    return fold
