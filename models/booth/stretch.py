"""Another speed for a record: as a turntable does it, or with the key locked.

Conventions
-----------
Sound is (samples,) float32. ``rate`` is seconds of the record a second of the result: sample n of the result is the
sound at ``n * rate``, and there are ``len / rate`` of them. A caller who wants a view of one length therefore reads
``rate`` times as much of the record; `WaveBooth` comes after this and never moves time.

Source: torchaudio's resampler; its phase vocoder (D. Ellis, "A phase vocoder in Matlab", 2002), which smears a drum
over a window; and grains that are moved to fit (W. Verhelst and M. Roelands, "WSOLA", ICASSP 1993), as most players
have them, which may double it. A model that has heard both trusts neither.
"""

import math

import numpy as np
import torch
import torchaudio.functional as F
from torch import Tensor

STEPS = 400
"""A turntable's rate is rounded to one of these to 1: a quarter of a per cent, and filters of a bearable length."""
WINDOW_S = 0.064
"""About three periods of a bass note."""
SEARCH_S = 0.01
"""How far a grain may be moved."""


def turntable(sound: Tensor, rate: float) -> Tensor:
    """Change tempo and pitch together, (samples / rate,)."""
    steps = round(rate * STEPS)
    if steps == STEPS or not len(sound):
        return sound
    turned: Tensor = F.resample(sound, steps, STEPS)
    return turned


def key_lock(sound: Tensor, rate: float, sample_rate: int, rng: np.random.Generator) -> Tensor:
    """Change the tempo and leave the pitch, (samples / rate,), by one of the two ways."""
    return (vocoder if rng.random() < 0.5 else grains)(sound, rate, sample_rate)


def vocoder(sound: Tensor, rate: float, sample_rate: int) -> Tensor:
    """Change the tempo by a phase vocoder: smooth, and soft on drums."""
    if rate == 1 or not len(sound):
        return sound
    size = _window(sample_rate)
    hop, window = size // 4, torch.hann_window(size)
    # Silence after the end, so that the last frames of a faster result still have sound to be read from.
    padded = torch.nn.functional.pad(sound, (0, size))
    spectrum = torch.stft(padded, size, hop, window=window, pad_mode="constant", return_complex=True)
    advance = torch.linspace(0, math.pi * hop, size // 2 + 1)[:, None]
    stretched = F.phase_vocoder(spectrum, rate, advance)
    return torch.istft(stretched, size, hop, window=window, length=max(1, round(len(sound) / rate)))


def grains(sound: Tensor, rate: float, sample_rate: int) -> Tensor:
    """Change the tempo by grains, each moved by up to `SEARCH_S` to where it goes on as the one before did."""
    if rate == 1 or not len(sound):
        return sound
    size, reach = _window(sample_rate), round(SEARCH_S * sample_rate)
    hop, length = size // 2, max(1, round(len(sound) / rate))
    window = np.hanning(size + 1)[:size].astype(np.float32)
    # A grain's middle is the moment that it stands for, hence half a window of silence before the record begins.
    source = np.pad(sound.numpy(), (hop + reach, 2 * size + 2 * reach + math.ceil(hop * rate)))
    count = -(-length // hop) + 1
    result = np.zeros((count + 1) * hop, np.float32)
    at = reach
    for grain in range(count):
        if grain:
            wanted = source[at + hop : at + hop + size : 2]  # every other sample tells the place well enough
            low = round(grain * hop * rate)
            nearby = source[low : low + size + 2 * reach]
            fits = np.lib.stride_tricks.sliding_window_view(nearby, size)[::2, ::2] @ wanted
            at = low + 2 * int(fits.argmax()) if fits.any() else low + reach
        result[grain * hop : grain * hop + size] += source[at : at + size] * window
    return torch.from_numpy(result[hop : hop + length])


def _window(sample_rate: int) -> int:
    return 1 << round(math.log2(WINDOW_S * sample_rate))
