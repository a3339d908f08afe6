"""Truth against hearing: how well a set of known plays was followed.

Conventions
-----------
Judged every 3 s, from 6 s on until a second before the end, where anything is audible: a name is right when it is
audible at that moment, wrong when it is not. Where something plays that the library lacks, naming nothing is right.
The delay counts from the middle of the fade into a play. Where a play's start is known only roughly, the plays on both
sides of a change count as audible for ``tolerance_s`` around it.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..receivers.heard import MOMENT_S, Moment

STEP_S = 3.0
FIRST_S = 6.0
LAST_S = 1.0
"""Before the end nothing more is judged."""
AHEAD_S = 30.0
"""So long before a play comes in is it looked for among the suggestions."""
MENTIONED = 0.05
"""A wrong name is told if it stood for this share of a play."""


class Play(Protocol):
    """One track's part in a set."""

    @property
    def ids(self) -> frozenset[str]:
        """What it may rightly be named; empty where the library lacks it."""

    @property
    def start_s(self) -> float:
        """Where it comes in."""

    @property
    def end_s(self) -> float:
        """Where it is gone."""

    @property
    def fade_in_s(self) -> float:
        """How long it and the one before are both audible."""

    def position_s(self, t: float) -> float | None:
        """Position in the track at ``t`` of the set; None: not known."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How one play was followed."""

    named_after_s: float | None
    """From the middle of its fade-in until it was named; None: never."""
    right: float
    """Share of its moments, those left out at which another play counts as audible too."""
    position_error_s: float | None
    """Median where it was named; None: never named, or its position is not known."""
    suggested_place: int | None
    """Best place it had among the suggestions during the last 30 s before it came in; None: it was not among them."""
    instead: tuple[tuple[str, float], ...]
    """Wrong names and their shares of the same moments, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a whole set was followed."""

    plays: tuple[Followed, ...]
    right: float
    wrong: float
    none: float
    """Shares of what was judged; together 1."""
    changes: int
    """Into plays that the library has."""
    never: int
    """Changes after which the play was not named at all."""
    lag_median_s: float | None
    lag_worst_s: float | None
    """Of the changes after which it was."""
    position_median_s: float | None
    position_p90_s: float | None
    """Of the position error, where the name is right and the position known."""
    both_in_blend: float | None
    """Share of the moments of a blend at which both its tracks were named; None: there was none."""


def score(plays: Sequence[Play], moments: Sequence[Moment], tolerance_s: float = 0.0) -> Score:
    """Compare the plays of a set with what was heard.

    Parameters
    ----------
    plays
        By their start.
    moments
        One each ``MOMENT_S``.
    tolerance_s
        How far off the starts may be.
    """
    end_s = max([play.end_s for play in plays], default=0.0)
    right = wrong = none = blends = both = 0
    errors: list[float] = []
    for moment in grid(moments, end_s):
        audible = _audible(plays, moment.t, tolerance_s)
        if not audible:
            continue
        allowed = frozenset[str]().union(*(play.ids for play in audible))
        named = next((play for play in audible if moment.id in play.ids), None)
        if named is not None:
            right += 1
            place_s = named.position_s(moment.t)
            if place_s is not None and moment.pos_s >= 0:
                errors.append(abs(moment.pos_s - place_s))
        elif moment.id:
            wrong += 1
        elif all(play.ids for play in audible):
            none += 1
        else:
            right += 1
        if not tolerance_s and len(audible) == 2 and all(play.ids for play in audible):
            blends += 1
            decks = {moment.id, moment.second} - {""}
            both += decks <= allowed and all(play.ids & decks for play in audible)
    total = max(1, right + wrong + none)
    followed = tuple(_follow(plays, number, moments, tolerance_s) for number in range(len(plays)))
    lags = [each.named_after_s for play, each in zip(plays[1:], followed[1:], strict=True) if play.ids]
    found = [lag for lag in lags if lag is not None]
    return Score(
        plays=followed,
        right=right / total,
        wrong=wrong / total,
        none=none / total,
        changes=len(lags),
        never=len(lags) - len(found),
        lag_median_s=statistics.median(found) if found else None,
        lag_worst_s=max(found, default=None),
        position_median_s=statistics.median(errors) if errors else None,
        position_p90_s=float(np.percentile(errors, 90)) if errors else None,
        both_in_blend=both / blends if blends else None,
    )


def grid(moments: Sequence[Moment], end_s: float) -> Sequence[Moment]:
    """Give the moments that are judged in a set that ends at ``end_s``."""
    first, step = round(FIRST_S / MOMENT_S) - 1, round(STEP_S / MOMENT_S)
    return [moment for moment in moments[first::step] if moment.t < end_s - LAST_S]


def wrong_at(plays: Sequence[Play], moment: Moment, tolerance_s: float = 0.0) -> bool:
    """Whether a moment's name is none of what is audible then."""
    audible = _audible(plays, moment.t, tolerance_s)
    return bool(moment.id and audible) and not any(moment.id in play.ids for play in audible)


def _audible(plays: Sequence[Play], t: float, tolerance_s: float) -> list[Play]:
    return [play for play in plays if play.start_s - tolerance_s <= t < play.end_s + tolerance_s]


def _follow(plays: Sequence[Play], number: int, moments: Sequence[Moment], tolerance_s: float) -> Followed:
    play = plays[number]
    others = [other for place, other in enumerate(plays) if place != number]
    first, last = play.start_s - tolerance_s, play.end_s + tolerance_s
    within = [m for m in moments if first <= m.t < last]
    near = [other for other in others if other.start_s - tolerance_s < last and other.end_s + tolerance_s > first]
    alone = [m for m in within if not _audible(near, m.t, tolerance_s)] or within
    named = [m for m in within if m.id in play.ids]
    places_s = [(m.pos_s, play.position_s(m.t)) for m in alone if m.id in play.ids and m.pos_s >= 0]
    errors = [abs(heard_s - true_s) for heard_s, true_s in places_s if true_s is not None]
    before = [m for m in moments if play.start_s - AHEAD_S <= m.t < play.start_s]
    ranks = [rank for m in before for rank, (name, _) in enumerate(m.suggested, start=1) if name in play.ids]
    good = sum(m.id in play.ids if play.ids else not m.id for m in alone)
    strange = Counter(m.id for m in alone if m.id and m.id not in play.ids)
    return Followed(
        named_after_s=named[0].t - play.start_s - play.fade_in_s / 2 if named else None,
        right=good / max(1, len(alone)),
        position_error_s=statistics.median(errors) if errors else None,
        suggested_place=min(ranks, default=None),
        instead=tuple(
            (name, count / len(alone)) for name, count in strange.most_common() if count / len(alone) >= MENTIONED
        ),
    )
