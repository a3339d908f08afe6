"""The curves of a run as one page, drawn from its log: losses of every step, and what validation said."""

import html
import json
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

Points = dict[str, list[tuple[float, float]]]


def draw_curves(run: Path) -> Path:
    """Write ``curves.html`` beside a run's ``log.jsonl``; return its path."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    train, looks = _points(lines)
    last: dict[str, float] = next((line["validation"] for line in reversed(lines) if line.get("validation")), {})
    rows = "".join(f"<tr><td>{html.escape(k)}<td>{v:.3f}" for k, v in last.items())
    card = html.escape(json.dumps(next((x["recipe"] for x in lines if "recipe" in x), {}), indent=1))
    page = run / "curves.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>Segue: {html.escape(run.name)}</title>"
        "<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}svg{max-width:100%;"
        "height:auto}td{padding:.1rem 1rem .1rem 0}</style>"
        f"<h1>{html.escape(run.name)}</h1>{_figure(train, looks)}<h2>Validation at the end</h2><table>{rows}</table>"
        f"<h2>Recipe</h2><pre>{card}</pre>",
        "utf-8",
    )
    return page


def _points(lines: list[dict[str, Any]]) -> tuple[Points, Points]:
    train, looks = defaultdict(list), defaultdict(list)
    for line in lines:
        step = line.get("step", 0)
        for name, value in line.get("loss", {}).items():
            train[name].append((step, value))
        for name, value in line.get("validation", {}).items():
            looks[name].append((step, value))
    return train, looks


def _figure(train: Points, looks: Points) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    losses, rates = figure.subplots(1, 2)
    for n, name in enumerate(train | {k: v for k, v in looks.items() if "@" not in k and k != "spread"}):
        losses.plot(*_xy(train.get(name, [])), color=f"C{n}", alpha=0.35, linewidth=1)
        losses.plot(*_xy(looks.get(name, [])), color=f"C{n}", marker=".", label=name)
    for name, points in looks.items():
        if "@" in name or name == "spread":
            rates.plot(*_xy(points), marker=".", label=name)
    losses.set(title="loss: thin in training, dotted in validation", xlabel="step", ylim=(0, None))
    rates.set(title="validation", xlabel="step", ylim=(0, 1))
    for axes in (losses, rates):
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(frameon=False)
    text = StringIO()
    figure.savefig(text, format="svg")
    return text.getvalue()[text.getvalue().index("<svg") :]


def _xy(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
