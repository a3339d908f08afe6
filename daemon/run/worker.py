"""The worker: takes sound through the pipeline, piece by piece, and hands the messages to the sinks.

Conventions
-----------
One thread calls ``turn``; only it touches the pipeline. A fault in a piece costs that piece, a fault in a sink that
sink's: it is told, counted, and the next piece comes.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ..clock import HOP, SAMPLE_RATE, Clock
from ..errors import DecodeError, SegueError
from ..librarian import Report, Shelf
from ..messages import PROTOCOL, Builder, Message
from ..publish.publisher import Health, Publisher, State
from ..sound.decode import Samples, Writer
from ..sound.intake import Intake

if TYPE_CHECKING:
    from ..advice.wishes import Wishes
    from ..library.snapshot import Snapshot
    from ..osc.controls import Controls
    from ..publish.beats import Beats
    from .replay import Sink

FAULTS_A_MINUTE = 10
"""More faults of ours than this within a minute end the daemon."""
_HOP_S = HOP / SAMPLE_RATE
_LATE_S = 0.5
"""Sound that waits longer than this makes a hop late: a hop, and a burst of JACK's."""
_MOST = 2**31 - 1

log = logging.getLogger("segue.worker")


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
    beats: "Beats"

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
    between
        Is called before every piece too.
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
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self._intake = intake
        self._pipeline = pipeline
        self._publisher = publisher
        self._sinks = list(sinks)
        self._clock = clock
        self._shelf = shelf
        self._builder = Builder(root)
        self._recording = recording
        self._report = report
        self._controls = controls
        self._between = between
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
        self._change_library()
        self._between()
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
        except Exception as exc:  # on stage the music goes on, and so do we
            self._tell_fault(exc)
        else:
            self._send(messages)
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

    def _change_library(self) -> None:
        snapshot = self._shelf.take()
        if snapshot is None:
            return
        try:
            self._pipeline.replace_snapshot(snapshot)
        except Exception as exc:
            log.error("a library could not be taken over", exc_info=exc)
            self._complain(f"the changed library could not be taken over: {type(exc).__name__}: {exc}")
        else:
            self._publisher.describe(library=f"{len(snapshot.tracks)} tracks")

    def _send(self, messages: list[Message]) -> None:
        """Give every sink its messages, whatever becomes of the others."""
        for sink in tuple(self._sinks):
            try:
                sink.send(messages)
            except SegueError as exc:  # it can take no more: a full disk must not end the set
                self._sinks.remove(sink)
                self._complain(f"{exc}; nothing more goes there")
            except Exception as exc:
                self._tell_fault(exc)

    def _complain(self, text: str) -> None:
        self._publisher.log(3, text)
        self._report(3, text)

    def _record(self, piece: Samples) -> None:
        if self._recording is None:
            return
        try:
            self._recording.write(piece)
        except DecodeError as exc:  # a full disk must not end the set
            self._recording = None
            self._complain(str(exc))

    def _tell_fault(self, exc: Exception) -> None:
        now_s = self._clock.now()
        text = f"{type(exc).__name__}: {exc}"
        log.error("a fault was passed over: %s", text, exc_info=exc)
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
