"""``segue forward``: Segue's messages under another program's own addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def forward(
    rules: Annotated[
        Path, typer.Argument(metavar="RULES", help="What becomes what, as examples/resolume/resolume.toml.")
    ],
    host: Annotated[str, typer.Option(help="The machine that runs 'segue run'.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Its osc.listen_port; default: the one of the config.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
) -> None:
    """Send what Segue says on to a program with addresses of its own, such as Resolume, until Ctrl-C."""
    from ..clock import SteadyClock
    from ..config import load as load_config
    from ..osc.listener import Listener
    from ..osc.remote import Remote
    from ..receivers.relay import Relay, load
    from .ableton import SILENT_S

    wanted, settings = load(rules), load_config(config)
    relay, clock = Relay(wanted), SteadyClock()
    at = port or settings.osc.listen_port
    with Remote(wanted.host, wanted.port) as remote, Listener(host, at, settings.osc.root) as listener:
        typer.echo(f"from Segue at {host}:{at} to {wanted.host}:{wanted.port}, {len(wanted.map)} rules; Ctrl-C ends it")
        heard = True
        while True:
            if heard and listener.silent_s() > SILENT_S:
                typer.echo(f"nothing comes from {host}:{at}; start 'segue run' there", err=True)
            heard = listener.silent_s() <= SILENT_S
            for message in listener.hear(0.5):
                for address, tags, args in relay.step(message, clock.now()):
                    remote.send(address, tags, args)
            remote.take()  # answers are of no use, but must not pile up
