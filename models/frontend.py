"""Sound to log-mel frames: a DFT as two matrix products, so that the graph needs no FFT.

Conventions
-----------
Frames are ``window`` samples under a periodic Hann window, ``stride`` apart, never centred: frame i of a hop ends
``stride * (i + 1)`` samples into it. Power is scaled so that a full-scale sine has 1 in its bin; log-mel is natural.

Source: the mel scale is Slaney's, from librosa; its triangles are not normalised by their width. A real frame is folded
into its even and odd halves first (they alone meet cosine and sine), which halves the products.
"""

from typing import cast

import librosa
import numpy as np
import torch
from torch import Tensor, nn

from .spec import Spec

FLOOR = 1e-7
"""Power added before the logarithm: -70 dB under a full-scale sine."""


def edges_hz(spec: Spec) -> np.ndarray:
    """Return the corners of the mel triangles, (mels + 2,) float64 Hz."""
    return librosa.mel_frequencies(n_mels=spec.mels + 2, fmin=spec.low_hz, fmax=spec.sample_rate / 2)


def centres_hz(spec: Spec) -> np.ndarray:
    """Return the middle of each mel band, (mels,) float64 Hz."""
    return edges_hz(spec)[1:-1]


def mel_matrix(spec: Spec, pitch: float = 1.0) -> np.ndarray:
    """Return triangles over the bins of a frame, (window // 2 + 1, mels) float32.

    ``pitch`` reads the spectrum as if the record were turned that much faster: bin k lies at ``pitch`` times its
    frequency. The sums are not normalised by width.
    """
    bins = np.arange(spec.window // 2 + 1) * spec.sample_rate / spec.window * pitch
    edges = edges_hz(spec)
    up = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    triangles: np.ndarray = np.maximum(0, np.minimum(up, down)).astype(np.float32)
    return triangles


def chroma_matrix(spec: Spec, low_hz: float = 130.0, high_hz: float = 2100.0) -> np.ndarray:
    """Return how much each bin of a frame belongs to each pitch class from C, (window // 2 + 1, 12) float32."""
    hz = np.arange(spec.window // 2 + 1) * spec.sample_rate / spec.window
    semitone = 12 * np.log2(np.maximum(hz, 1.0) / 440.0) + 9
    apart = np.abs((semitone[:, None] - np.arange(12) + 6) % 12 - 6)
    inside = (hz >= low_hz) & (hz <= high_hz)
    matrix: np.ndarray = (np.maximum(0, 1 - apart) * inside[:, None]).astype(np.float32)
    return matrix


def hann(window: int) -> np.ndarray:
    """Return a periodic Hann window, (window,) float64, scaled so that a full-scale sine has magnitude 1."""
    w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return cast(np.ndarray, w * 2 / w.sum())


class LogMel(nn.Module):
    """``audio`` (batch, hops * hop) and its tail to log-mel (batch, hops * frames, mels)."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        n, half = spec.window, spec.window // 2
        # Integer phases modulo N in float64: k*n/N in float32 loses the high bins.
        phase = np.outer(np.arange(half + 1), np.arange(half + 1)) % n * (2 * np.pi / n)
        cos, sin = np.cos(phase), np.sin(phase)
        self.register_buffer("cos", torch.tensor(cos, dtype=torch.float32), persistent=False)
        self.register_buffer("sin", torch.tensor(sin[1:half], dtype=torch.float32), persistent=False)
        self.register_buffer("hann", torch.tensor(hann(n), dtype=torch.float32), persistent=False)
        self.register_buffer("mel", torch.tensor(mel_matrix(spec)), persistent=False)

    @property
    def tail_samples(self) -> int:
        """Samples carried from one hop to the next."""
        return self.spec.window - self.spec.stride

    def forward(self, audio: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """Return the frames that end inside ``audio`` and the new tail, (batch, tail_samples)."""
        x = torch.cat([tail, audio], 1)
        half = self.spec.window // 2
        count = audio.shape[1] // self.spec.stride
        at = torch.arange(count)[:, None] * self.spec.stride + torch.arange(self.spec.window)[None]
        frames = x[:, at] * cast(Tensor, self.hann)
        mirror = frames.flip(2)  # mirror[j] = frames[N - 1 - j], so frames[N - n] = mirror[n - 1]
        first, middle = frames[..., :1], frames[..., half : half + 1]
        a, b = frames[..., 1:half], mirror[..., : half - 1]
        even = torch.cat([first, a + b, middle], -1)
        re = even @ cast(Tensor, self.cos)
        im = (a - b) @ cast(Tensor, self.sin)
        power = re * re + im * im
        return log_mel(power @ cast(Tensor, self.mel)), x[:, x.shape[1] - self.tail_samples :]


def log_mel(mel: Tensor) -> Tensor:
    """Return the natural logarithm over the floor."""
    return torch.log(mel + FLOOR)
