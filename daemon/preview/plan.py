"""How two tracks go together: which beat of one meets which of the other, for how long, at which speed.

Conventions
-----------
Seconds are of the outgoing track, of the incoming one, or of the result, as the name says; the result begins some
seconds before the fade. The outgoing track plays as it is; the incoming one follows its beats, so the map's knots are
the shared beats. A beat of a cue is the nearest one of the grid, whoever set the cue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from .stretch import Map

Beats = NDArray[np.float64]

ALONE_S = 10.0
"""Each track is heard alone for so long before and after."""
REACH = 1.2
"""Speed beyond which, octaves folded, no stretching helps."""
_PLAIN_FADE_S = 12.0
_LEAST_FADE_S = 0.5
_LEAST_BEATS = 4
_ON_THE_BEAT = 0.25
"""A cue farther than this from any beat, in beats, lies where the grid does not reach."""


@dataclass(frozen=True, slots=True)
class Side:
    """One track, as far as a transition needs to know it."""

    title: str
    path: str
    duration_s: float
    loudness_lufs: float
    beats_s: Beats
    """(n,); none where it has no beat."""
    downbeats: NDArray[np.int64]
    """(m,), indexes of beats that start a bar."""
    marks: tuple[tuple[str, float], ...]
    """Kind and second of its cue-ins or mix-outs, for the picture."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A transition, ready to be rendered."""

    outgoing: Side
    incoming: Side
    leave_s: float
    """Where the fade begins, in the outgoing track."""
    enter_s: float
    """Which second of the incoming one is heard there."""
    lead_s: float
    """Of the outgoing track alone; where the fade begins in the result."""
    fade_s: float
    tail_s: float
    """Of the incoming track alone."""
    beats: Map
    """Second of the incoming track at each second of the result."""
    shared: int
    """Beats of the outgoing track that a beat of the incoming one meets; 0: not aligned."""
    octave: int
    """1: the incoming grid was doubled, -1: halved, to go with the outgoing one."""
    swap_s: float
    """Second of the result where the bass is handed over."""
    note: str
    """Why it is not aligned; empty if it is."""

    @property
    def length_s(self) -> float:
        """Of the result."""
        return self.lead_s + self.fade_s + self.tail_s

    @property
    def speed(self) -> float:
        """Mean speed of the incoming track in the fade, 1 its own."""
        return float(
            (self.beats.track_s[-1] - self.beats.track_s[0]) / (self.beats.result_s[-1] - self.beats.result_s[0])
        )


