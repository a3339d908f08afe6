"""A limiter with look-ahead: loud moments are turned down before they come, and come back slowly.

Conventions
-----------
Sound is (samples,) float32. The gain is worked out on blocks of `BLOCK` samples and is 1 where nothing is too loud.

Source: the usual look-ahead limiter (D. Giannoulis et al., "Digital dynamic range compressor design", JAES 2012), with
peaks looked for at four times the rate, as ITU-R BS.1770 does. The release falls along a straight line in decibels,
which makes it a running maximum: no loop over samples.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, conv1d, interpolate, max_pool1d, pad

BLOCK = 16
"""Samples: 1 ms at 16 kHz."""
_TAPS = 8


def limiter(
    sound: Tensor, ceiling: float, sample_rate: int, *, attack_s: float = 0.004, release_db_s: float = 60.0
) -> Tensor:
    """Keep every sample, and nearly every peak between two, below a ceiling.

    Parameters
    ----------
    ceiling
        Largest amplitude that comes out.
    attack_s
        How long before a peak the gain begins to fall.
    release_db_s
        How fast it comes back, decibels a second.
    """
    samples = len(sound)
    if not samples:
        return sound
    blocks = -(-samples // BLOCK)
    peak = _peaks(pad(sound, (0, blocks * BLOCK - samples)), blocks)
    wanted_db = 20 * torch.log10((peak / ceiling).clamp(min=1))
    if not bool(wanted_db.any()):
        return sound
    block_s = BLOCK / sample_rate
    # max over k <= n of (wanted[k] - release * (n - k)): as far as a louder past still holds it down.
    slope = torch.arange(blocks) * (release_db_s * block_s)
    held = torch.cummax(wanted_db + slope, 0).values - slope
    ahead = max(1, math.ceil(attack_s / block_s))
    # The largest of the blocks to come, and then the mean over as many: never less than any of them asks for.
    smooth = avg_pool1d(max_pool1d(pad(held, (ahead, ahead))[None], ahead + 1, 1), ahead + 1, 1)
    # At a seam between two blocks the gain is the smaller of theirs, so no straight line leads over either's bound.
    seams = max_pool1d(pad(torch.maximum(smooth, wanted_db), (1, 1)), 2, 1)
    gain = interpolate(torch.pow(10.0, -seams / 20)[None], blocks * BLOCK + 1, mode="linear", align_corners=True)[0, 0]
    return sound * gain[:samples]


def _peaks(sound: Tensor, blocks: int) -> Tensor:
    """Return the largest amplitude in each block, at its samples and at three places between each two, (blocks,)."""
    taps = torch.arange(-_TAPS + 1, _TAPS + 1) - torch.tensor([0.25, 0.5, 0.75])[:, None]
    kernel = torch.sinc(taps) * torch.cos(torch.pi * taps / (2 * _TAPS)) ** 2
    between = conv1d(pad(sound, (_TAPS - 1, _TAPS))[None, None], kernel[:, None])[0].abs().amax(0)
    return torch.maximum(sound.abs(), between).view(blocks, BLOCK).amax(1)
