"""Truth against hearing: how well a set of known plays was followed.

Conventions
-----------
Judged every 3 s, from 6 s on, where the loudest is known: a name is right when it is audible at that moment, wrong
when it is not. The delay counts from the middle of the fade into a play.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .heard import MOMENT_S, Moment
from .render import Play

STEP_S = 3.0
FIRST_S = 6.0


@dataclass(frozen=True, slots=True)
class Followed:
    """How one play was followed."""

    play: Play
    named_after_s: float | None
    """From the middle of its fade-in until it was named; None: never."""
    right: float
    """Share of its moments, fades into it and out of it left out."""
    position_error_s: float | None
    """Median where it was named."""
    suggested_place: int | None
    """Best place it had among the suggestions during the last 30 s before it came in; None: it was not among them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a whole set was followed."""

    plays: tuple[Followed, ...]
    right: float
    wrong: float
    none: float


def score(plays: Sequence[Play], moments: Sequence[Moment]) -> Score:
    """Compare the plays of a set with what was heard."""
    right = wrong = none = 0
    for moment in _grid(moments):
        audible = {play.id for play in plays if play.start_s <= moment.t < play.end_s}
        if not audible:
            continue
        right += moment.id in audible
        none += not moment.id
        wrong += bool(moment.id) and moment.id not in audible
    total = max(1, right + wrong + none)
    followed = tuple(_follow(plays, number, moments) for number in range(len(plays)))
    return Score(followed, right / total, wrong / total, none / total)


def _follow(plays: Sequence[Play], number: int, moments: Sequence[Moment]) -> Followed:
    play = plays[number]
    fade_out_s = plays[number + 1].fade_in_s if number + 1 < len(plays) else 0.0
    alone = [m for m in moments if play.start_s + play.fade_in_s <= m.t < play.end_s - fade_out_s]
    named = [m for m in alone if m.id == play.id]
    first = next((m.t for m in moments if play.start_s <= m.t < play.end_s and m.id == play.id), None)
    errors = [abs(m.pos_s - play.position_s(m.t)) for m in named if m.pos_s >= 0]
    before = [m for m in moments if play.start_s - 30.0 <= m.t < play.start_s]
    places = [place for m in before for place, (name, _) in enumerate(m.suggested, start=1) if name == play.id]
    return Followed(
        play=play,
        named_after_s=None if first is None else first - play.start_s - play.fade_in_s / 2,
        right=len(named) / max(1, len(alone)),
        position_error_s=statistics.median(errors) if errors else None,
        suggested_place=min(places, default=None),
    )


def _grid(moments: Sequence[Moment]) -> Sequence[Moment]:
    return moments[round(FIRST_S / MOMENT_S) - 1 :: round(STEP_S / MOMENT_S)]
