"""One thing changed at a time: the same recipe, budget and seed, with each encoder, and each objective left out.

``python -m segue.models.study --cache FOLDER --out FOLDER`` trains the variants one after the other, those that are
there already left alone, and prints what validation said of each. ``segue export OUT/NAME/checkpoint.pt NAME.onnx``
makes an artifact of any, and ``segue evaluate`` measures artifacts side by side on music that none has seen.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from ..daemon.errors import SegueError
from .datasets import prepare_music
from .recipe import find_recipe, parse_recipe
from .train import train


def variants(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield names and recipes: the base, the other encoders, each objective gone, the design undone, controls."""
    objectives = base["objectives"]
    yield "everything", base
    for kind in ("transformer", "tcn"):
        yield kind, {**base, "encoder": {**base.get("encoder", {}), "encoder": kind}}
    for name in objectives:
        yield f"without {name}", {**base, "objectives": {k: v for k, v in objectives.items() if k != name}}
    two = {k: v for k, v in objectives.items() if k in ("continuation", "identity")}
    yield "continuation and identity alone", {**base, "objectives": two}
    yield "without edges", {**base, "objectives": two, "encoder": {"edge_s": []}}
    yield "heads from a random map", {**base, "objectives": two, "discriminant": False}
    yield "shuffled", {**base, "objectives": two, "control": "shuffled", "discriminant": False}
    yield "discriminant alone", {**base, "objectives": two, "steps": 0}
    yield "untrained", {**base, "objectives": two, "steps": 0, "discriminant": False}


def study(
    cache: Annotated[Path, typer.Option(help="Folder of decoded music, as 'segue train' leaves it.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs.")],
    recipe: Annotated[str, typer.Option(help="TOML file, or the name of a recipe that ships.")] = "study",
    only: Annotated[list[str] | None, typer.Option(help="Names of variants; none: all.")] = None,
    held_out: Annotated[float, typer.Option(help="Share of the artists kept for validation.")] = 0.08,
) -> None:
    """Train every variant of a recipe, each into OUT/NAME."""
    torch.set_num_threads(1)
    path = find_recipe(recipe)
    base = tomllib.loads(path.read_text("utf-8"))
    learn, look = prepare_music([], cache, held_out)
    names = [name for name, _ in variants(base)]
    if unknown := set(only or ()) - set(names):
        raise SegueError(f"no variant {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    for name, values in variants(base):
        run = out / name.replace(" ", "-")
        if only and name not in only:
            continue
        done = run / "done"
        if not done.exists():
            try:
                train(learn, look, cache, run, parse_recipe(values, name))
            except FloatingPointError as exc:  # of a control that is told nothing true, this is to be expected
                typer.echo(f"{name}: {exc}", err=True)
            done.touch()
        typer.echo(f"{name}: {run}/checkpoint.pt", err=True)
    for line in table(out, names):
        typer.echo(line)


def table(out: Path, names: list[str]) -> Iterator[str]:
    """Yield a Markdown table of the last look at validation of each run that is there."""
    yield "| variant | continuation@1 | record@1 | identity@1 | spread | s |"
    yield "|---|---|---|---|---|---|"
    for name in names:
        log = out / name.replace(" ", "-") / "log.jsonl"
        if not log.exists():
            continue
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        last = next(line["validation"] for line in reversed(lines) if line.get("validation"))
        seconds = max((line.get("s", 0.0) for line in lines), default=0.0)
        told = " | ".join(f"{last[k]:.3f}" for k in ("continuation@1", "record@1", "identity@1", "spread"))
        yield f"| {name} | {told} | {seconds:.0f} |"


if __name__ == "__main__":
    typer.run(study)
