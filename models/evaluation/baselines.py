"""What needs no learning: mean and deviation over a window of log-mel, MFCC and chroma.

Conventions
-----------
A frame grid starts at the track's first sample and steps by 20 ms (chroma: 100 ms), so that windows share their frames.
Every number is brought to zero mean and unit deviation over the library, then a vector to unit length.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.fft import dct

from ...daemon.clock import SAMPLE_RATE
from ...daemon.signal.spectrum import CHROMA_FPS, chroma, filterbank
from .queries import Floats, Music, Plan, Tell
from .spaces import BASELINE, Asked, Library

LOG_MEL = "log-mel statistics"
"""The one that others are held against: of the three it knows most."""
_STEP, _WINDOW = 320, 1024
_COEFFICIENTS = 20


@dataclass(frozen=True, slots=True)
class _Filed(Library):
    mean: Floats | float = 0.0
    deviation: Floats | float = 1.0
    window: int = 0


class Statistics:
    """A space of statistics over the frames of the last window.

    Parameters
    ----------
    frames
        Gives (frames, numbers) of a sound.
    step
        Samples from one frame to the next.
    margin
        Frames at the end of a window that reach beyond it.
    """

    role = BASELINE

    def __init__(self, name: str, frames: Callable[[Floats], Floats], step: int, margin: int, change: bool) -> None:
        self.name = name
        self._frames, self._step, self._margin, self._change = frames, step, margin, change

    def file(self, music: Music, plan: Plan, tell: Tell) -> Library:
        """Summarise every window of the plan."""
        count = plan.window // self._step - self._margin
        raw = []
        for track in range(len(music.pcm)):
            tell(f"{self.name}: the library", track / len(music.pcm))
            frames = self._frames(music.part(track))
            starts = plan.keys[plan.keys[:, 0] == track, 1] // self._step
            raw += [self._summary(frames[start : start + count]) for start in starts]
        table = np.stack(raw)
        mean, deviation = table.mean(0), table.std(0) + np.float32(1e-9)
        keys = _unit((table - mean) / deviation)
        return _Filed(keys, keys, plan.keys[:, 0], None, mean, deviation, plan.window)

    def ask(self, sound: Floats, library: Library) -> Asked:
        """Summarise the last window of the sound."""
        assert isinstance(library, _Filed)
        count = library.window // self._step - self._margin
        raw = self._summary(self._frames(sound[-library.window :])[:count])
        return Asked(_unit((raw - library.mean) / library.deviation))

    def _summary(self, frames: Floats) -> Floats:
        parts = [frames.mean(0), frames.std(0)]
        if self._change:
            parts.append(np.diff(frames, axis=0).std(0))
        return np.concatenate(parts).astype(np.float32)


def baselines() -> tuple[Statistics, ...]:
    """Return all of them."""
    margin = -(-_WINDOW // _STEP) - 1
    return (
        Statistics(LOG_MEL, log_mel, _STEP, margin, change=True),
        Statistics("MFCC statistics", mfcc, _STEP, margin, change=True),
        Statistics("chroma statistics", chroma, SAMPLE_RATE // CHROMA_FPS, 0, change=False),
    )


def log_mel(sound: Floats) -> Floats:
    """Return log power in bands of a sixth of an octave, none narrower than 16 Hz, up to 8 kHz, (frames, bands)."""
    edges = np.unique(np.round(np.geomspace(2, _WINDOW // 2, 49)).astype(int))
    return np.asarray(np.log(np.add.reduceat(_power(sound), edges[:-1], axis=1) + 1e-4), np.float32)


def mfcc(sound: Floats) -> Floats:
    """Return 20 cepstral coefficients of 40 mel bands, (frames, 20)."""
    bank, _ = filterbank(_WINDOW // 2 + 1, 40)
    return np.asarray(dct(np.log(_power(sound) @ bank + 1e-4), axis=1, norm="ortho")[:, :_COEFFICIENTS], np.float32)


def _power(sound: Floats) -> Floats:
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_STEP] * np.hanning(_WINDOW).astype(np.float32)
    return np.asarray(np.abs(np.fft.rfft(frames, axis=1)) ** 2, np.float32)


def _unit(x: Floats) -> Floats:
    return np.asarray(x / np.linalg.norm(x, axis=-1, keepdims=True).clip(1e-9), np.float32)
