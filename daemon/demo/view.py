"""The demo on the terminal: a live view where there is one, plain lines where there is not.

Conventions
-----------
Everything goes to stdout, since it is what the demo is for. The view is given ``Heard``, which holds what came over
the wire, and the plays, which it marks as the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..receivers.heard import Heard, Playing, Slot
from ..report.score import Score
from ..report.words import clock, named_after, shares
from .render import Play

SHOWN = 5
"""Suggestions on screen."""
PATIENCE_S = 10.0
"""Plain lines show suggestions this long after a track was named, when the list has settled."""


class View(Protocol):
    """Shows a set while it is heard."""

    def __enter__(self) -> View: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, heard: Heard) -> None:
        """Show what stands now."""


def view(console: Console, plays: Sequence[Play]) -> View:
    """Choose the view that the terminal can show."""
    return Screen(console, plays) if console.is_terminal else Lines(console)


class Lines:
    """One line for each thing that happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._named = ""
        self._since_s = 0.0
        self._told = True

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, heard: Heard) -> None:
        """Print what is new."""
        now = heard.now
        named = now.id if now.valid else ""
        if named != self._named:
            self._named, self._since_s, self._told = named, heard.t, not named
            words = _playing(now) if named else "what plays is not known"
            self._console.print(f"{clock(heard.t):>5}  now   {words}", markup=False, highlight=False)
        if not self._told and heard.t - self._since_s >= PATIENCE_S and heard.suggested:
            self._told = True
            if now.mix_out_beats >= 0:
                self._console.print(f"       mix out in {_bars(now.mix_out_beats)}", highlight=False)
            for place, slot in enumerate(heard.suggested[:3], start=1):
                words = (
                    f"{slot.title} · {slot.artist}, from {clock(slot.cue_in_s)}, score {slot.score:.2f}: {slot.reasons}"
                )
                self._console.print(f"       next {place}: {words}", markup=False, highlight=False)


class Screen:
    """A view that is drawn anew a few times a second."""

    def __init__(self, console: Console, plays: Sequence[Play]) -> None:
        self._plays = plays
        self._live = Live(console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Screen:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, heard: Heard) -> None:
        """Draw what stands now."""
        self._live.update(self._drawn(heard))

    def _drawn(self, heard: Heard) -> RenderableType:
        end_s = self._plays[-1].end_s
        head = Table.grid(padding=(0, 2), expand=True)
        head.add_column(width=14)
        head.add_column(ratio=1)
        head.add_column(justify="right")
        bpm, sure = heard.live.get("bpm", 0.0), heard.live.get("bpm_conf", 0.0)
        head.add_row(
            f"{clock(heard.t)} of {clock(end_s)}",
            ProgressBar(total=end_s, completed=heard.t),
            f"{bpm:5.1f} BPM {_bar(sure, 8)} {_dots(heard)}" if bpm else "no beat yet",
        )
        audible = [play.title for play in self._plays if play.start_s <= heard.t < play.end_s]
        decks: list[RenderableType] = [_deck(heard.now, " and ".join(audible))]
        if heard.now2.valid:
            decks.append(Text.assemble(("also audible  ", "dim"), _playing(heard.now2)))
        return Group(head, Panel(Group(*decks), title="now", title_align="left"), _suggestions(heard.suggested[:SHOWN]))


def _deck(now: Playing, truth: str) -> RenderableType:
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    truly = Text(f"truth: {truth}", style="dim")
    if not now.valid:
        grid.add_row(Text("listening …", style="dim"), truly)
        return grid
    grid.add_row(Text.assemble((now.title, "bold"), f" · {now.artist}  ", (now.key, "cyan")), truly)
    out = f"mix out in {_bars(now.mix_out_beats)}" if now.mix_out_beats >= 0 else ""
    speed = f"{(now.tempo_ratio - 1) * 100:+.1f} %" if now.tempo_ratio > 0 else ""
    grid.add_row(
        Text.assemble(f"at {clock(now.pos_s)} of {clock(now.len_s)}  {speed}  ", (out, "bold yellow")),
        Text.assemble("sure ", (_bar(now.conf, 10), "green"), f" {now.conf:.2f}"),
    )
    return grid


def _suggestions(slots: Sequence[Slot]) -> Table:
    table = Table(expand=True, show_edge=False, pad_edge=False)
    table.add_column("next", ratio=4, no_wrap=True)
    table.add_column("from", justify="right")
    table.add_column("speed", justify="right")
    table.add_column("key")
    table.add_column("score", justify="right")
    table.add_column("why", ratio=6, no_wrap=True)
    for slot in slots:
        table.add_row(
            Text.assemble((slot.title, "bold"), f" · {slot.artist}"),
            clock(max(0.0, slot.cue_in_s)),
            f"{(slot.tempo_ratio - 1) * 100:+.1f} %" if slot.tempo_ratio > 0 else "",
            slot.key,
            f"{slot.score:.2f}",
            Text(slot.reasons, style="dim"),
        )
    for _ in range(SHOWN - len(slots)):
        table.add_row("")
    return table


def summary(plays: Sequence[Play], judged: Score) -> Table:
    """Lay the truth and what was heard side by side."""
    table = Table(title="truth against hearing", title_justify="left", title_style="bold")
    for name in ("played", "from", "speed"):
        table.add_column(name, justify="left" if name == "played" else "right")
    for name in ("named after", "right", "position off by", "suggested before"):
        table.add_column(name, justify="right")
    for play, followed in zip(plays, judged.plays, strict=True):
        error, place = followed.position_error_s, followed.suggested_place
        table.add_row(
            play.title,
            clock(play.start_s),
            f"{(play.rate - 1) * 100:+.1f} % {'key-lock' if play.keylock else 'vinyl'}",
            named_after(followed),
            f"{followed.right:.0%}",
            "" if error is None else f"{error:.2f} s",
            "" if play is plays[0] else "no" if place is None else f"in place {place}",
        )
    table.caption = shares(judged)
    table.caption_justify = "left"
    return table


def _playing(now: Playing) -> str:
    speed = f", {(now.tempo_ratio - 1) * 100:+.1f} %" if now.tempo_ratio > 0 else ""
    return f"{now.title} · {now.artist}, at {clock(max(0.0, now.pos_s))}{speed}, sure {now.conf:.2f}"


def _bars(beats: float) -> str:
    bars = round(beats / 4)
    return "1 bar" if bars == 1 else f"{bars} bars"


def _bar(share: float, width: int) -> str:
    full = round(min(1.0, max(0.0, share)) * width)
    return "━" * full + "╌" * (width - full)


def _dots(heard: Heard) -> str:
    beat = int(heard.live.get("beat_in_bar", 0))
    return "".join("●" if number == beat else "·" for number in range(1, 5))
