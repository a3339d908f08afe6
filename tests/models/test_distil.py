"""Distillation falls when the trunk says what the teacher says of the same second, and only then."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from segue.daemon.errors import SegueError
from segue.models.objectives.distil import Distil, DistilSettings

WIDTH = 16
"""As wide as the small encoder's trunk, so that a trunk can be a teacher's row."""


class Teacher:
    """Says of every second something of its own, far from zero, and at another scale in each number."""

    name, dim = "drawn", WIDTH

    def rows(self, mono):
        rng = np.random.default_rng(round(1e6 * float(np.abs(mono).sum())))
        return (5 + rng.standard_normal((len(mono) // 16_000, WIDTH)) * np.linspace(0.01, 3, WIDTH)).astype(np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def distil(cache, small_encoder):
    """An objective whose map is the identity, with the rows of all six clips."""

    def made(held_out=(), teach=None, **settings):
        folder, clips = cache
        objective = Distil(small_encoder.spec, DistilSettings(width=WIDTH, **settings))
        objective.attach(clips[:teach], folder, held_out, Teacher())
        with torch.no_grad():
            objective.map.weight.copy_(torch.eye(WIDTH))
            objective.map.bias.zero_()
        return objective

    return made


def knowing(views, objective, late_s=0.0):
    """The same views, their trunk the standardised row of the second that is asked at each token, or ``late_s`` on."""
    batch, table = views.batch, objective.table
    trunk = torch.zeros_like(views.heard.trunk)
    for row in range(len(trunk)):
        at_s = batch.heard_start_s[row] + torch.arange(trunk.shape[1]) * views.token_s * batch.heard_rate[row]
        second = torch.floor(at_s - objective.settings.after_s + 0.4 + late_s).long()
        clip = batch.clip[row].expand_as(second)
        rows = table.read(clip, second.clamp(min=0).minimum(table.count[clip] - 1))
        trunk[row] = (rows - objective.centre) / objective.spread
    return replace(views, heard=replace(views.heard, trunk=trunk.requires_grad_()))


def test_a_trunk_that_says_what_the_teacher_says_has_the_least_loss(distil, small_views, small_encoder, rng):
    objective = distil()
    least = float(torch.nn.functional.softplus(torch.tensor(-1.0)))  # -log sigmoid(1)

    right = objective(knowing(small_views, objective), small_encoder, rng)
    late = objective(knowing(small_views, objective, 1.0), small_encoder, rng)
    early = objective(knowing(small_views, objective, -1.0), small_encoder, rng)

    assert right.item() == pytest.approx(least, abs=1e-3)
    assert late.item() > least + 0.7
    assert early.item() > least + 0.7


@pytest.mark.parametrize("rate", [0.92, 1.08])
def test_a_second_is_looked_up_at_the_records_own_pace(distil, small_views, small_encoder, rng, rate):
    objective = distil()
    batch = replace(small_views.batch, heard_rate=torch.full((3,), rate), heard_start_s=torch.tensor([3.3, 9.9, 20.0]))

    right = objective(knowing(replace(small_views, batch=batch), objective), small_encoder, rng)

    assert right.item() == pytest.approx(0.3133, abs=1e-3)


def test_another_clips_rows_are_no_good(distil, small_views, small_encoder, rng):
    objective = distil()
    views = knowing(small_views, objective)
    other = replace(views, batch=replace(views.batch, clip=(views.batch.clip + 1) % 6))

    assert objective(other, small_encoder, rng).item() > objective(views, small_encoder, rng).item() + 0.7


def test_the_loss_goes_down_by_learning_the_trunk_and_the_map(distil, small_views, small_encoder, rng):
    objective = distil()
    trunk = nn.Parameter(small_views.heard.trunk.detach().clone())
    views = replace(small_views, heard=replace(small_views.heard, trunk=trunk))
    learnt = [trunk, *objective.parameters()]

    losses = []
    for _ in range(60):
        losses.append(objective(views, small_encoder, rng))
        steps = torch.autograd.grad(losses[-1], learnt)
        with torch.no_grad():
            for x, step in zip(learnt, steps, strict=True):
                x -= 0.05 * step.sign()

    assert losses[-1].item() < 0.5 * losses[0].item()
    assert all(step.abs().sum() > 0 for step in steps)


def test_the_loss_is_that_of_distilhubert(distil):
    objective = distil(cosine_weight=0.5)
    guess, rows = torch.randn(7, WIDTH), torch.randn(7, WIDTH) + 5

    loss = objective.compare(guess, rows)

    want = ((rows - objective.centre) / objective.spread).double()
    cosine = (guess * want).sum(1) / guess.double().norm(dim=1) / want.norm(dim=1)
    expected = (guess - want).abs().mean() - 0.5 * torch.log(1 / (1 + torch.exp(-cosine))).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_each_number_of_a_row_is_standardised_over_what_is_taught(distil):
    objective = distil()

    rows = (objective.table.rows.float() - objective.centre) / objective.spread

    assert len(rows) == 6 * 50
    torch.testing.assert_close(rows.mean(0), torch.zeros(WIDTH), atol=1e-4, rtol=0)
    torch.testing.assert_close(rows.std(0), torch.ones(WIDTH), atol=1e-3, rtol=0)
    assert {"centre", "spread"} <= objective.state_dict().keys()


def test_clips_that_were_not_taught_take_no_part(distil, small_views, small_encoder, rng):
    objective = distil()
    table, clip = objective.table, small_views.batch.clip
    views = knowing(small_views, objective)
    count = table.count.clone()
    count[clip[1]] = 0
    objective.table = replace(table, count=count)
    trunk = torch.randn(views.heard.trunk.shape).requires_grad_()
    views = replace(views, heard=replace(views.heard, trunk=trunk))

    objective(views, small_encoder, rng).backward()

    moved = views.heard.trunk.grad.abs().sum((1, 2)) > 0
    assert moved.tolist() == [True, False, True]


def test_a_batch_without_any_taught_clip_has_no_loss_but_a_gradient(distil, small_views, small_encoder, rng):
    objective = distil(key_weight=1.0)
    objective.table = replace(objective.table, count=torch.zeros(6, dtype=torch.long))
    trunk = small_views.heard.trunk.detach().requires_grad_()

    loss = objective(replace(small_views, heard=replace(small_views.heard, trunk=trunk)), small_encoder, rng)
    loss.backward()

    assert loss.item() == 0
    assert trunk.grad.abs().sum().item() == 0


def test_hours_limit_what_the_teacher_hears(distil):
    objective = distil(hours=120 / 3600)

    assert sorted(objective.table.count.tolist()) == [0, 0, 0, 50, 50, 50]
    assert len(objective.table.rows) == 150


def test_seconds_before_the_record_after_it_and_hardly_heard_are_not_asked(distil, small_views):
    objective = distil(after_s=1.0, least_s=3.0)
    batch = replace(small_views.batch, heard_start_s=torch.tensor([-4.0, 0.0, 44.0]), heard_rate=torch.ones(3))
    views = replace(small_views, batch=batch)

    track, second, token = objective.moments(views, objective.table)

    asked = [second[track == n].tolist() for n in range(3)]
    assert asked == [list(range(11)), list(range(2, 15)), [46, 47, 48, 49]]
    assert int(token.min()) >= 60
    heard_s = batch.heard_start_s[track] + token * views.token_s
    torch.testing.assert_close(heard_s, second + 1.0, atol=0.03, rtol=0)


def test_validation_asks_of_its_own_clips(distil, cache, small_views, small_encoder, rng):
    _, clips = cache
    objective = distil(held_out=clips[::-1], hours=10.0)
    views = knowing(small_views, objective)

    training = objective(views, small_encoder, rng).item()
    objective.eval()
    validation = objective(views, small_encoder, rng).item()
    mirrored = replace(views, batch=replace(views.batch, clip=5 - views.batch.clip))

    assert validation > training + 0.7
    assert objective(mirrored, small_encoder, rng).item() == pytest.approx(training, abs=1e-6)


def test_without_clips_held_out_validation_has_no_loss(distil, small_views, small_encoder, rng):
    objective = distil().eval()
    small_views = replace(small_views, batch=replace(small_views.batch, clip=torch.zeros(3, dtype=torch.long)))

    assert objective(small_views, small_encoder, rng).item() == 0


def test_keys_learn_the_mean_of_their_windows_seconds(distil, small_views, small_encoder, rng):
    objective = distil(key_weight=2.0)
    table, batch = objective.table, replace(small_views.batch, filed_rate=torch.tensor([0.92, 1.0, 1.08]))
    small_views = replace(small_views, batch=batch)
    plain = distil()(small_views, small_encoder, rng)

    both = objective(small_views, small_encoder, rng)
    keys = objective.keys(small_views, table, objective.key_map)
    wanted = torch.zeros(len(small_views.key_s), WIDTH)
    for n, (track, start_s) in enumerate(zip(small_views.key_track, small_views.key_s, strict=True)):
        seconds = (start_s + (torch.arange(8) + 0.5) * batch.filed_rate[track]).floor().long()
        if seconds[0] >= 0 and seconds[-1] < 50:
            wanted[n] = (table.read(batch.clip[track].expand(8), seconds).mean(0) - objective.centre) / objective.spread
    right = objective.keys(small_views, table, Says(wanted))

    assert (wanted != 0).any(1).sum() >= 8
    assert both.item() == pytest.approx((plain + 2 * keys).item(), rel=1e-4)
    assert right.item() == pytest.approx(0.3133, abs=1e-3)


class Says(nn.Module):
    """Gives these answers, one a question, whatever it is asked."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers

    def forward(self, pool):
        assert len(pool) == len(self.answers)
        return self.answers


def test_a_teacher_must_be_attached_and_as_wide_as_the_settings_say(small_views, small_encoder, cache, rng):
    folder, clips = cache
    objective = Distil(small_encoder.spec, DistilSettings())
    assert objective.map.out_features == 200

    with pytest.raises(ValueError, match="call attach"):
        objective(small_views, small_encoder, rng)
    with pytest.raises(SegueError, match="set width = 16"):
        objective.attach(clips, folder, teacher=Teacher())


def test_the_named_teacher_is_the_one_that_is_asked_for(small_encoder, cache, tmp_path):
    folder, clips = cache
    for name in ("wav2vec2", "hubert"):
        settings = DistilSettings(teacher=name, weights=tmp_path / "none.pth")
        with pytest.raises(SegueError, match=f"no weights for {name}"):
            Distil(small_encoder.spec, settings).attach(clips, folder)
    with pytest.raises(SegueError, match="no music teacher"):
        Distil(small_encoder.spec, DistilSettings(weights=tmp_path / "none.whl")).attach(clips, folder)
