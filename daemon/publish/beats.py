"""The beat of what plays: the named track's own grid where one is known, else what is heard, led by what the DJ says.

Conventions
-----------
Stepped once a tick: ``hear``, then ``step``. Times are stream seconds. What the DJ says of the tempo concerns what is
heard; a named track keeps its own beats.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import WishError
from ..rhythm.rhythm import BeatTracker
from ..rhythm.taps import Taps
from ..signal.pulse import BPM, TICK_S
from .playhead import BeatClock, Grid

if TYPE_CHECKING:
    from ..hearing.now import NowPlaying
    from ..library.snapshot import Snapshot
    from ..rhythm.rhythm import LiveBeat
    from ..signal.features import Floats
    from .publisher import Beat

SLOWEST_BPM, FASTEST_BPM = float(BPM[0]), float(BPM[-1])


class Beats:
    """Counts them through the whole set."""

    def __init__(self) -> None:
        self._rhythm = BeatTracker()
        self._clock = BeatClock()
        self._taps = Taps()
        self._snapshot: Snapshot | None = None
        self._grids: dict[str, Grid | None] = {}
        self._t = 0.0
        self._on_grid = False

    def use(self, snapshot: Snapshot) -> None:
        """Take grids from another library."""
        self._snapshot = snapshot
        self._grids.clear()

    def hear(self, onset: Floats, t: float) -> LiveBeat:
        """Advance the tracker by a tick's onset flux."""
        self._t = t
        return self._rhythm.step(onset, t)

    def step(self, now: NowPlaying | None, sound: LiveBeat) -> tuple[LiveBeat, tuple[Beat, ...]]:
        """Count on the named track's own grid once its position is sure, else on what is heard."""
        grid = self._grid(now) if now is not None and now.settled else None
        self._on_grid = grid is not None
        if now is None or grid is None:
            return self._clock.from_sound(sound, TICK_S)
        return self._clock.from_grid(grid, now.position_s, now.tempo_ratio, now.confidence, TICK_S)

    def say(self, bpm: float) -> str:
        """Take the DJ's word for the tempo, 0 to go by hearing alone; tell what is so now.

        Raises
        ------
        WishError
            If it is no tempo that can be followed.
        """
        if not bpm:
            self._rhythm.lean(0.0)
            return "the tempo goes by hearing"
        if not math.isfinite(bpm) or not SLOWEST_BPM <= bpm <= FASTEST_BPM:
            raise WishError(
                400, f"a tempo is {SLOWEST_BPM:g} to {FASTEST_BPM:g} BPM, or 0 to go by hearing; got {bpm:g}"
            )
        self._rhythm.lean(bpm)
        return self._answer(bpm)

    def tap(self, at_s: float) -> str:
        """Take a tap that came at ``at_s`` of a steady clock; tell what is so now."""
        # On average half of the next tick has been heard.
        found = self._taps.tap(at_s, self._t + TICK_S / 2)
        if found is None:
            return f"{self._taps.missing} more"
        bpm, beat_t = found
        while bpm < SLOWEST_BPM:  # every other beat, as a hand does
            bpm *= 2.0
        while bpm > FASTEST_BPM:
            bpm /= 2.0
        self._rhythm.set(bpm, (self._t - beat_t) * bpm / 60.0 % 1.0)
        return self._answer(bpm)

    def _answer(self, bpm: float) -> str:
        return f"{bpm:.1f} BPM" + ("; the named track keeps its own beats" if self._on_grid else "")

    def _grid(self, now: NowPlaying) -> Grid | None:
        if self._snapshot is None:
            return None
        track = now.track
        if track.id not in self._grids:
            self._grids[track.id] = Grid.of(self._snapshot, track)
        return self._grids[track.id]
