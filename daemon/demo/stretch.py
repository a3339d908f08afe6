"""Play a sound faster or slower: as a turntable does, or with the key locked.

Conventions
-----------
Sound is (frames,) float32. ``rate`` is playing speed over original speed: sample n of the result is the sound at
n * rate of the original, to the sample for vinyl and within ``SEARCH`` samples for key-lock.

Source
------
W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA)", ICASSP 1993. The demo
makes its own so that it needs no program besides Python.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from ..signal.resample import resample

Samples = NDArray[np.float32]

WINDOW = 2048
"""Samples in one grain: 43 ms at 48 kHz, two periods of a bass note."""
SEARCH = 512
"""How far a grain may move to fit the one before, samples."""


def vinyl(sound: Samples, rate: float, sample_rate: int) -> Samples:
    """Change tempo and pitch together. ``rate * sample_rate`` is rounded to whole hertz."""
    return resample(sound, round(rate * sample_rate), sample_rate)


def key_lock(sound: Samples, rate: float) -> Samples:
    """Change the tempo and leave the pitch."""
    hop = WINDOW // 2
    count = int((len(sound) - WINDOW - 2 * SEARCH) / (hop * rate))
    if count < 2:
        return sound
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    result = np.zeros(count * hop + WINDOW, np.float32)
    at = 0
    for grain in range(count):
        if grain:
            # What would follow the last grain in the original, looked for around the place where we must go on.
            wanted = sound[at + hop : at + hop + WINDOW]
            low = max(0, round(grain * hop * rate) - SEARCH)
            nearby = sound[low : low + WINDOW + 2 * SEARCH]
            at = low + int(np.argmax(correlate(nearby, wanted, mode="valid", method="fft")))
        result[grain * hop : grain * hop + WINDOW] += sound[at : at + WINDOW] * window
    return result
