"""8-bit weights for an artifact, and the judge who decides whether they are worth having.

Only products with weights become integers; shapes, states and metadata stay as they were, so the contract holds. The
front end's Fourier products stay in float32: log-mel reaches 70 dB down, eight bits reach 48. Weights have seven bits
(``reduce_range``) although processors with VNNI could take eight: others would saturate, and a library is bound to one
file, whose embeddings must be the same on every machine.

Source: dynamic quantisation of ONNX Runtime (onnxruntime.quantization), weights by channel, activations by tensor.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from ..daemon.engine import Engine
from ..daemon.errors import ArtifactError
from .parity import sweep

FRONT_END = "/encoder/frontend/"
"""How the names of nodes begin that stay in float32."""
MAY_LOSE = 0.005
"""Recall@1 that 8 bits may cost: half a point. They must lose less."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Processor time of one step."""

    median_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured of both files, and what follows; the float32 file comes first in each pair."""

    accepted: bool
    objections: tuple[str, ...]
    """Why not; empty if accepted."""
    recall: tuple[float, float]
    """Recall@1, 0..1."""
    pace: tuple[Pace, Pace]
    size_bytes: tuple[int, int]
    cosine: dict[str, float]
    """Smallest cosine between the two files' embeddings of a minute, by head."""


Timer = Callable[[Engine, Engine], tuple[Pace, Pace]]


def quantise(path: Path, out: Path) -> int:
    """Write a copy of an artifact whose weights have 8 bits; return how many products became integer.

    Raises
    ------
    ArtifactError
        If the graph has no front end by its name, or nothing to quantise.
    """
    model = onnx.load(path)
    kept = [node.name for node in model.graph.node if node.name.startswith(FRONT_END)]
    if not any(node.op_type == "MatMul" and node.name in kept for node in model.graph.node):
        raise ArtifactError(f"{path} names no product of its front end {FRONT_END!r}; export it again")
    metadata = {p.key: p.value for p in model.metadata_props}
    add_pre_process_metadata(model)  # said so that the quantiser does not ask for it; the engine optimises as it loads
    part = out.with_suffix(".part")
    quantize_dynamic(
        model,
        part,
        op_types_to_quantize=["MatMul"],  # a Gemm is made one first
        nodes_to_exclude=kept,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    made = onnx.load(part)
    count: int = sum(node.op_type == "MatMulInteger" for node in made.graph.node)
    if not count:
        part.unlink()
        raise ArtifactError(f"{path} has no product with weights that could become integer; leave it in float32")
    del made.metadata_props[:]
    for key, value in {**metadata, "segue.weights": json.dumps({"int8": count})}.items():
        made.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, part)
    os.replace(part, out)
    return count


def accept(original: Path, quantised: Path, score: Callable[[Path], float], timer: Timer | None = None) -> Verdict:
    """Judge a quantised artifact: it must lose under half a point of recall@1 and be faster, at the median and at p99.

    Parameters
    ----------
    original, quantised
        The two files.
    score
        Recall@1, 0..1, of an artifact on held-out music.
    timer
        Times a step of both; by default ``in_turn``.

    Raises
    ------
    ArtifactError
        If either file breaks the contract.
    """
    before, after = Engine(original), Engine(quantised)
    recall = score(original), score(quantised)
    slow, fast = (timer or in_turn)(before, after)
    objections = []
    if not recall[0] - recall[1] < MAY_LOSE:  # also where a score is no number
        objections.append(f"recall@1 falls from {recall[0]:.4f} to {recall[1]:.4f}, {MAY_LOSE} is too much")
    for name, a, b in (("median", slow.median_ms, fast.median_ms), ("99th percentile", slow.p99_ms, fast.p99_ms)):
        if not b < a:
            objections.append(f"the {name} of a step goes from {a:.3f} to {b:.3f} ms, which is no faster")
    return Verdict(
        accepted=not objections,
        objections=tuple(objections),
        recall=recall,
        pace=(slow, fast),
        size_bytes=(original.stat().st_size, quantised.stat().st_size),
        cosine=drift(before, after),
    )


def drift(before: Engine, after: Engine, seconds: float = 60.0) -> dict[str, float]:
    """Return the smallest cosine between two models' embeddings of the same sound, by head, once both are warm."""
    sound, warm = sweep(seconds, before.artifact.sample_rate), before.artifact.warmup_hops
    a, b = before.run(sound), after.run(sound)
    pairs = {"query": (a.query, b.query), "key": (a.key, b.key), "ident": (a.ident, b.ident)}
    return {name: float((x * y).sum(1)[warm:].min()) for name, (x, y) in pairs.items()}


def in_turn(before: Engine, after: Engine, steps: int = 1000) -> tuple[Pace, Pace]:
    """Time both models' steps, in turn on the same sound; processor time, which other programs stretch the least."""
    sound = sweep(10.0, before.artifact.sample_rate)
    hops = sound[: len(sound) // before.hop * before.hop].reshape(-1, before.hop)
    engines = (before, after)
    states = [engine.init_state() for engine in engines]
    spent_ms = np.empty((2, steps))
    for step in range(steps):
        for i in (0, 1) if step % 2 else (1, 0):
            start = time.thread_time()
            _, states[i] = engines[i].step(hops[step % len(hops)], states[i])
            spent_ms[i, step] = 1000 * (time.thread_time() - start)
    slow, fast = (Pace(float(np.median(row)), float(np.percentile(row, 99))) for row in spent_ms)
    return slow, fast
