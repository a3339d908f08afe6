"""Cue-ins and mix-outs: the phrase lines on which a DJ would bring a track in, and take it out.

Conventions
-----------
Positions are seconds from the start of the track and lie on beats; ``beat`` is -1 and positions are seconds of change
where there is no beat. Evidence, by name: ``part`` (0..1, how likely a part of the music starts here), ``line`` (beats
in the longest phrase that starts here); ``energy``, ``timbre``, ``harmony``, ``drums`` and ``repetition`` (how much
each changes here, in deviations from what it does elsewhere in the track); ``energy_change`` (dB, 4 bars after less 4
bars before) and ``low_change`` (the same for the kick's and bass's band).

Source
------
Terms after Zehren et al. 2022 ("Automatic Detection of Cue Points for the Emulation of DJ Mixing"): novelty of energy,
timbre, harmony and drums on phrase lines names nine switch points in ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .novelty import Array

MOST_CUES, FEWEST_CUES = 12, 4
MOST_MIX_OUTS, FEWEST_MIX_OUTS = 8, 2
MUSIC_AFTER_S = 16.0
"""A cue-in leaves at least this much music, seconds."""
BLEND_S = 8.0
"""A mix-out leaves at least this much to blend with, seconds."""
_SECONDS_A_CUE = 20.0
_CHANGE_DB, _LOW_CHANGE_DB = 2.0, 4.0
"""What makes a drop or a breakdown: all of the music, or kick and bass, come or go."""
_PART_WEIGHT = 0.7
"""Deviations of change that one nat for the start of a part is worth."""
_SUREST_PART = 0.98
_STEP = 0.8
"""Deviations that a step in loudness is worth, which makes a drop or a breakdown."""
_LONG_LINE_BEATS, _LONG_LINE = 16, 1.0
"""Phrases from this length on are preferred by this much, deviations."""
_CONTEXT_BEATS = 16
_FLOOR = 1e-4
"""Power under which music counts as silent: -40 dB."""


@dataclass(frozen=True, slots=True)
class CuePoint:
    """A place where a track can be brought in, or taken out."""

    index: int
    """Rank in time within its list, from 0."""
    kind: str
    """Cue-in: intro, mix_in, drop, breakdown. Mix-out: mix_out, outro."""
    position_s: float
    """Seconds from the start of the track."""
    beat: int
    """Index of the beat it lies on, -1 without beats."""
    confidence: float
    """0..1."""
    evidence: dict[str, float]
    """What spoke for it, each term by name."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The places that may become cues, in order of time."""

    position_s: Array
    """Seconds, (lines,)."""
    beat: NDArray[np.int64]
    """Index of the beat, (lines,), -1 without beats."""
    length: NDArray[np.int64]
    """Beats in the longest phrase that starts here, (lines,), 0 without beats."""
    part: Array
    """How likely a part starts here, 0..1, (lines,)."""
    change: Array
    """How much everything changes, deviations, (lines,)."""
    changes: Mapping[str, Array]
    """The same by what changes."""
    energy_change: Array
    """dB, (lines,)."""
    low_change: Array
    """dB, (lines,)."""


def step_db(power: Array, beats: NDArray[np.int64]) -> Array:
    """Return how much louder the 16 beats from each of ``beats`` are than the 16 before, dB, 0 where one side lacks.

    Parameters
    ----------
    power
        Of each beat, relative to the track's loud parts.
    beats
        Where to measure.
    """
    total = np.concatenate([[0.0], np.cumsum(power)])
    here = np.clip(beats, 0, len(power))
    after, before = np.minimum(here + _CONTEXT_BEATS, len(power)), np.maximum(here - _CONTEXT_BEATS, 0)
    ahead = (total[after] - total[here]) / np.maximum(after - here, 1)
    behind = (total[here] - total[before]) / np.maximum(here - before, 1)
    step = 10.0 * np.log10((ahead + _FLOOR) / (behind + _FLOOR))
    return np.where((after > here) & (here > before), step, 0.0)


def _spread(score: Array, position_s: Array, allowed: NDArray[np.bool_], count: int, apart_s: float) -> list[int]:
    """Return up to ``count`` lines, best first, none within ``apart_s`` of another."""
    chosen: list[int] = []
    for line in np.argsort(-score, kind="stable"):
        if len(chosen) == count:
            break
        if allowed[line] and all(abs(position_s[line] - position_s[other]) >= apart_s for other in chosen):
            chosen.append(int(line))
    return chosen


