"""Coming tokens and frames are asked for, and the right ones win."""

import math
from dataclasses import replace

import pytest
import torch
from planted import ALL, SPEC, fit, planted, rng, with_trunk

from segue.models.encoder import Encoder
from segue.models.objectives.predictive import Apc, ApcSettings, Cpc, CpcSettings


def test_a_trunk_that_holds_the_coming_token_is_told_right_and_one_token_off_is_wrong():
    views = planted()
    objective = Cpc(SPEC, CpcSettings(ahead=(4,), positions=64, temperature=0.05))
    torch.nn.init.eye_(objective.maps[0].weight)
    torch.nn.init.zeros_(objective.maps[0].bias)

    def loss(ahead):
        return objective(with_trunk(views, views.heard.tokens.roll(-ahead, 1)), Encoder(SPEC), rng()).item()

    assert loss(4) < 0.05
    assert loss(3) > math.log(64)
    assert loss(5) > math.log(64)


def test_steps_find_the_coming_tokens():
    views = planted()

    before, after = fit(Cpc(SPEC, CpcSettings(positions=64)), with_trunk(views, views.heard.tokens.roll(-2, 1)), 40)

    assert after < before - 0.5


def test_tokens_near_in_the_record_are_no_wrong_answers():
    views = planted(3, clip=[5, 5, 6])
    batch = replace(views.batch, heard_start_s=torch.tensor([0.0, 1.0, 0.0]))
    views = replace(views, batch=batch)
    track, token = torch.tensor([0, 0, 0, 1, 2]), torch.tensor([20, 26, 30, 0, 20])

    near = Cpc(SPEC, CpcSettings(near_s=0.4)).near(views, track, token)

    assert {(i, j) for i, j in near.nonzero().tolist() if i < j} == {(0, 1), (1, 2), (0, 3), (1, 3)}
    assert not near.diagonal().any()
    assert torch.equal(near, near.T)


def test_a_held_note_is_asked_for_against_other_moments_alone():
    views = planted()
    held = views.heard.tokens[:, ::4].repeat_interleave(4, 1)  # every token four times
    views = with_trunk(replace(views, heard=replace(views.heard, tokens=held)), held.roll(-1, 1))
    kind = CpcSettings(ahead=(1,), positions=256, temperature=0.05)

    def loss(near_s):
        objective = Cpc(SPEC, kind.model_copy(update={"near_s": near_s}))
        torch.nn.init.eye_(objective.maps[0].weight)
        torch.nn.init.zeros_(objective.maps[0].bias)
        return objective(views, Encoder(SPEC), rng()).item()

    assert loss(0.4) < 0.05
    assert loss(0.0) > 0.3


def test_a_trunk_that_holds_the_coming_frames_leaves_no_error_and_the_level_is_not_asked_for():
    spec = replace(SPEC, trunk_dim=4 * SPEC.mels)
    views = planted()
    objective = Apc(spec, ApcSettings(ahead=4, positions=200))
    torch.nn.init.eye_(objective.out.weight)
    torch.nn.init.zeros_(objective.out.bias)

    def loss(frames_after, level=0.0):
        mel = views.heard.mel
        centred = 0.4 * (mel - mel.mean(2, keepdim=True))
        at = (2 * torch.arange(120)[:, None] + frames_after + torch.arange(4)).clamp(max=239)
        trunk = centred[:, at].flatten(2)  # token t has heard frames up to 2t + 1
        louder = replace(views, heard=replace(views.heard, mel=mel + level, trunk=trunk))
        return objective(louder, Encoder(SPEC), rng()).item()

    assert loss(2) < 1e-6
    assert loss(2, level=3.0) < 1e-6
    assert loss(1) > 0.01
    assert loss(3) > 0.01


@pytest.mark.parametrize(("name", "ahead"), [("cpc", 16), ("apc", 2)])
def test_every_token_that_has_a_future_is_asked_once(name, ahead):
    views, (kind, _) = planted(), ALL[name]
    objective = kind(SPEC, {"cpc": CpcSettings, "apc": ApcSettings}[name](positions=10_000))
    trunk = views.heard.trunk.clone().requires_grad_()

    objective(with_trunk(views, trunk), Encoder(SPEC), rng()).backward()

    asked = trunk.grad.abs().sum(2) > 0
    assert asked[:, : 120 - ahead].all()
    assert not asked[:, 120 - ahead :].any()


def test_steps_find_the_coming_frames():
    views = planted()
    told = views.heard.mel[:, 2::2][:, :, :16] @ torch.eye(16)
    told = torch.cat([told, told[:, -1:]], 1)

    before, after = fit(Apc(SPEC, ApcSettings(positions=256)), with_trunk(views, told), 60)
    blind = fit(Apc(SPEC, ApcSettings(positions=256)), with_trunk(views, torch.zeros_like(told)), 60)[1]

    assert after < 0.8 * before
    assert after < 0.85 * blind
