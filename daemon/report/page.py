"""The report as one HTML page that needs nothing else: dark, and readable on a phone."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from .picture import timeline
from .report import Report
from .table import INSTEAD, TRACK, Cell, Figure, figures, table
from .words import clock


def page(report: Report) -> str:
    """Write the page."""
    name, tracklist = escape(report.name), report.truth.tracklist
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    told = table(report)
    head = "".join(f'<th class="{_kind(column)}">{escape(column)}</th>' for column in told.columns)
    body = "".join(_row(told.columns, row) for row in told.rows)
    sheet = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>{name}: how it was followed</title>
<style>
{sheet}</style>
</head>
<body>
<main>
<header>
<h1>{name}</h1>
<p class="dim">{clock(report.length_s)} heard, against {escape(tracklist.kind)} of {len(tracklist.entries)} tracks,
<span class="file">{escape(tracklist.path.name)}</span></p>
</header>
<div class="tiles">{"".join(_tile(figure) for figure in figures(report))}</div>
<div class="wide" tabindex="0" role="region" aria-label="Timeline">{timeline(report)}</div>
<p class="dim key">A track keeps its colour; grey is not on the list, or not in the library. The height of what was
heard is how sure the name was, a red line above it says that the name was wrong, the line below is the second track of
a blend.{" Dotted lines are changes of track." if tracklist.timed else ""}</p>
{f'<ul class="notes">{notes}</ul>' if notes else ""}
<table>
<thead><tr>{head}</tr></thead>
<tbody>{body}</tbody>
</table>
<footer class="dim">Heard by Segue with {escape(report.artifact)}</footer>
</main>
</body>
</html>
"""


def _tile(figure: Figure) -> str:
    return (
        f'<div class="tile {figure.tone}"><span>{escape(figure.what)}</span><b>{escape(figure.value)}</b>'
        f"<small>{escape(figure.more)}</small></div>"
    )


def _kind(column: str) -> str:
    return {TRACK: "track words", INSTEAD: "words"}.get(column, "")


def _row(names: tuple[str, ...], row: tuple[Cell, ...]) -> str:
    cells = "".join(
        f'<td class="{f"{_kind(name)} {cell.tone}".strip()}" data-label="{escape(name)}">{escape(cell.text)}</td>'
        for name, cell in zip(names, row, strict=True)
    )
    return f"<tr>{cells}</tr>"
