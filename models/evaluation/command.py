"""``segue evaluate``: its options, its tables on the terminal, its files."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...daemon.errors import ConfigError, SegueError

if TYPE_CHECKING:  # every command of segue imports this file, few need what lies behind it
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
    errors = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=errors, transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
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
