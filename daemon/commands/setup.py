"""``segue setup``: five questions, and everything is there: settings, library, and a start at login."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..config import Audio, Config, Target
    from ..questions import Music
    from ..sound.capture import Wanted

_SHORT_S = 2.0
"""How long the level is looked at where nobody looks."""


def setup(
    music: Annotated[list[Path] | None, typer.Option(help="A folder of music; may be given again.")] = None,
    source: Annotated[str | None, typer.Option("--from", help="A DJ program whose library is taken.")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="A part of the input's name.")] = None,
    channels: Annotated[str | None, typer.Option(metavar="1,2", help="Its channels that carry the master.")] = None,
    receiver: Annotated[
        list[str] | None,
        typer.Option(help="touchdesigner, ableton, max, puredata, each with @HOST; HOST:PORT; none."),
    ] = None,
    stage: Annotated[
        bool | None, typer.Option("--stage-on-network/--no-stage-on-network", help="Open the stage page to phones.")
    ] = None,
    at_login: Annotated[bool | None, typer.Option("--at-login/--no-at-login", help="Start at login.")] = None,
    library: Annotated[Path | None, typer.Option(help="The library's folder.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what no option says has its default.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core if left out.")] = None,
    config: Annotated[Path | None, typer.Option(help="The config to write; your own if left out.")] = None,
) -> None:
    """Ask where the music is, what to listen to and who should hear it; then write the config and index the music.

    Until the last question is answered nothing is changed. A config that is there is kept beside the new one.
    """
    from ..config import Config, load, own_file
    from ..errors import ConfigError, SegueError
    from ..template import filled
    from .service import install

    if source and music:
        raise ConfigError("--music and --from exclude each other; 'segue index' adds folders later")
    file = (config or own_file()).expanduser()
    old = Config()
    if file.exists():
        try:
            old = load(file)
        except ConfigError as exc:
            typer.echo(f"{exc}\nit is kept beside the new one, which starts from the defaults", err=True)
    try:
        where = _music(music, source, yes)
        values = old.model_dump()
        values["audio"] |= _input(old.audio, device, channels, yes)
        values["osc"]["targets"] = [target.model_dump() for target in _targets(old, receiver, yes)]
        values["stage"] |= _stage(old, stage, yes)
        at_login = _at_login(at_login, yes)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("\nstopped; nothing was changed", err=True)
        raise typer.Exit(130) from None
    if library is not None:
        values["library"]["path"] = str(library.expanduser().absolute())
    new = Config.model_validate(values)
    typer.echo()
    _write(file, filled(new))
    if at_login:
        try:
            install(config=file if config else None, library=None, log=None)
        except SegueError as exc:  # the music can be indexed all the same
            typer.echo(f"warning: {exc}", err=True)
            at_login = False
    try:
        _index(where, file, jobs)
    finally:
        _say_what_next(new, file if config else None, at_login, indexed=any(where))


def _music(folders: list[Path] | None, source: str | None, yes: bool) -> Music:
    from ..errors import ConfigError
    from ..importers.foreign import ForeignError
    from ..importers.places import READERS, usual
    from ..questions import music as ask

    if source is not None and source not in READERS:
        raise ConfigError(f"no program {source!r} is known; --from takes {', '.join(READERS)}")
    for folder in folders or []:
        if not folder.expanduser().exists():
            raise ConfigError(f"there is no {folder}; --music takes a folder of music")
    if folders or source:
        return source, [folder.expanduser().absolute() for folder in folders or []]
    try:
        programs = usual(None)
    except ForeignError:
        programs = {}
    if yes:
        return next(iter(programs), None), []
    return ask(programs)


def _input(old: Audio, device: str | None, channels: str | None, yes: bool) -> dict[str, Any]:
    """Give what changes in ``[audio]``; another input has no decks yet, and its own rate."""
    from dataclasses import replace

    from rich.console import Console

    from ..clock import SteadyClock
    from ..config import CHANNELS
    from ..errors import ConfigError, DeviceError
    from ..questions import named, signal
    from ..questions import source as ask
    from ..sound.capture import Wanted, choose, inputs

    console, clock = Console(markup=False), SteadyClock()
    try:
        devices = inputs()
    except DeviceError as exc:
        typer.echo(str(exc), err=True)
        devices = []

    def same(wanted: Wanted) -> bool:
        try:
            return not devices or choose(devices, wanted.device) == choose(devices, old.device)
        except DeviceError:
            return wanted.device == old.device

    def check(wanted: Wanted, *seconds: float) -> str:
        decks = old.all_channels[len(old.channels) :] if same(wanted) else ()
        rate = old.sample_rate if same(wanted) else 0
        return signal(console, replace(wanted, sample_rate=rate), clock, decks, *seconds)

    wanted = Wanted(device=old.device, channels=tuple(old.channels))
    if device is None and not yes:
        wanted = ask(devices, wanted, check)
    elif device is not None:
        wanted = replace(wanted, device=named(choose(devices, device), devices) if devices else device)
    if channels is not None:
        if not all(word.strip().isdecimal() and 1 <= int(word) <= CHANNELS for word in channels.split(",")):
            raise ConfigError(f"--channels {channels!r} is no list of numbers from 1 to {CHANNELS}, such as 1,2")
        wanted = replace(wanted, channels=tuple(int(word) for word in channels.split(",")))
    if (device is not None or yes) and devices and (wrong := check(wanted, _SHORT_S)):
        typer.echo(f"warning: {wrong}", err=True)
    changed: dict[str, Any] = {"device": wanted.device, "channels": list(wanted.channels)}
    if same(wanted) or not (old.decks or old.sample_rate):
        return changed
    typer.echo("another input than before: audio.decks and audio.sample_rate have their defaults again", err=True)
    return {**changed, "decks": [], "sample_rate": 0}


def _targets(old: Config, words: list[str] | None, yes: bool) -> list[Target]:
    from ..questions import receivers, targets

    if words is not None:
        return targets([word for each in words for word in each.split(",")])
    return list(old.osc.targets) if yes else receivers(old.osc.targets)


def _stage(old: Config, wanted: bool | None, yes: bool) -> dict[str, str]:
    """Give what changes in ``[stage]``."""
    import secrets

    from ..config import TOKEN_LETTERS, is_loopback
    from ..questions import yes_or_no

    now = not is_loopback(old.stage.host)
    if wanted is None:
        wanted = now if yes else yes_or_no(4, "Open the stage page to phones and tablets nearby?", now)
    changed = {} if wanted == now else {"host": "0.0.0.0" if wanted else "127.0.0.1"}
    kept = not wanted or len(old.stage.token) >= TOKEN_LETTERS
    return changed if kept else {**changed, "token": secrets.token_urlsafe(9)}


def _at_login(wanted: bool | None, yes: bool) -> bool:
    from ..questions import yes_or_no

    if wanted is None:
        return False if yes else yes_or_no(5, "Start Segue when you log in?", False)
    return wanted


def _write(file: Path, text: str) -> None:
    """Write the config; one that was there is kept, under a name that no other has."""
    from ..errors import ConfigError

    try:
        file = file.resolve()  # a link, as people who keep their settings elsewhere have, stays one
        if file.exists():
            if file.read_bytes() == text.encode():
                typer.echo(f"unchanged: {file}")
                return
            kept = next(name for n in range(1, 10_000) if not (name := file.with_name(f"{file.name}.{n}")).exists())
            with open(kept, "xb", opener=_private) as copy:
                copy.write(file.read_bytes())
            typer.echo(f"kept the settings before as {kept}")
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.unlink(missing_ok=True)
        with open(fresh, "xb", opener=_private) as made:
            made.write(text.encode())
        fresh.replace(file)
    except OSError as exc:
        raise ConfigError(f"cannot write {file}: {exc.strerror or exc}; name another with --config") from exc
    typer.echo(f"wrote {file}")


def _private(file: str, flags: int) -> int:
    """Open a file that nobody else may read from its first byte on: settings may hold the token of the stage page."""
    import os

    return os.open(file, flags, 0o600)


def _index(where: Music, file: Path, jobs: int | None) -> None:
    from .index import index

    source, folders = where
    if source or folders:
        typer.echo("indexing; Ctrl-C stops it, and 'segue index' goes on from there")
        index(folders, library=None, jobs=jobs, reanalyse=False, source=source, json=False, config=file)


def _say_what_next(new: Config, named: Path | None, at_login: bool, *, indexed: bool) -> None:
    from ..config import is_loopback

    option = f" --config {named}" if named else ""
    start = "segue service start" if at_login and sys.platform != "win32" else f"segue run{option}"
    typer.echo()
    if not indexed:
        typer.echo(f"Index music:    segue index FOLDER{option}")
    typer.echo(f"Start it:       {start}")
    typer.echo(f"Watch it:       segue monitor{option}")
    if new.stage.port:
        token = f"/?token={new.stage.token}" if new.stage.token else ""
        host = "127.0.0.1" if is_loopback(new.stage.host) else "THIS-MACHINE"
        typer.echo(f"The stage page: http://{host}:{new.stage.port}{token}")
