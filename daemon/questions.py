"""The five questions of ``segue setup``, each with a default, on a terminal of 80 columns.

Conventions
-----------
A question asks until it understands, and changes nothing: what was answered is given back. Ctrl-C and the end of input
leave through ``click.Abort``. An answer is a word or a number, so that a script can give it too.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .clock import Clock
from .config import Target
from .errors import ConfigError, DeviceError
from .report.words import bar
from .sound.capture import InputDevice, Wanted, choose
from .sound.meter import Levels, listen, verdict
from .template import RECEIVERS

if TYPE_CHECKING:
    from rich.console import Console

_CHECK_S = 5.0
_EVERY_S = 0.1
_CARD = re.compile(r" \(hw:\d+,\d+\)$")
"""How ALSA's names end: with the card's number, which is another one after the next plug or start."""
_PLACE = re.compile(r"(?:\[([^][]+)\]|([^][:]+))(?::(\d{1,5}))?")
"""A host, and its port; one of IPv6 stands in brackets."""

Music = tuple[str | None, list[Path]]
"""A DJ program whose library is taken, or folders of music."""


def ask(text: str, default: str = "") -> str:
    """Ask for a line; an empty one is the default."""
    return str(typer.prompt(text, default=default, show_default=bool(default))).strip()


def music(programs: Mapping[str, Sequence[Path]]) -> Music:
    """Ask where the music is: a DJ program that was found, or a folder."""
    typer.echo("\n1. Where is your music?")
    names = list(programs)
    for number, name in enumerate(names, start=1):
        typer.echo(f"   {number}  the library of {name}, with its cues ({programs[name][0]})")
    what = "a number, or a folder" if names else "a folder; empty for none yet"
    while True:
        answer = ask(f"   {what}", "1" if names else "")
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1], []
        if not answer:
            return None, []
        folder = Path(answer.strip("'\"")).expanduser()
        if folder.is_dir():
            return None, [folder.absolute()]
        typer.echo(f"   there is no folder {folder}")


def source(devices: Sequence[InputDevice], now: Wanted, check: Callable[[Wanted], str]) -> Wanted:
    """Ask which input to listen to, and look at its level until that will do.

    Parameters
    ----------
    now
        What the settings say now.
    check
        Shows the level of an input, and says what is wrong with it.
    """
    typer.echo("\n2. Which input carries what you play?")
    if not devices:
        typer.echo("   there is none now; connect one later, 'segue devices' lists them")
        return now
    for number, device in enumerate(devices, start=1):
        usual = "  (the system's default)" if device.default else ""
        typer.echo(
            f"  {number:>2}  {device.name}, {device.api}, {device.channels} channel{'s' * (device.channels > 1)}{usual}"
        )
    proposed = _proposed(devices, now.device)
    while True:
        answer = ask("   a number, or a part of its name", str(proposed))
        try:
            at = int(answer) - 1 if answer.isdecimal() else devices.index(choose(devices, answer))
            if not 0 <= at < len(devices):
                raise DeviceError(f"there are {len(devices)} inputs")
        except DeviceError as exc:
            typer.echo(f"   {exc}")
            continue
        wanted = Wanted(device=named(devices[at], devices), channels=_pair(devices[at], now.channels))
        wrong = check(wanted)
        if not wrong or not typer.confirm(f"   {wrong}\n   choose again or look again?", default=True):
            return wanted
        proposed = at + 1


def receivers(now: Sequence[Target]) -> list[Target]:
    """Ask who should hear what Segue says."""
    typer.echo("\n3. Who should hear it?")
    typer.echo(f"   Any of {', '.join(RECEIVERS)}, or HOST:PORT;")
    typer.echo("   on another computer: touchdesigner@192.168.1.20; 'none' where all subscribe.")
    typer.echo(f"   As it is now: {', '.join(f'{target.host}:{target.port}' for target in now) or 'none'}.")
    while True:
        answer = ask("   separated by commas; empty: as it is now")
        if not answer:
            return list(now)
        try:
            return targets(answer.split(","))
        except ConfigError as exc:
            typer.echo(f"   {exc}")


def yes_or_no(number: int, text: str, default: bool) -> bool:
    """Ask a question that has two answers."""
    return typer.confirm(f"\n{number}. {text}", default=default)


def targets(words: Sequence[str]) -> list[Target]:
    """Read receivers: names of presets, with ``@HOST`` if they are elsewhere, or ``HOST:PORT``.

    Raises
    ------
    ConfigError
        If one is neither.
    """
    found: list[Target] = []
    for word in (each.strip() for each in words):
        name, _, elsewhere = word.rpartition("@")
        preset = RECEIVERS.get((name or word).lower(), ())
        place = _PLACE.fullmatch("127.0.0.1" if preset and not name else elsewhere)
        host, port = (place[1] or place[2], int(place[3] or 0)) if place else ("", 0)
        ports = [port + each.port - preset[0].port if port else each.port for each in preset]
        if preset and host and max(ports) < 65536:
            moved = zip(preset, ports, strict=True)
            found += [each.model_copy(update={"host": host, "port": its}) for each, its in moved]
        elif host and not name and 0 < port < 65536:
            found.append(Target(host=host, port=port))
        elif word.lower() not in ("", "none"):
            raise ConfigError(
                f"{word!r} is no receiver; name one of {', '.join(RECEIVERS)}, or HOST:PORT, or none; Resolume and "
                "others with addresses of their own take what 'segue forward' sends"
            )
    return found


def named(device: InputDevice, devices: Sequence[InputDevice]) -> str:
    """Give the name by which settings find an input, with its system where two have the same.

    The number of the card is left out where the rest says enough.
    """
    short = _CARD.sub("", device.name)
    if [_CARD.sub("", each.name) for each in devices].count(short) == 1 and choose(devices, short) == device:
        return short
    twins = [each for each in devices if each.name == device.name]
    return device.name if len(twins) == 1 else f"{device.name}, {device.api}"


def signal(console: Console, wanted: Wanted, clock: Clock, decks: Sequence[int] = (), seconds: float = _CHECK_S) -> str:
    """Show an input's level for some seconds, and say what is wrong with it; empty: nothing.

    The channels of decks are opened and shown too, but one that is silent is a deck that does not play.
    """
    from rich.live import Live
    from rich.text import Text

    heard: list[Levels] = []
    every = replace(wanted, channels=(*wanted.channels, *decks))
    try:
        with (
            contextlib.closing(listen(every, clock, threading.Event(), _EVERY_S)) as meter,
            Live(console=console, auto_refresh=False, transient=True) as live,
        ):
            for levels in itertools.islice(meter, round(seconds / _EVERY_S)):
                heard.append(levels.first(len(wanted.channels)))
                lines = [
                    f"   {channel:>2}  {bar(1.0 + peak / 60.0, 30)} {peak:6.1f} dBFS"
                    for channel, peak in zip(every.channels, levels.peak_db, strict=False)
                ]
                live.update(Text("\n".join(lines)), refresh=True)
    except DeviceError as exc:
        return str(exc)
    loudest = max(max(levels.peak_db) for levels in heard) if heard else 0.0
    wrong = verdict(heard)
    if not wrong:
        console.print(f"   it is heard, peaks at {loudest:.0f} dBFS", highlight=False)
    return wrong


def _proposed(devices: Sequence[InputDevice], default: str) -> int:
    """Give the number of the input that the settings mean, else of the system's default."""
    try:
        return devices.index(choose(devices, default)) + 1
    except DeviceError:
        return 1


def _pair(device: InputDevice, now: Sequence[int]) -> tuple[int, ...]:
    """Ask which channels carry the master, where there are more than two; those of now are proposed if it has them."""
    default = ",".join(map(str, now if max(now) <= device.channels else (1, 2)))
    while device.channels > 2:
        answer = ask(f"   which of its {device.channels} channels carry the master", default)
        words = answer.replace(" ", "").split(",")
        if all(word.isdecimal() and 1 <= int(word) <= device.channels for word in words):
            return tuple(map(int, words))
        typer.echo("   two numbers, such as 1,2")
    return (1, 2)
