"""The music teacher: MusiCNN with the weights that its author published, run by torch.

Patches of 3 s of log-mel go through convolutions that are as high as an instrument's timbre or as long as a rhythm,
three dense layers, and pooling over time. A *row* is the 200 units before the tags: what is left of a patch for
telling 50 tags apart, small enough to be a target, and further from mere spectrum than the pools before it (1,506).

Conventions
-----------
Mono sound at 16 kHz. Log-mel is ``log10(10000 x + 1)`` of 96 Slaney bands, window 512, hop 256, centred frames. Inside
the network tensors are (patches, features, frames), outside (patches, 187 frames, 96 bands). Where the processor
multiplies bfloat16 natively the convolutions over the spectrum are done in it; all else is float32.

Source: Pons and Serra (2019), "musicnn: pre-trained convolutional neural networks for music audio tagging",
arXiv:1909.06654; the sizes are those of the package's ``build_musicnn``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torchaudio.functional import melscale_fbanks

from ...daemon.clock import SAMPLE_RATE
from ...daemon.errors import SegueError
from .archive import read_archive
from .features import bfloat16

FFT, STRIDE, BANDS = 512, 256, 96
FRAMES = 187
"""Frames a patch, 3 s."""
PATCH_S = 3
AT_ONCE = 2
"""Patches that go through the network together: few enough for a processor's cache."""
TIMBRE = 204
"""Filters over 7 frames and 0.4 or 0.7 of the bands."""
RHYTHM = (128, 64, 32)
"""Frames under the filters that look along time."""
BEATS = 51
"""Filters of each of those lengths."""
DENSE = 64
UNITS = 200
TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock",
    "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "mellow",
    "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient",
    "acoustic", "experimental", "female vocalist", "guitar", "hip-hop", "70s", "party", "country", "easy listening",
    "sexy", "catchy", "funk", "electro", "heavy metal", "progressive rock", "60s", "rnb", "indie pop", "sad", "house",
    "happy",
)  # fmt: skip
"""What the Million Song Dataset's listeners said most often, in the order of the network's answers."""


def norm(features: int) -> nn.BatchNorm1d:
    """Return batch normalisation as TensorFlow has it."""
    return nn.BatchNorm1d(features, eps=1e-3)


