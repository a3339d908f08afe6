"""``segue devices``: the inputs that there are, and how loud each pair of channels of one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ..sound.meter import Levels

_FALL_DB = 1.5
"""By which a shown peak falls with each measurement, so that an eye can follow it."""


def devices(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    meter: Annotated[
        bool, typer.Option("--meter", help="Show how loud each pair of channels is, until Ctrl-C.")
    ] = False,
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="A part of the name of the input to measure.")
    ] = None,
) -> None:
    """List the inputs that Segue can listen to."""
    if meter and json:
        raise ConfigError("--meter draws on the screen and --json prints a document; choose one of them")
    if device is not None and not meter:
        raise ConfigError("--device names the input that --meter measures; add --meter, or leave it out")
    if meter:
        _meter(device)
        return
    from dataclasses import asdict

    from ..sound.capture import inputs

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
    for each in found:
        mark = "*" if each.default else ""
        table.add_row(mark, each.name, each.api, str(each.channels), str(each.rate))
    Console(markup=False, highlight=False).print(table)
    Console(stderr=True).print("* is heard when neither audio.device nor --device names another", style="dim")


def _meter(name: str | None) -> None:
    """Measure all channels of the input that ``--device`` or the config names, and draw them."""
    import threading

    from ..clock import SteadyClock
    from ..config import load
    from ..sound.capture import Wanted, choose, inputs
    from ..sound.meter import listen

    audio = load().audio
    chosen = choose(inputs(), audio.device if name is None else name)
    every = tuple(range(1, chosen.channels + 1))
    wanted = Wanted(f"{chosen.name}, {chosen.api}", every, audio.sample_rate, audio.block_frames, audio.ring_s)
    stop = threading.Event()
    _draw(listen(wanted, SteadyClock(), stop))


def _draw(measured: Iterable[Levels]) -> None:
    """Redraw with each measurement; a peak falls slowly, and a channel that has clipped stays marked."""
    import contextlib

    from rich.console import Console
    from rich.live import Live

    from ..sound.gauge import CLIPPED

    peaks: list[float] = []
    clipped: list[bool] = []
    console = Console(highlight=False)
    with contextlib.suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) as live:
        for levels in measured:
            peaks = peaks or list(levels.peak_db)
            clipped = clipped or [False] * len(peaks)
            peaks = [max(now, before - _FALL_DB) for now, before in zip(levels.peak_db, peaks, strict=True)]
            clipped = [now >= CLIPPED or before for now, before in zip(levels.clipped, clipped, strict=True)]
            live.update(pairs(levels.device, peaks, clipped), refresh=True)


def pairs(device: str | None, peaks_db: list[float], clipped: list[bool]) -> Table:
    """Draw the levels of an input, a row for each pair of channels."""
    from rich.table import Table

    from ..report.words import bar
    from ..sound.meter import FLOOR_DB

    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left", title_style="bold")
    table.title = device or "the input has gone; waiting for it"
    table.add_column("channels", justify="right", no_wrap=True)
    table.add_column("-60 dB" + " " * 21 + "0", no_wrap=True)
    table.add_column("peak, dB", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for first in range(0, len(peaks_db), 2):
        pair = range(first, min(first + 2, len(peaks_db)))
        loudest = max(peaks_db[channel] for channel in pair)
        names = ", ".join(str(channel + 1) for channel in pair)
        values = " ".join("–" if peaks_db[c] <= FLOOR_DB else f"{peaks_db[c]:.0f}" for c in pair)
        mark = "clips" if any(clipped[channel] for channel in pair) else ""
        table.add_row(f"{names}", bar(1.0 + loudest / 60.0, 28), values, mark, style="" if loudest > -60.0 else "dim")
    return table
