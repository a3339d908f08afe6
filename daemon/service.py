"""The daemon at work: device to intake to pipeline to OSC, until it is told to stop.

Conventions
-----------
Three threads besides the main one, which only waits: a reader (in `intake`) fills the ring, the worker takes 50 ms at a
time through the pipeline and hands the messages to the sinks, the librarian looks after the library.
Only the worker touches the pipeline. Start order: device, model, network, worker; stop in reverse.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .capture import Wanted
from .clock import HOP, SAMPLE_RATE, Clock
from .decode import Samples, Writer
from .errors import DecodeError, SegueError
from .intake import Intake
from .librarian import Librarian, Report, Shelf
from .messages import PROTOCOL, Builder, Message
from .publisher import Health, Publisher, State
from .tastelog import learnt, remember

if TYPE_CHECKING:
    from .config import Config
    from .library import Snapshot
    from .osc.controls import Controls
    from .replay import Sink
    from .wishes import Wishes

FAULTS_A_MINUTE = 10
"""More faults of ours than this within a minute end the daemon."""
_HOP_S = HOP / SAMPLE_RATE
_LATE_S = 0.5
"""Sound that waits longer than this makes a hop late: a hop, and a burst of JACK's."""
_NAP_S = 0.008
_PATIENCE_S = 0.8
"""A library that loads within this is there from the first message on; a fault in it then ends the start."""
_MOST = 2**31 - 1

log = logging.getLogger("segue.service")


class Listening(Protocol):
    """What the worker asks of the pipeline."""

    @property
    def t(self) -> float:
        """Stream time, s."""

    def feed(self, block: Samples, health: Health) -> list[Message]:
        """Take in sound."""

    def replace_snapshot(self, snapshot: "Snapshot") -> None:
        """Go on with another library."""

    wishes: "Wishes"

    def tell(self, name: str) -> str:
        """Take a track for what plays."""


class Load:
    """Compute time against stream time, and the hops that were not ready in time.

    Parameters
    ----------
    settle_s
        Stream at the start in which nothing counts as late, since the program is still starting.
    """

    def __init__(self, settle_s: float = 2.0) -> None:
        self.load = 0.0
        """Compute time / stream time over the last hops."""
        self.late = 0
        """Hops that took longer than they last, or waited too long."""
        self._settle_s = settle_s
        self._stream_s = self._compute_s = self._all_s = 0.0

    def add(self, stream_s: float, compute_s: float, waiting_s: float) -> None:
        """Count a piece in: how long it is, how long it took, and how much sound waits behind it."""
        self._stream_s += stream_s
        self._compute_s += compute_s
        self._all_s += stream_s
        if self._stream_s < _HOP_S - 1e-6:
            return
        self.load += 0.2 * (self._compute_s / self._stream_s - self.load)
        if self._all_s > self._settle_s + 1e-6 and (self._compute_s > self._stream_s or waiting_s > _LATE_S):
            self.late += 1
        self._stream_s = self._compute_s = 0.0


