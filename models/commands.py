"""``segue train`` and ``segue evaluate``: the command line of this package, found through its entry points."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    music: Annotated[
        list[Path] | None, typer.Argument(help="Folders of music, one sub-folder an artist; none: go on with --cache.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint and log. A run found there goes on.")] = Path(
        "runs/first"
    ),
    cache: Annotated[Path, typer.Option(help="Folder of the decoded music, reused.")] = Path("runs/cache"),
    minutes: Annotated[float, typer.Option(help="Length of the run; 0: by --steps.")] = 60.0,
    steps: Annotated[int, typer.Option(help="Length of the run where --minutes is 0.")] = 600,
    tracks: Annotated[int, typer.Option(help="Records a batch.", min=2)] = 20,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    threads: Annotated[int, typer.Option(help="Of torch; 0: its own choice.")] = 0,
    held_out: Annotated[float, typer.Option(help="Share of the sub-folders kept for validation.")] = 0.08,
) -> None:
    """Train the encoder on folders of music; needs the extra: train."""
    import torch
    from rich.console import Console

    from .corpora import load, prepare, split
    from .train import Recipe
    from .train import train as run

    console = Console(stderr=True)
    clips = prepare(music, cache) if music else load(cache)
    learn, look = split(clips, held_out, seed)
    hours = sum(c.samples for c in learn) / 16_000 / 3600
    console.print(
        f"{len(learn)} tracks, {hours:.1f} h to learn from, {len(look)} tracks to look at; log: {out}/log.jsonl"
    )
    if threads:
        torch.set_num_threads(threads)
    checkpoint = run(learn, look, cache, out, Recipe(steps=steps, minutes=minutes, seed=seed, tracks=tracks))
    console.print(f"{checkpoint} is ready; 'segue export {checkpoint} FILE.onnx' makes an artifact of it")


def evaluate(
    music: Annotated[list[Path], typer.Argument(help="Folders of music that the model has not seen.")],
    artifact: Annotated[
        list[Path] | None, typer.Option(help="ONNX file, several times for several; none: the one that ships.")
    ] = None,
    most: Annotated[int, typer.Option("--tracks", help="Tracks at most, drawn by seed.")] = 60,
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure artifacts on music: does the continuation lie nearest, is the moment found again in a booth."""
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from ..daemon.artifact import default_artifact
    from .evaluate import evaluate as measure

    rows = measure(music, artifact or [default_artifact()], most)
    if json_out:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
        return
    table = Table("what", "heard", "recall@1", "recall@10", "right track", "moment found", "of", title="Held-out music")
    for r in rows:
        found = "" if r.moment is None else f"{r.moment:.3f}"
        table.add_row(
            r.name, r.heard, f"{r.recall_1:.3f}", f"{r.recall_10:.3f}", f"{r.cross_1:.3f}", found, str(r.queries)
        )
    Console().print(table)
