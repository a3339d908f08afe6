"""``segue index``: folders of music in, a library out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..library.indexer import Report


def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders of music; without any, what the library has is embedded again."),
    ] = None,
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core if left out.")] = None,
    reanalyse: Annotated[
        bool, typer.Option("--reanalyse", help="Analyse and embed again what is unchanged too, all or what PATHS say.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--from", help="A DJ program, such as mixxx: index its tracks, and take in its cues.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as one JSON document.")] = False,
    config: Annotated[Path | None, typer.Option(help="A config file.")] = None,
) -> None:
    """Look at music and keep what is found: beats, key, cues, embeddings.

    Goes on from where it was stopped, and looks only at what is new. Moved files are recognised.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from ..artifact import default_artifact
    from ..config import load
    from ..library.indexer import Progress as Step
    from ..library.indexer import index as run
    from .imports import bring, found, show, there

    settings = load(config)
    folder = library if library is not None else settings.library.folder
    artifact = Path(settings.engine.artifact) if settings.engine.artifact else default_artifact()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    libraries = found(source, paths or []) if source else []
    if source:
        paths = there(libraries)
    columns = (
        TextColumn("indexing"), BarColumn(), TextColumn("{task.fields[files]} {task.fields[rate]}"),
        TimeRemainingColumn(), TextColumn("left"),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=None, files="", rate="")

        def tell(step: Step) -> None:
            if step.failure:
                console.print(f"{step.path}: {step.failure}", style="yellow", markup=False)
            elapsed_s = progress.tasks[0].elapsed or 0.0
            rate = f"{step.audio_s / elapsed_s:.0f}× real time" if elapsed_s > 0 and step.audio_s else ""
            done = f"{step.files_done}/{step.files}"
            progress.update(task, total=step.bytes or None, completed=step.bytes_done, files=done, rate=rate)

        report = run(folder, paths or [], artifact, jobs=jobs, reanalyse=reanalyse, tell=tell)
    imported = bring(folder, artifact, libraries, jobs) if libraries and not report.interrupted else []
    if json:
        from dataclasses import asdict
        from json import dumps

        rate = report.audio_s / report.wall_s if report.wall_s else 0.0
        told = {"imported": [asdict(each) for each in imported]} if source else {}
        typer.echo(dumps({**asdict(report), "rate": round(rate, 2), **told}, ensure_ascii=False, indent=1))
    else:
        _summarise(console, report)
        if imported:
            show(console, imported)
    if report.interrupted:
        console.print("stopped; what is done is kept, and the same command goes on from here")
        raise typer.Exit(130)
    if not (
        report.indexed + report.unchanged + report.moved + report.returned + report.removed + len(report.duplicates)
    ):
        reason = "none of the files could be indexed" if report.failed else "no audio files there"
        console.print(f"segue: {reason}: {', '.join(map(str, paths or [folder]))}", markup=False)
        raise typer.Exit(1)


def _summarise(console: object, report: Report) -> None:
    from rich.console import Console

    assert isinstance(console, Console)
    for twin in report.duplicates:
        console.print(f"{twin['path']}: the same sound as {twin['same_as']}", style="dim", markup=False)
    for note in report.notes:
        console.print(f"{note['path']}: {note['note']}", style="dim", markup=False)
    counts = {
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "returned": report.returned,
        "removed": report.removed,
        "failed": len(report.failed),
    }
    done = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing to do"
    pace = f" in {report.wall_s:.1f} s"
    if report.audio_s:
        pace += f" ({report.audio_s / 60:.0f} min of music, {report.audio_s / report.wall_s:.0f}× real time)"
    console.print(f"{done}{pace}")
    console.print(f"{report.library}: {report.tracks} tracks, {report.cues} cue-ins, {report.hops} hops", markup=False)