def plan(outgoing: Side, leave_s: float, incoming: Side, enter_s: float, length_beats: int) -> Plan:
    """Lay a transition out; where the beats cannot meet, a plain fade that says why.

    Parameters
    ----------
    leave_s, enter_s
        Seconds of the outgoing and of the incoming track that meet where the fade begins.
    length_beats
        Of the fade, in beats of the outgoing track; shorter where a track or its grid ends.

    Raises
    ------
    ConfigError
        If a place lies beyond its track.
    """
    for what, side, at_s in (("mix-out", outgoing, leave_s), ("cue", incoming, enter_s)):
        if not 0.0 <= at_s < side.duration_s:
            raise ConfigError(
                f"the {what} at {at_s:.1f} s lies outside '{side.title}', which is {side.duration_s:.1f} s long"
            )
    theirs = _on(outgoing.beats_s, leave_s)
    ours, octave = _on(incoming.beats_s, enter_s), 0
    if len(theirs) > _LEAST_BEATS < len(ours):
        octave = _octave(_period_s(theirs, length_beats), _period_s(ours, length_beats))
        ours = _folded(ours, octave)
    count = min(length_beats, len(theirs) - 1, len(ours) - 1)
    count -= count % 4
    if count < _LEAST_BEATS:
        short = incoming if len(theirs) > _LEAST_BEATS else outgoing
        return _plain(outgoing, leave_s, incoming, enter_s, f"'{short.title}' has no beat there to align")
    theirs, ours = theirs[: count + 1], ours[: count + 1]
    lead_s = min(ALONE_S, float(theirs[0]))
    beats = Map(theirs - theirs[0] + lead_s, ours)
    off = np.abs(np.log(beats.speeds))
    if float(off.max()) > math.log(REACH):
        tempi = " and ".join(f"{60.0 / _period_s(grid, count):.1f}" for grid in (theirs, ours))
        far = float(np.median(off)) > math.log(REACH)
        why = f"the tempi are out of reach, {tempi} bpm" if far else "the grids are too uneven to follow one another"
        return _plain(outgoing, leave_s, incoming, enter_s, why)
    fade_s = float(theirs[-1] - theirs[0])
    return Plan(
        outgoing=outgoing,
        incoming=incoming,
        leave_s=float(theirs[0]),
        enter_s=float(ours[0]),
        lead_s=lead_s,
        fade_s=fade_s,
        tail_s=_tail_s(incoming, float(ours[-1]), float(beats.speeds[-1])),
        beats=beats,
        shared=count + 1,
        octave=octave,
        swap_s=float(beats.result_s[count // 8 * 4]),  # where a bar begins, as the fade does
        note="",
    )


def on_the_bar(side: Side, at_s: float) -> float:
    """Return the bar line nearest to a place that somebody typed in; the place itself where there are no bars."""
    lines_s = side.beats_s[side.downbeats]
    if len(lines_s) < 2:
        return at_s
    near_s = float(lines_s[np.abs(lines_s - at_s).argmin()])
    return near_s if abs(near_s - at_s) <= float(np.median(np.diff(lines_s))) else at_s


def _on(beats_s: Beats, at_s: float) -> Beats:
    """Beats from the one that a cue lies on; none where the cue lies on no beat."""
    if len(beats_s) < 2:
        return beats_s[:0]
    first = int(np.abs(beats_s - at_s).argmin())
    period_s = float(np.median(np.diff(beats_s[max(0, first - 4) : first + 5])))
    return beats_s[first:] if abs(beats_s[first] - at_s) <= _ON_THE_BEAT * period_s else beats_s[:0]


def _period_s(beats_s: Beats, count: int) -> float:
    return float(np.median(np.diff(beats_s[: count + 1])))


def _octave(theirs_s: float, ours_s: float) -> int:
    return int(np.clip(round(math.log2(ours_s / theirs_s)), -1, 1))


def _folded(beats_s: Beats, octave: int) -> Beats:
    if octave > 0:
        return np.interp(np.arange(2 * len(beats_s) - 1) / 2, np.arange(len(beats_s)), beats_s)
    return beats_s[::2] if octave < 0 else beats_s


def _plain(outgoing: Side, leave_s: float, incoming: Side, enter_s: float, why: str) -> Plan:
    """Fade without aligning."""
    fade_s = min(_PLAIN_FADE_S, outgoing.duration_s - leave_s, incoming.duration_s - enter_s)
    if fade_s < _LEAST_FADE_S:
        short = outgoing if outgoing.duration_s - leave_s <= fade_s else incoming
        raise ConfigError(f"only {fade_s:.1f} s of '{short.title}' are left to fade in; choose an earlier cue")
    lead_s = min(ALONE_S, leave_s)
    beats = Map(np.array([lead_s, lead_s + fade_s]), np.array([enter_s, enter_s + fade_s]))
    tail_s = _tail_s(incoming, enter_s + fade_s, 1.0)
    swap_s = lead_s + fade_s / 2
    return Plan(outgoing, incoming, leave_s, enter_s, lead_s, fade_s, tail_s, beats, 0, 0, swap_s, why)


def _tail_s(incoming: Side, from_s: float, speed: float) -> float:
    return max(0.0, min(ALONE_S, (incoming.duration_s - from_s) / speed))
