"""When to leave the track that plays: its next mix-out line far enough ahead, and how long the blend may be.

Conventions
-----------
Positions are seconds of the track; seconds ahead are of the set, so a track that plays fast gets there sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .now import NowPlaying

AHEAD_S = 8.0
"""A mix-out nearer than this is missed: nobody cues up a record in less."""
PATIENCE = 4
"""Rankings (of a second) for which another mix-out must be the better one."""
_LENGTHS_BEATS = (64, 32, 16)
_LAST_BARS = 8
_BAR_S_WITHOUT_TEMPO = 2.0


@dataclass(frozen=True, slots=True)
class MixOut:
    """Where the playing track can be left."""

    position_s: float
    """In the playing track; -1 if what plays is not known."""
    kind: str
    """``mix_out``, ``outro``, ``end`` (no line left: some bars before the end), or empty if not known."""
    length_beats: int
    """Length that a blend may have: 16, 32 or 64 beats."""


UNKNOWN = MixOut(-1.0, "", 32)


def next_mix_out(now: NowPlaying | None) -> MixOut:
    """Choose the mix-out to aim for."""
    if now is None or now.position_s < 0:
        return UNKNOWN
    track = now.track
    bar_s = 240.0 / track.tempo_bpm if track.tempo_bpm > 0 else _BAR_S_WITHOUT_TEMPO
    soonest_s = now.position_s + AHEAD_S * max(now.tempo_ratio, 0.1)
    for cue in sorted(track.mix_outs, key=lambda cue: cue.position_s):
        if soonest_s <= cue.position_s < track.duration_s:
            return MixOut(cue.position_s, cue.kind, _length(track.duration_s - cue.position_s, bar_s))
    latest_s = max(track.duration_s - _LAST_BARS * bar_s, 0.0)
    if latest_s < soonest_s:
        latest_s = max(min(soonest_s, track.duration_s - 2 * bar_s), min(now.position_s, track.duration_s), 0.0)
        # Whole bars, so that the line does not creep along with the playhead.
        bars_left = max(1, int((track.duration_s - latest_s) / bar_s))
        latest_s = max(track.duration_s - bars_left * bar_s, 0.0)
    return MixOut(latest_s, "end", _length(track.duration_s - latest_s, bar_s))


class Aim:
    """Holds on to a mix-out while the position jumps between passages that sound alike.

    Called once a ranking; another mix-out of the same track counts once it was wanted ``PATIENCE`` times running.
    """

    def __init__(self) -> None:
        self._track = ""
        self._mix_out = UNKNOWN
        self._doubts = 0

    def step(self, now: NowPlaying | None) -> MixOut:
        """Return the mix-out to go by."""
        wanted, track = next_mix_out(now), "" if now is None else now.track.id
        self._doubts = self._doubts + 1 if wanted != self._mix_out else 0
        if track != self._track or self._mix_out == UNKNOWN or self._doubts >= PATIENCE:
            self._track, self._mix_out, self._doubts = track, wanted, 0
        return self._mix_out


def _length(left_s: float, bar_s: float) -> int:
    beats = 4.0 * left_s / bar_s
    return next((length for length in _LENGTHS_BEATS if beats >= length), _LENGTHS_BEATS[-1])
