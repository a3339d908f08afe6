"""``segue check``: is everything there that ``segue run`` needs, and what to do where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..run.checkup import Checkup


def check(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    config: Annotated[Path | None, typer.Option(help="A config file.")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="A part of the input's name.")] = None,
) -> None:
    """Look at the input, the model, the library and the network before the set.

    Exit 0: 'segue run' can start (there may be warnings). Exit 1: something prevents it. Exit 2: the config is wrong.
    """
    from ..run.checkup import look

    found = look(config, library, device)
    if json:
        from json import dumps

        typer.echo(dumps(found.document(), ensure_ascii=False, indent=1))
    else:
        _print(found)
    if any(problem.fatal for problem in found.problems):
        raise typer.Exit(1)


def _print(found: Checkup) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in found.facts():
        table.add_row(name, value)
    console.print(table)
    for problem in found.problems:
        console.print(f"{'✗' if problem.fatal else '!'} {problem.text}", style="red" if problem.fatal else "yellow")
    if not found.problems:
        console.print("✓ everything is there", style="green")
