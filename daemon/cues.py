"""Cue-ins and mix-outs: the phrase lines on which a DJ would bring a track in, and take it out.

Conventions
-----------
Positions are seconds from the start of the track and lie on beats; ``beat`` is -1 and positions are seconds of change
where there is no beat. Evidence: ``novelty`` (deviations), ``line`` (beats in the phrase that starts here),
``energy_change`` (dB, 4 bars after less 4 bars before), ``low_change`` (the same for the kick's and bass's band).

Source
------
Terms after Zehren et al. 2022 ("Automatic Detection of Cue Points for the Emulation of DJ Mixing"): novelty of energy
and timbre on phrase lines names nine switch points in ten.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .phrases import Array

MOST_CUES, FEWEST_CUES = 12, 4
MOST_MIX_OUTS, FEWEST_MIX_OUTS = 8, 2
MUSIC_AFTER_S = 16.0
"""A cue-in leaves at least this much music, seconds."""
BLEND_S = 8.0
"""A mix-out leaves at least this much to blend with, seconds."""
_SECONDS_A_CUE = 20.0
_CHANGE_DB = 2.5
_LINE_SCORE = {0: 2.0, 16: 1.5, 8: -1.0, 24: -1.0}
_CONTEXT_BEATS = 16


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
    phase: NDArray[np.int64]
    """0, 8, 16 or 24: where in a phrase of 32 beats, (lines,)."""
    novelty: Array
    """Change at the line, deviations, (lines,)."""
    energy_change: Array
    """dB, (lines,)."""
    low_change: Array
    """dB, (lines,)."""


def step_db(level_db: Array, beats: NDArray[np.int64]) -> Array:
    """Return mean level of the 16 beats from each of ``beats`` on less that of the 16 before, dB."""
    total = np.concatenate([[0.0], np.cumsum(level_db)])
    here = np.clip(beats, 0, len(level_db))
    after, before = np.minimum(here + _CONTEXT_BEATS, len(level_db)), np.maximum(here - _CONTEXT_BEATS, 0)
    ahead = (total[after] - total[here]) / np.maximum(after - here, 1)
    behind = (total[here] - total[before]) / np.maximum(here - before, 1)
    return np.where((after > here) & (here > before), ahead - behind, 0.0)


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
    beats = {0: 32.0, 16: 16.0}.get(int(lines.phase[line]), 8.0) if lines.beat[line] >= 0 else 0.0
    return {
        "novelty": round(float(lines.novelty[line]), 3),
        "line": beats,
        "energy_change": round(float(lines.energy_change[line]), 2),
        "low_change": round(float(lines.low_change[line]), 2),
    }


def _scores(lines: Lines) -> Array:
    bonus = np.array([_LINE_SCORE.get(int(phase), 0.0) for phase in lines.phase])
    return lines.novelty + np.where(lines.beat >= 0, bonus, 0.0)


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
    score = _scores(lines)
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
        rise = float(lines.energy_change[line])
        if line == 0:
            kind = "intro"
        elif rise >= _CHANGE_DB:
            kind = "drop"
        elif rise <= -_CHANGE_DB:
            kind = "breakdown"
        else:
            kind = "mix_in"
        points.append(
            CuePoint(
                index,
                kind,
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
    score = _scores(lines) - 0.3 * lines.energy_change.clip(-6.0, 6.0) + 1.0 * place
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
