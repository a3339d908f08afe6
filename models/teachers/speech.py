"""The speech teachers: wav2vec 2.0 and HuBERT by torchaudio's models, their weights from a file that you have.

Nothing is downloaded. The file is a state dict as torchaudio's pipelines publish it, or Hugging Face's
``pytorch_model.bin``; what size the model has is read off the shapes in it. A *row* is the mean of a second's 50 frames
over some of the transformer's layers, the middle ones by default: the last ones have specialised in phones.

Conventions
-----------
Mono sound at 16 kHz, heard in stretches of 20 s, since attention costs the square of its length. Layers count from 1.

Source: wav2vec 2.0 (Baevski et al. 2020, arXiv:2006.11477); HuBERT (Hsu et al. 2021, arXiv:2106.07447).
"""

import hashlib
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torchaudio.models import Wav2Vec2Model, wav2vec2_model

from ...daemon.clock import SAMPLE_RATE
from ...daemon.errors import SegueError
from .features import bfloat16

SpeechName = Literal["wav2vec2", "hubert"]
PAGES: dict[SpeechName, str] = {
    "wav2vec2": "https://download.pytorch.org/torchaudio/models/wav2vec2_fairseq_base_ls960.pth",
    "hubert": "https://download.pytorch.org/torchaudio/models/hubert_fairseq_base_ls960.pth",
}
"""What fits as it is: 95 M parameters, 360 MB, MIT."""
LAYERS = (6, 9)
FRAMES = 50
"""Frames a second."""
STRETCH_S = 20
FIELD, STRIDE = 400, 320
"""Samples under a frame and between two."""
HEAD = 64
"""Numbers in each head of attention, in every published size."""


