"""``segue replay``: a recorded set through the pipeline, and how well it was followed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager, ExitStack

    from ..clock import Clock
    from ..config import Config, Target
    from ..library.snapshot import Snapshot
    from ..osc.controls import Controls
    from ..pipeline import Pipeline
    from ..receivers.heard import Heard
    from ..report.plays import Truth
    from ..run.replay import Outcome, Sink
    from ..sound.source import Pcm, Source


def replay(
    recording: Annotated[str, typer.Argument(metavar="SET", help="Any audio file, or - for WAV or PCM on stdin.")],
    library: Annotated[Path | None, typer.Option(help="Library folder; default: the one of the config.")] = None,
    speed: Annotated[
        str | None,
        typer.Option(
            help="max, or how many times as fast as it was played; default: 1 with --osc or --stage, else max."
        ),
    ] = None,
    jsonl: Annotated[Path | None, typer.Option(help="Write every message as a JSON line; - is stdout.")] = None,
    osc: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Send the messages, and take requests.")] = None,
    stage: Annotated[
        bool, typer.Option("--stage", help="Show the set on the stage page, as it goes; no sound card is needed.")
    ] = False,
    pcm: Annotated[
        str | None, typer.Option(metavar="RATE[:CHANNELS[:ENCODING]]", help="Headerless PCM; default 44100:2:s16le.")
    ] = None,
    tracklist: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Report how well the set was followed: a .cue sheet, a .json with 'plays', or a history exported by "
            "rekordbox or Mixxx (.txt, .csv, .m3u, .m3u8, .xml).",
        ),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the report, .html or .json; may be given twice; default: SET.report.html here.",
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")] = False,
) -> None:
    """Play a recorded set through the listening path, as if it were live."""
    times = _speed(speed, bool(osc) or stage)
    target = _target(osc) if osc else None
    if report and tracklist is None:
        raise ConfigError("--report needs the truth to compare with: give it with --tracklist")

    import contextlib
    from importlib.metadata import version

    from ..artifact import default_artifact
    from ..clock import SteadyClock
    from ..config import load
    from ..engine import Engine
    from ..librarian import prepare
    from ..library.snapshot import Snapshot
    from ..pipeline import Pipeline
    from ..publish.publisher import Publisher
    from ..receivers.heard import Heard
    from ..report.delivery import places
    from ..report.matching import copies
    from ..report.plays import Truth
    from ..report.reader import read
    from ..run.replay import Lines, Outcome
    from ..run.replay import replay as play

    settings = load(config)
    listed = read(tracklist, recording) if tracklist is not None else None
    reports = places(report or [], tracklist, recording) if tracklist is not None else []
    clock = SteadyClock()
    outcome, finished = Outcome(), False
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(_open(recording, pcm))
        engine = Engine(settings.engine.artifact or default_artifact())
        folder = library or settings.library.folder
        snapshot = Snapshot.load(folder, engine.artifact.sha256)
        prepare(snapshot)
        truth = Truth.find(listed, snapshot.tracks, copies(folder)) if listed is not None else None
        if truth is not None:
            truth.check(source.frames / source.rate)
        model = f"{engine.artifact.encoder} {engine.artifact.sha256[:12]}"
        publisher = Publisher(
            settings,
            version=version("segue"),
            source=source.name,
            artifact=model,
            library=f"{len(snapshot.tracks)} tracks",
        )
        pipeline = Pipeline(settings, engine, snapshot, publisher, source.rate, source.channels)
        heard = Heard(settings.osc.root)
        sinks: list[Sink] = [heard] if truth is not None else []
        controls: Controls | None = None
        if jsonl is not None:
            sinks.append(stack.enter_context(Lines(jsonl)))
        if target is not None:
            from ..osc.controls import CONTROLS, Controls
            from ..osc.receiver import Receiver
            from ..osc.sender import Sender

            way = settings.osc
            sender = stack.enter_context(Sender([target], way.root))
            receiver = Receiver(way.listen_host, way.listen_port, sender, way.root, CONTROLS)
            controls = Controls(stack.enter_context(receiver))
            sinks.append(sender)
        if stage:
            controls = _show(settings, pipeline, sinks, controls, clock, stack)
        start_s = clock.now()
        try:
            with _bar(source, quiet) as progress:
                play(source, pipeline, sinks, clock, speed=times, progress=progress, outcome=outcome, controls=controls)
            finished = True
        finally:
            if not quiet:
                took_s = clock.now() - start_s
                typer.echo(_summary(source.name, outcome, took_s, finished), err=True)
            if truth is not None and (finished or heard.moments):  # of a set that was broken off, what was heard
                _report(source.name, truth, heard, snapshot, model, reports, quiet, str(jsonl) == "-")


def _show(
    settings: Config,
    pipeline: Pipeline,
    sinks: list[Sink],
    controls: Controls | None,
    clock: Clock,
    stack: ExitStack,
) -> Controls:
    """Serve the stage page for as long as the set goes."""
    from ..osc.controls import Controls
    from ..web.serving import Serving
    from ..web.stage import Stage

    shown = Stage(settings, pipeline.wishes, clock)
    sinks.append(shown)
    serving = stack.enter_context(Serving([shown.site], lambda _, text: typer.echo(text, err=True)))
    serving.ready.wait()
    if controls is None:
        return Controls(shown.desk)
    controls.ways.append(shown.desk)
    return controls


def _report(
    name: str,
    truth: Truth,
    heard: Heard,
    snapshot: Snapshot,
    model: str,
    reports: list[Path],
    quiet: bool,
    aside: bool,
) -> None:
    """Show how well the set was followed (on stderr if stdout is taken), and write it down."""
    from rich.console import Console

    from ..report.delivery import write
    from ..report.report import judge
    from ..report.terminal import show

    made = judge(name, truth, heard.moments, heard.t, snapshot.by_id, model)
    if not quiet:
        console = Console(stderr=aside)
        show(made, console if console.is_terminal else Console(stderr=aside, width=140))
    for path in reports:
        write(made, path)
        if not quiet:
            typer.echo(f"the report is in {path}", err=True)


def _speed(text: str | None, in_time: bool) -> float | None:
    """Read ``--speed``; None is as fast as it goes."""
    if text is None:
        return 1.0 if in_time else None
    if text == "max":
        return None
    try:
        times = float(text.removesuffix("x"))
    except ValueError:
        times = 0.0
    if not 0.0 < times <= 1000.0:
        raise ConfigError(f"--speed {text!r} is neither 'max' nor a number above 0, for example 2 for twice as fast")
    return times


def _target(text: str) -> Target:
    from pydantic import ValidationError

    from ..config import Target

    host, _, port = text.rpartition(":")
    try:
        return Target(host=host.strip("[]"), port=int(port))
    except (ValueError, ValidationError) as exc:
        raise ConfigError(f"--osc {text!r} is no HOST:PORT, for example 127.0.0.1:9000") from exc


def _open(recording: str, pcm: str | None) -> Source:
    """Open the set; bytes on stdin are WAV if they say so, else PCM as most players pipe it."""
    import sys

    from ..sound.source import Pcm, open_source

    given: Pcm | None = Pcm.parse(pcm) if pcm else None
    if recording == "-" and given is None:
        head = getattr(sys.stdin.buffer, "peek", lambda _: b"")(4)[:4]
        if head not in (b"RIFF", b"RF64"):
            given = Pcm(44_100, 2)
    return open_source(recording, given)


def _bar(source: Source, quiet: bool) -> AbstractContextManager[Callable[[Outcome], None] | None]:
    import contextlib
    import sys

    @contextlib.contextmanager
    def shown() -> Iterator[Callable[[Outcome], None] | None]:
        if quiet or not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from ..report.words import clock

        columns = (
            TextColumn("{task.fields[at]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[now]}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), refresh_per_second=4, transient=True) as bar:
            total = source.frames / source.rate if source.frames else None
            task = bar.add_task(source.name, total=total, at=clock(0.0), now="")

            def update(outcome: Outcome) -> None:
                now = outcome.tracks[-1] if outcome.tracks else "listening"
                bar.update(task, completed=outcome.heard_s, at=clock(outcome.heard_s), now=now)

            yield update

    return shown()


def _summary(name: str, outcome: Outcome, took_s: float, finished: bool) -> str:
    from ..report.words import clock

    pace = f", {outcome.heard_s / took_s:.1f}x" if took_s > 0 else ""
    return (
        f"{'heard' if finished else 'stopped after'} {clock(outcome.heard_s)} of {name} in {took_s:.1f} s{pace}: "
        f"{len(outcome.tracks)} tracks named, {outcome.lists} lists of suggestions, {outcome.messages} messages"
    )
