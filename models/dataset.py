"""Batches for the encoder: a long view that is heard, and windows that start where it could be left.

For each of ``tracks`` records a batch holds one *heard* view of ``heard_s`` seconds, as a booth plays it, and
``windows`` *filed* views of the key's length, as the library has them, each starting at a moment of the heard one. A
filed window is the key of what follows that moment, and where the two overlap they hear the same moments twice: one
draw serves continuation and identity.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .augment import FILE, LIVE, Booth, Speed, Strength, draw_speed
from .corpora import Corpus
from .frontend import hann, mel_matrix
from .spec import Spec

PITCHES = np.linspace(0.915, 1.085, 69)
"""Pitches that mel matrices are kept for, a quarter of a per cent apart."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``tracks`` (n) records with ``windows`` (w) windows each."""

    heard: Tensor
    """Log-ready power-mel, (n, frames, mels)."""
    filed: Tensor
    """(n * w, key frames, mels)."""
    track: Tensor
    """Record of each window, (n * w,)."""
    start_s: Tensor
    """Where each window starts in its record, (n * w,) seconds."""
    heard_start_s: Tensor
    """Where each heard view starts in its record, (n,) seconds."""
    heard_rate: Tensor
    """Seconds of the record a second of the heard view, (n,)."""
    filed_rate: Tensor
    """The same for each window, (n * w,)."""


class Batches:
    """Draws batches for ever; the same seed gives the same batches."""

    def __init__(
        self,
        corpus: Corpus,
        spec: Spec,
        seed: int,
        tracks: int,
        heard_s: float = 28.0,
        windows: int = 3,
        live: Strength = LIVE,
        file: Strength = FILE,
    ) -> None:
        self.corpus, self.spec, self.tracks, self.windows = corpus, spec, tracks, windows
        self.heard_hops = round(heard_s / spec.hop_s)
        self.live, self.file = live, file
        self.rng = np.random.default_rng(seed)
        self.booth = Booth(spec)
        self.window = torch.tensor(hann(spec.window), dtype=torch.float32)
        self.mels = [torch.tensor(mel_matrix(spec, float(p))) for p in PITCHES]
        seconds = np.array([len(s) for s in corpus.sound], np.float64) / spec.sample_rate
        weight = np.minimum(seconds, 300.0)
        self.seconds, self.chance = seconds, weight / weight.sum()

    def view(self, clip: int, start_s: float, frames: int, speed: Speed) -> Tensor:
        """Return the power-mel of a record from ``start_s`` on at a speed, (frames, mels)."""
        spec = self.spec
        step = spec.stride * speed.rate
        first = round(start_s * spec.sample_rate) + spec.stride - spec.window
        at = np.round(np.arange(frames) * step).astype(np.int64)
        sound = torch.from_numpy(self.corpus.read(clip, first, int(at[-1]) + spec.window))
        cut = sound.unfold(0, spec.window, 1)[torch.from_numpy(at)] * self.window
        spectrum = torch.fft.rfft(cut)
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.matmul(power, self.mels[int(np.abs(PITCHES - speed.pitch).argmin())])

    def draw(self) -> Batch:
        """Return the next batch."""
        spec, rng = self.spec, self.rng
        clips = rng.choice(len(self.seconds), self.tracks, replace=self.tracks > len(self.seconds), p=self.chance)
        frames, key_frames = self.heard_hops * spec.frames, spec.key_hops * spec.frames
        heard_s = self.heard_hops * spec.hop_s
        speeds = [draw_speed(self.live, rng) for _ in clips]
        starts = np.array(
            [
                rng.uniform(0, max(0.1, self.seconds[c] - heard_s * s.rate - spec.key_window_s))
                for c, s in zip(clips, speeds, strict=True)
            ]
        )
        plain = [self.view(c, t, frames, s) for c, t, s in zip(clips, starts, speeds, strict=True)]
        heard = torch.stack([self.booth(p, self.live, rng, plain[i - 1]) for i, p in enumerate(plain)])
        filed, window_starts, filed_rates = [], [], []
        for c, t, s in zip(clips, starts, speeds, strict=True):
            for part in self._moments(rng, heard_s):
                start = t + part * s.rate
                mild = rng.random() < 0.7
                speed = Speed(1.0, 1.0) if mild else draw_speed(self.live, rng)
                side = self.file if mild else Strength(0, self.live.colour, 0)
                filed.append(self.booth(self.view(c, start, key_frames, speed), side, rng, None))
                window_starts.append(start)
                filed_rates.append(speed.rate)
        return Batch(
            heard,
            torch.stack(filed),
            torch.arange(len(clips)).repeat_interleave(self.windows),
            _row(window_starts),
            _row(starts),
            _row([s.rate for s in speeds]),
            _row(filed_rates),
        )

    def _moments(self, rng: np.random.Generator, heard_s: float) -> NDArray[np.float64]:
        """Seconds into the heard view at which windows start: spread over it, the last at its very end."""
        edges = np.linspace(0.28, 0.86, self.windows) * heard_s
        inner = [rng.uniform(a, b) for a, b in itertools.pairwise(edges)]
        return np.array([*inner, heard_s])


def _row(values: object) -> Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float32)
