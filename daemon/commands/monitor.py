"""``segue monitor``: what a running daemon says, heard over OSC like by any receiver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..heard import Heard
    from ..osc.listener import Listener
    from ..osc.packet import Incoming

_SILENT_S = 3.0


def monitor(
    host: Annotated[str, typer.Option(help="The machine that runs 'segue run'.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Its osc.listen_port; default: the one of the config.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Print every message as a line instead.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
) -> None:
    """Show what a running daemon hears and suggests, until Ctrl-C."""
    from ..config import load
    from ..osc.listener import Listener

    settings = load(config)
    with Listener(host, port or settings.osc.listen_port, settings.osc.root) as listener:
        where = f"{host}:{port or settings.osc.listen_port}"
        if lines:
            _print(listener, where)
        else:
            _watch(listener, settings.osc.root, where)


def _print(listener: Listener, where: str) -> None:
    warned = False
    while True:
        for address, args in listener.hear(0.5):
            typer.echo(" ".join([address, *map(str, args)]))
        silent = listener.silent_s() > _SILENT_S
        if silent and not warned:
            typer.echo(_nothing(where), err=True)
        warned = silent


def _watch(listener: Listener, root: str, where: str) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from ..heard import Heard

    heard = Heard(root)
    with Live(console=Console(), refresh_per_second=8, transient=True) as live:
        while True:
            _take(heard, root, listener.hear(0.5))
            live.update(Text(_nothing(where), style="yellow") if listener.silent_s() > _SILENT_S else _drawn(heard))


def _nothing(where: str) -> str:
    return f"nothing comes from {where}; start 'segue run' there, or name its --host and --port"


def _take(heard: Heard, root: str, incoming: list[Incoming]) -> None:
    from ..messages import Message

    t = heard.t
    for address, args in incoming:
        if address == f"{root}/live/t_ms":
            t = float(args[0]) / 1000.0
        heard.send([Message(0.0, address, "", args, (), False, False)])  # time 0: it need not keep a history
    heard.t = t


def _drawn(heard: Heard) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    live = heard.live
    beat = f"{live.get('bpm', 0.0):.1f} BPM" if live.get("bpm") else "no beat"
    head = f"{_clock(heard.t)}   {beat}   {live.get('lufs_s', -70.0):.1f} LUFS"
    table = Table("next", "from", "speed", "key", "score", "why", expand=True, show_edge=False)
    for slot in heard.suggested:
        speed = f"{(slot.tempo_ratio - 1) * 100:+.1f} %" if slot.tempo_ratio > 0 else ""
        cells = (
            f"{slot.title} · {slot.artist}",
            _clock(slot.cue_in_s),
            speed,
            slot.key,
            f"{slot.score:.2f}",
            slot.reasons,
        )
        table.add_row(*map(Text, cells))
    decks = []
    for deck in (heard.now, heard.now2):
        if deck.valid:
            out = f"mix out in {deck.mix_out_beats:.0f} beats" if deck.mix_out_beats >= 0 else ""
            place = f"{_clock(deck.pos_s)} of {_clock(deck.len_s)}" if deck.pos_s >= 0 else "somewhere"
            words = f"{deck.title} · {deck.artist}   {deck.key}   {place}   {out}"
            decks.append(Text(f"{words}   sure {deck.conf:.2f}", style="bold"))
    return Group(Text(head), *(decks or [Text("what plays is not known", style="dim")]), table)


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}" if seconds >= 0 else ""
