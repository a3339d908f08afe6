"""The protocol: which windows are on file, which moments ask, and what is the right answer.

Conventions
-----------
Places are (track, sample) pairs at 16 kHz. On file is a window every 4 s of every track. A query is the 30 s that end
at one of those places; the truth is the window that starts there. Windows that share a sample with those 30 s take no
part. Everything is drawn by seed, and each track asks equally often, so that no long one speaks for the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...daemon.clock import SAMPLE_RATE
from ...daemon.errors import SegueError
from ...daemon.signal.resample import resample
from ...daemon.sound.decode import SUFFIXES, decode, mixdown

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Tell = Callable[[str, float], None]
"""Hears what is being done and how far it is, 0 to 1."""

EVERY_S, HEARD_S = 4.0, 30.0
LEAST_S, LIMIT_S = 90.0, 240.0
"""A shorter track is left out; of a longer one, this much is used."""
PER_TRACK = 4


@dataclass(frozen=True, slots=True)
class Music:
    """Decoded tracks, mono at 16 kHz, as int16: half the memory, and no coarser than most of the files."""

    names: tuple[str, ...]
    """The shortest ends of the paths that tell them apart."""
    pcm: tuple[NDArray[np.int16], ...]

    def part(self, track: int, start: int = 0, stop: int | None = None) -> Floats:
        """Return samples of a track, (n,) float32 in [-1, 1]."""
        return np.asarray(self.pcm[track][start:stop] * np.float32(1 / 32768), np.float32)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is on file and what is asked."""

    window: int
    """Samples of a window."""
    keys: Places
    """(n, 2): track and first sample of each window, in order."""
    queries: Places
    """(q, 2): track and the sample at which the heard 30 s end, in order."""

    @property
    def truth(self) -> Places:
        """Row of ``keys`` that answers each query, (q,)."""
        row = {(int(track), int(start)): n for n, (track, start) in enumerate(self.keys)}
        return np.array([row[int(track), int(at)] for track, at in self.queries], np.int64)

    @property
    def past(self) -> NDArray[np.bool_]:
        """Which windows share a sample with what a query has heard, (q, n)."""
        same = self.queries[:, None, 0] == self.keys[None, :, 0]
        ago = self.queries[:, None, 1] - self.keys[None, :, 1]
        return np.asarray(same & (ago > 0) & (ago < int(HEARD_S * SAMPLE_RATE) + self.window))


def read(folders: Sequence[Path], most: int, seed: int, tell: Tell) -> Music:
    """Decode up to ``most`` tracks, drawn from all that are there.

    Raises
    ------
    SegueError
        If a folder is missing, or there are not at least two tracks of 90 s that can be read.
    """
    files = [path for folder in folders for path in _files(folder)]
    names: list[Path] = []
    pcm: list[NDArray[np.int16]] = []
    for i in np.random.default_rng(seed).permutation(len(files)):
        if len(pcm) == most:
            break
        tell("decoding", len(pcm) / most)
        try:
            sound = decode(files[i], limit_s=LIMIT_S)
        except SegueError:  # a folder of music holds broken files, too
            continue
        if len(sound.samples) >= LEAST_S * sound.rate:
            names.append(files[i])
            mono = resample(mixdown(sound.samples), sound.rate)
            pcm.append((np.clip(mono, -1, 1) * 32767).astype(np.int16))
    if len(pcm) < 2:
        raise SegueError(
            f"found {len(pcm)} readable tracks of {LEAST_S:.0f} s or more, at least 2 are needed; name more folders"
        )
    return Music(_labels(names), tuple(pcm))


def plan(music: Music, window_s: float, seed: int) -> Plan:
    """Lay out windows, and draw up to four queries a track."""
    rng = np.random.default_rng(seed)
    window, every = round(window_s * SAMPLE_RATE), int(EVERY_S * SAMPLE_RATE)
    keys: list[tuple[int, int]] = []
    queries: list[tuple[int, int]] = []
    for track, samples in enumerate(music.pcm):
        starts = range(0, len(samples) - window, every)
        keys += [(track, start) for start in starts]
        late = [start for start in starts if start >= HEARD_S * SAMPLE_RATE]
        drawn = rng.choice(late, min(PER_TRACK, len(late)), replace=False)
        queries += [(track, int(at)) for at in np.sort(drawn)]
    return Plan(window, np.array(keys, np.int64), np.array(queries, np.int64))


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
    elif top.is_dir():
        yield from (path for path in sorted(top.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())
    else:
        raise SegueError(f"no folder {top}: give folders of music that the model has not seen")


def _labels(paths: Sequence[Path]) -> tuple[str, ...]:
    """Name each file by its stem, with as many folders before it as it takes to be the only one."""

    def tail(path: Path, depth: int) -> str:
        return "/".join(path.with_suffix("").parts[-depth:])

    depths = [1] * len(paths)
    for depth in range(1, max(len(path.parts) for path in paths)):
        seen = [tail(path, depth) for path in paths]
        depths = [
            depth + 1 if held == depth and seen.count(name) > 1 else held
            for held, name in zip(depths, seen, strict=True)
        ]
    return tuple(tail(path, depth) for path, depth in zip(paths, depths, strict=True))
