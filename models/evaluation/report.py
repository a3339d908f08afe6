"""The report: one HTML file that tells a person how well a model hears what continues, and where it fails."""

from collections.abc import Mapping
from html import escape
from typing import Any

from ...daemon.artifact import Artifact
from . import insight, ranking
from .baselines import LOG_MEL
from .charts import whisker
from .page import page
from .queries import EVERY_S
from .result import Report


def write(report: Report) -> str:
    """Return the file's text."""
    sections = [
        ("Continuation", ranking.continuation(report)),
        ("Against log-mel statistics", ranking.leads(report)),
        ("Every condition, every way to compare", ranking.heat(report)),
        ("All figures", ranking.figures(report)),
    ]
    if any(row.identity for row in report.rows):
        sections.append(("Is the moment found again?", insight.identity(report)))
    sections += [
        ("How near the true continuation lies", insight.near(report)),
        ("The space, laid flat", insight.flat_map(report)),
        ("Hubs", insight.spread(report)),
        ("Hard cases", insight.hard(report)),
        ("The artifacts", _cards(report)),
        ("How this was measured", _protocol(report)),
    ]
    return page(f"Segue: {report.first}", _head(report), sections)


def _head(report: Report) -> str:
    name, condition = report.first, report.hardest
    row, logmel = report.row(name, condition), report.row(LOG_MEL, condition)
    assert row
    assert logmel
    found = row.scores.metrics["recall@10"].value
    beside = "" if row is logmel else f"; log-mel statistics find {logmel.scores.metrics['recall@10'].value:.0%}"
    minutes = report.seconds / 60
    tiles = "".join(
        _tile(report, name, where, metric)
        for where, metric in dict.fromkeys(
            [
                (report.plain, "recall@1"),
                (condition, "recall@1"),
                (condition, "recall@10"),
                (condition, "track@1"),
            ]
        )
    )
    return (
        f'<p class="over">Segue · {escape(name)} · {len(report.tracks)} tracks, {minutes:.0f} minutes of music</p>'
        f"<h1>{found:.0%} of true continuations are among the ten nearest of {report.windows:,} windows "
        f"({escape(condition)}){beside}.</h1><div class='tiles'>{tiles}</div>"
    )


def _tile(report: Report, name: str, condition: str, metric: str) -> str:
    row, logmel = report.row(name, condition), report.row(LOG_MEL, condition)
    assert row
    assert logmel
    value, against = row.scores.metrics[metric], logmel.scores.metrics[metric]
    times = f"<br>{value.value / against.value:.2f} × log-mel’s {against.value:.2f}" if against.value else ""
    return (
        f'<div class="tile s0" style="stroke:none"><span class="what">{metric}, {escape(condition)}</span>'
        f"<b>{value.value:.2f}</b>{whisker(value)}<span>{value.low:.2f} to {value.high:.2f}{times}</span></div>"
    )


def _cards(report: Report) -> str:
    return "".join(_card(artifact) for artifact in report.artifacts) or "<p>None: only what needs no learning.</p>"


def _card(artifact: Artifact) -> str:
    facts: dict[str, Any] = {
        "file": artifact.path.name,
        "fingerprint": artifact.sha256[:16],
        "encoder": artifact.encoder,
        "key window": f"{artifact.key_window_s:g} s",
        "query and key": f"{artifact.query_dim} numbers",
        "ident": f"{artifact.ident_dim} numbers",
        **_flat(artifact.training),
    }
    entries = "".join(
        f"<div><span>{escape(str(name).replace('_', ' '))}</span><span>{escape(_short(value))}</span></div>"
        for name, value in facts.items()
    )
    return f'<div class="card">{entries}</div>'


def _flat(card: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Unfold tables within tables."""
    facts: dict[str, Any] = {}
    for name, value in card.items():
        if isinstance(value, Mapping):
            facts.update(_flat(value, f"{before}{name} · "))
        else:
            facts[f"{before}{name}"] = value
    return facts


def _short(value: object) -> str:
    words = f"{value:.4g}" if isinstance(value, float) else str(value)
    return words if len(words) < 90 else words[:88] + "…"


def _protocol(report: Report) -> str:
    return (
        f"<p>On file is a window every {EVERY_S:.0f} s of every track, each from a fresh state: {report.windows:,} of "
        f"{len(report.tracks)} tracks (the first four minutes of each). A query ends at one of those places, and "
        "the truth is the window that starts there; windows that share a sample with what was heard take no part. "
        "<i>recall@k</i> and <i>MRR</i> rank that window among all; <i>track@1</i> and <i>track MRR</i> rank it "
        "against the best window of every other track. Windows exactly as near share their ranks. Intervals: 2,000 "
        "draws of the tracks, 95 %. Statistics are mean and deviation over the last window, standardised over the "
        "library; "
        f"<i>key·key</i> asks with the key of the last window. Seed {report.seed}: the same command prints the same "
        "figures.</p>"
    )
