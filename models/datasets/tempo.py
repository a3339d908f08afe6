"""The tempo of a view, roughly, so that an objective can set records of one tempo against each other."""

import torch
from torch import Tensor

from ..spec import Spec

SLOWEST_BPM, FASTEST_BPM = 70.0, 180.0


def tempo_bpm(power: Tensor, spec: Spec) -> Tensor:
    """Return the strongest period of onset strength, (n,) beats a minute, for (n, frames, mels) power-mel.

    The autocorrelation of the rectified rise of log power, weighted towards 120 bpm as in Ellis (2007), "Beat
    tracking by dynamic programming"; an octave off at times.
    """
    rise = torch.log(power + 1e-6).diff(dim=1).clamp(min=0).mean(2)
    rise = rise - rise.mean(1, keepdim=True)
    n = rise.shape[1]
    spectrum = torch.fft.rfft(rise, 2 * n)
    correlation = torch.fft.irfft(spectrum * spectrum.conj(), 2 * n)[:, :n]
    per_minute = 60 * spec.sample_rate / spec.stride
    lag = torch.arange(round(per_minute / FASTEST_BPM), round(per_minute / SLOWEST_BPM) + 1)
    weight = torch.exp(-0.5 * (torch.log2(per_minute / lag / 120) / 0.9) ** 2)
    return per_minute / lag[(correlation[:, lag] * weight).argmax(1)].float()
