"""Where the named track stands on its own beats, and one beat count that runs on through every change of its source.

Conventions
-----------
A beat number is a float: its whole part is the beat's index in the track, its fraction the way to the next one.
Positions are seconds of the track at its original speed; ``bpm`` of a grid is at that speed too. A beat is told in the
tick whose end is nearest to it, which may be up to half a tick early: lights that wait for the tick after it lag.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from ..rhythm.rhythm import LiveBeat
from .publisher import Beat

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot, Track

PHRASE_BARS = 8
"""Bars from one phrase line to the next."""
_SMOOTH_BEATS = 8
_LEAST_BEATS = 8


class Grid:
    """A track's beats, asked by position.

    Parameters
    ----------
    beats_s
        Seconds of each beat, ascending.
    downbeats
        Indexes of the beats that open a bar, ascending.
    phrase_beats
        Beats known to lie on phrase lines (the track's cues), any order.
    """

    def __init__(self, beats_s: list[float], downbeats: list[int], phrase_beats: list[int]) -> None:
        self._beats = beats_s
        last = len(beats_s) - 1
        self._bpm = []
        for i in range(len(beats_s)):
            a, b = max(0, i - _SMOOTH_BEATS), min(last, i + _SMOOTH_BEATS)
            self._bpm.append(60.0 * (b - a) / (beats_s[b] - beats_s[a]))
        self._downbeats = downbeats
        bars = [bisect_right(downbeats, beat) - 1 for beat in phrase_beats] if downbeats else []
        votes = Counter(bar % PHRASE_BARS for bar in bars if bar >= 0)
        self._phrase = min(votes, key=lambda bar: (-votes[bar], bar)) if votes else 0

    @classmethod
    def of(cls, snapshot: Snapshot, track: Track) -> Grid | None:
        """Take a track's grid from the library; None if it has no steady beat."""
        beats = snapshot.beats_s(track.number).tolist()
        if len(beats) < _LEAST_BEATS or track.tempo_bpm <= 0:
            return None
        cues = [cue.beat for cue in (*track.cues, *track.mix_outs) if cue.beat >= 0]
        return cls(beats, snapshot.downbeats(track.number).tolist(), cues)

    def beat_at(self, position_s: float) -> float:
        """Tell the beat number at a position; outside the grid its outermost beats go on."""
        beats = self._beats
        i = bisect_right(beats, position_s) - 1
        if i < 0 or i >= len(beats) - 1:
            edge = 0 if i < 0 else len(beats) - 1
            return edge + (position_s - beats[edge]) * self._bpm[edge] / 60.0
        return i + (position_s - beats[i]) / (beats[i + 1] - beats[i])

    def bpm_at(self, beat: float) -> float:
        """Tell the tempo around a beat, over some bars so that it does not flutter."""
        return self._bpm[min(max(int(beat), 0), len(self._bpm) - 1)]

    def bar_at(self, beat: int) -> tuple[int, int]:
        """Tell the bar's number and the place of a beat in it from 1; place 0 if no bar is known."""
        downbeats = self._downbeats
        if not downbeats:
            return 0, 0
        bar = bisect_right(downbeats, beat) - 1
        if bar < 0:
            behind = beat - downbeats[0]
            return behind // 4, behind % 4 + 1
        place = beat - downbeats[bar]
        # Past the last known downbeat the bars go on in fours.
        return (bar + place // 4, place % 4 + 1) if bar == len(downbeats) - 1 else (bar, min(place, 3) + 1)

    def on_phrase(self, beat: int) -> bool:
        """Tell whether a beat opens a phrase."""
        bar, place = self.bar_at(beat)
        return place == 1 and bar % PHRASE_BARS == self._phrase


class BeatClock:
    """Counts beats through the whole set, whatever tells the phase.

    The phase comes from its source, the number from continuity: a change of source can neither send the count back nor
    make it run through several beats at once.
    """

    def __init__(self) -> None:
        self._count = 0.0
        self._told = 0

    def from_grid(
        self, grid: Grid, position_s: float, ratio: float, confidence: float, dt_s: float
    ) -> tuple[LiveBeat, tuple[Beat, ...]]:
        """Advance one tick on the named track's own beats."""
        beat = grid.beat_at(position_s)
        bpm = grid.bpm_at(beat) * ratio
        told = self._advance(beat, bpm, dt_s)
        index = math.floor(beat)
        phase = beat - index
        _, place = grid.bar_at(index)
        bar_phase = (place - 1 + phase) / 4 if place else 0.0
        live = LiveBeat(bpm, confidence, phase, bar_phase, self._count, place)
        if not told:
            return live, ()
        nearest = round(beat)
        _, place = grid.bar_at(nearest)
        return live, (Beat(told, place, bpm, place == 1, grid.on_phrase(nearest)),)

    def from_sound(self, heard: LiveBeat, dt_s: float) -> tuple[LiveBeat, tuple[Beat, ...]]:
        """Advance one tick on the beats that the online tracker hears."""
        if heard.bpm <= 0:
            return _with_count(heard, self._count), ()
        told = self._advance(heard.phase, heard.bpm, dt_s)
        place = heard.beat_in_bar
        if place and heard.phase > 0.5:
            place = place % 4 + 1
        return _with_count(heard, self._count), (Beat(told, place, heard.bpm, place == 1, False),) if told else ()

    def _advance(self, beat: float, bpm: float, dt_s: float) -> int:
        """Move the count to the source's phase; the new whole beat that is nearer now than at the next tick, or 0."""
        before = self._count
        expected = before + bpm / 60.0 * dt_s
        nearest = beat + round(expected - beat)
        self._count = max(before, min(nearest, before + 1.0))
        reached = math.floor(self._count + bpm / 60.0 * dt_s / 2)
        if reached <= self._told:
            return 0
        self._told = reached
        return reached


def _with_count(heard: LiveBeat, count: float) -> LiveBeat:
    return LiveBeat(heard.bpm, heard.conf, heard.phase, heard.bar_phase, count, heard.beat_in_bar)
