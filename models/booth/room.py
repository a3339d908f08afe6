"""The air between the loudspeakers and the microphone: a made-up room, and the people in it.

Conventions
-----------
Sound is (samples,) float32. A room's response starts with the direct sound, 1 at sample 0, so that it delays nothing.

Source: the statistical model of a reverberation tail, Gaussian noise under an exponential (M. Schroeder 1965;
J. Moorer 1979), with a few early reflections before it and the highs dying first.
"""

import math

import numpy as np
import torch
import torchaudio.functional as F
from scipy.fft import next_fast_len
from torch import Tensor

_DECAY = math.log(1000.0)
"""An amplitude falls by 60 dB in RT60."""
VOICES_HZ = (200.0, 500.0, 1200.0, 2500.0, 4500.0)
"""Edges of the bands in which a crowd is heard."""
_SYLLABLES_HZ = 8.0


def response(rt60_s: float, wet_db: float, rng: np.random.Generator, sample_rate: int) -> Tensor:
    """Draw a room, (samples,).

    Parameters
    ----------
    rt60_s
        Seconds in which what is heard falls by 60 dB.
    wet_db
        Power of everything but the direct sound, against it.
    """
    samples = max(2, round(rt60_s * sample_rate))
    t = torch.arange(samples) / sample_rate
    hiss = torch.from_numpy(rng.standard_normal((2, samples), dtype=np.float32))
    dark: Tensor = F.lowpass_biquad(hiss[0] / 16, sample_rate, min(1500.0, 0.4 * sample_rate)) * 16
    tail = dark * torch.exp(-_DECAY / rt60_s * t) + 0.5 * hiss[1] * torch.exp(-2 * _DECAY / rt60_s * t)
    begin = min(samples - 1, round(float(rng.uniform(0.004, 0.02)) * sample_rate))
    tail[:begin] = 0
    walls = torch.from_numpy(rng.uniform(begin, max(begin + 1, min(samples, 4 * begin)), 8)).long()
    bounce = torch.from_numpy(rng.choice([-1.0, 1.0], 8) * rng.uniform(1, 4, 8)).float()
    tail.index_add_(0, walls.clamp(max=samples - 1), bounce * float(tail.std()))
    tail[0] = 0
    tail *= math.sqrt(10 ** (wet_db / 10) / max(1e-20, float(tail.square().sum())))
    tail[0] = 1
    return tail


def room(sound: Tensor, heard: Tensor) -> Tensor:
    """Play a sound in a room that `response` drew; what rings on after the end is cut."""
    if not len(sound):
        return sound
    # torchaudio convolves at exactly the sum of the lengths, which may be a prime: four times as slow.
    size = next_fast_len(len(sound) + len(heard) - 1, real=True)
    wet: Tensor = F.fftconvolve(sound, torch.nn.functional.pad(heard, (0, size - len(sound) - len(heard) + 1)))
    return wet[: len(sound)]


def crowd(samples: int, rng: np.random.Generator, sample_rate: int, other: Tensor | None = None) -> Tensor:
    """Babble of unit power, (samples,): bands of noise, or of a record heard many times over, that come and go.

    Parameters
    ----------
    other
        What the babble is made of; None or silence: noise.
    """
    size = next_fast_len(max(samples, 2), real=True)
    if other is not None and len(other) and bool(other.any()):
        copies = -(-size // len(other))
        turned = [other.repeat(copies)[:size].roll(int(by)) for by in rng.integers(0, size, 4)]
        source = torch.stack(turned).sum(0)
    else:
        source = torch.from_numpy(rng.standard_normal(size, dtype=np.float32))
    hz = torch.fft.rfftfreq(size, 1 / sample_rate)
    edges = torch.tensor(VOICES_HZ)
    inside = (hz >= edges[:-1, None]) & (hz < edges[1:, None])
    bands = torch.fft.irfft(torch.fft.rfft(source) * inside, size)[:, :samples]
    power = bands.square().mean(1, keepdim=True)
    falls = 2.0 ** -torch.arange(len(bands))[:, None]  # speech loses some 6 dB an octave
    bands = bands * torch.where(power > 0, (falls / power.clamp(min=1e-20)).sqrt(), torch.zeros_like(power))
    knots = 2 + math.ceil(samples / sample_rate * _SYLLABLES_HZ)
    level = torch.from_numpy(rng.normal(0, 0.7, (1, len(bands), knots))).float().exp()
    talk = torch.nn.functional.interpolate(level, samples, mode="linear", align_corners=True)[0]
    babble: Tensor = (bands * talk).sum(0)
    power = babble.square().mean()
    return babble * (power.clamp(min=1e-18) ** -0.5)
