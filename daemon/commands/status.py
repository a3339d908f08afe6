"""``segue status``: asks the running daemon over OSC how it is, for a person and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..receivers.heard import Heard, Playing

_PATIENCE_S = 3.0
"""The daemon speaks once a second of how it is."""
_ERROR = 5


def status(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    host: Annotated[str, typer.Option(help="The machine that runs 'segue run'.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Its osc.listen_port; default: the one of the config.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
) -> None:
    """Tell how the running daemon is: its state, input, library, load, and what plays.

    Exit 0: it runs. Exit 1: it does not answer, or is in trouble.
    """
    from ..clock import SteadyClock
    from ..config import load
    from ..monitor.link import Link
    from ..osc.listener import Listener
    from ..receivers.heard import Heard
    from .monitor import take

    settings = load(config)
    where = f"{host}:{port or settings.osc.listen_port}"
    heard, link, clock = Heard(settings.osc.root), Link(), SteadyClock()
    with Listener(host, port or settings.osc.listen_port, settings.osc.root) as listener:
        end_s = clock.now() + _PATIENCE_S
        while not {"state", "load"} <= heard.status.keys() and clock.now() < end_s:
            take(heard, link, settings.osc.root, listener.hear(0.1), clock.now())
    told = _document(heard)
    if json:
        from json import dumps

        typer.echo(dumps(told, ensure_ascii=False, indent=1))
    elif not told["running"]:
        typer.echo(f"nothing answers at {where}; start it with 'segue run' or 'segue service start'", err=True)
    else:
        _print(told)
    if not told["running"] or heard.status.get("state") == _ERROR:
        raise typer.Exit(1)


def _document(heard: Heard) -> dict[str, Any]:
    """Give what was heard as plain values; what did not come is None."""
    from ..monitor.panel import STATES

    status = heard.status
    running = "state" in status
    number = int(status["state"]) if running else -1
    names = ("version", "input", "artifact", "library")
    return {
        "running": running,
        "state": STATES[number] if 0 <= number < len(STATES) else None,
        **dict(zip(names, heard.info or (None,) * len(names), strict=False)),
        "up_s": round(heard.t, 1) if running else None,
        "load": status.get("load"),
        "xruns": int(status["xruns"]) if "xruns" in status else None,
        "now": _deck(heard.now),
        "now2": _deck(heard.now2),
        "suggestions": len(heard.suggested),
    }


def _deck(deck: Playing) -> dict[str, Any] | None:
    if not deck.valid:
        return None
    return {"id": deck.id, "artist": deck.artist, "title": deck.title, "key": deck.key}


def _print(told: dict[str, Any]) -> None:
    from ..monitor.panel import plain
    from ..report.words import clock

    now = told["now"]
    for name, value in (
        ("state", f"{told['state']}, for {clock(told['up_s'])}"),
        ("version", told["version"]),
        ("input", told["input"]),
        ("library", told["library"]),
        ("load", f"{told['load'] or 0:.0%}, {told['xruns'] or 0} xruns"),
        ("now", f"{now['title']} · {now['artist']}" if now else "not known"),
        ("next", f"{told['suggestions']} suggestions"),
    ):
        typer.echo(f"{name:<9} {plain(str(value or ''))}")
