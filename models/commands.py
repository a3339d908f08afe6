"""``segue fetch-music`` and ``segue train``: this package's command line, found through its entry points."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    music: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders of music, one sub-folder an artist, or KIND:FOLDER (debian, gtzan, fma, maestro, sets); "
            "none: go on with --cache."
        ),
    ] = None,
    recipe: Annotated[str, typer.Option(help="TOML file, or the name of a recipe that ships.")] = "default",
    out: Annotated[
        Path, typer.Option(help="Folder of the run: checkpoint, log, curves. A run found there goes on.")
    ] = Path("runs/first"),
    cache: Annotated[Path, typer.Option(help="Folder of the decoded music, reused.")] = Path("runs/cache"),
    start: Annotated[
        Path | None, typer.Option(help="Checkpoint to begin with: its heads are fitted to this music first.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Instead of the recipe's; 0: untrained, a control.", min=0)] = None,
    minutes: Annotated[float | None, typer.Option(help="Instead of the recipe's: stop by the clock.", min=0)] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    threads: Annotated[int, typer.Option(help="Of torch; 0: its own choice.")] = 0,
    held_out: Annotated[float, typer.Option(help="Share of the artists kept for validation.")] = 0.08,
) -> None:
    """Train an encoder on music by a recipe; needs the extra: train."""
    import torch
    from rich.console import Console

    from .datasets import prepare_music
    from .recipe import find_recipe, read_recipe
    from .train import train as run

    console = Console(stderr=True)
    chosen = read_recipe(find_recipe(recipe))
    instead = {"steps": steps, "minutes": minutes, "seed": seed}
    chosen = chosen.model_copy(update={name: value for name, value in instead.items() if value is not None})
    learn, look = prepare_music(music or [], cache, held_out)
    hours = sum(c.samples for c in learn) / chosen.encoder.sample_rate / 3600
    console.print(
        f"{len(learn)} tracks, {hours:.1f} h to learn from, {len(look)} tracks to look at; log: {out}/log.jsonl"
    )
    if threads:
        torch.set_num_threads(threads)
    checkpoint = run(learn, look, cache, out, chosen, start)
    console.print(f"{checkpoint} is ready, its curves are in {out}/curves.html")
    console.print(f"'segue export {checkpoint} FILE.onnx' makes an artifact of it")


def fetch_music(
    folder: Annotated[Path, typer.Argument(help="Where the music goes, one sub-folder a package.")],
    package: Annotated[list[str] | None, typer.Argument(help="Debian packages; none: those to train on.")] = None,
) -> None:
    """Download free music from Debian's archive to train with; nothing is installed. Needs Debian or Ubuntu."""
    from rich.console import Console

    from .datasets.corpus import fetch

    console = Console(stderr=True)
    fetch(folder, package or None, lambda line: console.print(line))
