"""The report's sections on retrieval: charts and tables of how often the true continuation is found."""

from html import escape

from .charts import Series, forest, lead, whisker
from .intervals import Interval
from .page import grid, legend, table
from .queries import HEARD_S
from .result import CORRECTED, SYMMETRIC, Report, Row
from .spaces import BASELINE, TRAINED, UNTRAINED

_COLOURS = {TRAINED: (0, 8, 7), CORRECTED: (1,), SYMMETRIC: (2,), UNTRAINED: (3, 9), BASELINE: (4, 5, 6)}
_SHOWN = {"recall@1": "recall@1", "recall@5": "recall@5", "recall@10": "recall@10", "mrr": "MRR", "track@1": "track@1",
          "track mrr": "track MRR"}  # fmt: skip


def continuation(report: Report) -> str:
    """Draw recall in each condition, with intervals."""
    given = colours(report)
    boxes = []
    for metric, note in (
        ("recall@1", "The very window is the nearest."),
        ("recall@10", "It is among the ten nearest."),
        ("track@1", "It lies nearer than any window of another track."),
        ("mrr", "Mean of one over its rank."),
    ):
        series = [
            Series(name, colour, [_metric(report.row(name, c), metric) for c in report.conditions])
            for name, colour in given.items()
        ]
        boxes.append((_SHOWN[metric], note, forest(report.conditions, series, f"{metric} by condition")))
    return (
        f"<p>Each of {report.queries} queries is {HEARD_S:.0f} s of a track, heard under a condition; the answer "
        "sought is the window that goes on from there. Whiskers are 95 % intervals over tracks.</p>"
        + legend([(colour, name) for name, colour in given.items()])
        + grid(*boxes)
    )


def leads(report: Report) -> str:
    """Draw the difference to log-mel statistics, query by query."""
    name = report.first
    boxes = []
    for metric in ("recall@1", "recall@10", "track@1", "mrr"):
        values = [
            row.scores.ahead[metric] if (row := report.row(name, c)) and row.scores.ahead else None
            for c in report.conditions
        ]
        boxes.append((_SHOWN[metric], "", lead(report.conditions, values, f"{metric}, lead over log-mel statistics")))
    ahead = [row.scores.ahead for c in report.conditions if (row := report.row(name, c)) and row.scores.ahead]
    better = sum(each["recall@10"].low > 0 for each in ahead)
    worse = sum(each["recall@10"].high < 0 for each in ahead)
    return (
        f"<p>The same queries asked of both, and the difference for each: where the bar does not reach 0, "
        f"{escape(name)} is ahead (green) or behind (red). By recall@10 it is ahead in {better} of {len(ahead)} "
        f"conditions and behind in {worse}.</p>" + grid(*boxes)
    )


def heat(report: Report) -> str:
    """Set out every way to compare against every condition, shaded."""
    parts = []
    for metric in ("recall@1", "recall@10", "track@1"):
        rows = []
        for name in report.names:
            cells = []
            for condition in report.conditions:
                interval = _metric(report.row(name, condition), metric)
                value = interval.value if interval else 0.0
                deep = ' class="deep"' if value > 0.62 else ""
                cells.append(f'<td{deep} style="--v:{value:.3f}">{value:.2f}</td>')
            rows.append([escape(name), *cells])
        parts.append(table([_SHOWN[metric], *report.conditions], rows, "heat"))
    return "".join(parts)


def figures(report: Report) -> str:
    """Set out a table for each condition, folded but for the first and the hardest."""
    given = colours(report)
    parts = []
    for condition in report.conditions:
        present = [row for row in report.rows if row.condition == condition]
        best = {m: max(row.scores.metrics[m].value for row in present) for m in _SHOWN}
        rows = []
        for row in present:
            colour = f"s{given.get(row.name, 3)}"
            cells = []
            for metric in _SHOWN:
                i = row.scores.metrics[metric]
                kind = ' class="best"' if i.value >= best[metric] else ""
                cells.append(
                    f"<td{kind}>{i.value:.2f}<small>{i.low:.2f}–{i.high:.2f}</small>"
                    f'<span class="{colour}">{whisker(i)}</span></td>'
                )
            rows.append([escape(row.name), *cells])
        open_ = " open" if condition in (report.plain, report.hardest) else ""
        parts.append(
            f"<details{open_}><summary>{escape(condition)}</summary>{table(['', *_SHOWN.values()], rows)}</details>"
        )
    return "".join(parts)


def colours(report: Report) -> dict[str, int]:
    """A colour for each row's name, by what it is."""
    given: dict[str, int] = {}
    used: dict[str, int] = {}
    for row in report.rows:
        if row.name not in given:
            choice = _COLOURS[row.role]
            given[row.name] = choice[used.get(row.role, 0) % len(choice)]
            used[row.role] = used.get(row.role, 0) + 1
    return given


def _metric(row: Row | None, name: str) -> Interval | None:
    return row.scores.metrics[name] if row else None
