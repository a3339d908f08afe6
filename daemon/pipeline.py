"""Sound in, messages out: every stage of the listening path, in order, with nothing hidden between them.

Conventions
-----------
Pure: no clock, thread, file or socket. Blocks of any size are cut anew into 50 ms of the source before anything looks
at them, so the messages do not depend on how the sound was cut; the same sound twice gives the same bytes. Stream time
is 16 kHz samples since the start. Not for several threads at once.

    block → 50 ms blocks → loudness → mono 16 kHz → ticks → features, beat, key → (each 5th, ``hops``) engine, tracker,
    adviser → playhead → publisher → messages
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .clock import HOP, SAMPLE_RATE, TICK
from .errors import ArtifactError
from .hearing.contracts import Follower, Listener, Samples
from .hearing.prefader import Prefader, columns
from .hops import Hop, Hops
from .messages import Message
from .publish.beats import Beats
from .publish.publisher import Frame, Health, Publisher, State
from .rhythm.tonality_live import KeyTracker
from .signal.features import Features
from .signal.loudness import LoudnessMeter
from .signal.resample import Resampler
from .sound.autolevel import AutoLevel
from .sound.decode import clean, mixdown
from .sound.gauge import Gauge

if TYPE_CHECKING:
    from .advice.taste import Taste
    from .config import Config
    from .library.snapshot import Snapshot

TICK_S = TICK / SAMPLE_RATE
NO_SIGNAL_S = 2.0
"""Silence for this long is said to be no signal."""


class Pipeline:
    """Listens.

    Parameters
    ----------
    config
        All settings.
    engine
        The model.
    snapshot
        The library, None while it is being loaded.
    publisher
        Turns what is known at each tick into messages.
    rate, channels
        Of the sound that will be fed: the master's channels, then those of each deck (``prefader.columns``).
    follow
        Makes a tracker of a snapshot; False: of one for a deck, on which there is one record.
    taste
        What was learnt in other sets.

    Raises
    ------
    ArtifactError
        If the model's hop is not the clock's.
    """

    def __init__(
        self,
        config: Config,
        engine: Listener,
        snapshot: Snapshot | None,
        publisher: Publisher,
        rate: int,
        channels: int,
        follow: Callable[[Snapshot, bool], Follower] | None = None,
        taste: Taste | None = None,
    ) -> None:
        if engine.hop != HOP:
            raise ArtifactError(f"the artifact's hop is {engine.hop} samples, wanted {HOP}; export it again")
        self._publisher = publisher
        decks = columns(config.audio, channels)
        self._master = decks[0].start if decks else channels
        self._prefaders = [Prefader(engine, rate, where) for where in decks]
        self._meter = LoudnessMeter(rate, self._master)
        self._gauge = Gauge()
        self._autolevel = AutoLevel()
        self._resampler = Resampler(rate)
        self._block = np.zeros((round(rate / 20), channels), np.float32)
        self._filled = 0
        self._mono = np.zeros(0, np.float32)
        self._hop = np.zeros(HOP, np.float32)
        self._hop_filled = self._ticks = self._silent_ticks = 0

        self._features = Features()
        self.beats = Beats()
        """Counts beats, and hears what the DJ says of them."""
        self._tonality = KeyTracker()
        self._hops = Hops(config, engine, self._prefaders, follow, taste)
        self.adviser = self._hops.adviser
        """Keeps the suggestions."""
        self.wishes = self.adviser.wishes
        """What the DJ says of suggestions while it plays."""
        self._snapshot: Snapshot | None = None
        if snapshot is not None:
            self.replace_snapshot(snapshot)

    @property
    def t(self) -> float:
        """Stream time up to which messages have been made, seconds."""
        return self._ticks * TICK_S

    def replace_snapshot(self, snapshot: Snapshot) -> None:
        """Go on with another library; what the set has played is remembered."""
        self._snapshot = snapshot
        self.beats.use(snapshot)
        self._hops.use(snapshot)

    def adopt(self, config: Config) -> None:
        """Go over to other settings, of suggestions and of when a track is named; the rest stays."""
        self._hops.adopt(config)

    def tell(self, name: str) -> str:
        """Take a track for what plays, by id or path, or go by hearing (``Told.tell``); say what is so now."""
        return self._hops.told.tell(name, self.t)

    def feed(self, block: Samples, health: Health = Health()) -> list[Message]:  # noqa: B008 (immutable)
        """Take in sound.

        Parameters
        ----------
        block
            (frames, channels), float32, any number of frames.
        health
            How the machine keeps up; zeros in a replay.

        Returns
        -------
        list of Message
            Of the ticks that this block completed, in sending order.
        """
        messages: list[Message] = []
        size, start = len(self._block), 0
        while start < len(block):
            taken = min(size - self._filled, len(block) - start)
            self._block[self._filled : self._filled + taken] = block[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == size:
                self._filled = 0
                whole = clean(self._block)
                for prefader in self._prefaders:
                    prefader.feed(whole)
                master = whole[:, : self._master]
                self._meter.step(master)
                if warning := self._gauge.step(master, self._meter.momentary()):
                    self._publisher.log(2, warning)
                self._listen(self._resampler.process(mixdown(master)), health, messages)
        return messages

    def finish(self) -> list[Message]:
        """End the stream: what the stages still hold back, up to the last whole tick."""
        messages: list[Message] = []
        rest = clean(self._block[: self._filled])
        self._filled = 0
        for prefader in self._prefaders:
            prefader.finish(rest)
        held = [self._resampler.process(mixdown(rest[:, : self._master])), self._resampler.flush()]
        self._listen(np.concatenate(held), Health(), messages)
        self._hops.search()
        return messages

    def _listen(self, mono: Samples, health: Health, messages: list[Message]) -> None:
        waiting = np.concatenate([self._mono, mono]) if len(self._mono) else mono
        start = 0
        while len(waiting) - start >= TICK:
            messages += self._tick(waiting[start : start + TICK], health)
            start += TICK
        self._mono = waiting[start:].copy()

    def _tick(self, samples: Samples, health: Health) -> list[Message]:
        self._ticks += 1
        t = self.t
        lufs_m, lufs_s = self._meter.momentary(), self._meter.short_term()
        samples = samples * np.float32(self._autolevel.step(lufs_m))
        gain_db = self._autolevel.gain_db
        heard = self._features.step(samples, lufs_m + gain_db, lufs_s + gain_db)
        level = replace(heard.level, lufs_m=lufs_m, lufs_s=lufs_s)
        sound = self.beats.hear(heard.flux, t)
        key = self._tonality.step(heard.chroma)
        self._silent_ticks = self._silent_ticks + 1 if level.silence else 0

        self._hop[self._hop_filled : self._hop_filled + TICK] = samples
        self._hop_filled = (self._hop_filled + TICK) % HOP
        if self._hop_filled == 0:
            transition = self._hops.step(Hop(t, self._hop.copy(), sound, key, level.energy, level.silence))
        else:
            transition = self._hops.search()
        for text in self._hops.told.lapses():
            self._publisher.log(2, text)

        now, now2 = self._hops.now(t)
        beat, beats = self.beats.step(now, sound)
        frame = Frame(
            t=t,
            state=self._doing(),
            level=level,
            beat=beat,
            key=key,
            now=now,
            now2=now2,
            decks=self._hops.decks(t),
            next=self.adviser.standing,
            beats=beats,
            transition=transition,
            health=health,
        )
        return self._publisher.step(frame)

    def _doing(self) -> State:
        if self.wishes.paused:
            return State.PAUSED
        if self._snapshot is None:
            return State.LOADING
        return State.LISTENING if self._silent_ticks * TICK_S < NO_SIGNAL_S else State.NO_SIGNAL
