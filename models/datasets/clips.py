"""Decoded tracks: what is known of each, and their sound by memory map.

Conventions
-----------
A cache folder holds one ``NAME.i16`` a track: raw little-endian int16, mono, 16 kHz.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...daemon.clock import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Clip:
    """One track of a corpus: where its sound lies in the cache, and which group must not be split."""

    name: str
    path: str
    group: str
    """Artist, album, composer or package: train and validation never share one."""
    samples: int
    transitions_s: tuple[float, ...] = ()
    """Seconds at which one track gives way to the next, in a recorded set."""
    split: str | None = None
    """The dataset's own: "train", "validation" or "test"."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples / SAMPLE_RATE


class Corpus:
    """Decoded tracks, read by memory map."""

    def __init__(self, folder: Path, clips: Iterable[Clip]) -> None:
        self.folder = folder
        self.clips = tuple(clips)
        self.sound = [np.memmap(folder / f"{c.name}.i16", "<i2", "r", shape=(c.samples,)) for c in self.clips]

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
