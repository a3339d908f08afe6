"""Loudness as people hear it: K-weighting, momentary and short-term for live use, gated for whole tracks.

Conventions
-----------
Sound is ``(frames, channels)`` float in [-1, 1]; a result is in LUFS, never below ``FLOOR_LUFS``. One or two channels
weigh 1 each. With six channels (L R C LFE Ls Rs) the fourth is left out and the surrounds weigh 1.41, as the standard
has it; any other count weighs 1 throughout.

Source
------
ITU-R BS.1770-4 and EBU R 128 / Tech 3341. The standard prints its filters for 48 kHz alone; the coefficients for any
other rate are derived from the analogue prototypes that those numbers come from (Brecht De Man, 2014).
"""

from collections import deque
from math import log10, pi, tan

import numpy as np
from numpy.typing import NDArray

from .biquad import Cascade

FLOOR_LUFS = -70.0
"""The absolute gate of the standard, and what silence is called here."""
_OFFSET = -0.691
_STEP_S = 0.1
_BLOCK_S = 0.4
_RELATIVE_GATE_LU = 10.0
_MOMENTARY_S = 0.4
_SHORT_TERM_S = 3.0
_CHUNK_FRAMES = 1 << 18


def k_weighting(rate: int) -> NDArray[np.float64]:
    """Return the two second-order sections of the K filter at ``rate``: shape (2, 6), for ``scipy.signal.sosfilt``."""
    # Head shelf. Below about 4 kHz sample rate the shelf's own frequency would pass half the rate: keep it under.
    gain_db, q, hz = 3.999843853973347, 0.7071752369554196, min(1681.974450955533, 0.45 * rate)
    k, vh = tan(pi * hz / rate), 10.0 ** (gain_db / 20.0)
    vb = vh**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = [
        (vh + vb * k / q + k * k) / a0,
        2.0 * (k * k - vh) / a0,
        (vh - vb * k / q + k * k) / a0,
        1.0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    ]
    q, hz = 0.5003270373238773, 38.13547087602444
    k = tan(pi * hz / rate)
    a0 = 1.0 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0]
    return np.array([shelf, high_pass], dtype=np.float64)


def channel_weights(channels: int) -> NDArray[np.float64]:
    """Return what each channel's power counts for, (channels,)."""
    weights = np.ones(channels)
    if channels == 6:
        weights[3:] = [0.0, 1.41, 1.41]
    return weights


def lufs(power: float) -> float:
    """Turn a weighted mean square into LUFS, floored."""
    return max(FLOOR_LUFS, _OFFSET + 10.0 * log10(power)) if power > 1e-12 else FLOOR_LUFS


class LoudnessMeter:
    """A running meter: feed it blocks, read momentary (400 ms) and short-term (3 s) loudness.

    The windows are made of whole blocks, so a reading is exact when blocks divide 400 ms (50 ms ones do). Until a
    window has filled, silence stands in for what has not been heard.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._filter = Cascade(k_weighting(rate), channels)
        self._weights = channel_weights(channels)
        self._blocks: deque[tuple[int, float]] = deque()
        self._frames_held = 0

    def step(self, block: NDArray[np.floating]) -> None:
        """Take in the next block, (frames, channels)."""
        frames = len(block)
        if frames == 0:
            return
        weighted = self._filter.process(np.nan_to_num(block.astype(np.float64)))
        self._blocks.append((frames, float(np.einsum("fc,fc,c->", weighted, weighted, self._weights))))
        self._frames_held += frames
        longest = round(_SHORT_TERM_S * self._rate)
        while self._frames_held - self._blocks[0][0] >= longest:
            self._frames_held -= self._blocks.popleft()[0]

    def momentary(self) -> float:
        """Return loudness over the last 400 ms, LUFS."""
        return self._over(_MOMENTARY_S)

    def short_term(self) -> float:
        """Return loudness over the last 3 s, LUFS."""
        return self._over(_SHORT_TERM_S)

    def _over(self, window_s: float) -> float:
        window = round(window_s * self._rate)
        # Half a frame a block of slack: 50 ms is no whole number of frames at 22,050 or 11,025 Hz.
        frames, energy, slack = 0, 0.0, round(window_s / 0.05 / 2)
        for count, square_sum in reversed(self._blocks):
            if frames + slack >= window:
                break
            frames, energy = frames + count, energy + square_sum
        return lufs(energy / max(frames, window))


def momentary_powers(samples: NDArray[np.floating], rate: int) -> NDArray[np.float64]:
    """Return the weighted power of each 100 ms step of a whole sound, (steps,); a last part step is left out.

    Four neighbours averaged are one gating block of the standard.
    """
    from scipy.signal import sosfilt  # slow to import, and live use does not need it

    frames, channels = samples.shape
    step = max(1, round(_STEP_S * rate))
    steps = frames // step
    if steps == 0 or channels == 0:
        return np.zeros(0)
    powers = np.zeros(steps)
    weights = channel_weights(channels)
    sos = k_weighting(rate)
    chunk = max(1, _CHUNK_FRAMES // step) * step
    for channel in range(channels):
        if weights[channel] == 0.0:
            continue
        state = np.zeros((2, 2))
        # In pieces, so that an hour at 96 kHz needs no second hour of float64 beside it.
        for start in range(0, steps * step, chunk):
            piece = samples[start : min(start + chunk, steps * step), channel].astype(np.float64)
            np.nan_to_num(piece, copy=False)
            # A tone at half the rate, 300 dB down: in digital silence the filter's memory would turn denormal, at ten
            # times the cost.
            piece[::2] += 1e-15
            weighted, state = sosfilt(sos, piece, zi=state)
            cells = weighted.reshape(-1, step)
            powers[start // step : start // step + len(cells)] += weights[channel] * np.einsum("ij,ij->i", cells, cells)
    return powers / step


def gated(step_powers: NDArray[np.float64]) -> float:
    """Return integrated loudness, LUFS, from the powers of 100 ms steps: absolute gate, then 10 LU under the rest."""
    span = round(_BLOCK_S / _STEP_S)
    if len(step_powers) == 0:
        return FLOOR_LUFS
    if len(step_powers) < span:
        return lufs(float(np.mean(step_powers)))
    blocks = np.convolve(step_powers, np.full(span, 1.0 / span), mode="valid")
    absolute = 10.0 ** ((FLOOR_LUFS - _OFFSET) / 10.0)
    loud = blocks[blocks > absolute]
    if len(loud) == 0:
        return FLOOR_LUFS
    relative = float(np.mean(loud)) * 10.0 ** (-_RELATIVE_GATE_LU / 10.0)
    return lufs(float(np.mean(loud[loud > relative])))


def integrated(samples: NDArray[np.floating], rate: int) -> float:
    """Return the gated loudness of a whole sound (frames, channels), LUFS, -70 for silence.

    A sound shorter than one 400 ms gating block is measured as it is; one under 100 ms is called silent.
    """
    return gated(momentary_powers(samples, rate))
