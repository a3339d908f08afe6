"""When to leave the track that plays, and how long the blend may be.

A track is left at its next mix-out far enough ahead. One that was passed while the track plays on is missed: the next
one counts, and after the last of them the last bar with 8, 4, 2 or 1 bars to go. When even that is past, the time is
now. A blend is as long as both tracks allow: it ends with the one that plays, and before the next one drops or breaks.

Conventions
-----------
Positions are seconds of the track; seconds ahead are of the set, so a track that plays fast gets there sooner. Beats of
a blend are those of the playing track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..hearing.now import NowPlaying
    from ..library.track import Cue, Track

AHEAD_S = 8.0
"""A mix-out nearer than this is not aimed for anew: nobody cues up a record in less. One aimed for is held until it is
past."""
PATIENCE = 4
"""Rankings (of a second) for which another mix-out must be the better one."""
LENGTHS_BEATS = (64, 32, 16)
_LAST_BARS = (8, 4, 2, 1)
_BEAT_S_WITHOUT_TEMPO = 0.5
_NEARLY = 0.99
"""Share of a length that is enough for it: beats are counted at the mean tempo."""


@dataclass(frozen=True, slots=True)
class MixOut:
    """Where the playing track can be left."""

    position_s: float
    """In the playing track; -1 if what plays is not known."""
    kind: str
    """``mix_out``, ``outro``, ``end`` (none left: some bars before the end), ``now`` (the last bar has begun), or
    empty if not known."""
    length_beats: int
    """Length that a blend may have: 16, 32 or 64 beats."""


UNKNOWN = MixOut(-1.0, "", 32)


def next_mix_out(now: NowPlaying | None, bars_s: Sequence[float] = ()) -> MixOut:
    """Choose the mix-out to aim for.

    Parameters
    ----------
    now
        What plays.
    bars_s
        Where its bars start, seconds, rising; empty where that is not known.
    """
    if now is None or now.position_s < 0:
        return UNKNOWN
    track = now.track
    beat_s = 60.0 / track.tempo_bpm if track.tempo_bpm > 0 else _BEAT_S_WITHOUT_TEMPO
    bar_s = (bars_s[-1] - bars_s[0]) / (len(bars_s) - 1) if len(bars_s) > 1 else 4.0 * beat_s
    end_s = min(track.duration_s, bars_s[-1] + bar_s) if len(bars_s) else track.duration_s
    soonest_s = _soonest_s(now)
    for cue in sorted(track.mix_outs, key=lambda cue: cue.position_s):
        if soonest_s <= cue.position_s < track.duration_s:
            return MixOut(cue.position_s, cue.kind, _fitting((end_s - cue.position_s) / beat_s))
    last_s = [_bar_before(end_s - bars * bar_s, bars_s) for bars in _LAST_BARS]
    ahead_s = [at for at in last_s if at >= soonest_s] or [at for at in last_s[-1:] if at >= now.position_s]
    if ahead_s:
        return MixOut(ahead_s[0], "end", _fitting((end_s - ahead_s[0]) / beat_s))
    return MixOut(last_s[-1], "now", LENGTHS_BEATS[-1])


def blend_beats(mix_out: MixOut, track: Track, cue: Cue, octaves: int = 0) -> int:
    """Return how long the blend may be: 16, 32 or 64 beats of the playing track.

    Parameters
    ----------
    mix_out
        Where the playing track is left.
    track, cue
        The next one, and where it comes in.
    octaves
        1 if the playing track's beats are twice as fast as the next one's, -1 if half as fast.
    """
    if track.tempo_bpm <= 0:
        return mix_out.length_beats
    if cue.kind == "drop":  # what comes in is loud at once: the two are heard together for as little as may be
        return min(mix_out.length_beats, LENGTHS_BEATS[-1])
    turns = [each.position_s for each in track.cues if each.kind in ("drop", "breakdown")]
    until_s = min((at for at in turns if at > cue.position_s), default=track.duration_s)
    beats = (until_s - cue.position_s) * track.tempo_bpm / 60.0 * 2.0**octaves
    return min(mix_out.length_beats, _fitting(beats))


class Aim:
    """Holds on to a mix-out until it is past, also while the position jumps between passages that sound alike.

    Called once a ranking; another mix-out of the same track counts once it was wanted ``PATIENCE`` times running.
    """

    def __init__(self) -> None:
        self._track = ""
        self._mix_out = UNKNOWN
        self._doubts = 0

    def step(self, now: NowPlaying | None, bars_s: Sequence[float] = ()) -> MixOut:
        """Return the mix-out to go by; parameters as for ``next_mix_out``."""
        wanted, track = next_mix_out(now, bars_s), "" if now is None else now.track.id
        if now is not None and track == self._track and now.position_s <= self._mix_out.position_s:
            nearer = _soonest_s(now) <= wanted.position_s < self._mix_out.position_s
            wanted = wanted if nearer else self._mix_out
        self._doubts = self._doubts + 1 if wanted != self._mix_out else 0
        if track != self._track or self._mix_out == UNKNOWN or self._doubts >= PATIENCE:
            self._track, self._mix_out, self._doubts = track, wanted, 0
        return self._mix_out


def _soonest_s(now: NowPlaying) -> float:
    return now.position_s + AHEAD_S * max(now.tempo_ratio, 0.1)


def _bar_before(at_s: float, bars_s: Sequence[float]) -> float:
    """Return the last bar that starts no later than ``at_s``; ``at_s`` itself where no bars are known."""
    if not len(bars_s):
        return max(at_s, 0.0)
    return float(max((bar for bar in bars_s if bar <= at_s + 1e-3), default=bars_s[0]))


def _fitting(beats: float) -> int:
    return next((length for length in LENGTHS_BEATS if beats >= _NEARLY * length), LENGTHS_BEATS[-1])
