"""Pitch classes and cepstra of the record on file, from what a booth plays."""

import math
from dataclasses import replace

import pytest
import torch
from planted import SPEC, fit, make, planted, rng, with_trunk

from segue.models.objectives.descriptors import Descriptors, DescriptorsSettings


@pytest.mark.parametrize(("heard_rate", "filed_rate"), [(1.0, 1.0), (1.04, 1.0), (1.0, 0.95)])
def test_a_hop_on_file_is_set_against_the_token_of_the_same_moment(heard_rate, filed_rate):
    views, objective = planted(), make("descriptors")
    rates = {"heard_rate": torch.full((4,), heard_rate), "filed_rate": torch.full((4,), filed_rate)}
    batch = replace(views.batch, **rates)
    views = replace(views, batch=batch)

    track, hop, token = objective.moments(views)

    ends_filed = 3.0 + (hop + 1) * SPEC.hop_s * filed_rate
    ends_heard = (token + 1) * SPEC.token_s * heard_rate
    assert (ends_filed - ends_heard).abs().max() < (0.51 + abs(heard_rate - filed_rate)) * SPEC.token_s
    assert set(track.tolist()) == {0, 1, 2, 3}
    assert (hop.max() + 2) * SPEC.hop_s * filed_rate > 6.0 * heard_rate - 3.0  # to the end of what both have


@pytest.mark.parametrize("what", ["chroma", "cepstrum"])
def test_a_descriptor_is_learnt_from_a_trunk_that_holds_it_and_from_no_other(what):
    views = planted()
    off = {"chroma": "cepstrum_weight", "cepstrum": "chroma_weight"}[what]
    objective = Descriptors(SPEC, DescriptorsSettings(coefficients=12, **{off: 0.0}))
    truth = views.batch.chroma * 2 if what == "chroma" else objective.coefficients(views.filed.mel) / 4
    trunk = views.heard.trunk.clone()
    track, hop, token = objective.moments(views)
    trunk[track, token, :12] = truth[track, hop]
    told = with_trunk(views, trunk)

    before, after = fit(objective, told, 60)
    wrong = objective(with_trunk(views, trunk.roll(1, 0)), None, rng()).item()

    assert after < 0.5 * before
    assert wrong > 2 * after


def test_the_coefficients_are_those_of_the_hop_and_leave_the_level_out():
    views, objective = planted(), make("descriptors")

    found = objective.coefficients(views.filed.mel)

    mel = views.filed.mel[2, 30:40].mean(0)
    k, m = torch.arange(1, 21)[:, None], torch.arange(SPEC.mels)
    by_hand = (mel * torch.cos(math.pi / SPEC.mels * (m + 0.5) * k)).sum(1) * math.sqrt(2 / SPEC.mels)
    assert torch.allclose(found[2, 3], by_hand, atol=1e-4)
    assert torch.allclose(objective.coefficients(views.filed.mel + 3), found, atol=1e-4)


def test_coefficients_count_alike_however_large_they_are():
    views = planted()
    objective = Descriptors(SPEC, DescriptorsSettings(chroma_weight=0.0))
    loud = replace(views, filed=replace(views.filed, mel=views.filed.mel * 10))

    assert objective(loud, None, rng()).item() == pytest.approx(objective(views, None, rng()).item(), rel=1e-3)


def test_hops_without_pitch_take_no_part():
    views = planted()
    objective = Descriptors(SPEC, DescriptorsSettings(cepstrum_weight=0.0))
    torch.nn.init.eye_(objective.chroma.weight)
    torch.nn.init.zeros_(objective.chroma.bias)
    chroma, trunk = views.batch.chroma.clone(), views.heard.trunk.clone()
    track, hop, token = objective.moments(views)
    trunk[track, token, :12] = chroma[track, hop]
    chroma[2:] = 0.25  # every pitch class alike

    views = replace(with_trunk(views, trunk), batch=replace(views.batch, chroma=chroma))

    assert objective(views, None, rng()).item() == pytest.approx(0.0, abs=1e-5)


def test_a_batch_without_pitch_classes_is_refused():
    views = planted()

    with pytest.raises(ValueError, match="chroma"):
        make("descriptors")(replace(views, batch=replace(views.batch, chroma=None)), None, rng())