class Spectral(nn.Module):
    """Filters over the spectrum, each at the height where it answers most: (patches, filters, frames)."""

    def __init__(self, filters: int, frames: int, bands: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, filters, (frames, bands))
        self.norm = norm(filters)

    def forward(self, mel: Tensor) -> Tensor:
        """Return answers to (patches, 1, frames, bands)."""
        # Rectifier, bias and normalisation keep order or reverse it, so that the height can be found before them.
        sign = torch.where(self.norm.weight < 0, -1.0, 1.0)
        kernel = self.conv.weight * sign[:, None, None, None]
        kind = torch.bfloat16 if bfloat16() else torch.float32
        padded = F.pad(mel, (0, 0, (kernel.shape[2] - 1) // 2, kernel.shape[2] // 2))
        answers = self.answers(padded.to(kind), kernel.to(kind))
        highest = F.max_pool2d(answers, (1, answers.shape[3])).squeeze(3).float()
        bias = cast(Tensor, self.conv.bias)
        return cast(Tensor, self.norm(F.relu(highest * sign[:, None] + bias[:, None])))

    def answers(self, mel: Tensor, kernel: Tensor) -> Tensor:
        """Return the convolution, (patches, filters, frames, heights); in memory the filters are innermost."""
        if kernel.shape[3] > 1:
            wide = torch.channels_last
            return F.conv2d(mel.to(memory_format=wide), kernel.to(memory_format=wide))
        stretches = mel[:, 0].unfold(1, kernel.shape[2], 1)
        answers = stretches.flatten(0, 2) @ kernel[:, 0, :, 0].T
        return answers.view(*stretches.shape[:3], -1).permute(0, 3, 1, 2)


class Dense(nn.Module):
    """A convolution over seven frames of all features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(features, DENSE, 7, padding=3)
        self.norm = norm(DENSE)

    def forward(self, x: Tensor) -> Tensor:
        """Return (patches, DENSE, frames)."""
        return cast(Tensor, self.norm(F.relu(self.conv(x))))


class Network(nn.Module):
    """Log-mel patches to units and tags."""

    def __init__(self) -> None:
        super().__init__()
        front = 2 * TIMBRE + len(RHYTHM) * BEATS
        every = front + 3 * DENSE
        self.level = norm(1)
        high = [Spectral(TIMBRE, 7, int(share * BANDS)) for share in (0.4, 0.7)]
        self.front = nn.ModuleList(high + [Spectral(BEATS, frames, 1) for frames in RHYTHM])
        self.dense = nn.ModuleList([Dense(front), Dense(DENSE), Dense(DENSE)])
        self.pooled = norm(2 * every)
        self.hidden = nn.Linear(2 * every, UNITS)
        self.units = norm(UNITS)
        self.tags = nn.Linear(UNITS, len(TAGS))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Return units (patches, 200) and the probability of each tag (patches, 50) of log-mel patches."""
        x = self.level(mel.flatten()[:, None]).view(mel.shape)[:, None]
        front = torch.cat([part(x) for part in self.front], 1)
        first = self.dense[0](front)
        second = first + self.dense[1](first)
        third = second + self.dense[2](second)
        every = torch.cat([front, first, second, third], 1)
        pooled = torch.stack([every.amax(2), every.mean(2)], 2).flatten(1)
        units = self.units(F.relu(self.hidden(self.pooled(pooled))))
        return units, torch.sigmoid(self.tags(units))

    def fill(self, tensors: dict[str, NDArray[np.generic]]) -> None:
        """Take over the variables of a TensorFlow checkpoint, which names layers by kind and number.

        Raises
        ------
        SegueError
            If one is missing or has another shape.
        """
        spectral = [part for part in self.front if isinstance(part, Spectral)]
        dense = [part for part in self.dense if isinstance(part, Dense)]
        norms = [self.level, *(p.norm for p in spectral), *(p.norm for p in dense), self.pooled, self.units]
        convolutions: list[nn.Module] = [*(p.conv for p in spectral), *(p.conv for p in dense)]
        kinds: dict[str, Sequence[nn.Module]] = {"batch_normalization": norms, "conv2d": convolutions}
        kinds["dense"] = [self.hidden, self.tags]
        with torch.no_grad():
            for kind, modules in kinds.items():
                for number, module in enumerate(modules):
                    _fill(module, f"{kind}_{number}" if number else kind, tensors)


class Musicnn:
    """A row of 200 units for each second of a clip: the mean of the patches, one a second, that contain it.

    Parameters
    ----------
    archive
        The package's file; None: the one in the cache folder, fetched if there is none.
    """

    name, dim = "musicnn", UNITS

    def __init__(self, archive: Path | None = None) -> None:
        self.network = Network().eval()
        self.network.fill(read_archive(archive))
        self.bands = melscale_fbanks(FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, BANDS, SAMPLE_RATE, "slaney", "slaney")

    def rows(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (whole seconds, 200) float32 for (samples,) of sound at 16 kHz; one row for less than a second."""
        seconds = max(1, len(mono) // SAMPLE_RATE)
        units, _ = self.hear(mono)
        first = np.arange(seconds)[:, None] - np.arange(PATCH_S)
        inside = (first >= 0) & (first < len(units))
        first = np.clip(first, 0, len(units) - 1)
        total: NDArray[np.float32] = (units[first] * inside[:, :, None]).sum(1) / inside.sum(1, keepdims=True)
        return total.astype(np.float32)

    @torch.inference_mode()
    def hear(self, mono: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return units (patches, 200) and tags (patches, 50) of the patches that start at each second."""
        mel = self.log_mel(torch.from_numpy(mono))
        patches = mel.unfold(0, FRAMES, 1).transpose(1, 2)
        starts = torch.arange(max(1, (len(mono) - PATCH_S * SAMPLE_RATE) // SAMPLE_RATE + 1)) * SAMPLE_RATE / STRIDE
        at = starts.round().long().clamp(max=len(patches) - 1)
        answers = [self.network(patches[some]) for some in torch.split(at, AT_ONCE)]
        units, tags = (torch.cat(part).numpy() for part in zip(*answers, strict=True))
        return units, tags

    def log_mel(self, mono: Tensor) -> Tensor:
        """Return (frames, 96) of (samples,), a patch at least: what is too short is followed by silence."""
        least = FRAMES * STRIDE
        mono = F.pad(mono, (0, max(0, least - len(mono))))
        spectrum = torch.stft(mono, FFT, STRIDE, window=torch.hann_window(FFT), return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.log10(10_000 * (power.T @ self.bands) + 1)


def _fill(module: nn.Module, name: str, tensors: dict[str, NDArray[np.generic]]) -> None:
    """Copy one layer's variables; kernels are (height, width, in, out) there and (out, in, height, width) here."""
    if isinstance(module, nn.BatchNorm1d):
        pairs = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    else:
        pairs = {"weight": "kernel", "bias": "bias"}
    for ours, theirs in pairs.items():
        target = cast(Tensor, getattr(module, ours))
        source = tensors.get(f"{name}/{theirs}")
        if source is None:
            raise SegueError(f"the checkpoint has no '{name}/{theirs}': wanted MSD_musicnn of musicnn 0.1.0")
        if isinstance(module, nn.Conv1d):
            source = source[:, :, 0] if source.ndim == 4 else source  # (frames, features, 1, out): one band wide
        value = torch.tensor(np.ascontiguousarray(np.transpose(source, _ORDER[source.ndim])))
        if value.shape != target.shape:
            raise SegueError(
                f"the checkpoint's '{name}/{theirs}' is {tuple(value.shape)}, wanted {tuple(target.shape)}"
            )
        target.copy_(value)


_ORDER = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (3, 2, 0, 1)}
