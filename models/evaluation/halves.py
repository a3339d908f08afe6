"""Tracks cut in two: the second halves are a library, the first are heard in a booth; what follows is known exactly.

Conventions
-----------
Sound is mono float32 at 16 kHz. A trial is one first half, heard to its end by the whole pipeline; its truth is the
number of its own second half in the library.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...daemon.advice.ranker import Heard
from ...daemon.clock import SAMPLE_RATE
from ...daemon.config import Config
from ...daemon.engine import Engine
from ...daemon.library.indexer import index
from ...daemon.library.snapshot import Snapshot
from ...daemon.pipeline import Pipeline
from ...daemon.publish.publisher import Publisher
from ...daemon.signal.bands import levels
from ...daemon.sound.decode import Writer
from .baselines import log_mel
from .conditions import CONDITIONS, listen
from .queries import Floats, Music, Tell

HEARD_S = 60.0
WINDOW_S = 20.0
"""What the baseline and the clash measures compare."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A first half, heard."""

    truth: int
    """Number of its second half."""
    standing: tuple[int, ...]
    """Numbers in the list that stood at its end."""
    heard: Heard
    """What the last ranking went by."""
    levels: np.ndarray
    """Of the last seconds, as they arrived (``bands.levels``)."""
    log_mel: Floats


@dataclass(frozen=True, slots=True)
class Halves:
    """All of them."""

    snapshot: Snapshot
    trials: tuple[Trial, ...]
    log_mel: Floats
    """Of the start of each second half, (tracks, n)."""
    names: tuple[str, ...]


def cut(music: Music, artifact: Path, folder: Path, seed: int, tell: Tell) -> Halves:
    """Cut, index and hear.

    Parameters
    ----------
    folder
        An empty one, for the second halves and their library.

    Raises
    ------
    SegueError
        If a half cannot be written or indexed.
    """
    (folder / "music").mkdir()
    for number in range(len(music.pcm)):
        tell("cutting", number / len(music.pcm))
        half = len(music.pcm[number]) // 2
        writer = Writer(folder / "music" / f"{number:04d}.flac", SAMPLE_RATE, 1)
        writer.write(music.part(number, half, len(music.pcm[number]))[:, None])
        writer.close()
    tell("indexing", 0.0)
    index(folder / "library", [folder / "music"], artifact, jobs=1)
    engine = Engine(artifact)
    snapshot = Snapshot.load(folder / "library", engine.artifact.sha256)
    number_of = {Path(track.path).stem: track.number for track in snapshot.tracks}
    trials, starts = [], {}
    for number in range(len(music.pcm)):
        tell("listening", number / len(music.pcm))
        name = f"{number:04d}"
        if name not in number_of:  # silence, or too short to be a track
            continue
        half = len(music.pcm[number]) // 2
        start = max(0, half - round(HEARD_S * SAMPLE_RATE))
        sound = listen(next(reversed(CONDITIONS)), music, number, number, start, half, seed).sound
        trial = _hear(engine, snapshot, sound, number_of[name])
        after = music.part(number, half, half + round(WINDOW_S * SAMPLE_RATE))
        if trial is not None:
            trials.append(trial)
        starts[number_of[name]] = summary(after)
    baseline = np.stack([starts[track.number] for track in snapshot.tracks])
    names = tuple(music.names[int(Path(track.path).stem)] for track in snapshot.tracks)
    return Halves(snapshot, tuple(trials), baseline, names)


def _hear(engine: Engine, snapshot: Snapshot, sound: Floats, truth: int) -> Trial | None:
    pipeline = Pipeline(Config(), engine, snapshot, Publisher(Config()), SAMPLE_RATE, 1)
    pipeline.feed(sound[:, None])
    pipeline.finish()
    standing, heard = pipeline.adviser.standing, pipeline.adviser.heard
    if standing is None or heard is None:
        return None
    numbers = tuple(slot.track.number for slot in standing.slots if slot is not None)
    last = sound[-round(WINDOW_S * SAMPLE_RATE) :]
    return Trial(truth, numbers, heard, levels(last), summary(last))


def summary(sound: Floats) -> Floats:
    """Return mean and deviation of log-mel levels, and of their change, (3 * bands,): the baseline."""
    frames = log_mel(sound)
    return np.concatenate([frames.mean(0), frames.std(0), np.diff(frames, axis=0).std(0)])


def temporary() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder that goes away by itself."""
    return tempfile.TemporaryDirectory(prefix="segue-evaluate-")


def ranks(values: Floats, truth: Sequence[int]) -> np.ndarray:
    """Return how many candidates are ahead of the true one, (trials,), of values (trials, candidates)."""
    own = values[np.arange(len(truth)), list(truth)]
    above: np.ndarray = (values > own[:, None]).sum(axis=1)
    return above
