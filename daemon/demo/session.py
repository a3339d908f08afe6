"""The whole demo in four steps: index the bundled music, mix a set, listen to it, judge what was heard.

Conventions
-----------
Nothing here listens: indexing, the pipeline and the OSC sender are those of every other command. The library and the
set live in one folder, which is temporary unless it is to be kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..analysis.novelty import novelty
from ..artifact import default_artifact
from ..clock import SteadyClock
from ..config import Config
from ..engine import Embedding, Engine, State
from ..errors import LibraryError, SegueError
from ..librarian import prepare
from ..library.indexer import index
from ..library.snapshot import Snapshot
from ..pipeline import Pipeline
from ..publish.publisher import Publisher
from ..receivers.heard import MOMENT_S, Heard
from ..report.score import Score, score
from ..run.replay import Sink, replay
from ..signal.resample import resample
from ..sound.decode import decode, mixdown
from ..sound.source import open_source
from . import picture, render
from .view import summary, view

MUSIC = Path(__file__).parent / "music"
NOVELTY_S = 8.0
"""What comes is compared with what went over this long."""


class Recorder:
    """An engine that also keeps what it heard, for the picture."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.hop = engine.hop
        self.artifact = engine.artifact
        self.idents: list[NDArray[np.float32]] = []

    def init_state(self) -> State:
        """Return the state of a fresh stream."""
        return self._engine.init_state()

    def step(self, samples: NDArray[np.float32], state: State) -> tuple[Embedding, State]:
        """Advance one hop."""
        embedding, after = self._engine.step(samples, state)
        self.idents.append(embedding.ident)
        return embedding, after


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked of the demo."""

    folder: Path
    """For the library and the set."""
    picture: Path
    tracks: int
    seed: int
    speed: float | None
    """Times real time; None: as fast as it goes."""


def run(wish: Wish, config: Config, console: Console, sinks: Sequence[Sink]) -> Score:
    """Go through the demo and tell what was heard."""
    engine = Engine(Path(config.engine.artifact) if config.engine.artifact else default_artifact())
    snapshot = _index(wish, engine, console)
    plays = render.plan(crate(snapshot), wish.tracks, wish.seed)
    if not plays:
        raise LibraryError(f"none of the files in {MUSIC} could be indexed; the installation is damaged")
    started = time.monotonic()
    file = wish.folder / "set.wav"
    length_s = render.write(render.mix(plays, read), file)
    render.write_truth(plays, wish.folder / "set.json")
    spent_s = time.monotonic() - started
    console.print(
        f"mixed a set of {len(plays)} tracks, {length_s / 60:.1f} minutes, in {spent_s:.1f} s", highlight=False
    )

    recorder = Recorder(engine)
    started = time.monotonic()
    heard = _listen(file, recorder, snapshot, plays, wish.speed, config, console, sinks)
    spent_s = time.monotonic() - started
    told = f"listened in {spent_s:.1f} s ({length_s / spent_s:.0f} times real time), {heard.count} OSC messages"
    console.print(told + "\n", highlight=False)

    judged = score(plays, heard.moments)
    console.print(summary(plays, judged))
    idents = np.array(recorder.idents, np.float64)
    change = novelty(idents, round(NOVELTY_S / MOMENT_S))[1:] if len(idents) else np.zeros(0)
    titles = {track.id: track.title for track in snapshot.tracks}
    try:
        wish.picture.write_text(picture.draw(plays, heard.moments, judged, change, titles), encoding="utf-8")
    except OSError as exc:
        raise SegueError(f"cannot write the picture to {wish.picture}: {exc.strerror or exc}") from exc
    console.print(f"a picture of the set is in {wish.picture}", highlight=False, soft_wrap=True)
    return judged


def _index(wish: Wish, engine: Engine, console: Console) -> Snapshot:
    columns = (TextColumn("indexing the bundled music"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        report = index(
            wish.folder / "library",
            [MUSIC],
            engine.artifact.path,
            tell=lambda p: progress.update(task, total=p.files, completed=p.files_done),
        )
    if report.interrupted:
        raise KeyboardInterrupt
    pace = report.audio_s / max(report.wall_s, 1e-3)
    told = f"indexed {report.tracks} tracks, {report.audio_s / 60:.1f} minutes of music, in {report.wall_s:.1f} s"
    console.print(f"{told} ({pace:.0f} times real time)", highlight=False)
    snapshot = Snapshot.load(wish.folder / "library", engine.artifact.sha256)
    prepare(snapshot)
    return snapshot


def crate(snapshot: Snapshot) -> list[render.Record]:
    """What there is to mix."""
    records = []
    for track in snapshot.tracks:
        beats_s = snapshot.beats_s(track.number)
        downbeats = snapshot.downbeats(track.number)
        records.append(
            render.Record(
                id=track.id,
                path=Path(track.path),
                title=track.title,
                duration_s=track.duration_s,
                tempo_bpm=track.tempo_bpm,
                downbeats_s=tuple(float(beats_s[beat]) for beat in downbeats),
            )
        )
    return records


def read(path: str) -> NDArray[np.float32]:
    """Read a whole track at the set's rate."""
    sound = decode(path)
    return resample(mixdown(sound.samples), sound.rate, render.RATE)


def _listen(
    file: Path,
    recorder: Recorder,
    snapshot: Snapshot,
    plays: list[render.Play],
    speed: float | None,
    config: Config,
    console: Console,
    sinks: Sequence[Sink],
) -> Heard:
    heard = Heard(config.osc.root)
    publisher = Publisher(config, source="demo", artifact=recorder.artifact.path.name, library="bundled music")
    with open_source(file) as source, view(console, plays) as shown:
        pipeline = Pipeline(config, recorder, snapshot, publisher, source.rate, source.channels)
        replay(
            source,
            pipeline,
            [heard, *sinks],
            SteadyClock(),
            speed=speed,
            progress=lambda _: shown.show(heard),
        )
    return heard
