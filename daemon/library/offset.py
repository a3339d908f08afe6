"""How far another program's decoder is ahead of or behind ours in a file, told from where its beats fall in our sound.

MP3 and AAC begin with samples of the encoder's own. Some decoders drop them and some do not, so that one program's
times are a frame or two off another's (26 ms for rekordbox's MP3s, 25 ms for Mixxx's). Where beats are, sound sets in:
the shift that puts most of it under the grid says which, if it is clearly better than all others. A grid that is half a
beat off is no such thing, and stays as the DJ has it; and since the decoder's part can only be whole frames, a beat
finder that is some milliseconds off (Mixxx's is 10 ms early) does not move what the DJ set.
"""

import numpy as np
import numpy.typing as npt

from ..clock import SAMPLE_RATE

__all__ = ["FRAMES", "offset"]

FRAMES = {".mp3": 1128, ".m4a": 1024, ".m4b": 1024, ".mp4": 1024, ".aac": 1024}
"""Samples of the file by which decoders differ. In an MP3 this is 1105 (LAME's delay) or 1152 (a frame with nothing but
tags that was played): what is between is a millisecond off neither. In all other files the first sample is the same one
for everybody."""
_STEP_S = 0.001
_REACH_S = 0.060
_FEWEST_BEATS = 32
_CLEAR = 1.25
"""How much more sound must set in under the shifted grid than under the unshifted one."""
_SHARP = 1.15
"""And how much more than anywhere else."""
_WIDTH_S = 0.012


def offset(mono16k: npt.NDArray[np.float32], beats_s: npt.NDArray[np.float64], frame_s: float) -> float:
    """Find what must be added to a program's times, seconds; 0 where that cannot be told.

    Parameters
    ----------
    mono16k
        The file as it is decoded here, (frames,).
    beats_s
        The program's beats, (n,).
    frame_s
        The answer is a multiple of this.
    """
    step = round(SAMPLE_RATE * _STEP_S)
    frames = len(mono16k) // step
    reach = round(_REACH_S / _STEP_S)
    at = np.round(beats_s / _STEP_S).astype(np.int64)
    at = at[(at >= reach) & (at < frames - reach)]
    if len(at) < _FEWEST_BEATS:
        return 0.0
    under = _onsets(mono16k[: frames * step].reshape(frames, step))[at[:, None] + np.arange(-reach, reach + 1)]
    score = under.mean(axis=0)
    best = int(np.argmax(score))
    width = round(_WIDTH_S / _STEP_S)
    others = np.delete(score, np.arange(max(0, best - width), min(len(score), best + width + 1)))
    if score[best] <= 0.0 or score[best] < _CLEAR * score[reach] or score[best] < _SHARP * others.max():
        return 0.0
    return round(frame_s * round((best - reach) * _STEP_S / frame_s), 6)


def _onsets(pieces: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """How strongly sound sets in, (frames,), one a millisecond, alike for loud and soft parts."""
    power = np.convolve((pieces.astype(np.float64) ** 2).mean(axis=1), np.ones(4) / 4, "same")
    level = np.log(power + 1e-3 * power.mean() + 1e-9)
    rise = np.zeros(len(level))
    rise[3:-3] = np.maximum(level[6:] - level[:-6], 0.0)
    return np.convolve(rise, np.ones(5) / 5, "same")
