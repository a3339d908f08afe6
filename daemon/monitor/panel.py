"""The monitor's picture: what a receiver knows, drawn for a terminal of any size from 40 columns and 12 lines on.

Conventions
-----------
Every line is made as wide as the terminal and cut there, in cells: a letter of Chinese takes two. Texts come over the
network, so what is no letter (control characters, marks that change the direction of writing) is left out before
anything is drawn. What matters most stands at the top; suggestions take the lines that are left.
"""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from ..receivers.heard import Heard, Playing, Slot
from ..report.words import bar, clock
from .link import Delay, Link

STATES = ("starting", "listening", "no signal", "paused", "loading the library", "error")
LEVELS = ("debug", "note", "warning", "error")
_WIDE = 110
"""From this width on a suggestion and its reasons can share a line."""
_SELECTORS = "\ufe0e\ufe0f"
"""Ask for the plain or the coloured form of a sign, of which terminals make one cell or two."""
_LATE_MS = 150.0
_HEAVY = 0.8


def drawn(
    heard: Heard,
    link: Link,
    now_s: float,
    *,
    where: str,
    width: int,
    height: int,
    silent_s: float = 0.0,
    round_trip_s: float | None = None,
) -> Group:
    """Draw all of it, at most ``height`` lines of ``width`` cells.

    Parameters
    ----------
    heard, link
        What came, and how.
    now_s
        The receiver's clock.
    where
        Who speaks.
    silent_s
        How long nothing has come; 0 while something does.
    round_trip_s
        How long an answer takes.
    """
    foot = [_rates(heard, link, now_s, width), _losses(link, now_s, round_trip_s, width)]
    if heard.logs:
        level, text = heard.logs[-1]
        words = f"{LEVELS[min(max(level, 0), 3)]}: {plain(text)}"
        foot.append(_line(Text(words, style=("dim", "dim", "yellow", "red")[min(max(level, 0), 3)]), Text(), width))
    lines = [_top(heard, where, silent_s, width), _live(heard, width), Text()]
    lines += _deck(heard, heard.now, width)
    lines += _deck(heard, heard.now2, width) if heard.now2.valid else []
    lines.append(Text())
    room = height - len(lines) - len(foot) - 1
    lines += _suggestions(heard, width, room)
    lines += [Text()] * (height - len(lines) - len(foot)) + foot
    if silent_s > 0:
        for line in lines[1:]:
            line.stylize("dim")  # it was so; whether it is, nobody knows
    return Group(*lines[:height])


def plain(text: str) -> str:
    """Leave out what is no letter, sign or single space, so that a text takes the cells that it seems to."""
    kept = (
        "" if char in _SELECTORS else char if char.isprintable() else " " if char.isspace() else "" for char in text
    )
    return "".join(kept)


def _line(left: Text, right: Text, width: int) -> Text:
    """Put two texts at the two ends of a line; the left one is cut where there is no room for both."""
    room = max(0, width - right.cell_len - (1 if right.cell_len else 0))
    left.truncate(room, overflow="ellipsis", pad=right.cell_len > 0)
    made = Text.assemble(left, " " if right.cell_len else "", right, no_wrap=True, overflow="crop")
    made.truncate(width, overflow="crop")
    return made


def _top(heard: Heard, where: str, silent_s: float, width: int) -> Text:
    if silent_s > 0:
        words = f"nothing has come from {where} for {silent_s:.0f} s; is 'segue run' running there?"
        return _line(Text(words, style="bold yellow"), Text(), width)
    state = int(heard.status.get("state", 0))
    style = "green" if state == 1 else "yellow" if state < 5 else "bold red"
    words = STATES[state] if 0 <= state < len(STATES) else str(state)
    source = plain(heard.info[1]) if heard.info else ""
    left = Text.assemble(("segue ", "bold"), (words, style), (f"  {source}", "dim"))
    library = plain(heard.info[3]) if heard.info else ""
    return _line(left, Text.assemble((f"{library}  {where}  ", "dim"), clock(max(0.0, heard.t))), width)


def _live(heard: Heard, width: int) -> Text:
    live = heard.live
    made = Text()
    if live.get("bpm"):
        made.append(f"{live['bpm']:6.1f} BPM ", "bold")
        made.append_text(_pulse(live))
    else:
        made.append("no beat yet      ", "dim")
    if live.get("camelot"):
        made.append(f"  {live['camelot']:.0f}{'B' if live.get('mode') else 'A'}", "cyan")
    made.append("  energy ").append(bar(live.get("energy", 0.0), 8), "magenta")
    lufs = live.get("lufs_m", -70.0)
    made.append("  level ").append(bar(1.0 + lufs / 60.0, 8), "green").append(f" {lufs:5.1f} LUFS")
    return _line(made, Text(), width)


