"""What a booth does to a record, on the sound itself, where the power-mel domain can only pretend.

Conventions
-----------
Sound is (samples,) float32, nominally in [-1, 1]. The chain keeps its length and never moves time, so every label of a
view stays true; a change of speed comes before it (stretch.py) and belongs to whoever cuts the view. Every draw comes
from the generator that is passed in: the same seed gives the same samples. What goes in and is not finite is heard as
silence; what comes out is finite, and may exceed 1.

Source: the effects are those of mel.py, which says where they come from; ranges are the same where both have them.
"""

import numpy as np
import torch
from torch import Tensor

from ..codec import AAC, MP3, Format, codec
from .filters import KILLED_DB, equaliser, high_pass, low_pass
from .glitches import draw_gaps, glitches
from .limiter import limiter
from .room import crowd, response, room
from .strength import LIVE, Strength

CODECS: tuple[tuple[Format, int], ...] = (
    *((MP3, kbps) for kbps in (16, 24, 32, 48, 64)),
    *((AAC, kbps) for kbps in (24, 32, 48)),
)
"""Formats and bit rates of one channel at 16 kHz, from a bad stream to nearly nothing lost."""


class WaveBooth:
    """Applies a chain of effects to sounds of one rate.

    Parameters
    ----------
    sample_rate
        Samples per second.
    strength
        How much of a booth; its speed is not for here.
    """

    def __init__(self, sample_rate: int, strength: Strength = LIVE) -> None:
        self.sample_rate, self.strength = sample_rate, strength

    def __call__(self, sound: Tensor, rng: np.random.Generator, other: Tensor | None = None) -> Tensor:
        """Return the sound as heard, as long as it was.

        Parameters
        ----------
        other
            Another record, of any length; it is repeated or cut.
        """
        if not len(sound):
            return sound
        c, sound = self.strength.colour, torch.nan_to_num(sound, 0.0, 0.0, 0.0)
        beside = None if other is None or not len(other) else _as_long(torch.nan_to_num(other, 0.0, 0.0, 0.0), sound)
        if beside is not None and rng.random() < self.strength.overlay:
            sound = self.overlay(sound, beside, rng)
        if rng.random() < c:
            sound = self.equaliser(sound, rng)
        if rng.random() < c * 0.6:
            sound = self.sweep(sound, rng)
        if rng.random() < c * 0.6:
            heard = response(float(rng.uniform(0.2, 1.5)), float(rng.uniform(-12, 3)), rng, self.sample_rate)
            sound = room(sound, heard)
        if rng.random() < c * 0.4:
            people = crowd(len(sound), rng, self.sample_rate, beside if rng.random() < 0.5 else None)
            sound = sound + people * (_rms(sound) * 10 ** (-float(rng.uniform(3, 27)) / 20))
        if rng.random() < c:
            sound = self.limiter(sound, rng)
        if rng.random() < c * 0.6:
            form, kbps = CODECS[int(rng.integers(len(CODECS)))]
            sound = torch.from_numpy(codec(sound.numpy(), form, kbps, self.sample_rate))
        if rng.random() < c * 0.3:
            sound = glitches(sound, draw_gaps(len(sound), rng, self.sample_rate))
        gain = float(10 ** (rng.uniform(-12, 8) / 20))
        return sound * gain

    def overlay(self, sound: Tensor, other: Tensor, rng: np.random.Generator) -> Tensor:
        """Mix another record of the same length under it, or fade from one to the other."""
        balance = (_rms(sound) + 1e-5) / (_rms(other) + 1e-5)
        if rng.random() < 0.3:  # a crossfader at constant power, moved over a part of the view
            begin, end = sorted(rng.uniform(0, 1, 2))
            at = torch.linspace(0, 1, len(sound))
            turn = ((at - begin) / max(0.05, end - begin)).clamp(0, 1) * float(rng.uniform(0.3, 0.8)) * torch.pi / 2
            if rng.random() < 0.5:
                turn = turn.flip(0)
            faded: Tensor = sound * turn.cos() + other * balance * turn.sin()
            return faded
        a, b = rng.uniform(-22, 3, 2) if rng.random() < 0.5 else [float(rng.uniform(-18, 2))] * 2
        return sound + other * balance * torch.pow(10.0, torch.linspace(float(a), float(b), len(sound)) / 20)

    def equaliser(self, sound: Tensor, rng: np.random.Generator) -> Tensor:
        """Turn three knobs: down by up to 14 dB or up by 6, one in six off."""
        low, middle, high = np.where(rng.random(3) < 0.16, KILLED_DB, rng.uniform(-14, 6, 3))
        return equaliser(sound, float(low), float(max(-12.0, middle)), float(high), self.sample_rate)

    def sweep(self, sound: Tensor, rng: np.random.Generator) -> Tensor:
        """Turn a low- or high-pass, or leave it where it stands."""
        low = rng.random() < 0.5
        start, end = 1000 * np.exp2(rng.uniform(-1.5, 2.5, 2) if low else rng.uniform(-4.5, 0.3, 2))
        if rng.random() < 0.5:
            end = start
        return (low_pass if low else high_pass)(sound, float(start), float(end), self.sample_rate)

    def limiter(self, sound: Tensor, rng: np.random.Generator) -> Tensor:
        """Bring the loudest moments down by up to 15 dB, with the release of a brick wall or of a slow hand."""
        ceiling = float(sound.abs().max()) * 10 ** (-float(rng.uniform(1, 15)) / 20)
        if not ceiling:
            return sound
        release = float(10 ** rng.uniform(1.2, 2.6))
        return limiter(sound, ceiling, self.sample_rate, release_db_s=release)


def _rms(sound: Tensor) -> float:
    return float(sound.square().mean().sqrt())


def _as_long(other: Tensor, sound: Tensor) -> Tensor:
    return other.repeat(-(-len(sound) // len(other)))[: len(sound)]
