"""A recorded set through the pipeline, as fast as it goes or at a chosen speed, to a file of lines and over OSC.

Conventions
-----------
A file of lines holds exactly the messages, once each, in sending order. Lines are written whole and unbuffered, so
the file is valid however the replay ends. At a speed, messages go out when their stream time has come.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ..clock import Clock
from ..errors import SegueError
from ..messages import Message
from ..pipeline import Pipeline
from ..sound.source import Source

if TYPE_CHECKING:
    from ..osc.controls import Controls

_FAST_BLOCK_S = 0.5


class Sink(Protocol):
    """Where messages go (``osc.sender.Sender`` is one)."""

    def send(self, messages: Sequence[Message]) -> None:
        """Take the messages of one or more ticks, in order."""


class Lines:
    """A file of JSON lines.

    Parameters
    ----------
    path
        The file, made anew; ``-`` is standard output.

    Raises
    ------
    SegueError
        If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: BinaryIO = os.fdopen(os.dup(1), "wb", 0) if str(path) == "-" else path.open("wb", 0)
        except OSError as exc:
            raise SegueError(f"cannot write the lines to {path}: {exc.strerror or exc}") from exc

    def send(self, messages: Sequence[Message]) -> None:
        """Add one line a message."""
        if not messages:
            return
        data = memoryview("".join([message.to_json() + "\n" for message in messages]).encode())
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as exc:
            raise SegueError(f"cannot write the lines to {self._path}: {exc.strerror or exc}") from exc

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@dataclass(slots=True)
class Outcome:
    """What a replay came to, so far."""

    heard_s: float = 0.0
    messages: int = 0
    lists: int = 0
    """Lists of suggestions that were sent because something in them changed."""
    tracks: list[str] = field(default_factory=list)
    """Titles (or file names) in the order in which they were first named."""
    _ids: set[str] = field(default_factory=set)
    _rev: int = 0

    def add(self, messages: Sequence[Message]) -> None:
        """Count messages in."""
        self.messages += len(messages)
        for message in messages:
            if message.planes == ("num",):
                continue
            if message.address.endswith("/now/track"):
                _, track_id, artist, title, _ = message.args
                if track_id not in self._ids:
                    self._ids.add(str(track_id))
                    self.tracks.append(f"{artist} - {title}" if artist else str(title))
            elif message.address.endswith("/next/commit") and message.args[0] != self._rev:
                self._rev = int(message.args[0])
                self.lists += 1


def replay(
    source: Source,
    pipeline: Pipeline,
    sinks: Sequence[Sink],
    clock: Clock,
    *,
    speed: float | None = None,
    stop: threading.Event | None = None,
    progress: Callable[[Outcome], None] | None = None,
    outcome: Outcome | None = None,
    controls: "Controls | None" = None,
) -> Outcome:
    """Play a source through a pipeline.

    Parameters
    ----------
    source
        Open, unread.
    pipeline
        Fresh, made for the source's rate and channels.
    sinks
        Where every message goes.
    clock
        Read only at a speed.
    speed
        1 is as it was played; None: as fast as it goes.
    stop
        Set by another thread to end early.
    progress
        Called after every block.
    outcome
        Filled in as the replay goes on, for whoever must know how far it came when it is broken off.
    controls
        Does what callers ask, before every block.
    """
    outcome = outcome if outcome is not None else Outcome()
    stop = stop or threading.Event()
    block_s = _FAST_BLOCK_S if speed is None else 0.05
    start_s = clock.now()

    def pass_on(messages: list[Message]) -> None:
        outcome.heard_s = pipeline.t
        if speed is not None:
            ahead_s = start_s + pipeline.t / speed - clock.now()
            if ahead_s > 0:
                clock.wait(stop, ahead_s)
        for sink in sinks:
            sink.send(messages)
        outcome.add(messages)
        if progress is not None:
            progress(outcome)

    for block in source.blocks(max(1, round(block_s * source.rate))):
        if stop.is_set():
            return outcome
        if controls is not None:
            controls.obey(pipeline)
        pass_on(pipeline.feed(block))
    pass_on(pipeline.finish())
    return outcome
