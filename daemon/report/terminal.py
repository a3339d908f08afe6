"""The report on the terminal: a table of tracks, and the figures of the set below it."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .report import Report
from .table import INSTEAD, TRACK, table
from .words import clock, sentence

_STYLES = {"": "", "good": "green", "bad": "red", "dim": "dim"}
_LEAST = 12
"""Letters of a line of a name, on however narrow a terminal."""


def laid_out(report: Report) -> RenderableType:
    """Lay the truth and what was heard side by side."""
    title = f"{report.name}, {clock(report.length_s)}, against {report.truth.tracklist.path.name}"
    told = table(report)
    shown = Table(title=Text(title, style="bold"), title_justify="left", show_edge=False, pad_edge=False)
    for name in told.columns:
        if name in (TRACK, INSTEAD):
            shown.add_column(name, overflow="fold", min_width=_LEAST)
        else:
            shown.add_column(name, justify="right")
    for row in told.rows:
        shown.add_row(*(Text(cell.text, style=_STYLES[cell.tone]) for cell in row))
    return Group(shown, "", Text(sentence(report.judged)), *(Text(note, style="dim") for note in report.notes))


def show(report: Report, console: Console) -> None:
    """Print the report."""
    console.print(laid_out(report), highlight=False)
