"""The figures of a report in words: a few for the whole set, and a row for each track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .order import Order
from .report import Report
from .score import Score
from .words import NOTHING, clock, named_after, seconds

Tone = Literal["", "good", "bad", "dim"]
TRACK, INSTEAD = "track", "named instead"
"""Columns of words; the others are of figures."""
_SCORED = ("from", TRACK, "named after", "right", "off by", "suggested", INSTEAD)
WELL = 0.9
"""A share above which a track was followed well."""
BADLY = 0.5


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a whole set."""

    what: str
    value: str
    more: str
    """What to know beside it, or nothing."""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the table."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each track."""

    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def figures(report: Report) -> list[Figure]:
    """Give the figures of the whole set."""
    judged = report.judged
    if isinstance(judged, Order):
        return [
            Figure("a listed track named", f"{judged.right:.0%}", "of the time", "good"),
            Figure("another named", f"{judged.wrong:.0%}", "of the time", "bad" if judged.wrong else ""),
            Figure("nothing named", f"{judged.none:.0%}", "of the time"),
            Figure("tracks found", f"{judged.found} of {judged.listed}", "that the library has"),
            Figure("in the list's order", f"{judged.in_order} of {judged.found}", "of those found"),
        ]
    missed = f"; {judged.never} of {judged.changes} never" if judged.never else ""
    return [
        Figure("named right", f"{judged.right:.0%}", "of the time", "good"),
        Figure("named wrong", f"{judged.wrong:.0%}", "of the time", "bad" if judged.wrong else ""),
        Figure("not named", f"{judged.none:.0%}", "of the time"),
        Figure(
            "named after a change", seconds(judged.lag_median_s), f"median; worst {seconds(judged.lag_worst_s)}{missed}"
        ),
        Figure(
            "position off by",
            seconds(judged.position_median_s, 2),
            f"median; 90 % within {seconds(judged.position_p90_s, 2)}",
        )
        if judged.position_median_s is not None
        else Figure("position off by", NOTHING, "the tracklist has no positions", "dim"),
        Figure("both named in a blend", f"{judged.both_in_blend:.0%}", "of its time")
        if judged.both_in_blend is not None
        else Figure("both named in a blend", NOTHING, "the tracklist has no blends", "dim"),
    ]


def table(report: Report) -> Table:
    """Give a row for each track; a column in which nothing would stand is left out."""
    judged = report.judged
    if isinstance(judged, Order):
        return Table(("#", TRACK, "first named at", "named for"), _ordered(report, judged))
    rows = _scored(report, judged)
    told = [n for n in range(len(_SCORED)) if n == 0 or any(row[n].text != NOTHING for row in rows)]
    return Table(tuple(_SCORED[n] for n in told), [tuple(row[n] for n in told) for row in rows])


def _scored(report: Report, judged: Score) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    for number, (play, followed) in enumerate(zip(report.plays, judged.plays, strict=True)):
        place = "no" if followed.suggested_place is None else f"in place {followed.suggested_place}"
        instead = ", ".join(f"{report.label(name)} {share:.0%}" for name, share in followed.instead[:2])
        known = bool(play.ids)
        tone: Tone = "good" if followed.right >= WELL else "bad" if followed.right < BADLY else ""
        found.append(
            (
                Cell(clock(play.start_s)),
                Cell(play.name),
                Cell(named_after(followed), "bad" if followed.named_after_s is None else "")
                if known
                else Cell("not in the library", "dim"),
                Cell(f"{followed.right:.0%}", tone),
                Cell(seconds(followed.position_error_s, 2)),
                Cell(place if known and number else NOTHING),
                Cell(instead or NOTHING, "bad" if instead else ""),
            )
        )
    return found


def _ordered(report: Report, judged: Order) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    for number, (play, named) in enumerate(zip(report.plays, judged.plays, strict=True), start=1):
        when = Cell(clock(named.first_s)) if named.first_s is not None else Cell("never", "bad")
        found.append(
            (
                Cell(str(number)),
                Cell(play.name),
                when if play.ids else Cell("not in the library", "dim"),
                Cell(clock(named.stood_s) if named.stood_s else NOTHING),
            )
        )
    for name, stood_s in judged.strangers:
        found.append((Cell(NOTHING), Cell(report.label(name), "bad"), Cell("not listed", "bad"), Cell(clock(stood_s))))
    return found