def _pulse(live: dict[str, float]) -> Text:
    """Four dots, the beat's one filled and bright when it has just come."""
    beat, fresh = int(live.get("beat_in_bar", 0)), live.get("phase", 0.0) < 0.25
    style = "bold yellow" if fresh else "yellow"
    return Text.assemble(*(("●", style) if place == beat else ("·", "dim") for place in range(1, 5)))


def _deck(heard: Heard, deck: Playing, width: int) -> list[Text]:
    if not deck.valid:
        return [_line(Text("what plays is not known", style="dim"), Text(), width), Text()]
    speed = f"{(deck.tempo_ratio - 1) * 100:+.1f} %  " if deck.tempo_ratio > 0 else ""
    right = Text.assemble((plain(deck.key), "cyan"), f"  {speed}sure {deck.conf:.2f}")
    named = _line(Text.assemble((plain(deck.title), "bold"), f" · {plain(deck.artist)}"), right, width)
    position_s = deck.position_s(heard.t)
    if position_s < 0 or deck.len_s <= 0:
        return [named, Text("somewhere in it", style="dim")]
    left = Text(f"{clock(position_s)} ")
    end = Text(f" {clock(deck.len_s)}")
    if deck.mix_out_beats >= 0:
        end.append(f"   out in {clock(max(0.0, deck.mix_out_s))}, {_bars(deck.mix_out_beats)}", "bold yellow")
    room = max(4, width - left.cell_len - end.cell_len)
    return [named, _line(Text.assemble(left, (bar(position_s / deck.len_s, room), "green"), end), Text(), width)]


def _suggestions(heard: Heard, width: int, room: int) -> list[Text]:
    slots = heard.suggested
    if not slots:
        return [_line(Text("no suggestions yet", style="dim"), Text(), width)]
    head = _line(Text("next", style="bold"), Text("  from   speed  key score", style="dim"), width)
    made = [head]
    each = 2 if width < _WIDE or room >= 2 * len(slots) else 1
    for place, slot in enumerate(slots[: max(1, room // each)], start=1):
        made += _slot(place, slot, width, each == 2)
    return made[: max(1, room + 1)]


def _slot(place: int, slot: Slot, width: int, two: bool) -> list[Text]:
    speed = f"{(slot.tempo_ratio - 1) * 100:+.1f} %" if slot.tempo_ratio > 0 else ""
    start = clock(slot.cue_in_s) if slot.cue_in_s >= 0 else ""
    figures = Text(f"{start:>6} {speed:>7} {plain(slot.key)[:3]:>4} {slot.score:5.2f}")
    mark = "●" if slot.locked else " "
    name = Text.assemble((f"{place}{mark}", "dim"), (plain(slot.title), "bold"), f" · {plain(slot.artist)}")
    reasons = Text(plain(slot.reasons), style="dim")
    if two:
        return [_line(name, figures, width), _line(Text.assemble("  ", reasons), Text(), width)]
    half = (width - figures.cell_len) // 2
    return [_line(Text.assemble(_line(name, Text(" "), half), reasons), figures, width)]


def _rates(heard: Heard, link: Link, now_s: float, width: int) -> Text:
    rates = link.rates(now_s)
    words = "  ".join(f"{name} {rates[name]:.0f}" for name in ("num", "text", "event", "packets"))
    load, xruns = heard.status.get("load", 0.0), int(heard.status.get("xruns", 0))
    health = Text.assemble(
        (f"load {load:.0%}", "yellow" if load > _HEAVY else "dim"),
        (f"  xruns {xruns}", "yellow" if xruns else "dim"),
    )
    return _line(Text(f"a second: {words}", style="dim"), health, width)


def _losses(link: Link, now_s: float, round_trip_s: float | None, width: int) -> Text:
    lost = link.frames_lost + link.alive_lost + link.lists_lost
    all_frames = link.frames + link.frames_lost
    share = f" ({link.frames_lost / all_frames:.1%})" if link.frames_lost else ""
    made = Text("lost: ", style="dim")
    words = f"{link.frames_lost} frames{share}, {link.lists_lost} lists"
    made.append(words, "yellow" if lost else "dim")
    made.append_text(_lateness(link.delay(now_s)))
    if round_trip_s is not None:
        made.append(f"  answer in {round_trip_s * 1000:.1f} ms", "dim")
    return _line(made, Text(), width)


def _lateness(delay: Delay | None) -> Text:
    if delay is None:
        return Text()
    style = "yellow" if delay.worst_ms > _LATE_MS else "dim"
    return Text(f"  late {delay.middle_ms:.0f}, worst {delay.worst_ms:.0f} ms", style=style)


def _bars(beats: float) -> str:
    bars = round(beats / 4)
    return "1 bar" if bars == 1 else f"{bars} bars"
