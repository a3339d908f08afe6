"""A triplet is content when the continuation is nearer than its rivals by the margin."""

import math
from dataclasses import replace

import pytest
import torch
from planted import SPEC, fit, planted, rng

from segue.models.encoder import Encoder
from segue.models.objectives.triplet import Triplet, TripletSettings, semi_hard


def test_a_triplet_is_content_when_the_continuation_is_nearer_by_the_margin():
    views = planted()
    objective = Triplet(SPEC, TripletSettings(margin=0.2))
    right = views.key[views.follows]

    def loss(query):
        return objective(replace(views, query=query), Encoder(SPEC), rng()).item()

    assert loss(right) < 0.01
    assert loss(right.roll(3, 0)) > 0.1  # that the third record follows the second


def test_a_rival_nearer_than_the_margin_costs_what_is_missing():
    views = planted(2)
    key = torch.zeros_like(views.key)
    key[views.key_track == 0, 0] = 1.0  # everything of the first record points one way
    key[views.key_track == 1, 0], key[views.key_track == 1, 1] = 0.9, math.sqrt(1 - 0.81)
    views = replace(views, key=key, query=key[views.follows])

    loss = Triplet(SPEC, TripletSettings(margin=0.3))(views, Encoder(SPEC), rng())

    assert loss.item() == pytest.approx(0.3 - 1 + 0.9, abs=1e-6)


def test_steps_bring_the_ending_to_its_continuation():
    views = planted()
    query = views.query.clone().requires_grad_()
    objective = Triplet(SPEC, TripletSettings())

    before, after = fit(objective, replace(views, query=query), 40, leaves=[query])

    assert after < 0.3 * before


def test_no_window_of_the_same_record_is_a_rival_even_if_the_record_was_drawn_twice():
    views = planted(clip=[5, 6, 5, 8])

    rival, found = Triplet(SPEC, TripletSettings()).rivals(views)

    clip = views.batch.clip
    assert found.all()
    assert torch.equal(rival, clip[views.anchor_track][:, None] != clip[views.key_track][None])


def test_rivals_have_the_same_tempo_or_twice_it_where_there_are_such():
    views = planted(5)
    views = replace(views, batch=replace(views.batch, tempo_bpm=torch.tensor([120.0, 126.0, 62.0, 150.0, math.nan])))

    rival, _ = Triplet(SPEC, TripletSettings(same_tempo=0.06)).rivals(views)

    met = {int(t): set(views.key_track[rival[views.anchor_track == t].any(0)].tolist()) for t in range(5)}
    assert met == {0: {1, 2}, 1: {0, 2}, 2: {0, 1}, 3: {0, 1, 2, 4}, 4: {0, 1, 2, 3}}


def test_tempi_are_compared_as_they_sound_on_file():
    views = planted(3)
    batch = replace(views.batch, heard_rate=torch.tensor([1.0, 1.08, 1.0]), tempo_bpm=torch.tensor([120, 130, 129.0]))

    rival, _ = Triplet(SPEC, TripletSettings(same_tempo=0.02)).rivals(replace(views, batch=batch))

    assert set(views.key_track[rival[0]].tolist()) == {1}


def test_a_semi_hard_rival_is_the_nearest_beyond_the_truth_else_the_farthest():
    scores = torch.tensor([[0.9, 0.4, 0.1, 0.3], [0.9, 0.8, 0.7, 0.6]])
    rival = torch.tensor([[True, True, True, False], [True, True, True, False]])

    assert semi_hard(scores, torch.tensor([0.5, 0.2]), rival).tolist() == [1, 2]
