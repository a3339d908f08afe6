"""``segue monitor``: what a running daemon says, heard over OSC like by any receiver, and how well it arrives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from ..monitor.link import Link
    from ..osc.listener import Listener
    from ..osc.packet import Incoming
    from ..receivers.heard import Heard

SILENT_S = 3.0
"""Without a message for this long the daemon counts as gone."""
_DRAW_S = 0.1


def monitor(
    host: Annotated[str, typer.Option(help="The machine that runs 'segue run'.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Its osc.listen_port; default: the one of the config.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Print every message as a line instead.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
) -> None:
    """Show what a running daemon hears and suggests, and how its messages arrive, until Ctrl-C.

    Lines are printed instead where there is no terminal.
    """
    from rich.console import Console

    from ..config import load
    from ..osc.listener import Listener

    settings = load(config)
    console = Console()
    with Listener(host, port or settings.osc.listen_port, settings.osc.root) as listener:
        where = f"{host}:{port or settings.osc.listen_port}"
        if lines or not console.is_terminal:
            _print(listener, where)
        else:
            _watch(listener, settings.osc.root, where, console)


def _print(listener: Listener, where: str) -> None:
    warned = False
    while True:
        for address, args in listener.hear(0.5):
            typer.echo(" ".join([address, *map(str, args)]))
        silent = listener.silent_s() > SILENT_S
        if silent and not warned:
            typer.echo(f"nothing comes from {where}; start 'segue run' there, or name its --host and --port", err=True)
        warned = silent


def _watch(listener: Listener, root: str, where: str, console: Console) -> None:
    from rich.live import Live

    from ..clock import SteadyClock
    from ..monitor.link import Link
    from ..monitor.panel import drawn
    from ..receivers.heard import Heard

    heard, link, clock = Heard(root), Link(), SteadyClock()
    due_s = clock.now()
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            now_s = clock.now()
            if now_s < due_s:
                take(heard, link, root, listener.hear(due_s - now_s), clock.now())
                continue
            due_s = now_s + _DRAW_S
            listener.ping()
            silent_s = listener.silent_s()
            picture = drawn(
                heard,
                link,
                now_s,
                where=where,
                width=console.width,
                height=console.height,
                silent_s=silent_s if silent_s > SILENT_S else 0.0,
                round_trip_s=listener.round_trip_s,
            )
            live.update(picture, refresh=True)


def take(heard: Heard, link: Link, root: str, incoming: list[Incoming], at_s: float) -> None:
    """Take in a packet; what the namespace does not know is left out."""
    from ..monitor.link import understood

    below = [(message.address.removeprefix(root), message.args) for message in incoming]
    known = [(address, args) for address, args in below if understood(address, args)]
    link.take(known, at_s)
    for address, args in known:
        if address == "/live/t_ms":
            heard.t = float(args[0]) / 1000.0
        heard.take(address, args)
