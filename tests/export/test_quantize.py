"""Eight bits keep the contract and the front end, and are taken only where they cost nothing and save time."""

from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch

from segue.daemon.engine import Engine
from segue.daemon.errors import ArtifactError
from segue.export.graph import write
from segue.export.quantize import Pace, accept, drift, in_turn, quantise
from segue.models.encoder import Encoder
from segue.models.spec import Spec

SMALL = {"channels": (4, 6, 8), "token_dim": 24, "trunk_dim": 16, "ident_width": 16, "head_dim": 16}
FAST, SLOW = Pace(1.0, 2.0), Pace(1.5, 3.0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A small artifact and its quantised copy."""
    folder = tmp_path_factory.mktemp("quantise")
    torch.manual_seed(0)
    encoder = Encoder(Spec(encoder="transformer", **SMALL)).eval()
    for parameter in encoder.key.parameters():  # as training does; equal tensors are written once
        parameter.data.add_(0.01 * torch.randn(parameter.shape))
    path, out = folder / "float32.onnx", folder / "int8.onnx"
    write(encoder, path, {"untrained": True})
    assert quantise(path, out) == sum(isinstance(m, torch.nn.Linear) for m in encoder.modules())
    return path, out


def shapes(values):
    return {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}


def test_a_quantised_graph_keeps_names_shapes_and_metadata(pair):
    before, after = (onnx.load(path) for path in pair)

    assert shapes(before.graph.input) == shapes(after.graph.input)
    assert shapes(before.graph.output) == shapes(after.graph.output)
    assert all(size > 0 for shape in shapes(after.graph.output).values() for size in shape)
    told = {p.key: p.value for p in after.metadata_props}
    assert told.pop("segue.weights").startswith('{"int8": ')
    assert told == {p.key: p.value for p in before.metadata_props}


def test_the_front_end_and_nothing_else_with_weights_stays_in_float(pair):
    graph = onnx.load(pair[1]).graph
    weights = {i.name for i in graph.initializer}
    products = [n for n in graph.node if n.op_type in ("MatMul", "Gemm")]

    assert sum(n.name.startswith("/encoder/frontend/") for n in products) == 3
    assert [n.name for n in products if weights & set(n.input) and "/frontend/" not in n.name] == []


def test_the_front_end_stays_in_float_even_where_its_matrices_look_like_weights(pair, tmp_path):
    model = onnx.load(pair[0])
    for node in [n for n in model.graph.node if n.op_type == "Constant" and n.name.startswith("/encoder/frontend/")]:
        array = onnx.numpy_helper.to_array(node.attribute[0].t)
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, node.output[0]))
        model.graph.node.remove(node)
    onnx.save(model, tmp_path / "folded.onnx")

    quantise(tmp_path / "folded.onnx", tmp_path / "out.onnx")

    nodes = onnx.load(tmp_path / "out.onnx").graph.node
    assert sum(n.op_type == "MatMul" and n.name.startswith("/encoder/frontend/") for n in nodes) == 3


def test_weights_have_seven_bits_so_that_no_processor_saturates(pair):
    arrays = [onnx.numpy_helper.to_array(i) for i in onnx.load(pair[1]).graph.initializer]
    integers = [a for a in arrays if a.dtype == np.int8 and a.ndim == 2]

    assert integers
    assert all(np.abs(a.astype(int)).max() == 64 for a in integers)


def test_the_engine_takes_it_and_hears_nearly_the_same(pair):
    before, after = Engine(pair[0]), Engine(pair[1])

    cosine = drift(before, after, seconds=10)

    assert set(cosine) == {"query", "key", "ident"}
    assert min(cosine.values()) > 0.99
    assert max(cosine.values()) < 1
    assert min(drift(before, before, seconds=6).values()) == pytest.approx(1, abs=1e-6)


def test_a_graph_whose_front_end_has_no_name_is_refused(pair, tmp_path):
    model = onnx.load(pair[0])
    for node in model.graph.node:
        node.name = node.name.replace("/frontend/", "/other/")
    onnx.save(model, tmp_path / "renamed.onnx")

    with pytest.raises(ArtifactError, match="front end"):
        quantise(tmp_path / "renamed.onnx", tmp_path / "out.onnx")

    assert not (tmp_path / "out.onnx").exists()


def judged(pair, monkeypatch, recall, pace):
    monkeypatch.setattr("segue.export.quantize.drift", lambda a, b: {"query": 1.0})
    scores = dict(zip(pair, recall, strict=True))
    return accept(*pair, lambda path: scores[path], lambda a, b: pace)


def test_as_good_and_faster_is_accepted(pair, monkeypatch):
    verdict = judged(pair, monkeypatch, (0.50, 0.496), (SLOW, FAST))

    assert verdict.accepted
    assert verdict.objections == ()
    assert verdict.recall == (0.50, 0.496)
    assert verdict.pace == (SLOW, FAST)
    assert verdict.size_bytes == tuple(path.stat().st_size for path in pair)


@pytest.mark.parametrize(
    ("recall", "pace", "objection"),
    [
        ((0.50, 0.495), (SLOW, FAST), "recall@1"),
        ((0.50, float("nan")), (SLOW, FAST), "recall@1"),
        ((0.50, 0.50), (FAST, FAST), "median"),
        ((0.50, 0.60), (SLOW, Pace(1.0, 3.1)), "99th percentile"),
    ],
)
def test_a_loss_or_a_step_that_is_no_faster_is_refused(pair, monkeypatch, recall, pace, objection):
    verdict = judged(pair, monkeypatch, recall, pace)

    assert not verdict.accepted
    assert objection in verdict.objections[0]


def test_both_are_timed_in_turn_on_the_same_sound():
    heard = []

    def engine(name):
        def step(sound, state):
            heard.append((name, sound.tobytes(), state))
            return None, state + 1

        return SimpleNamespace(hop=4000, artifact=SimpleNamespace(sample_rate=16_000), init_state=lambda: 0, step=step)

    slow, fast = in_turn(engine("a"), engine("b"), steps=4)

    assert [name for name, _, _ in heard] == ["b", "a", "a", "b", "b", "a", "a", "b"]
    assert all(heard[i][1:] == heard[i + 1][1:] for i in range(0, 8, 2))
    assert [state for _, _, state in heard[::2]] == [0, 1, 2, 3]
    assert 0 <= slow.median_ms <= slow.p99_ms
    assert 0 <= fast.median_ms <= fast.p99_ms
