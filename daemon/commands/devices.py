"""``segue devices``: the inputs that there are."""

from __future__ import annotations

from typing import Annotated

import typer


def devices(json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """List the inputs that Segue can listen to."""
    from dataclasses import asdict

    from ..capture import inputs

    found = inputs()
    if json:
        from json import dumps

        typer.echo(dumps([asdict(device) for device in found], ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    if not found:
        typer.echo("there is no input device; connect one, or start the JACK server, and look again", err=True)
        return
    table = Table("", "name", "system", box=None, pad_edge=False, header_style="bold")
    table.add_column("channels", justify="right")
    table.add_column("Hz", justify="right")
    for device in found:
        mark = "*" if device.default else ""
        table.add_row(mark, device.name, device.api, str(device.channels), str(device.rate))
    Console(markup=False, highlight=False).print(table)
    Console(stderr=True).print("* is heard when neither audio.device nor --device names another", style="dim")
