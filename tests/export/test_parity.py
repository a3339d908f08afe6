"""The judge of an export: it lets each encoder through and sees a single wrong hop in an hour."""

import numpy as np
import pytest
import torch

from segue.daemon.engine import Engine
from segue.daemon.errors import ArtifactError
from segue.export import parity
from segue.export.graph import write
from segue.models.encoder import Encoder
from segue.models.spec import Spec

SMALL = {"channels": (4, 6, 8), "token_dim": 24, "trunk_dim": 16, "ident_width": 16, "head_dim": 16}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("parity"), {}
    for kind in ("gru", "transformer", "tcn"):
        torch.manual_seed(0)
        encoder = Encoder(Spec(encoder=kind, **SMALL)).eval()
        write(encoder, folder / f"{kind}.onnx", {"untrained": True})
        made[kind] = encoder, folder / f"{kind}.onnx"
    return made


@pytest.mark.parametrize("kind", ["gru", "transformer", "tcn"])
def test_each_encoder_s_graph_agrees_with_torch_through_silence_noise_and_decay(exported, kind):
    found = parity.check(*exported[kind], hour_hops=720)

    assert 0 < found.minute < 1e-5
    assert 0 < found.hour < parity.TOLERANCE


def test_one_wrong_hop_anywhere_in_the_hour_is_seen(exported, monkeypatch):
    encoder, path = exported["gru"]
    right, calls = Engine.step, []

    def step(self, samples, state):
        embedding, after = right(self, samples, state)
        calls.append(0)
        if len(calls) == 1 + 240 + 101:  # the engine's own first step, the minute, then into the hour
            embedding.key[3] += 2e-4
        return embedding, after

    monkeypatch.setattr(Engine, "step", step)

    with pytest.raises(ArtifactError, match="differs from the checkpoint"):
        parity.check(encoder, path, hour_hops=310)


def test_the_hour_has_silence_noise_and_numbers_that_vanish(exported, monkeypatch):
    encoder, path = exported["gru"]
    level, right = [], Engine.step

    def step(self, samples, state):
        level.append(float(np.abs(samples).max()))
        return right(self, samples, state)

    engine = Engine(path)
    monkeypatch.setattr(Engine, "step", step)
    parity._hour(encoder, engine, 720)

    assert max(level[:240]) == 0
    assert min(level[240:480]) > 0.1
    assert 0 < min(x for x in level[480:] if x) < 1e-37
