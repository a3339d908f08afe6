"""``segue service``: have 'segue run' started at login, and kept up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..run.startup import System

app = typer.Typer(help="Have 'segue run' started at login, and kept running.", no_args_is_help=True)


@app.command()
def install(
    config: Annotated[Path | None, typer.Option(help="A config file; without one, your own.")] = None,
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="The log; the platform's place if left out.")] = None,
) -> None:
    """Write what the system needs to start it at login; doing it again changes nothing."""
    from ..config import find, load
    from ..run.logbook import usual
    from ..run.startup import command, task

    load(config)  # its faults are better told now
    written = log or usual()
    line = command(find(config) if config is not None else None, library, written)
    if sys.platform == "win32":
        typer.echo("Windows starts it at login once you have given these lines to PowerShell, once:")
        typer.echo(task(line))
        return
    manager = system()
    changed = manager.install(line)
    typer.echo(f"{'wrote' if changed else 'unchanged:'} {manager.file}")
    typer.echo(f"the log is {written}")
    typer.echo("it starts at your next login; 'segue service start' starts it now")


@app.command()
def uninstall() -> None:
    """Stop it, and take away what was written."""
    manager = system()
    typer.echo(f"removed {manager.file}" if manager.uninstall() else "no service is installed")


@app.command()
def start() -> None:
    """Start it now, anew if it runs."""
    system().start()
    typer.echo("started; 'segue status' tells how it is")


@app.command()
def stop() -> None:
    """End it until the next login or start."""
    system().stop()
    typer.echo("stopped")


def system() -> System:
    """Give the one of this machine.

    Raises
    ------
    SegueError
        Where there is none that is known.
    """
    from ..errors import SegueError
    from ..run.startup import Launchd, Systemd

    if sys.platform == "darwin":
        return Launchd()
    if sys.platform == "linux":
        return Systemd()
    raise SegueError("there is no service to steer here; on Windows use the Task Scheduler: the task is called Segue")
