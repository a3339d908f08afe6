"""A checkpoint as one ONNX graph: sound and named states in, embeddings and the next states out.

The legacy exporter is asked for by name: the other one has written GRUs that compute something else without a word
(pytorch #189225). Whichever writes the graph, ``parity`` decides whether it is kept.
"""

import json
import os
import warnings
from pathlib import Path
from typing import get_args

import onnx
import torch
from torch import Tensor, nn

from ..daemon.artifact import FORMAT
from ..daemon.errors import SegueError
from ..models.checkpoint import read_checkpoint
from ..models.encoder import Encoder
from ..models.spec import Kind, Spec

OPSET = 18


class Hop(nn.Module):
    """One hop of an encoder with its state as arguments in a fixed order."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.names = list(encoder.init_state())

    def forward(self, audio: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Return query, key, ident, then the next states in the order of ``names``."""
        query, key, ident, after = self.encoder(audio, dict(zip(self.names, state, strict=True)))
        return query[:, 0], key[:, 0], ident[:, 0], *(after[name] for name in self.names)


def load_encoder(checkpoint: Path) -> tuple[Encoder, dict[str, object]]:
    """Return the encoder of a checkpoint, ready to be run, and its training card.

    Raises
    ------
    SegueError
        If the file is missing or no checkpoint.
    """
    content = read_checkpoint(checkpoint)
    encoder = Encoder(Spec.from_json(content["card"].get("spec", {})))
    prefix = "encoder."
    weights = {k.removeprefix(prefix): v for k, v in content["model"].items() if k.startswith(prefix)}
    encoder.load_state_dict(weights)
    card = {**content["card"], **{k: content["progress"][k] for k in ("step", "seconds", "scores")}}
    return encoder.eval(), card


def write(encoder: Encoder, path: Path, card: dict[str, object]) -> None:
    """Write an encoder's graph with static shapes, its metadata and its training card.

    Raises
    ------
    onnx.checker.ValidationError
        If the graph is not well formed.
    """
    hop, spec = Hop(encoder).eval(), encoder.spec
    state = encoder.init_state()
    inputs = (torch.zeros(1, spec.hop), *state.values())
    part = path.with_suffix(".part")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the legacy exporter announces its own end, and each traced shape
        torch.onnx.export(
            hop,
            inputs,
            str(part),
            input_names=["audio", *hop.names],
            output_names=["query", "key", "ident", *(f"{name}_next" for name in hop.names)],
            opset_version=OPSET,
            dynamo=False,
            external_data=False,
        )
    model = onnx.load(part)
    onnx.checker.check_model(model, full_check=True)
    metadata = {
        "segue.format": FORMAT,
        "segue.encoder": spec.encoder,
        "segue.sample_rate": str(spec.sample_rate),
        "segue.hop": str(spec.hop),
        "segue.key_window_s": str(spec.key_window_s),
        "segue.warmup_hops": str(spec.warmup_hops),
        "segue.training": json.dumps(card, sort_keys=True),
    }
    for name, value in metadata.items():
        model.metadata_props.add(key=name, value=value)
    onnx.save(model, part)
    os.replace(part, path)


def untrained(seed: int, kind: str = "gru") -> tuple[Encoder, dict[str, object]]:
    """Return an encoder that has learnt nothing, its moments scaled on noise, and a card that says so."""
    torch.manual_seed(seed)
    if kind not in get_args(Kind):
        raise SegueError(f"no encoder '{kind}'; there are {', '.join(get_args(Kind))}")
    encoder = Encoder(Spec.from_json({"encoder": kind})).eval()
    with torch.no_grad():
        sound = torch.randn(64, encoder.spec.key_hops * encoder.spec.hop) * torch.rand(64, 1) * 0.3
        mel, _ = encoder.frontend(sound, encoder.init_state(64)["tail"])
        heard, _, _ = encoder.listen(mel, encoder.encode_state(64))
        query, key, _, _ = encoder.follow(heard, encoder.encode_state(64))
        for head, pool in ((encoder.query, query[:, -1]), (encoder.key, key[:, -1])):
            head.mean.copy_(pool.mean(0))
            head.deviation.copy_(pool.std(0) + 1e-2)
    return encoder, {"untrained": True, "seed": seed, "step": 0}
