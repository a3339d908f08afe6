"""``segue library import``: what the DJ's own programs know comes into the library; theirs are only read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from ..importers.foreign import Library
    from ..importers.intake import Report

_SHOWN = 8


def import_library(
    place: Annotated[
        Path | None, typer.Argument(help="A library's file or folder; without one, the usual places are looked at.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", help="mixxx, rekordbox, traktor, serato, engine, virtualdj, m3u, cue; any if left out."),
    ] = None,
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what came in as one JSON document.")] = False,
    config: Annotated[Path | None, typer.Option(help="A config file.")] = None,
) -> None:
    """Take in cues, grids, playlists and history from a DJ program. Nothing of its own is ever written to.

    Only tracks that are in the library get something; 'segue index --from PROGRAM' puts all of a program's there.
    """
    from rich.console import Console

    from ..artifact import default_artifact
    from ..config import load

    settings = load(config)
    folder = library if library is not None else settings.library.folder
    artifact = Path(settings.engine.artifact) if settings.engine.artifact else default_artifact()
    reports = bring(folder, artifact, found(source, [place] if place is not None else []), jobs)
    if json:
        from dataclasses import asdict
        from json import dumps

        typer.echo(dumps([asdict(each) for each in reports], ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        show(console if console.is_terminal else Console(highlight=False, width=160), reports)
    if not any(each.matched for each in reports):
        raise typer.Exit(1)


def found(source: str | None, places: Sequence[Path]) -> list[Library]:
    """Read the libraries that are meant: those in some places, or in the usual ones.

    Raises
    ------
    ForeignError
        If there is none, one that was named cannot be read, or of those in the usual places none can.
    ConfigError
        If there is no such program.
    """
    from ..errors import ConfigError
    from ..importers.foreign import ForeignError
    from ..importers.places import READERS, find, reader_of, usual

    if source is not None and source not in READERS:
        raise ConfigError(f"no program {source!r} is known; --from takes {', '.join(READERS)}")
    if places:
        named = [read(file) for place in places for file, read in find(place, source)]
        _warn(reason for each in named for reason in each.failed)
        return named
    libraries: list[Library] = []
    failed: list[str] = []
    for files in usual(source).values():
        for file in files:
            try:
                libraries.append(reader_of(file)(file))
                break
            except ForeignError as exc:
                failed.append(str(exc))
    if not libraries:
        raise ForeignError("; ".join(failed))
    _warn([*failed, *(reason for each in libraries for reason in each.failed)])
    return libraries


def _warn(reasons: Iterable[str]) -> None:
    for reason in reasons:
        typer.echo(reason, err=True)


def there(libraries: Sequence[Library]) -> list[Path]:
    """Give the files of libraries that are on this disk.

    Raises
    ------
    ForeignError
        If there is none.
    """
    from ..importers.foreign import ForeignError

    paths = sorted({track.path for each in libraries for track in each.tracks if track.path})
    files = [Path(path) for path in paths if Path(path).is_file()]
    if not files:
        raise ForeignError(
            f"none of the {len(paths)} tracks in {libraries[0].place} is on this disk; is a drive missing?"
        )
    return files


def bring(folder: Path, artifact: Path, libraries: Sequence[Library], jobs: int | None) -> list[Report]:
    """Take libraries in, and show how far that is."""
    from rich.console import Console
    from rich.progress import Progress

    from ..importers.intake import take

    console = Console(stderr=True, highlight=False)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("cues", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        return take(folder, artifact, libraries, jobs=jobs, tell=tell)


def show(console: Console, reports: Sequence[Report]) -> None:
    """Print what came in, and what did not."""
    from rich.table import Table
    from rich.text import Text

    table = Table("from", box=None, pad_edge=False, header_style="bold")
    for name in ("tracks", "in the library", "cues", "grids", "playlists", "sessions", "plays"):
        table.add_column(name, justify="right")
    for each in reports:
        counts = (each.tracks, each.matched, each.cues, each.grids, each.playlists, each.sessions, each.plays)
        table.add_row(Text(f"{each.source} {each.place}"), *map(str, counts))
    console.print(table)
    for each in reports:
        if each.moved:
            console.print(f"{each.moved} tracks of {each.source} were found under another path")
        if each.offsets:
            console.print(f"the times of {len(each.offsets)} files were shifted to fit the sound as it is decoded here")
        _some(console, f"in {each.source}, but not indexed ('segue index --from {each.source}' does)", each.not_indexed)
        _some(console, f"in {each.source}, but not on this disk", each.not_found)
        _some(console, "could not be decoded", [f"{one['path']}: {one['reason']}" for one in each.failed])


def _some(console: Console, what: str, paths: Sequence[str]) -> None:
    if paths:
        console.print(f"{len(paths)} {what}:", markup=False)
        for path in paths[:_SHOWN]:
            console.print(f"  {path}", style="dim", markup=False)
        if len(paths) > _SHOWN:
            console.print(f"  … and {len(paths) - _SHOWN} more; --json lists all", style="dim", markup=False)