class Worker:
    """Takes sound through the pipeline, piece by piece.

    Parameters
    ----------
    intake, pipeline, publisher, sinks
        From where, through what, to where.
    shelf
        Is looked at before every piece.
    root
        Of the addresses, for the messages that tell of a fault.
    recording, report
        What was heard goes to the one, what happens to the other.
    controls
        Does what callers ask of the pipeline, before every piece.
    """

    def __init__(
        self,
        intake: Intake,
        pipeline: Listening,
        publisher: Publisher,
        sinks: "Sequence[Sink]",
        clock: Clock,
        shelf: Shelf,
        root: str,
        recording: Writer | None = None,
        report: Report = lambda level, text: None,
        controls: "Controls | None" = None,
    ) -> None:
        self._intake = intake
        self._pipeline = pipeline
        self._publisher = publisher
        self._sinks = sinks
        self._clock = clock
        self._shelf = shelf
        self._builder = Builder(root)
        self._recording = recording
        self._report = report
        self._controls = controls
        self._load = Load()
        self._faults: deque[float] = deque(maxlen=FAULTS_A_MINUTE)
        self.pieces = 0
        """Pieces taken so far."""

    @property
    def health(self) -> Health:
        """What `/status` says of the machine."""
        lost = self._intake.lost + self._intake.flags
        return Health(min(lost, _MOST), self._load.late, round(self._load.load, 4))

    def turn(self) -> bool:
        """Take the next piece, if there is one; tell whether there was.

        Raises
        ------
        SegueError
            After too many faults within a minute.
        """
        self._pass_on_notes()
        snapshot = self._shelf.take()
        if snapshot is not None:
            self._pipeline.replace_snapshot(snapshot)
            self._publisher.describe(library=f"{len(snapshot.tracks)} tracks")
        if self._controls is not None:
            self._controls.obey(self._pipeline)
        piece = self._intake.read()
        if piece is None:
            return False
        self.pieces += 1
        self._record(piece)
        start_s = self._clock.now()
        try:
            messages = self._pipeline.feed(piece, self.health)
            for sink in self._sinks:
                sink.send(messages)
        except Exception as exc:  # on stage the music goes on, and so do we
            self._tell_fault(exc)
        rate = self._intake.rate
        self._load.add(len(piece) / rate, self._clock.now() - start_s, self._intake.backlog / rate)
        return True

    def _pass_on_notes(self) -> None:
        while self._intake.notes:
            level, text = self._intake.notes.popleft()
            self._publisher.log(level, text)
            self._report(level, text)
            device = self._intake.device
            self._publisher.describe(source=device.name if device else "no input")

    def _record(self, piece: Samples) -> None:
        if self._recording is None:
            return
        try:
            self._recording.write(piece)
        except DecodeError as exc:  # a full disk must not end the set
            self._recording = None
            self._publisher.log(3, str(exc))
            self._report(3, str(exc))

    def _tell_fault(self, exc: Exception) -> None:
        now_s = self._clock.now()
        text = f"{type(exc).__name__}: {exc}"
        log.error("a piece of sound was passed over: %s", text, exc_info=exc)
        t = self._pipeline.t
        make = self._builder.message
        fault = [
            make(t, "/status/alive", PROTOCOL, round(t * 1000), 0, int(State.ERROR)),
            self._builder.number("/status/state")(t, int(State.ERROR)),
            make(t, "/status/log", 3, text),
        ]
        for sink in self._sinks:
            with contextlib.suppress(Exception):  # it may be the sink that is at fault
                sink.send(fault)
        if len(self._faults) == FAULTS_A_MINUTE and now_s - self._faults[0] < 60.0:
            raise SegueError(f"more than {FAULTS_A_MINUTE} faults within a minute, the last one {text}") from exc
        self._faults.append(now_s)


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

    Raises
    ------
    SegueError
        If something that it needs is missing at the start, or it fails too often.
    """
    audio = config.audio
    wanted = Wanted(audio.device, tuple(audio.channels), audio.sample_rate, audio.block_frames, audio.ring_s)
    with contextlib.ExitStack() as stack:
        intake = Intake(wanted, audio.reconnect_s, clock)  # first, since the device takes longest
        stack.callback(intake.close)
        from .engine import Engine

        engine = Engine(artifact)
        shelf = Shelf()
        librarian = Librarian(folder, engine.artifact.sha256, shelf, clock, report)
        threading.Thread(target=librarian.watch, args=(stop,), name="librarian", daemon=True).start()
        sinks, controls = _open_osc(config, stack, lines)
        if wait:
            intake.start()
        else:
            intake.settle(stop=stop)
        librarian.awaited = librarian.looked.wait(_PATIENCE_S)
        if librarian.awaited and librarian.fault is not None:
            raise librarian.fault
        if stop.is_set():
            return
        from .pipeline import Pipeline

        publisher = Publisher(
            config,
            version=version("segue"),
            source=intake.device.name if intake.device else "",
            artifact=f"{engine.artifact.encoder} {engine.artifact.sha256[:12]}",
            library="loading",
        )
        pipeline = Pipeline(config, engine, None, publisher, intake.rate, intake.channels, taste=learnt(report))
        recording = Writer(record, intake.rate, intake.channels) if record is not None else None
        if recording is not None:
            stack.callback(recording.close)
        rest = config.osc.root, recording, report, controls
        _work(Worker(intake, pipeline, publisher, sinks, clock, shelf, *rest), clock, stop)


def _open_osc(config: "Config", stack: contextlib.ExitStack, lines: Path | None) -> tuple[list["Sink"], "Controls"]:
    from .osc.controls import CONTROLS, Controls
    from .osc.receiver import Receiver
    from .osc.sender import Sender
    from .replay import Lines

    sender = stack.enter_context(Sender(config.osc.targets, config.osc.root))
    receiver = Receiver(config.osc.listen_host, config.osc.listen_port, sender, config.osc.root, CONTROLS)
    controls = Controls(stack.enter_context(receiver), remember)
    written: list[Sink] = [] if lines is None else [stack.enter_context(Lines(lines))]
    return [sender, *written], controls


def _work(worker: Worker, clock: Clock, stop: threading.Event) -> None:
    """Run the worker in a thread of its own; the main thread stays free for signals."""
    failure: list[SegueError] = []

    def turn() -> None:
        try:
            while not stop.is_set():
                if not worker.turn():
                    clock.wait(stop, _NAP_S)
        except SegueError as exc:
            failure.append(exc)
            stop.set()

    thread = threading.Thread(target=turn, name="worker", daemon=True)
    thread.start()
    stop.wait()
    thread.join(0.6)
    if failure:
        raise failure[0]
