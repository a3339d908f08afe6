"""``segue demo``: real music, a rendered set and suggestions on screen; no sound card and no network needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigError


def demo(
    osc: Annotated[str, typer.Option(help="Also send the messages to HOST:PORT.")] = "",
    speed: Annotated[str, typer.Option(help="Times real time, or max.")] = "auto",
    picture: Annotated[Path, typer.Option(help="Where to write the picture of the set.")] = Path("segue-demo.svg"),
    keep: Annotated[Path | None, typer.Option(help="Keep the library and the set in this folder.")] = None,
    tracks: Annotated[int, typer.Option(min=2, max=16, help="Tracks in the set.")] = 6,
    seed: Annotated[int, typer.Option(help="Another seed, another set.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Settings to use.")] = None,
) -> None:
    """Hear a set mixed from bundled music, with suggestions on screen."""
    import tempfile
    from contextlib import ExitStack

    from rich.console import Console

    from ..config import Target, load
    from ..demo.session import Wish, run
    from ..osc.sender import Sender

    settings = load(config)
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a file or a pipe has no width of its own
    with ExitStack() as stack:
        folder = (
            keep if keep is not None else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-demo-")))
        )
        folder.mkdir(parents=True, exist_ok=True)
        targets = [Target(host=host, port=port) for host, port in [_address(osc)] if host]
        sender = stack.enter_context(Sender(targets, settings.osc.root))
        run(Wish(folder, picture, tracks, seed, _pace(speed, console.is_terminal)), settings, console, [sender])


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigError(f"--osc got '{text}'; wanted HOST:PORT, such as 127.0.0.1:17101")
    return (host, int(port)) if text else ("", 0)


def _pace(text: str, watched: bool) -> float | None:
    if text == "max":
        return None
    if text == "auto":  # slow enough to be followed by eye, where an eye follows
        return 24.0 if watched else None
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0.0 < pace < float("inf"):
        raise ConfigError(f"--speed got '{text}'; wanted a number above 0, or max")
    return pace
