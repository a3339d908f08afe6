"""``segue evaluate``: its options, its tables on the terminal, its files."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...daemon.errors import ConfigError, SegueError

if TYPE_CHECKING:  # every command of segue imports this file, few need what lies behind it
    from rich.progress import Progress

    from .result import Report


def evaluate(
    music: Annotated[list[Path], typer.Argument(help="Folders of music that the model has not seen.")],
    artifact: Annotated[
        list[Path] | None, typer.Option(help="ONNX file, several times for several; none: the one that ships.")
    ] = None,
    untrained: Annotated[
        list[Path] | None, typer.Option(help="ONNX file of an untrained encoder ('segue export -'), as a control.")
    ] = None,
    most: Annotated[int, typer.Option("--tracks", min=2, help="Tracks at most, drawn by seed.")] = 40,
    conditions: Annotated[
        str,
        typer.Option(help="Some of clean,keylock,vinyl,lowpass,highpass,bass,mp3,room,overlay,booth; all: each."),
    ] = "all",
    suggestions: Annotated[
        bool, typer.Option("--suggestions", help="Cut the tracks in two: is the second half suggested after the first?")
    ] = False,
    library: Annotated[
        Path | None, typer.Option(help="With --suggestions: a library whose playlists and plays tell of an order.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML file to write; its map is plainer without the extra: train.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 3,
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure artifacts on music: does the continuation lie nearest, is the moment found again in a booth."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ...daemon.artifact import default_artifact
    from .measure import evaluate as measure
    from .tables import tables

    chosen = _chosen(conditions)
    if report and not report.resolve().parent.is_dir():
        raise ConfigError(f"no folder {report.parent} for the report; make it, or name another file")
    if library and not suggestions:
        raise ConfigError("--library is for --suggestions; give both")
    errors = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=errors, transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    if suggestions:
        _advise(music, artifact, library, most, seed, json_out, bar)
        return
    with bar:
        task = bar.add_task("", total=1.0)
        found = measure(
            music,
            artifact or [default_artifact()],
            untrained=untrained or [],
            most=most,
            chosen=chosen,
            seed=seed,
            tell=lambda what, share: bar.update(task, description=what, completed=share),
        )
    if report:
        _save(found, report)
        errors.print(f"{report} is written", highlight=False)
    if json_out:
        typer.echo(json.dumps(found.document(), indent=1, ensure_ascii=False))
        return
    console = Console() if sys.stdout.isatty() else Console(width=160)  # in a file, no interval is cut off
    for table in tables(found):
        console.print(table)


def _advise(
    music: list[Path],
    artifact: list[Path] | None,
    library: Path | None,
    most: int,
    seed: int,
    json_out: bool,
    bar: "Progress",
) -> None:
    from dataclasses import replace

    from rich.console import Console

    from ...daemon.artifact import default_artifact
    from ...daemon.engine import Engine
    from ...daemon.library.snapshot import Snapshot
    from .advice import measure
    from .advice_tables import tables
    from .halves import cut, temporary
    from .order import order
    from .queries import read

    if artifact and len(artifact) > 1:
        raise ConfigError(f"got {len(artifact)} artifacts; --suggestions goes through the whole program with one")
    model = artifact[0] if artifact else default_artifact()
    with bar, temporary() as folder:
        task = bar.add_task("", total=1.0)

        def tell(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        halves = cut(read(music, most, seed, tell), model, Path(folder), seed, tell)
        tell("ranking", 0.0)
        found = measure(halves, seed)
    if library:
        found = replace(found, order=order(Snapshot.load(library, Engine(model).artifact.sha256), seed))
    if json_out:
        typer.echo(json.dumps(found.document(), indent=1, ensure_ascii=False))
        return
    console = Console() if sys.stdout.isatty() else Console(width=160)
    for table in tables(found):
        console.print(table)


def _chosen(conditions: str) -> list[str] | None:
    from .conditions import SHORT

    if conditions.strip() == "all":
        return None
    names = [name.strip() for name in conditions.split(",") if name.strip()]
    for name in names:
        if name not in SHORT:
            raise ConfigError(f"got the condition {name!r}; there are {', '.join(SHORT)}, and all")
    if not names:
        raise ConfigError(f"got no condition; name some of {', '.join(SHORT)}, or all")
    return [SHORT[name] for name in dict.fromkeys(names)]


def _save(found: "Report", path: Path) -> None:
    from .report import write

    part = path.with_name(path.name + ".part")
    try:
        part.write_text(write(found), encoding="utf-8")
        part.replace(path)
    except OSError as exc:
        raise SegueError(f"the report {path} cannot be written ({exc.strerror}); name another file") from exc
