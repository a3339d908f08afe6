"""The report's sections that explain: identity, distances, the map, hubs, and where the model fails."""

from html import escape

from .charts import Series, curves, histograms
from .hubs import Hubs
from .identity import WINDOWS_S
from .intervals import Interval
from .page import grid, legend, table
from .picture import draw
from .result import CORRECTED, Report, Row
from .spaces import UNTRAINED

_HARDEST = 12


def identity(report: Report) -> str:
    """Draw how often the moment is found again, by seconds heard."""
    first = next(row for row in report.rows if row.identity)
    control = next((row.name for row in report.rows if row.identity and row.role == UNTRAINED), None)
    boxes = []
    for title, note, attribute in (
        ("The last hop alone", "Its nearest ident is in the right track, within half a second.", "last_hop"),
        ("The sequence", "The hops of the window, laid along the record.", "sequence"),
    ):
        series = []
        for n, condition in enumerate(report.conditions):
            row = report.row(first.name, condition)
            series.append(Series(condition, n % 10, _shares(row, attribute)))
        if control and control != first.name:
            series.append(
                Series(f"untrained, {report.plain}", 3, _shares(report.row(control, report.plain), attribute), True)
            )
        boxes.append((title, note, curves(WINDOWS_S, series, f"{title}: share found by seconds heard", "s")))
    rows = []
    for condition in report.conditions:
        row = report.row(first.name, condition)
        cells = [
            f"<td>{i.value:.2f}<small>{i.low:.2f}–{i.high:.2f}</small></td>" if i else "<td></td>"
            for attribute in ("last_hop", "sequence")
            for i in _shares(row, attribute)
        ]
        rows.append([escape(condition), *cells])
    head = [f"{way}{seconds:g} s" for way in ("last hop ", "sequence ") for seconds in WINDOWS_S]
    entries = [(n % 10, condition) for n, condition in enumerate(report.conditions)]
    return (
        f"<p>{escape(first.name)}, by the seconds heard since a fresh state, in a library of one ident a hop. "
        "Music that "
        "repeats itself to the sample cannot be told apart and counts as an error here.</p>"
        + legend(entries)
        + grid(*boxes)
        + table(["", *head], rows)
    )


def near(report: Report) -> str:
    """Show cosine and squared error to the true continuation."""
    drawing = histograms(
        [
            ("other tracks", "even", report.cloud.cosine_other),
            ("true continuation", "s0", report.cloud.cosine),
        ],
        "Cosine of queries to the true continuation and to windows of other tracks",
    )
    rows = []
    for name in report.names:
        row = report.row(name, report.plain)
        if row is None or row.role == CORRECTED:  # the same numbers as without
            continue
        s = row.scores
        rows.append(
            [
                escape(name),
                f"<td>{s.cosine.value:.3f}<small>{s.cosine.low:.3f}–{s.cosine.high:.3f}</small></td>",
                f"<td>{s.cosine_other:.3f}</td>",
                f"<td>{1000 * s.mse.value:.2f}</td><td>{1000 * s.mse_other:.2f}</td>",
                f"<td>{s.apart.value:.3f}<small>{s.apart.low:.3f}–{s.apart.high:.3f}</small></td>",
            ]
        )
    head = [report.plain, "cosine, true", "other tracks", "MSE ×1000, true", "other tracks", "apart"]
    note = "Each group has its own height; the dotted line is its mean."
    return (
        "<p>Cosine and mean squared error between a query and windows, as a diagnosis: a space may crowd together and "
        "still rank well. <i>Apart</i> is the share of other tracks’ windows that lie farther than the true "
        "continuation. Numbers of different spaces cannot be compared, except this last one.</p>"
        + grid((f"Cosine, {report.first}, {report.plain}", note, drawing))
        + table(head, rows)
    )


def flat_map(report: Report) -> str:
    """Draw the space."""
    picture = draw(report.cloud, [track.name for track in report.tracks], alone=False)
    return (
        "<p>Every dot is a window on file, in the colour of its track; those that follow each other are joined. Every "
        "ring is what was expected after 30 s, with a line to what truly came: red where that was not among the ten "
        "nearest. Near means near; far means little.</p>" + f"<figure>{picture}</figure>"
    )


def spread(report: Report) -> str:
    """Tell how evenly the library is found."""

    def cells(hubs: Hubs) -> list[str]:
        return [f"<td>{hubs.reachable:.2f}</td><td>{hubs.skewness:.1f}</td><td>{hubs.largest:.0f} ×</td>"]

    rows = [[escape(name), *cells(value)] for name, value in report.hubs.items()]
    return (
        "<p>In a space of many dimensions a few windows lie near everything and many near nothing. Asked by all "
        "tracks on file: how many windows are ever among the ten nearest, how skewed their number of times is (0: all "
        "alike), and how "
        "often the most found comes, against the average.</p>"
        + table(["", "reachable", "skewness", "most found"], rows)
    )


def hard(report: Report) -> str:
    """Name the tracks that are found worst."""
    worst = sorted(report.tracks, key=lambda t: (t.recall_10, t.recall_1, t.name))[:_HARDEST]
    rows = [
        [
            escape(t.name),
            f"<td>{t.queries}</td><td>{t.recall_1:.2f}</td><td>{t.recall_10:.2f}</td>",
            f"<td style='text-align:left'>{'itself' if t.drawn_to == t.name else escape(t.drawn_to) or '–'}</td>",
        ]
        for t in worst
    ]
    return (
        f"<p>The tracks whose continuations {escape(report.first)} finds worst ({escape(report.plain)}). "
        "<i>Drawn to</i> is the track that lay nearest instead; <i>itself</i>: another place of the same track, as in "
        "music of loops.</p>" + table(["", "queries", "recall@1", "recall@10", "drawn to"], rows)
    )


def _shares(row: Row | None, attribute: str) -> list[Interval | None]:
    found = getattr(row.identity, attribute) if row and row.identity else {}
    return [found.get(seconds) for seconds in WINDOWS_S]
