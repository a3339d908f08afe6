"""A model of a few kilobytes that keeps the artifact's contract, for tests that need a real ONNX file."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HOP, DIM, IDENT_DIM = 4000, 8, 4
METADATA = {
    "segue.format": "1",
    "segue.encoder": "gru",
    "segue.sample_rate": "16000",
    "segue.hop": str(HOP),
    "segue.key_window_s": "2.0",
    "segue.warmup_hops": "2",
    "segue.training": '{"steps": 0}',
}


def write_graph(
    path: Path, *, seed: int = 0, normalise: bool = True, next_name: str = "memory_next", **metadata
) -> Path:
    """A leaky sum of projected sound; ``metadata`` replaces fields, None leaves one out."""
    rng = np.random.default_rng(seed)
    constants = {
        "project": rng.standard_normal((HOP, 16)).astype(np.float32) / 8,
        "to_query": rng.standard_normal((16, DIM)).astype(np.float32),
        "to_key": rng.standard_normal((16, DIM)).astype(np.float32),
        "to_ident": rng.standard_normal((16, IDENT_DIM)).astype(np.float32),
        "bias": np.full((1, 16), 0.01, np.float32),
        "half": np.float32([0.5]),
    }
    nodes = [
        helper.make_node("MatMul", ["audio", "project"], ["bands"]),
        helper.make_node("Add", ["bands", "bias"], ["heard"]),
        helper.make_node("Mul", ["memory", "half"], ["faded"]),
        helper.make_node("Add", ["faded", "bands"], [next_name]),
        helper.make_node("Add", [next_name, "bias"], ["remembered"]),
    ]
    for name, source in (("query", "remembered"), ("key", "remembered"), ("ident", "heard")):
        nodes.append(helper.make_node("MatMul", [source, f"to_{name}"], [f"{name}_raw" if normalise else name]))
        if normalise:
            nodes.append(helper.make_node("LpNormalization", [f"{name}_raw"], [name], axis=-1, p=2))
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "tiny",
        [tensor("audio", TensorProto.FLOAT, [1, HOP]), tensor("memory", TensorProto.FLOAT, [1, 16])],
        [
            tensor("query", TensorProto.FLOAT, [1, DIM]),
            tensor("key", TensorProto.FLOAT, [1, DIM]),
            tensor("ident", TensorProto.FLOAT, [1, IDENT_DIM]),
            tensor(next_name, TensorProto.FLOAT, [1, 16]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    fields = METADATA | {f"segue.{name}": value for name, value in metadata.items()}
    helper.set_model_props(model, {name: value for name, value in fields.items() if value is not None})
    onnx.save(model, path)
    return path
