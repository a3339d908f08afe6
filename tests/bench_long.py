"""Hours on end: does the position drift, does memory grow? ``python tests/bench.py long --hours 3``."""

from pathlib import Path

import numpy as np
import psutil
from bench_table import CONSOLE, table

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import Message
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher

TRACKS, BLOCK_S, SPAN_S = 8, 1.0, 1800.0


class Playing:
    """What the messages say plays, and nothing else: what is kept here would look like a leak."""

    def __init__(self) -> None:
        self.id, self._position_s, self._t, self._rate = "", -1.0, 0.0, 1.0

    def take(self, messages: list[Message]) -> None:
        for message in messages:
            match message.address.removeprefix("/segue/now/"):
                case "track":
                    self.id = str(message.args[1])
                case "none":
                    self.id = ""
                case "pos_s":
                    self._position_s, self._t = float(message.args[0]), message.t
                case "tempo_ratio":
                    self._rate = float(message.args[0])

    def position_s(self, t: float) -> float:
        return self._position_s + (t - self._t) * self._rate


def long(library: Path, hours: float) -> None:
    """Play sets of the demo's music into one pipeline."""
    model = Engine(default_artifact())
    snapshot = Snapshot.load(library, model.artifact.sha256)
    crate = session.crate(snapshot)
    pipeline = Pipeline(Config(), model, snapshot, Publisher(Config()), render.RATE, 1)
    playing, process = Playing(), psutil.Process()
    shown = table(f"{hours:g} hours on end", "until", "named right", "position off, median", "p90", "memory, MB")
    t, seed = 0.0, 0
    right: list[bool] = []
    off_s: list[float] = []
    while t < 3600 * hours:
        seed, start_s = seed + 1, t
        plays = render.plan(crate, TRACKS, seed)
        sound = np.concatenate(list(render.mix(plays, session.read)))
        for first in range(0, len(sound), round(BLOCK_S * render.RATE)):
            block = sound[first : first + round(BLOCK_S * render.RATE)]
            playing.take(pipeline.feed(np.ascontiguousarray(block[:, None], np.float32)))
            t += len(block) / render.RATE
            audible = {play.id: play for play in plays if play.start_s <= t - start_s < play.end_s}
            if t - start_s < 6 or not audible:
                continue  # one set is cut off and the next one begins
            right.append(playing.id in audible)
            if right[-1]:
                off_s.append(abs(playing.position_s(t) - audible[playing.id].position_s(t - start_s)))
            if len(right) >= SPAN_S / BLOCK_S or t >= 3600 * hours:
                told = (f"{np.mean(right):.3f}", *(f"{np.percentile(off_s, share):.4f} s" for share in (50, 90)))
                shown.add_row(f"{t / 3600:.2f} h", *told, f"{process.memory_info().rss / 2**20:.0f}")
                right, off_s = [], []
            if t >= 3600 * hours:
                break
        del sound
    CONSOLE.print(shown)
