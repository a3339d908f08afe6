"""What leaves the training is what the daemon runs: the same numbers, or no artifact."""

import numpy as np
import onnx
import pytest
import torch
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.artifact import default_artifact
from segue.daemon.engine import Engine
from segue.daemon.errors import ArtifactError
from segue.export.graph import untrained, write
from segue.export.parity import check

runner = CliRunner()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "untrained.onnx"
    encoder, card = untrained(0)
    write(encoder, path, card)
    return encoder, path


def test_the_graph_agrees_with_torch(exported):
    parity = check(*exported, hour_hops=960)

    assert parity.minute < 1e-4
    assert parity.hour < 1e-4


def test_a_graph_of_other_weights_is_refused(exported):
    _, path = exported
    other, _ = untrained(1)

    with pytest.raises(ArtifactError, match="differs"):
        check(other, path, hour_hops=2)


def test_every_state_comes_back_under_its_own_name(exported):
    graph = onnx.load(exported[1]).graph
    inputs, outputs = [i.name for i in graph.input], [o.name for o in graph.output]

    assert inputs[0] == "audio"
    assert outputs[:3] == ["query", "key", "ident"]
    assert [f"{name}_next" for name in inputs[1:]] == outputs[3:]
    for node in (*graph.input, *graph.output):
        assert all(d.dim_value > 0 for d in node.type.tensor_type.shape.dim), node.name


def test_the_command_writes_an_artifact_that_the_engine_takes(tmp_path, monkeypatch):
    monkeypatch.setattr("segue.export.parity.check.__defaults__", (48,))
    out = tmp_path / "control.onnx"

    done = runner.invoke(build(), ["export", "--", "-", str(out)])

    assert done.exit_code == 0, done.output
    assert Engine(out).artifact.training["untrained"] is True


def test_the_artifact_that_ships_was_trained_and_says_how():
    engine = Engine(default_artifact())
    card = engine.artifact.training

    assert default_artifact().stat().st_size <= 15_000_000
    assert card["start"]["step"] > 0
    assert {"music_hours", "music_tracks", "seconds", "seed", "scores"} <= card.keys()


def test_an_hour_of_silence_costs_no_more_than_music_and_leaves_no_trace(exported):
    engine = Engine(exported[1])
    rng = np.random.default_rng(0)
    music = (0.1 * rng.standard_normal((40, engine.hop))).astype(np.float32)
    state = engine.init_state()
    for _ in range(600):
        _, state = engine.step(np.zeros(engine.hop, np.float32), state)

    assert all(np.isfinite(v).all() for v in state.values())
    late, _ = engine.step(music[0], state)
    assert np.isfinite(late.query).all()


def test_an_untrained_encoder_repeats_itself():
    (a, _), (b, _) = untrained(4), untrained(4)

    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
