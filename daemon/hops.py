"""What goes by hops: the model, the tracker, what another program says, and the suggestions.

Conventions
-----------
A hop has two halves. At the tick that ends it, decks with a record are followed: where it is goes out at once. At the
next tick empty decks are listened to, and suggestions made, which takes longer. Both halves speak of the hop's end.
Times are stream seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .advice.adviser import Adviser
from .clock import HOP, SAMPLE_RATE
from .hearing.contracts import Follower, Listener, Samples
from .hearing.told import Told

if TYPE_CHECKING:
    from .advice.taste import Taste
    from .config import Config
    from .engine import Embedding
    from .hearing.now import NowPlaying
    from .hearing.prefader import Prefader
    from .library.snapshot import Snapshot
    from .rhythm.rhythm import LiveBeat
    from .rhythm.tonality_live import KeyEstimate

HOP_S = HOP / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Hop:
    """A hop, and what was heard at its last tick."""

    t: float
    """Its end."""
    samples: Samples
    """Mono at 16 kHz, (HOP,)."""
    beat: LiveBeat
    key: KeyEstimate
    energy: float
    silence: bool


class Hops:
    """Hears hop by hop.

    Parameters
    ----------
    config
        All settings.
    engine
        The model.
    prefaders
        The decks that are heard one by one.
    follow
        Makes a tracker of a snapshot; False: of one for a deck, on which there is one record.
    taste
        What was learnt in other sets.
    """

    def __init__(
        self,
        config: Config,
        engine: Listener,
        prefaders: Sequence[Prefader],
        follow: Callable[[Snapshot, bool], Follower] | None = None,
        taste: Taste | None = None,
    ) -> None:
        self._config, self._engine, self._prefaders = config, engine, prefaders
        self._follow = follow or self._own_tracker
        self._state = engine.init_state()
        self.adviser = Adviser(config.suggest, HOP_S, engine.artifact.warmup_hops, taste)
        self.told = Told(HOP_S)
        self._snapshot: Snapshot | None = None
        self._tracker: Follower | None = None
        self._half: tuple[Hop, Embedding] | None = None
        self._now: NowPlaying | None = None
        self._now2: NowPlaying | None = None
        self._t, self._named = 0.0, ""

    def use(self, snapshot: Snapshot) -> None:
        """Go on with another library; what the set has played is remembered."""
        self.search()
        self._snapshot = snapshot
        self._tracker = self._follow(snapshot, True)
        for prefader in self._prefaders:
            prefader.use(self._follow(snapshot, False))
        self._half = self._now = self._now2 = None
        self.adviser.use(snapshot)
        self.told.use(snapshot)

    def adopt(self, config: Config) -> None:
        """Go over to other settings, of suggestions and of when a track is named."""
        self._config = config
        self.adviser.adopt(config.suggest)
        for tracker in (self._tracker, *(prefader.follower for prefader in self._prefaders)):
            if tracker is not None:
                tracker.demand(config.track.confidence)

    def now(self, t: float) -> tuple[NowPlaying | None, NowPlaying | None]:
        """Return what plays, and what plays beside it, with their playheads at ``t``."""
        return self._carried(self._now, t), self._carried(self._now2, t)

    def decks(self, t: float) -> tuple[NowPlaying | None, ...]:
        """Return what is on each deck that is heard by itself, at ``t``."""
        return tuple(self._carried(prefader.playing, t) for prefader in self._prefaders)

    def step(self, hop: Hop) -> bool:
        """Follow what is known; tell whether another track has taken over."""
        for prefader in self._prefaders:
            prefader.step()
        embedding, self._state = self._engine.step(hop.samples, self._state)
        if self._tracker is None:
            return False
        self._tracker.expect(self.told.number)
        self._suspect(self._tracker)
        heard = self._tracker.step(hop.samples, embedding, self._state, hop.silence)
        self._now, self._now2 = self.told.step(*heard)
        self._t, self._half = hop.t, (hop, embedding)
        return self._handed_over()

    def search(self) -> bool:
        """Look for what is not known, and for what could come next, if that is still to be done; tell the same."""
        if self._half is None or self._tracker is None or self._snapshot is None:
            return False
        (hop, embedding), self._half = self._half, None
        for prefader in self._prefaders:
            prefader.search()
        self._suspect(self._tracker)
        self._now, self._now2 = self.told.step(*self._tracker.search(), again=True)
        tracks = self._snapshot.tracks
        self.adviser.acquit({tracks[number].id for number in self._tracker.refuted()})
        self.adviser.step(
            hop.t,
            hop.samples,
            embedding.query,
            embedding.ident,
            self._now,
            self._now2,
            {tracks[number].id for number in self._tracker.plausible()},
            hop.beat,
            hop.key,
            hop.energy,
            hop.silence,
        )
        return self._handed_over()

    def _suspect(self, tracker: Follower) -> None:
        tracker.suspect([prefader.playing for prefader in self._prefaders if prefader.playing is not None])

    def _own_tracker(self, snapshot: Snapshot, blend: bool) -> Follower:
        from .hearing.tracker import Tracker

        return Tracker(snapshot, self._engine, HOP_S, self._config.track.confidence, blend)

    def _handed_over(self) -> bool:
        named = self._now.track.id if self._now is not None else self._named
        handed_over = bool(self._named) and named != self._named
        self._named = named
        return handed_over

    def _carried(self, deck: NowPlaying | None, t: float) -> NowPlaying | None:
        """Move a playhead from the hop's end to ``t``."""
        if deck is None or t == self._t or deck.position_s < 0:
            return deck
        position_s = deck.position_s + (t - self._t) * deck.tempo_ratio
        return replace(deck, position_s=min(position_s, deck.track.duration_s))
