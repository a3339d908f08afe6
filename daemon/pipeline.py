"""Sound in, messages out: every stage of the listening path, in order, with nothing hidden between them.

Conventions
-----------
Pure: no clock, thread, file or socket. Blocks of any size are cut anew into 50 ms of the source before anything looks
at them, so the messages do not depend on how the sound was cut; the same sound twice gives the same bytes. Stream time
is 16 kHz samples since the start. Not for several threads at once.

    block → 50 ms blocks → loudness → mono 16 kHz → ticks → features, beat, key → (each 5th) engine, tracker,
    adviser → playhead → publisher → messages
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from .adviser import Adviser
from .beats import Beats
from .clock import HOP, SAMPLE_RATE, TICK
from .decode import clean, mixdown
from .errors import ArtifactError
from .features import Features
from .loudness import LoudnessMeter
from .messages import Message
from .publisher import Frame, Health, Publisher, State
from .resample import Resampler
from .rhythm import LiveBeat
from .told import Told
from .tonality_live import KeyEstimate, KeyTracker

if TYPE_CHECKING:
    from .artifact import Artifact
    from .config import Config
    from .engine import Embedding
    from .engine import State as EngineState
    from .library import Snapshot
    from .now import NowPlaying
    from .taste import Taste

Samples = NDArray[np.float32]

TICK_S = TICK / SAMPLE_RATE
NO_SIGNAL_S = 2.0
"""Silence for this long is said to be no signal."""


class Listener(Protocol):
    """What the pipeline asks of the model (``engine.Engine``)."""

    @property
    def hop(self) -> int:
        """Samples in a step."""

    @property
    def artifact(self) -> Artifact:
        """What it says about itself."""

    def init_state(self) -> EngineState:
        """Return the state of a fresh stream."""

    def step(self, samples: Samples, state: EngineState) -> tuple[Embedding, EngineState]:
        """Advance one hop."""


class Follower(Protocol):
    """What the pipeline asks of the tracker (``tracker.Tracker``)."""

    def step(
        self, samples: Samples, heard: Embedding, state: EngineState, silence: bool
    ) -> tuple[NowPlaying | None, NowPlaying | None]:
        """Advance one hop."""

    def plausible(self) -> set[int]:
        """Return the tracks that may have been mixed in."""

    def refuted(self) -> set[int]:
        """Return the tracks that were taken for what plays, and are not."""

    def expect(self, number: int | None) -> None:
        """Look first for a track that is said to play, or for none."""

    def demand(self, confidence: float) -> None:
        """Be so sure from now on before a track is named."""


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
        Of the sound that will be fed.
    follow
        Makes the tracker of a snapshot.
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
        follow: Callable[[Snapshot], Follower] | None = None,
        taste: Taste | None = None,
    ) -> None:
        if engine.hop != HOP:
            raise ArtifactError(f"the artifact's hop is {engine.hop} samples, wanted {HOP}; export it again")
        self._config = config
        self._engine = engine
        self._publisher = publisher
        self._follow = follow or self._own_tracker
        self._meter = LoudnessMeter(rate, channels)
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
        self._state = engine.init_state()
        self.adviser = Adviser(config.suggest, HOP / SAMPLE_RATE, engine.artifact.warmup_hops, taste)
        """Keeps the suggestions."""
        self.wishes = self.adviser.wishes
        """What the DJ says of suggestions while it plays."""

        self._snapshot: Snapshot | None = None
        self._tracker: Follower | None = None
        self._told = Told(HOP / SAMPLE_RATE)
        self._now: NowPlaying | None = None
        self._now2: NowPlaying | None = None
        self._heard_t, self._named = 0.0, ""
        if snapshot is not None:
            self.replace_snapshot(snapshot)

    @property
    def t(self) -> float:
        """Stream time up to which messages have been made, seconds."""
        return self._ticks * TICK_S

    def replace_snapshot(self, snapshot: Snapshot) -> None:
        """Go on with another library; what the set has played is remembered."""
        self._snapshot = snapshot
        self._tracker = self._follow(snapshot)
        self._now = self._now2 = None
        self.beats.use(snapshot)
        self.adviser.use(snapshot)
        self._told.use(snapshot)

    def adopt(self, config: Config) -> None:
        """Go over to other settings, of suggestions and of when a track is named; the rest stays."""
        self._config = config
        self.adviser.adopt(config.suggest)
        if self._tracker is not None:
            self._tracker.demand(config.track.confidence)

    def tell(self, name: str) -> str:
        """Take a track for what plays, by id or path, or go by hearing (``Told.tell``); say what is so now."""
        return self._told.tell(name, self.t)

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
                self._meter.step(whole)
                self._listen(self._resampler.process(mixdown(whole)), health, messages)
        return messages

    def finish(self) -> list[Message]:
        """End the stream: what the stages still hold back, up to the last whole tick."""
        messages: list[Message] = []
        rest = clean(self._block[: self._filled])
        self._filled = 0
        held = [self._resampler.process(mixdown(rest)), self._resampler.flush()]
        self._listen(np.concatenate(held), Health(), messages)
        return messages

    def _own_tracker(self, snapshot: Snapshot) -> Follower:
        from .tracker import Tracker

        return Tracker(snapshot, self._engine, HOP / SAMPLE_RATE, self._config.track.confidence)

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
        heard = self._features.step(samples, self._meter.momentary(), self._meter.short_term())
        level = heard.level
        sound = self.beats.hear(heard.flux, t)
        key = self._tonality.step(heard.chroma)
        self._silent_ticks = self._silent_ticks + 1 if level.silence else 0

        self._hop[self._hop_filled : self._hop_filled + TICK] = samples
        self._hop_filled = (self._hop_filled + TICK) % HOP
        transition = self._hop_done(t, sound, key, level.energy, level.silence) if self._hop_filled == 0 else False

        now, now2 = self._carried(self._now, t), self._carried(self._now2, t)
        beat, beats = self.beats.step(now, sound)
        frame = Frame(
            t=t,
            state=self._doing(),
            level=level,
            beat=beat,
            key=key,
            now=now,
            now2=now2,
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

    def _hop_done(self, t: float, beat: LiveBeat, key: KeyEstimate, energy: float, silence: bool) -> bool:
        """Step all that goes by hops; tell whether another track has taken over."""
        embedding, self._state = self._engine.step(self._hop, self._state)
        if self._tracker is None or self._snapshot is None:
            return False
        self._tracker.expect(self._told.number)
        self._now, self._now2 = self._told.step(*self._tracker.step(self._hop, embedding, self._state, silence))
        for text in self._told.lapses():
            self._publisher.log(2, text)
        self._heard_t = t
        tracks = self._snapshot.tracks
        suspects = {tracks[number].id for number in self._tracker.plausible()}
        self.adviser.acquit({tracks[number].id for number in self._tracker.refuted()})
        self.adviser.step(
            t, self._hop, embedding.query, embedding.ident, self._now, self._now2, suspects, beat, key, energy, silence
        )
        named = self._now.track.id if self._now is not None else self._named
        transition = bool(self._named) and named != self._named
        self._named = named
        return transition

    def _carried(self, deck: NowPlaying | None, t: float) -> NowPlaying | None:
        """Move a playhead from the hop's end to ``t``."""
        if deck is None or t == self._heard_t or deck.position_s < 0:
            return deck
        position_s = deck.position_s + (t - self._heard_t) * deck.tempo_ratio
        return replace(deck, position_s=min(position_s, deck.track.duration_s))
