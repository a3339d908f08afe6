"""``segue taste``: what accepting and rejecting has taught, where that is written down, and how to start anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="See what was learnt from accepting and rejecting, or start anew.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def show(json: Json = False) -> None:
    """Show what each weight is multiplied by, and which tracks are wanted more or less."""
    from ..advice.taste import Taste
    from ..advice.tastelog import default_path, read
    from ..config import Weights

    choices = read(default_path())
    taste = Taste(choices)
    factors = {name: round(taste.factors.get(name, 1.0), 3) for name in Weights.model_fields}
    titles = {choice.track: choice.title for choice in choices}
    if json:
        import json as writer

        told = {"log": str(default_path()), "choices": len(choices), "factors": factors, "liking": dict(taste.liking)}
        typer.echo(writer.dumps(told, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    accepted = sum(choice.accepted for choice in choices)
    console = Console()
    console.print(f"{accepted} accepted, {len(choices) - accepted} rejected; {default_path()}", highlight=False)
    table = Table("weight", "counts", box=None, pad_edge=False, header_style="bold")
    for name, factor in factors.items():
        table.add_row(name, f"× {factor:.2f}")
    console.print(table)
    for track, nats in sorted(taste.liking.items(), key=lambda pair: -pair[1]):
        console.print(f"{nats:+.2f}  {titles[track]}", highlight=False, markup=False)


@app.command()
def reset() -> None:
    """Forget all of it: the log is kept beside itself as .old, the one before that goes."""
    from ..advice.tastelog import default_path
    from ..errors import SegueError

    path = default_path()
    try:
        path.replace(path.with_suffix(".jsonl.old"))
    except FileNotFoundError:
        typer.echo("nothing was learnt yet")
        return
    except OSError as exc:
        raise SegueError(f"the log {path} cannot be put away ({exc.strerror}); check its rights") from exc
    typer.echo(f"forgotten; the old log is {path.with_suffix('.jsonl.old')}")


@app.command()
def export(file: Annotated[Path, typer.Argument(help="Where to write the log of choices, JSON lines.")]) -> None:
    """Copy the log of choices, to keep or to take to another computer."""
    import shutil

    from ..advice.tastelog import default_path
    from ..errors import SegueError

    try:
        shutil.copyfile(default_path(), file)
    except FileNotFoundError as exc:
        raise SegueError("nothing was learnt yet, so there is nothing to export; accept or reject something") from exc
    except OSError as exc:
        raise SegueError(f"{file} cannot be written ({exc.strerror}); name another file") from exc
    typer.echo(f"{file} is written")
