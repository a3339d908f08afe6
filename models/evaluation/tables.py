"""The figures as tables for a terminal."""

from rich.table import Table

from .identity import WINDOWS_S
from .intervals import Interval
from .result import Report, Row

_COLUMNS = {
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "recall@10": "recall@10",
    "mrr": "MRR",
    "track@1": "track@1",
}


def tables(report: Report) -> list[Table]:
    """Return what the terminal shows."""
    minutes = report.seconds / 60
    title = f"{len(report.tracks)} tracks, {minutes:.0f} min: {report.queries} queries, {report.windows:,} windows"
    figures = Table(title=f"Is the true continuation found? {title}", title_justify="left", box=None, pad_edge=False)
    figures.add_column("95 % intervals over tracks", no_wrap=True)
    for name in _COLUMNS.values():
        figures.add_column(name, justify="right", no_wrap=True)
    figures.add_column("over log-mel", justify="right", no_wrap=True)
    for condition in report.conditions:
        figures.add_row(f"[bold]{condition}[/]")
        for row in (row for row in report.rows if row.condition == condition):
            cells = [_cell(row.scores.metrics[metric]) for metric in _COLUMNS]
            figures.add_row(f"  {row.name}", *cells, _lead(row))
    return [figures, _identity(report), _diagnosis(report)]


def _identity(report: Report) -> Table:
    table = Table(
        title="\nIs the moment found again, after so many seconds?", title_justify="left", box=None, pad_edge=False
    )
    table.add_column("last hop | sequence", no_wrap=True)
    for seconds in WINDOWS_S:
        table.add_column(f"{seconds:g} s", justify="right", no_wrap=True)
    for row in report.rows:
        if row.identity:
            known = row.identity
            cells = [
                f"{known.last_hop[s].value:.2f} | {_cell(known.sequence[s])}" if s in known.sequence else ""
                for s in WINDOWS_S
            ]
            table.add_row(f"{row.name}, {row.condition}", *cells)
    return table


def _diagnosis(report: Report) -> Table:
    table = Table(title="\nHow near does it lie, and are there hubs?", title_justify="left", box=None, pad_edge=False)
    heads = ("cosine true", "other", "MSE×1000 true", "other", "apart", "reachable", "skewness")
    for name in (report.plain, *heads):
        table.add_column(name, justify="left" if name == report.plain else "right", no_wrap=True)
    for row in (row for row in report.rows if row.condition == report.plain):
        s, hubs = row.scores, report.hubs.get(row.name)
        spread = (f"{hubs.reachable:.2f}", f"{hubs.skewness:.1f}") if hubs else ("", "")
        mse = (f"{1000 * s.mse.value:.2f}", f"{1000 * s.mse_other:.2f}")
        table.add_row(row.name, _cell(s.cosine), f"{s.cosine_other:.2f}", *mse, _cell(s.apart), *spread)
    return table


def _cell(interval: Interval) -> str:
    return f"{interval.value:.2f} [dim]{interval.low:.2f}–{interval.high:.2f}[/]"


def _lead(row: Row) -> str:
    """Difference in recall@10, in colour where the interval leaves 0."""
    if row.scores.ahead is None:
        return ""
    lead = row.scores.ahead["recall@10"]
    colour = "green" if lead.low > 0 else "red" if lead.high < 0 else "dim"
    return f"[{colour}]{lead.value:+.2f}[/] [dim]{lead.low:+.2f}–{lead.high:+.2f}[/]"