def _confidence(score: float, trust: float) -> float:
    return round(float(trust / (1.0 + np.exp(-0.6 * (score - 2.0)))), 4)


def _evidence(lines: Lines, line: int) -> dict[str, float]:
    return {
        "part": round(float(lines.part[line]), 3),
        "line": float(lines.length[line]),
        **{name: round(float(change[line]), 2) for name, change in lines.changes.items()},
        "energy_change": round(float(lines.energy_change[line]), 2),
        "low_change": round(float(lines.low_change[line]), 2),
    }


def _scores(lines: Lines) -> Array:
    part = lines.part.clip(1.0 - _SUREST_PART, _SUREST_PART)
    long = _LONG_LINE * (lines.length >= _LONG_LINE_BEATS)
    return np.asarray(lines.change + _PART_WEIGHT * np.log(part / (1.0 - part)) + long)


def _steps(lines: Lines) -> Array:
    """Return the step in loudness that belongs to each line, 1 makes a drop, -1 a breakdown; at most 3.

    Measured over 16 beats it is seen from the next lines, too: there it is 0.
    """
    both = np.stack([lines.energy_change / _CHANGE_DB, lines.low_change / _LOW_CHANGE_DB])
    step = np.take_along_axis(both, np.argmax(np.abs(both), axis=0)[None], axis=0)[0]
    size = np.pad(np.abs(step), 1)
    return np.where(size[1:-1] >= np.maximum(size[:-2], size[2:]), step, 0.0).clip(-3.0, 3.0)


def _kind(step: float) -> str:
    return "drop" if step >= 1.0 else "breakdown" if step <= -1.0 else "mix_in"


def cue_ins(lines: Lines, music_end_s: float, trust: float) -> tuple[CuePoint, ...]:
    """Choose 1 to 12 cue-ins from the lines; the first line is always one.

    Parameters
    ----------
    lines
        At least one.
    music_end_s
        Where the last sound ends, seconds.
    trust
        0..1: how far the lines can be believed.
    """
    steps = _steps(lines)
    score = _scores(lines) + _STEP * np.abs(steps)
    room = music_end_s - lines.position_s >= MUSIC_AFTER_S
    span = music_end_s - float(lines.position_s[0])
    count = int(np.clip(span / _SECONDS_A_CUE, FEWEST_CUES, MOST_CUES))
    score[0] = score.max() + 1.0
    room[0] = True
    apart = max(6.0, 0.5 * span / count)
    chosen = _spread(score, lines.position_s, room, count, apart)
    if len(chosen) < FEWEST_CUES:
        chosen = _spread(score, lines.position_s, room, FEWEST_CUES, 3.0)
    score[0] = 1.5
    points = []
    for index, line in enumerate(sorted(chosen)):
        points.append(
            CuePoint(
                index,
                "intro" if line == 0 else _kind(steps[line]),
                float(lines.position_s[line]),
                int(lines.beat[line]),
                _confidence(float(score[line]), trust),
                _evidence(lines, line),
            )
        )
    return tuple(points)


def mix_outs(lines: Lines, music_end_s: float, trust: float) -> tuple[CuePoint, ...]:
    """Choose 1 to 8 mix-outs: most in the second half, some before, so that there is always one to come.

    Parameters
    ----------
    lines
        At least one.
    music_end_s
        Where the last sound ends, seconds.
    trust
        0..1: how far the lines can be believed.
    """
    start = float(lines.position_s[0])
    span = max(music_end_s - start, 1e-6)
    place = (lines.position_s - start) / span
    # Music that thins out is easier to leave, and a track is rarely left in its first quarter.
    score = _scores(lines) - _STEP * _steps(lines) + place
    room = (music_end_s - lines.position_s >= BLEND_S) & (place >= 0.2)
    count = int(np.clip(span / 25.0, FEWEST_MIX_OUTS, MOST_MIX_OUTS))
    chosen = _spread(score, lines.position_s, room, count, 0.55 * span / count)
    if len(chosen) < FEWEST_MIX_OUTS:
        chosen = _spread(score, lines.position_s, room, FEWEST_MIX_OUTS, 2.0)
    if not chosen:
        chosen = [len(lines.position_s) - 1]
    chosen.sort()
    points = []
    for index, line in enumerate(chosen):
        last = index == len(chosen) - 1 and place[line] >= 0.6
        points.append(
            CuePoint(
                index,
                "outro" if last else "mix_out",
                float(lines.position_s[line]),
                int(lines.beat[line]),
                _confidence(float(score[line]) - 0.5, trust),
                _evidence(lines, line),
            )
        )
    return tuple(points)
