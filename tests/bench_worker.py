"""The daemon's own worker on rendered music, at the speed at which it plays, for what is measured beside it.

A stage plays a set, 50 ms at a time, each piece when its last sample is due. What is compared takes turns of ten
seconds, so that a busy machine is as busy for the one as for the other.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from types import SimpleNamespace as Some
from typing import Any

import numpy as np
from bench_table import CONSOLE, table

from segue.daemon.artifact import default_artifact
from segue.daemon.clock import SteadyClock
from segue.daemon.config import Config
from segue.daemon.demo import render
from segue.daemon.engine import Engine
from segue.daemon.librarian import Shelf
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import PLANES
from segue.daemon.osc.controls import Controls
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run.service import NAP_S
from segue.daemon.run.worker import Worker

TURN_S, HOP_PIECES = 10.0, 5
Samples = Any


class Sound:
    """An intake whose samples come at the speed at which they play; ends after its last one."""

    rate, channels, backlog = render.RATE, 1, 0

    def __init__(self, sound: Samples) -> None:
        self._sound, self._piece, self._at = sound, render.RATE // 20, 0
        self.lost = self.flags = 0
        self.notes: deque[tuple[int, str]] = deque()
        self.device = None
        self.start_s = time.monotonic()

    @property
    def due_s(self) -> float:
        """When the last sample of the next piece is there."""
        return self.start_s + (self._at + self._piece) / self.rate

    def read(self) -> Samples | None:
        if time.monotonic() < self.due_s or self._at + self._piece > len(self._sound):
            return None
        piece = self._sound[self._at : self._at + self._piece, None]
        self._at += self._piece
        return piece

    @property
    def over(self) -> bool:
        return self._at + self._piece > len(self._sound)


class Stage:
    """A worker that hears a set; conditions take turns, and each gets the cost of its hops."""

    def __init__(self, snapshot: Snapshot, sound: Samples) -> None:
        self._publisher, self._sound = Publisher(Config()), sound
        self.pipeline = Pipeline(Config(), Engine(default_artifact()), snapshot, self._publisher, render.RATE, 1)
        self.sinks: list[Any] = []
        self.hops: dict[str, list[float]] = {}
        """Milliseconds of each hop's five pieces, by condition."""
        self.due_s: dict[int, float] = {}
        """When the last sample of each tick was there, by its stream time in ms."""

    def play(self, controls: Controls | None, turn: Callable[[float], str]) -> None:
        """Play it all; ``turn`` is asked at the end of each hop which condition holds from now on."""
        self.pipeline.feed(self._sound[: 30 * render.RATE, None])  # what is measured is not the start
        intake = Sound(self._sound[30 * render.RATE :])
        worker = Worker(
            intake, self.pipeline, self._publisher, self.sinks, SteadyClock(), Shelf(), "/segue", controls=controls
        )  # type: ignore[arg-type]
        pieces: list[float] = []
        condition = turn(0.0)
        while not intake.over:
            due_s, start_s = intake.due_s, time.perf_counter()
            if not worker.turn():
                time.sleep(NAP_S)
                continue
            pieces.append(1000 * (time.perf_counter() - start_s))
            self.due_s[round(self.pipeline.t * 1000)] = due_s
            if round(self.pipeline.t * 20) % HOP_PIECES == 0:
                if len(pieces) == HOP_PIECES:
                    self.hops.setdefault(condition, []).append(sum(pieces))
                pieces = []
                condition = turn(due_s - intake.start_s)


def to(port: int, host: str = "127.0.0.1") -> Some:
    return Some(host=host, port=port, planes=list(PLANES), rate_hz=20.0)


def turns(names: Sequence[str], change: Callable[[str], None] = lambda name: None) -> Callable[[float], str]:
    """Let conditions take turns; ``change`` is called at each change."""
    now = [""]

    def turn(t_s: float) -> str:
        name = names[int(t_s // TURN_S) % len(names)]
        if name != now[0]:
            now[0] = name
            change(name)
        return name

    return turn


def shares(values_ms: Sequence[float]) -> tuple[float, float]:
    """Give median and 99th percentile."""
    return float(np.percentile(values_ms, 50)), float(np.percentile(values_ms, 99))


def compared(title: str, stage: Stage, names: dict[str, str]) -> None:
    """Print what a hop cost under two conditions; ``names`` has a name for each, the plain one first."""
    shown = table(title, "", "hop, median", "p99")
    values = [shares(stage.hops[condition]) for condition in names]
    for name, ms in zip(names.values(), values, strict=True):
        shown.add_row(name, *(f"{value:.1f} ms" for value in ms))
    shown.add_row("ratio", *(f"{b / a:.2f}" for a, b in zip(*values, strict=True)))
    CONSOLE.print(shown)
