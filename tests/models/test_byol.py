"""What is heard learns to foretell the same moment on file."""

from dataclasses import replace

import pytest
import torch
from planted import SPEC, make, planted, rng, with_trunk

from segue.models.encoder import Encoder
from segue.models.objectives.byol import Byol, ByolSettings, narrowness


def test_the_target_starts_as_the_encoder_and_follows_it_slowly():
    encoder, objective = Encoder(SPEC), make("byol")
    objective.begin(encoder)
    start = {k: v.clone() for k, v in encoder.trunk.state_dict().items()}
    slow = objective.target["trunk"].state_dict()
    assert all(torch.equal(slow[k], v) for k, v in start.items())

    with torch.no_grad():
        for p in [*encoder.parameters(), *objective.projector.parameters()]:
            p.add_(1.0)
    objective.after_step(encoder)

    assert all(torch.allclose(slow[k], v + 0.01, atol=1e-6) for k, v in start.items())
    moved = objective.projector[0].bias - objective.target["projector"][0].bias
    assert torch.allclose(moved, torch.full_like(moved, 0.99), atol=1e-6)

    objective(planted(), encoder, rng())
    objective.after_step(encoder)

    scale = objective.projector[1].running_mean
    assert scale.abs().sum() > 0
    assert torch.equal(objective.target["projector"][1].running_mean, scale)


def test_what_is_heard_learns_to_foretell_the_same_moment_on_file_and_no_other():
    views, encoder = planted(), Encoder(SPEC)
    with torch.no_grad():  # the heard side as the encoder itself hears it: all that is missing is the predictor
        tokens = encoder.stem(views.heard.mel, encoder.encode_state(4))[2]
        views = with_trunk(views, encoder.trunk(tokens, encoder.encode_state(4))[0])
    objective = Byol(SPEC, ByolSettings(hidden_dim=24, out_dim=8, least_s=1.0, spread_weight=0.0))
    objective.begin(encoder)
    optimiser = torch.optim.Adam(objective.predictor.parameters(), 0.01)
    before = objective(views, encoder, rng()).item()
    for step in range(60):
        optimiser.zero_grad()
        objective(views, encoder, rng(step)).backward()
        optimiser.step()

    after = objective(views, encoder, rng()).item()
    elsewhere = objective(with_trunk(views, views.heard.trunk.roll(1, 0)), encoder, rng()).item()

    assert after < 0.3 * before
    assert elsewhere > 2 * after


def test_nothing_is_left_to_learn_where_both_sides_say_the_same():
    views, encoder = planted(), Encoder(SPEC)
    objective = Byol(SPEC, ByolSettings(hidden_dim=24, out_dim=8, least_s=1.0, spread_weight=0.0))
    objective.predictor = torch.nn.Identity()
    objective.begin(encoder)
    with torch.no_grad():
        tokens = encoder.stem(views.filed.mel, encoder.encode_state(4))[2]
        filed = encoder.trunk(tokens, encoder.encode_state(4))[0]
    same = views.heard.trunk.clone()
    same[:, 60:] = filed[:, :60]  # the file begins at token 60

    assert objective(with_trunk(views, same), encoder, rng()).item() == pytest.approx(0.0, abs=1e-5)
    assert objective(views, encoder, rng()).item() > 1.0


def test_what_comes_later_on_file_does_not_change_a_moment():
    views, encoder, objective = planted(), Encoder(SPEC), make("byol").eval()
    objective.begin(encoder)
    later = views.filed.mel.clone()
    later[:, 121:] = 3.0  # the views overlap for 3 s, 120 frames

    loss = objective(views, encoder, rng())

    assert objective(replace(views, filed=replace(views.filed, mel=later)), encoder, rng()) == loss


def test_a_record_whose_two_views_do_not_meet_takes_no_part_and_the_other_does():
    views, encoder, objective = planted(2), Encoder(SPEC), make("byol")
    views = replace(views, batch=replace(views.batch, filed_start_s=torch.tensor([3.0, 99.0])))
    objective.begin(encoder)
    trunk = views.heard.trunk.clone().requires_grad_()

    objective(with_trunk(views, trunk), encoder, rng()).backward()

    assert trunk.grad[0].abs().sum() > 0
    assert trunk.grad[1].abs().sum() == 0


def test_both_sides_have_heard_enough_at_a_moment():
    views, encoder = planted(), Encoder(SPEC)
    objective = Byol(SPEC, ByolSettings(hidden_dim=24, out_dim=8, least_s=2.0, moments=200))
    objective.begin(encoder)
    trunk = views.heard.trunk.clone().requires_grad_()

    objective(with_trunk(views, trunk), encoder, rng()).backward()

    touched = (trunk.grad.abs().sum((0, 2)) > 0).nonzero()
    assert touched.min() == 60 + 40 - 19  # the file begins at token 60, has heard 2 s after 40, and 20 are averaged
    assert touched.max() == 119


def test_a_moment_is_the_mean_of_the_second_before_it():
    time = torch.arange(120.0)[None, :, None].expand(2, 120, 16)

    row = make("byol")._row(time, torch.tensor([0, 1]), torch.tensor([19, 100]))

    assert row[:, 0].tolist() == [9.5, 90.5]


def test_the_guard_sees_a_collapse():
    g = torch.Generator().manual_seed(0)
    spread, one = torch.randn(4096, 8, generator=g), torch.ones(64, 8)

    assert narrowness(spread) < 0.05
    assert narrowness(one + 1e-3 * spread[:64]) > 0.9
    assert narrowness(5 + spread) > narrowness(spread) + 0.5  # far from the origin: one direction again
