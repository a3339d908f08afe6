"""The command line: finds the command, and turns what went wrong into one line and an exit status.

Conventions
-----------
Exit 0 done, 1 failed, 2 wrong use or config, 130 stopped with Ctrl-C. Documents go to stdout, everything else to
stderr. A command's module imports nothing heavy until the command is called, so that ``--help`` answers at once.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from .errors import SegueError

COMMANDS = (
    *("demo", "setup", "index", "run", "replay", "library", "taste"),
    *("preview", "listen-test", "devices", "check", "monitor", "status", "service", "ableton", "forward"),
)
"""One module each in ``commands/`` (``_`` for ``-``): a function of the same name, or a sub-application ``app``."""
MORE = "segue.commands"
"""Entry points by which packages above the daemon, which it must not import, add commands of their own."""


def build() -> typer.Typer:
    """Put the commands together."""
    root = typer.Typer(
        name="segue",
        help="Listens to a DJ set and says over OSC what could come next.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(options)
    for name in COMMANDS:
        word = name.replace("-", "_")
        module = importlib.import_module(f"{__package__}.commands.{word}")
        if hasattr(module, "app"):
            root.add_typer(module.app, name=name)
        else:
            root.command(name)(getattr(module, word))
    for entry in sorted(entry_points(group=MORE), key=lambda entry: entry.name):
        root.command(entry.name)(entry.load())
    return root


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"segue {version('segue')}")
        raise typer.Exit


def options(
    show: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="SEGUE_DEBUG", help="Show tracebacks and log every step.")
    ] = False,
) -> None:
    """Take what stands before the command."""
    if debug:
        os.environ["SEGUE_DEBUG"] = "1"
    logging.basicConfig(
        format="%(levelname)s %(name)s: %(message)s",
        level=logging.DEBUG if debug else logging.WARNING,
        stream=sys.stderr,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    status = 0
    # numpy's own threads spin while they wait: beside the DJ's software they cost more than they give.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        build()(args=arguments, prog_name="segue")
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 0 if exc.code is None else 1
    except KeyboardInterrupt:
        status = 130
    except SegueError as exc:
        if os.environ.get("SEGUE_DEBUG"):
            raise
        print(f"segue: {exc}", file=sys.stderr)
        status = exc.exit_status
    except Exception as exc:
        if os.environ.get("SEGUE_DEBUG"):
            raise
        print(f"segue: {type(exc).__name__}: {exc} (a fault of ours; details in {_keep_traceback()})", file=sys.stderr)
        status = 1
    sys.exit(_flushed(status))


def _keep_traceback() -> str:
    """Write the traceback where it can be sent from, and tell its path."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="segue-traceback-", suffix=".txt", delete=False
    ) as file:
        traceback.print_exc(file=file)
    return file.name


def _flushed(status: int) -> int:
    """Empty stdout while a reader that has gone (``segue … | head``) can still be passed over in silence."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


if __name__ == "__main__":
    main()
