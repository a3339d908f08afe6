"""One deck heard by itself, before its fader: what is on it is known before it is on air.

Conventions
-----------
Fed what the pipeline is fed, in the same blocks, and stepped at the same hops. There is one record on a deck: nothing
is looked for beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..clock import HOP
from ..signal.loudness import LoudnessMeter
from ..signal.resample import Resampler
from ..sound.autolevel import AutoLevel
from ..sound.decode import mixdown

if TYPE_CHECKING:
    from ..config import Audio
    from .contracts import Follower, Listener, Samples
    from .now import NowPlaying

SILENT_LUFS, SILENT_BLOCKS = -60.0, 20
"""What is below this for a second is silence, once a quiet input has been raised."""


def columns(audio: Audio, channels: int) -> list[slice]:
    """Return where the sound of each deck lies in a block of so many channels, the master's first.

    Sound that does not have the channels that the settings ask for, such as a stereo recording of a set, is all master.
    """
    widths = [len(deck) for deck in audio.decks]
    if channels != len(audio.channels) + sum(widths):
        return []
    ends = len(audio.channels) + np.cumsum(widths)
    return [slice(int(end) - width, int(end)) for end, width in zip(ends, widths, strict=True)]


class Prefader:
    """Hears one deck.

    Parameters
    ----------
    engine
        The model; its state is kept here.
    rate
        Of the sound that will be fed.
    where
        Its channels in a block.
    """

    def __init__(self, engine: Listener, rate: int, where: slice) -> None:
        self._engine, self._where = engine, where
        self._meter = LoudnessMeter(rate, where.stop - where.start)
        self._autolevel = AutoLevel()
        self._resampler = Resampler(rate)
        self._waiting = np.zeros(0, np.float32)
        self._state = engine.init_state()
        self.follower: Follower | None = None
        """Its tracker, once there is a library."""
        self._silent = 0
        self.playing: NowPlaying | None = None
        """What is on the deck at the end of the last hop."""

    def use(self, follower: Follower) -> None:
        """Go on with the tracker of another library."""
        self.follower, self.playing = follower, None

    def feed(self, block: Samples) -> None:
        """Take in a block of 50 ms, (frames, channels)."""
        own = block[:, self._where]
        self._meter.step(own)
        lufs = self._meter.momentary()
        gain = np.float32(self._autolevel.step(lufs))
        self._silent = self._silent + 1 if lufs + self._autolevel.gain_db < SILENT_LUFS else 0
        self._waiting = np.concatenate([self._waiting, gain * self._resampler.process(mixdown(own))])

    def finish(self, block: Samples) -> None:
        """Take in the last block, and what the resampler holds back."""
        rest = [self._resampler.process(mixdown(block[:, self._where])), self._resampler.flush()]
        self._waiting = np.concatenate([self._waiting, *rest])

    def step(self) -> None:
        """Hear the next hop of what was fed."""
        hop, self._waiting = self._waiting[:HOP], self._waiting[HOP:]
        heard, self._state = self._engine.step(hop, self._state)
        if self.follower is not None:
            self.playing, _ = self.follower.step(hop, heard, self._state, self._silent >= SILENT_BLOCKS)

    def search(self) -> None:
        """End the hop: look for a record that is not known yet."""
        if self.follower is not None:
            self.playing, _ = self.follower.search()
