"""``segue run``: listen to an input device until stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="A part of the input's name.")] = None,
    config: Annotated[Path | None, typer.Option(help="A config file.")] = None,
    jsonl: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write every message as a JSON line.")] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also record what is heard (.flac, .wav, .w64), for replay.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Start without the device too, and wait for it.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only warnings on the screen.")] = False,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write what happens to a log, at most 4 MB of it.")
    ] = None,
) -> None:
    """Listen to a set as it is played, and say over OSC what could come next. Ctrl-C ends it."""
    import contextlib
    import os
    import signal
    import threading

    for library_threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(library_threads, "1")  # helpers would spin on cores that the DJ's own program needs

    stop = threading.Event()

    def end(*_: object) -> None:
        threading.Thread(target=stop.set).start()  # set here, it could wait for a lock that this very thread holds

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)

    from ..artifact import default_artifact
    from ..clock import SteadyClock
    from ..config import load
    from ..errors import ConfigError
    from ..run.changes import Changes
    from ..run.logbook import Logbook
    from ..run.service import run as listen

    def report(level: int, text: str) -> None:
        if level > 1 or not quiet:
            with contextlib.suppress(OSError):  # a terminal that has gone is not the end of the set
                typer.echo(f"{('', '', 'warning: ', 'error: ')[level]}{text}", err=True)
        if book is not None:
            book.write(level, text)

    book: Logbook | None = None
    try:
        book = Logbook(log) if log is not None else None
    except ConfigError as exc:  # a disk that is full is no reason for silence on stage
        report(2, f"{exc}; it goes on without a log")
    try:
        settings = load(config)
        clock = SteadyClock()
        changes = Changes(config, settings, clock)
        if device is not None:
            settings = settings.model_copy(update={"audio": settings.audio.model_copy(update={"device": device})})
        listen(
            settings,
            library if library is not None else settings.library.folder,
            clock,
            stop,
            artifact=Path(settings.engine.artifact) if settings.engine.artifact else default_artifact(),
            lines=jsonl,
            record=record,
            wait=wait,
            changes=changes,
            report=report,
        )
    except Exception as exc:
        if book is not None:
            book.fail(str(exc))
        raise
    finally:
        if book is not None:
            book.close()
