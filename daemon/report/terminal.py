"""The report on the terminal: a table of tracks, and the figures of the set below it."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .report import Report
from .table import columns, rows
from .words import clock, sentence

_STYLES = {"": "", "good": "green", "bad": "red", "dim": "dim"}
_WORDS = ("track", "named instead")
"""Columns of words, which may be cut; those of figures may not."""


def shown(report: Report) -> RenderableType:
    """Lay the truth and what was heard side by side."""
    title = f"{report.name}, {clock(report.length_s)}, against {report.truth.tracklist.path.name}"
    table = Table(title=Text(title, style="bold"), title_justify="left")
    for name in columns(report):
        if name in _WORDS:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, justify="right", no_wrap=True)
    for row in rows(report):
        table.add_row(*(Text(cell.text, style=_STYLES[cell.tone]) for cell in row))
    return Group(table, Text(sentence(report.judged)), *(Text(note, style="dim") for note in report.notes))


def show(report: Report, console: Console) -> None:
    """Print the report."""
    console.print(shown(report), highlight=False)
