"""A mixer's knobs: three bands that can be killed, and a filter that sweeps.

Conventions
-----------
Sound is (samples,) float32, corners are in hertz and below the Nyquist frequency, gains in decibels. torchaudio's
filters clip to ±1, so every one of them runs with headroom that is taken back afterwards.

Source: the audio EQ cookbook (R. Bristow-Johnson) through torchaudio's biquads. A sweep blends the outputs of fixed
filters, each right in the middle of its piece: no filter state to carry, and no loop over samples.
"""

from collections.abc import Callable

import torch
import torchaudio.functional as F
from torch import Tensor

LOW_HZ, MIDDLE_HZ, HIGH_HZ = 250.0, 800.0, 2500.0
"""Where the three knobs work."""
KILLED_DB = -30.0
"""A knob at or below this is off: 24 dB an octave from the band's edge on."""
BUTTERWORTH = (0.5412, 1.3066)
"""Q of the two halves of a fourth-order Butterworth filter."""
_HEADROOM = 64.0
_PIECE_S = 0.5
_LEAD_S = 0.1


def equaliser(sound: Tensor, low_db: float, middle_db: float, high_db: float, sample_rate: int) -> Tensor:
    """Turn three knobs; one that stands at 0 costs nothing."""

    def knobs(x: Tensor) -> Tensor:
        if low_db <= KILLED_DB:
            x = _steep(x, F.highpass_biquad, LOW_HZ, sample_rate)
        elif low_db:
            x = F.bass_biquad(x, sample_rate, low_db, LOW_HZ)
        if middle_db:
            x = F.equalizer_biquad(x, sample_rate, MIDDLE_HZ, middle_db, 0.5)
        if high_db <= KILLED_DB:
            x = _steep(x, F.lowpass_biquad, HIGH_HZ, sample_rate)
        elif high_db:
            x = F.treble_biquad(x, sample_rate, high_db, HIGH_HZ)
        return x

    return _with_headroom(sound, knobs)


def low_pass(sound: Tensor, start_hz: float, end_hz: float, sample_rate: int) -> Tensor:
    """Take the highs; the corner moves from one end to the other on a scale of octaves."""
    return _sweep(sound, F.lowpass_biquad, start_hz, end_hz, sample_rate)


def high_pass(sound: Tensor, start_hz: float, end_hz: float, sample_rate: int) -> Tensor:
    """Take the lows; the corner moves from one end to the other on a scale of octaves."""
    return _sweep(sound, F.highpass_biquad, start_hz, end_hz, sample_rate)


def _sweep(sound: Tensor, kind: Callable[..., Tensor], start_hz: float, end_hz: float, sample_rate: int) -> Tensor:
    if start_hz == end_hz:
        return _with_headroom(sound, lambda x: _steep(x, kind, start_hz, sample_rate))
    pieces = max(1, round(len(sound) / (_PIECE_S * sample_rate)))
    half = -(-len(sound) // pieces)
    lead = round(_LEAD_S * sample_rate)

    def swept(x: Tensor) -> Tensor:
        result = torch.zeros_like(x)
        for knot in range(pieces + 1):
            corner = start_hz * (end_hz / start_hz) ** (knot / pieces)
            centre = knot * half
            begin, end = max(0, centre - half), min(len(x), centre + half)
            first = max(0, begin - lead)  # a filter needs a moment before what it says is true
            piece = _steep(x[first:end], kind, corner, sample_rate)[begin - first :]
            share = 1 - (torch.arange(begin, end) - centre).abs() / half
            result[begin:end] += piece * share
        return result

    return _with_headroom(sound, swept)


def _steep(x: Tensor, kind: Callable[..., Tensor], corner_hz: float, sample_rate: int) -> Tensor:
    """Filter with 24 dB an octave."""
    for q in BUTTERWORTH:
        x = kind(x, sample_rate, corner_hz, q)
    return x


def _with_headroom(sound: Tensor, work: Callable[[Tensor], Tensor]) -> Tensor:
    peak = float(sound.abs().max()) if len(sound) else 0.0
    if not peak:
        return sound
    scale = 1 / (_HEADROOM * peak)
    return work(sound * scale) / scale