class Speech:
    """A row for each second: the mean over its frames and over the chosen layers.

    Parameters
    ----------
    weights
        The file with the state dict.
    layers
        Which of the transformer's layers, from 1.

    Raises
    ------
    SegueError
        If there is no such file, it holds no such model, or it has fewer layers.
    """

    def __init__(self, kind: SpeechName, weights: Path | None, layers: tuple[int, ...] = LAYERS) -> None:
        if weights is None or not weights.is_file():
            raise SegueError(
                f"no weights for {kind} at {weights or 'any path'}: nothing is downloaded for it; get {PAGES[kind]} "
                f"and name the file as 'weights' in the recipe's objectives.distil"
            )
        self.model = _model(_renamed(_read(weights)), weights)
        self.depth = len(self.model.encoder.transformer.layers)
        if not layers or not all(1 <= n <= self.depth for n in layers):
            raise SegueError(f"layers {list(layers)} were asked for, but {weights} has 1 to {self.depth}")
        self.layers = layers
        self.dim: int = self.model.encoder.feature_projection.projection.out_features
        # Large models were trained on sound of even loudness; only they normalise every convolution.
        self.level = self.model.feature_extractor.conv_layers[-1].layer_norm is not None
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.name = "-".join([kind, digest[:8], *map(str, layers)])

    @torch.inference_mode()
    def rows(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (whole seconds, dim) float32 for (samples,) of sound at 16 kHz; one row for less than a second."""
        sound = torch.from_numpy(mono)
        if self.level:
            sound = F.layer_norm(sound, sound.shape)
        seconds = max(1, len(mono) // SAMPLE_RATE)
        sound = F.pad(sound, (0, max(0, seconds * SAMPLE_RATE + FIELD - STRIDE - len(sound))))
        starts = range(0, seconds, STRETCH_S)
        return torch.cat([self._stretch(sound, s, min(s + STRETCH_S, seconds)) for s in starts]).numpy()

    def _stretch(self, sound: Tensor, start_s: int, end_s: int) -> Tensor:
        """Return the rows of some seconds, heard by themselves, with the samples that fill the last frame."""
        cut = sound[start_s * SAMPLE_RATE : end_s * SAMPLE_RATE + FIELD - STRIDE]
        with torch.autocast("cpu", torch.bfloat16, bfloat16()):
            layers, _ = self.model.extract_features(cut[None], num_layers=max(self.layers))
        chosen = torch.stack([layers[n - 1][0].float() for n in self.layers]).mean(0)
        return chosen.view(end_s - start_s, FRAMES, -1).mean(1)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as exc:
        raise SegueError(f"{path} is no file of weights that torch can read: {_first_line(exc)}") from exc
    if not isinstance(content, dict) or not all(isinstance(v, Tensor) for v in content.values()):
        raise SegueError(f"{path} is no state dict: wanted tensors by name, as {PAGES['wav2vec2']} has them")
    return content


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors under torchaudio's names; Hugging Face's differ in the beginning alone."""
    plain = {re.sub(r"^(wav2vec2|hubert|model)\.", "", name): value for name, value in tensors.items()}
    if not any(name.startswith("feature_projection.") for name in plain):
        return plain
    return {
        re.sub(r"^(feature_projection\.)", r"encoder.\1", re.sub(r"^encoder\.", "encoder.transformer.", name)): value
        for name, value in plain.items()
    }


def _model(tensors: Mapping[str, Tensor], path: Path) -> Wav2Vec2Model:
    """Return the frozen model that these tensors are of."""
    try:
        model = wav2vec2_model(**_sizes(tensors))
        missing, _ = model.load_state_dict(tensors, strict=False)  # heads for letters or units are not wanted
    except (KeyError, RuntimeError, ValueError) as exc:
        raise SegueError(
            f"{path} holds no wav2vec 2.0 or HuBERT: {_first_line(exc)}; {PAGES['hubert']} would do"
        ) from exc
    if missing:
        raise SegueError(f"{path} lacks {missing[0]}: wanted a whole wav2vec 2.0 or HuBERT such as {PAGES['hubert']}")
    return model.eval().requires_grad_(False)


def _sizes(tensors: Mapping[str, Tensor]) -> dict[str, object]:
    """Read the model's sizes off its tensors' shapes; how far a convolution steps follows from its length."""

    def count(pattern: str) -> int:
        return len({m[0] for name in tensors if (m := re.match(pattern, name))})

    convolutions = []
    for n in range(count(r"feature_extractor\.conv_layers\.\d+\.")):
        out, _, kernel = tensors[f"feature_extractor.conv_layers.{n}.conv.weight"].shape
        convolutions.append((out, kernel, kernel // 2 if kernel > 3 else 2))
    position = "encoder.transformer.pos_conv_embed.conv."
    old, new = position + "weight_v", position + "parametrizations.weight.original1"
    dim, grouped, reach = tensors[old if old in tensors else new].shape
    even = "feature_extractor.conv_layers.1.layer_norm.weight" in tensors
    return {
        "extractor_mode": "layer_norm" if even else "group_norm",
        "extractor_conv_layer_config": convolutions,
        "extractor_conv_bias": "feature_extractor.conv_layers.0.conv.bias" in tensors,
        "encoder_embed_dim": dim,
        "encoder_projection_dropout": 0.0,
        "encoder_pos_conv_kernel": reach,
        "encoder_pos_conv_groups": dim // grouped,
        "encoder_num_layers": count(r"encoder\.transformer\.layers\.\d+\."),
        "encoder_num_heads": max(1, dim // HEAD),
        "encoder_attention_dropout": 0.0,
        "encoder_ff_interm_features": len(tensors["encoder.transformer.layers.0.feed_forward.intermediate_dense.bias"]),
        "encoder_ff_interm_dropout": 0.0,
        "encoder_dropout": 0.0,
        "encoder_layer_norm_first": even,
        "encoder_layer_drop": 0.0,
        "aux_num_out": None,
    }


def _first_line(exc: BaseException) -> str:
    return str(exc).strip().partition("\n")[0]
