"""What a booth does to a record, in the power-mel domain, where it is cheap and where mixing is addition.

Conventions
-----------
A view is (frames, mels) float32 power. Every draw comes from the generator that is passed in; the two sides of a pair
draw independently, so that neither codec, loudness nor equaliser tells them together.

Source: the effects and ranges follow the augmentations of neural audio fingerprinting (Chang et al. 2021,
arXiv:2010.11910) and what low- and high-pass filters add to it (arXiv:2507.06070).
"""

import numpy as np
import torch
from torch import Tensor

from ..frontend import centres_hz
from ..spec import Spec
from .disturbances import crowd, dropouts
from .strength import Strength


class Booth:
    """Applies a chain of effects to views of one frame grid."""

    def __init__(self, spec: Spec) -> None:
        self.hz = torch.tensor(centres_hz(spec), dtype=torch.float32)
        self.octaves = torch.log2(self.hz / 1000)
        self.frame_s = spec.stride / spec.sample_rate

    def __call__(self, power: Tensor, strength: Strength, rng: np.random.Generator, other: Tensor | None) -> Tensor:
        """Return the view as heard, (frames, mels); ``other`` is a second record on the same frames."""
        c = strength.colour
        if other is not None and rng.random() < strength.overlay:
            power = self.overlay(power, other, rng)
        if rng.random() < c:
            power = power * self.equaliser(rng)
        if rng.random() < c * 0.6:
            power = power * self.sweep(len(power), rng)
        if rng.random() < c * 0.6:
            power = self.room(power, rng)
        if rng.random() < c * 0.4:
            power = self.noise(power, rng)
        if rng.random() < c * 0.3:
            power = crowd(power, [] if other is None else [other], rng, self.octaves, self.frame_s)
        if rng.random() < c:
            power = self.limiter(power, rng)
        if rng.random() < c:
            power = self.codec(power, rng)
        if rng.random() < c * 0.3:
            power = dropouts(power, rng)
        return power * float(10 ** rng.uniform(-1.2, 0.8))

    def overlay(self, power: Tensor, other: Tensor, rng: np.random.Generator) -> Tensor:
        """Mix another record under it, or fade from one to the other."""
        balance = (power.mean() + 1e-9) / (other.mean() + 1e-9)
        a, b = rng.uniform(-22, 3, 2) if rng.random() < 0.6 else [float(rng.uniform(-18, 2))] * 2
        ramp = torch.linspace(float(a), float(b), len(power))[:, None]
        return power + other * balance * 10 ** (ramp / 10)

    def equaliser(self, rng: np.random.Generator) -> Tensor:
        """Three knobs, each cut by up to 20 dB or raised by 6, one in six turned off."""
        low, high = torch.sigmoid((-self.octaves - 2) * 4), torch.sigmoid((self.octaves - 1.3) * 4)
        gains = np.where(rng.random(3) < 0.16, -30.0, rng.uniform(-14, 6, 3))
        db = low * gains[0] + high * gains[2] + (1 - low - high).clamp(min=0) * min(6.0, max(-12.0, gains[1]))
        return torch.pow(10.0, db.float() / 10)

    def sweep(self, frames: int, rng: np.random.Generator) -> Tensor:
        """A low- or high-pass whose corner moves, 24 dB an octave."""
        side = 1.0 if rng.random() < 0.5 else -1.0
        ends = rng.uniform(-1.5, 2.5, 2) if side > 0 else rng.uniform(-4.5, 0.3, 2)
        corner = torch.linspace(float(ends[0]), float(ends[1]), frames)[:, None]
        if rng.random() < 0.5:
            corner = corner[:1].expand(frames, 1)
        return 10 ** (-2.4 * torch.relu((self.octaves - corner) * side).clamp(max=3))

    def room(self, power: Tensor, rng: np.random.Generator) -> Tensor:
        """Smear every band by an exponential decay, RT60 0.2-1.2 s."""
        rt60, wet = float(rng.uniform(0.2, 1.2)), float(10 ** rng.uniform(-1.2, 0.3))
        n = max(2, min(len(power), int(rt60 / self.frame_s)))
        tail = torch.exp(-13.8 * self.frame_s / rt60 * torch.arange(n))
        size = len(power) + n
        smeared = torch.fft.irfft(
            torch.fft.rfft(power, size, 0) * torch.fft.rfft(tail / tail.sum(), size)[:, None], size, 0
        )[: len(power)]
        return torch.add(power, smeared.clamp(min=0), alpha=wet)

    def noise(self, power: Tensor, rng: np.random.Generator) -> Tensor:
        """Hiss or rumble between white and brown, 3-30 dB under the music."""
        colour = torch.exp2(self.octaves * float(rng.uniform(-2, 0.5)))
        size = float(power.mean() / colour.mean()) * 10 ** (-rng.uniform(0.3, 3))
        speckle = torch.tensor(rng.exponential(1.0, power.shape), dtype=torch.float32)
        return power + colour * size * speckle

    def limiter(self, power: Tensor, rng: np.random.Generator) -> Tensor:
        """Turn loud frames down."""
        level = power.mean(1, keepdim=True) + 1e-9
        return power * (level / level.mean()) ** float(-rng.uniform(0.1, 0.6))

    def codec(self, power: Tensor, rng: np.random.Generator) -> Tensor:
        """What a low bit rate leaves: bands that flutter, and a hole above a cut-off."""
        flutter = torch.tensor(rng.normal(0, rng.uniform(0.05, 0.35), power.shape), dtype=torch.float32)
        keep = (self.hz < float(rng.uniform(3500, 12000))).float().clamp(min=1e-4)
        return power * torch.exp(flutter) * keep
