"""A set whose tracklist has no times: which of its tracks were named, whether in order, and what else was.

Conventions
-----------
Shares are judged on the same moments as those of a score.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ..receivers.heard import MOMENT_S, Moment
from .score import Play, grid


@dataclass(frozen=True, slots=True)
class Named:
    """How a track of the list was named."""

    first_s: float | None
    """When first; None: never."""
    stood_s: float
    """For how long in all."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a tracklist without times can tell of what was heard."""

    plays: tuple[Named, ...]
    right: float
    """Share of the moments at which a track of the list was named."""
    wrong: float
    """The same for one that is not on the list."""
    none: float
    found: int
    """Tracks of the list that were named."""
    listed: int
    """Tracks of the list that the library has."""
    in_order: int
    """The most of those found that were first named in the order of the list."""
    strangers: tuple[tuple[str, float], ...]
    """What was named and is not on the list, with for how long in seconds, the longest first."""


def order(plays: Sequence[Play], moments: Sequence[Moment]) -> Order:
    """Compare a list of tracks with what was heard."""
    listed = frozenset[str]().union(*(play.ids for play in plays))
    judged = grid(moments, moments[-1].t if moments else 0.0)
    total = max(1, len(judged))
    right = sum(moment.id in listed for moment in judged)
    none = sum(not moment.id for moment in judged)
    stood_s: dict[str, float] = {}
    first_s: dict[str, float] = {}
    for moment in moments:
        if moment.id:
            stood_s[moment.id] = stood_s.get(moment.id, 0.0) + MOMENT_S
            first_s.setdefault(moment.id, moment.t)
    named = tuple(
        Named(
            min((first_s[name] for name in play.ids if name in first_s), default=None),
            sum(stood_s.get(name, 0.0) for name in play.ids),
        )
        for play in plays
    )
    firsts = [each.first_s for each in named if each.first_s is not None]
    strangers = sorted((item for item in stood_s.items() if item[0] not in listed), key=lambda item: -item[1])
    return Order(
        plays=named,
        right=right / total,
        wrong=(len(judged) - right - none) / total,
        none=none / total if judged else 0.0,
        found=len(firsts),
        listed=sum(bool(play.ids) for play in plays),
        in_order=_rising(firsts),
        strangers=tuple(strangers),
    )


def _rising(values: Sequence[float]) -> int:
    """Length of the longest part of a row, gaps allowed, that does not fall."""
    ends: list[float] = []  # the least last value of a rising part of each length
    for value in values:
        place = bisect_left(ends, value + 1e-9)
        ends[place : place + 1] = [value]
    return len(ends)
