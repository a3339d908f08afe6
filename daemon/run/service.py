"""The daemon at work: device to intake to pipeline to OSC, until it is told to stop.

Conventions
-----------
Four threads besides the main one, which only waits: a reader (in `intake`) fills the ring, the worker takes 50 ms at a
time through the pipeline and hands the messages to the sinks, the librarian looks after the library, the web serves
pages. Start order: device, model, network, worker; stop in reverse.
"""

import contextlib
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ..advice.tastelog import learnt, remember
from ..clock import Clock
from ..librarian import Librarian, Report, Shelf
from ..publish.publisher import Publisher
from ..sound.capture import Wanted
from ..sound.decode import Writer
from ..sound.intake import Intake
from .changes import Changes
from .worker import Worker

if TYPE_CHECKING:
    from ..config import Config
    from ..osc.controls import Controls
    from ..osc.sender import Sender
    from ..pipeline import Pipeline
    from ..web.serving import Site
    from .replay import Sink

NAP_S = 0.002
"""Between two looks for sound: what this adds to the time from a sample to what is said of it."""
_PATIENCE_S = 0.8
"""A library that loads within this is there from the first message on; a fault in it then ends the start."""


def run(
    config: "Config",
    folder: Path,
    clock: Clock,
    stop: threading.Event,
    *,
    artifact: Path,
    lines: Path | None = None,
    record: Path | None = None,
    wait: bool = False,
    changes: Changes | None = None,
    report: Report = lambda level, text: None,
) -> None:
    """Listen until ``stop`` is set.

    Parameters
    ----------
    folder, artifact
        Library and model.
    lines, record
        Files for every message, as JSON, and for what was heard.
    wait
        Start without an input device, and wait for it.
    changes
        Watches the config.

    Raises
    ------
    SegueError
        If something that it needs is missing at the start, or it fails too often.
    """
    audio = config.audio
    wanted = Wanted(audio.device, audio.all_channels, audio.sample_rate, audio.block_frames, audio.ring_s)
    with contextlib.ExitStack() as stack:
        intake = Intake(wanted, audio.reconnect_s, clock)  # first, since the device takes longest
        stack.callback(intake.close)
        from ..engine import Engine
        from .replay import Lines

        engine = Engine(artifact)
        shelf = Shelf()
        librarian = Librarian(folder, engine.artifact.sha256, shelf, clock, report)
        threading.Thread(target=librarian.watch, args=(stop,), name="librarian", daemon=True).start()
        sender, controls = _open_osc(config, stack)
        sinks: list[Sink] = [sender]
        if lines is not None:
            sinks.append(stack.enter_context(Lines(lines)))
        if wait:
            intake.start()
        else:
            intake.settle(stop=stop)
        librarian.awaited = librarian.looked.wait(_PATIENCE_S)
        if librarian.awaited and librarian.fault is not None:
            raise librarian.fault
        if stop.is_set():
            return
        from ..pipeline import Pipeline

        publisher = Publisher(
            config,
            version=version("segue"),
            source=intake.device.name if intake.device else "",
            artifact=f"{engine.artifact.encoder} {engine.artifact.sha256[:12]}",
            library="loading",
        )
        pipeline = Pipeline(config, engine, None, publisher, intake.rate, intake.channels, taste=learnt(report))
        sites = _sites(config, pipeline, sinks, controls, clock, report)
        if sites:
            from ..web.serving import Serving

            stack.enter_context(Serving(sites, report))
        recording = Writer(record, intake.rate, intake.channels) if record is not None else None
        if recording is not None:
            stack.callback(recording.close)

        def tell(level: int, text: str) -> None:
            publisher.log(level, text)
            report(level, text)

        def adopt(old: "Config", new: "Config") -> None:
            pipeline.adopt(new)
            sender.aim(new.osc.targets)
            if new.audio.device != old.audio.device:
                intake.turn_to(new.audio.device)

        def between() -> None:
            if changes is not None:
                changes.apply(adopt, tell)

        if changes is not None:
            threading.Thread(target=changes.watch, args=(stop,), name="config", daemon=True).start()
        rest = config.osc.root, recording, report, controls, between
        _work(Worker(intake, pipeline, publisher, sinks, clock, shelf, *rest), clock, stop)


def _open_osc(config: "Config", stack: contextlib.ExitStack) -> tuple["Sender", "Controls"]:
    from ..osc.controls import CONTROLS, Controls
    from ..osc.receiver import Receiver
    from ..osc.sender import Sender

    sender = stack.enter_context(Sender(config.osc.targets, config.osc.root))
    receiver = Receiver(config.osc.listen_host, config.osc.listen_port, sender, config.osc.root, CONTROLS)
    return sender, Controls(stack.enter_context(receiver), remember)


def _sites(
    config: "Config", pipeline: "Pipeline", sinks: list["Sink"], controls: "Controls", clock: Clock, report: Report
) -> list["Site"]:
    """What is served over HTTP; each joins the sinks and the ways in."""
    sites: list[Site] = []
    if config.stage.port:
        from ..web.stage import Stage

        stage = Stage(config, pipeline.wishes, clock)
        sinks.append(stage)
        controls.ways.append(stage.desk)
        sites.append(stage.site)
    if config.osc.query_port:
        from ..web.oscquery import OscQuery

        query = OscQuery(config.osc, report)
        sinks.append(query)
        sites.append(query.site)
    return sites


def _work(worker: Worker, clock: Clock, stop: threading.Event) -> None:
    """Run the worker in a thread of its own; the main thread stays free for signals."""
    failure: list[BaseException] = []

    def turn() -> None:
        try:
            while not stop.is_set():
                if not worker.turn():
                    clock.wait(stop, NAP_S)
        except BaseException as exc:  # whatever it is: a daemon that hears nothing must not look alive
            failure.append(exc)
            stop.set()

    thread = threading.Thread(target=turn, name="worker", daemon=True)
    thread.start()
    stop.wait()
    thread.join(0.6)
    if failure:
        raise failure[0]
