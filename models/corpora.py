"""Folders of music as 16 kHz mono sound on disk, decoded once and reused.

A cache folder holds one ``NAME.i16`` a track (raw little-endian int16, mono, 16 kHz) and ``tracks.json`` beside them.
The name is a hash of path, size and modification time, so that a second run decodes only what is new.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track as progress

from ..daemon.clock import SAMPLE_RATE
from ..daemon.decode import decode, mixdown
from ..daemon.errors import SegueError
from ..daemon.resample import resample

SUFFIXES = frozenset({".wav", ".aif", ".aiff", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac"})
LEAST_S = 45.0
"""A shorter file has no continuation to learn from."""
MOST_S = 900.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One track of a corpus: where its sound lies in the cache, and which group must not be split."""

    name: str
    path: str
    group: str
    """Artist, album or package: train and validation never share one."""
    samples: int


class Corpus:
    """Decoded tracks, read by memory map."""

    def __init__(self, folder: Path, clips: Iterable[Clip]) -> None:
        self.clips = tuple(clips)
        self.sound = [np.memmap(folder / f"{c.name}.i16", np.int16, "r", shape=(c.samples,)) for c in self.clips]

    @property
    def seconds(self) -> float:
        """How much music there is."""
        return sum(c.samples for c in self.clips) / SAMPLE_RATE

    def read(self, clip: int, start: int, n: int) -> NDArray[np.float32]:
        """Return n samples from ``start``, (n,) float32; outside the track there is silence."""
        sound = self.sound[clip]
        a, b = max(0, start), min(len(sound), start + n)
        out = np.zeros(n, np.float32)
        if b > a:
            out[a - start : b - start] = sound[a:b] * np.float32(1 / 32768)
        return out


def find(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield audio files and their group, the first folder below the one given."""
    for top in folders:
        if not top.exists():
            raise SegueError(f"no folder {top}: give folders of music, one sub-folder an artist or an album")
        for path in sorted(top.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path, path.relative_to(top).parts[0] if path.parent != top else path.stem


def prepare(folders: Iterable[Path], cache: Path, jobs: int = 2) -> list[Clip]:
    """Decode what is not in the cache yet; return every track that is long enough and can be read."""
    cache.mkdir(parents=True, exist_ok=True)
    files = list(find(folders))
    with ProcessPoolExecutor(jobs) as pool:
        rows = pool.map(_decode_one, [p for p, _ in files], [cache] * len(files), chunksize=4)
        clips = [
            Clip(name, str(path), group, samples)
            for (path, group), (name, samples) in progress(
                zip(files, rows, strict=True), "decoding", len(files), disable=not sys.stderr.isatty()
            )
            if samples >= LEAST_S * SAMPLE_RATE
        ]
    if not clips:
        raise SegueError(f"no music of {LEAST_S:.0f} s or more in {', '.join(str(f) for f in folders)}")
    (cache / "tracks.json").write_text(json.dumps([asdict(c) for c in clips], indent=1))
    return clips


def load(cache: Path) -> list[Clip]:
    """Return what ``prepare`` left in a cache."""
    try:
        return [Clip(**row) for row in json.loads((cache / "tracks.json").read_text())]
    except FileNotFoundError as exc:
        raise SegueError(f"no corpus in {cache}: give the folders of music that it should be made from") from exc


def split(clips: list[Clip], share: float, seed: int) -> tuple[list[Clip], list[Clip]]:
    """Return (train, validation), whole groups on either side; the draw depends on the group's name alone."""

    def held_out(group: str) -> bool:
        digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
        return int.from_bytes(digest[:4], "big") < share * 2**32

    return [c for c in clips if not held_out(c.group)], [c for c in clips if held_out(c.group)]


def _decode_one(path: Path, cache: Path) -> tuple[str, int]:
    stat = path.stat()
    name = hashlib.sha256(f"{path}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()[:20]
    target = cache / f"{name}.i16"
    if target.exists():
        return name, target.stat().st_size // 2
    try:
        sound = decode(path, limit_s=MOST_S)
    except SegueError as exc:
        print(f"left out: {exc}", file=sys.stderr)
        return name, 0
    mono = resample(mixdown(sound.samples), sound.rate)
    part = target.with_suffix(f".{os.getpid()}")
    (np.clip(mono, -1, 1) * 32767).astype("<i2").tofile(part)
    part.rename(target)
    return name, len(mono)
