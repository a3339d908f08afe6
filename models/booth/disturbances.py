"""Two more things that happen in a booth, in the power-mel domain: sound that fails, and people who talk.

Conventions
-----------
A view is (frames, mels) float32 power; nothing is changed in place. What they do to sound itself: glitches.py, room.py.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

MOST_GAPS = 6
LONGEST_FRAMES = 3
"""60 ms and the window around them."""
SILENCE = 1e-6
"""Share of the power that a dropout leaves: -60 dB."""
VOICE_OCTAVES = (-1.5, 2.0)
"""Speech: 350 Hz to 4 kHz, in octaves around 1 kHz."""
_SYLLABLES_HZ = 8.0


def dropouts(power: Tensor, rng: np.random.Generator) -> Tensor:
    """Silence one to three frames in a row, or hear the frame before them again; up to `MOST_GAPS` times."""
    result = power.clone()
    for _ in range(int(rng.integers(1, MOST_GAPS + 1))):
        length = int(rng.integers(1, LONGEST_FRAMES + 1))
        start = int(rng.integers(1, max(2, len(power) - length)))
        if rng.random() < 0.5:
            result[start : start + length] = result[start - 1].clone()
        else:
            result[start : start + length] = result[start : start + length] * SILENCE
    return result


def crowd(
    power: Tensor, others: Sequence[Tensor], rng: np.random.Generator, octaves: Tensor, frame_s: float = 0.025
) -> Tensor:
    """Add babble, 3 to 27 dB under the music.

    Parameters
    ----------
    others
        Other records on the same frames, what the babble is made of; none: noise.
    octaves
        Centre of each band around 1 kHz, (mels,).
    frame_s
        Seconds between two frames.
    """
    frames, mels = power.shape
    if len(others):
        # Four times the same few records, each time from another moment: no beat of theirs is left.
        picks = [others[int(i)].roll(int(rng.integers(0, frames)), 0) for i in rng.integers(0, len(others), 4)]
        source = torch.stack(picks).mean(0)
        source = source / source.mean(0).clamp(min=1e-12)
    else:
        source = torch.from_numpy(rng.exponential(1.0, (frames, mels))).float()
    low, high = VOICE_OCTAVES
    voice = torch.exp2(-2 * (octaves - low).clamp(min=0)) * ((octaves > low) & (octaves < high))
    knots = 2 + math.ceil(frames * frame_s * _SYLLABLES_HZ)
    groups = torch.from_numpy(rng.normal(0, 1.4, (1, 4, knots))).float().exp()
    talk = interpolate(groups, frames, mode="linear", align_corners=True)[0].T
    group = ((octaves - low) / (high - low) * 4).long().clamp(0, 3)
    babble = source * voice * talk[:, group]
    under = 10 ** (-float(rng.uniform(0.3, 2.7)))
    return power + babble * (power.mean() * under / babble.mean().clamp(min=1e-12))
