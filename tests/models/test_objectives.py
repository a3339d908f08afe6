"""A loss falls when the right things come together, and only then."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segue.models.objectives.continuation import Continuation, ContinuationSettings
from segue.models.objectives.identity import Identity, IdentitySettings
from segue.models.objectives.queue import KeyQueue
from segue.models.spec import Spec

DIM = Spec().embed_dim


def rows(n, dim=DIM, seed=0):
    return F.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def planted(views, of=lambda follows: follows):
    """Views whose queries are the keys that ``of`` names."""
    key = rows(len(views.key))
    return replace(views, key=key, query=key[of(views.follows)].clone().requires_grad_())


def continuation(views, encoder, **settings):
    torch.manual_seed(1)
    objective = Continuation(Spec(), ContinuationSettings(**settings)).eval()
    return objective(views, encoder, np.random.default_rng(0))


def test_continuation_prefers_the_window_that_follows(small_views, small_encoder):
    windows = len(small_views.key) // 3
    right = continuation(planted(small_views), small_encoder)
    later = continuation(planted(small_views, lambda f: f + 1), small_encoder)
    elsewhere = continuation(planted(small_views, lambda f: (f + windows) % len(small_views.key)), small_encoder)

    assert right < later < elsewhere


def test_what_was_heard_already_is_no_rival(small_views):
    views = planted(small_views)
    last = views.anchor_token == views.anchor_token.max()
    looped = views.key.clone()
    looped[views.follows[last] - 1] = views.key[views.follows[last]]  # the window before sounds like what follows
    objective = Continuation(Spec(), ContinuationSettings(record=0, backward=0)).eval()
    none, nobody = torch.zeros(0, DIM), torch.zeros(len(views.query), 0, dtype=torch.bool)

    alone, beside = (
        objective.ask(views.query, key, views, views.follows, none, nobody, last).item() for key in (views.key, looped)
    )

    assert beside <= alone


def test_queued_keys_are_rivals_unless_they_are_of_the_same_record(small_views):
    views = planted(small_views)
    objective = Continuation(Spec(), ContinuationSettings())
    rivals = views.query.detach()[:4]  # as near as can be

    def ask(queued, other):
        told = torch.full((len(views.query), len(queued)), other)
        return objective.ask(views.query, views.key, views, views.follows, queued, told).item()

    alone = ask(torch.zeros(0, DIM), True)
    assert ask(rivals, False) == pytest.approx(alone, abs=1e-4)
    assert ask(rivals, True) > alone + 0.05


def test_a_look_is_the_same_however_full_the_queue_is(small_views, small_encoder):
    views, rng = planted(small_views), np.random.default_rng(0)
    objective = Continuation(Spec(), ContinuationSettings(queue=64))
    before = objective.eval()(views, small_encoder, rng).item()

    objective.train()(views, small_encoder, rng)

    assert len(objective.queue.filled()[0]) == len(views.key)
    assert objective.eval()(views, small_encoder, rng).item() == before


def test_a_full_queue_forgets_the_oldest():
    queue = KeyQueue(5, 2)
    for n in range(4):
        queue.push(torch.full((2, 2), float(n)), torch.full((2,), n))

    kept, clip = queue.filled()
    assert sorted(clip.tolist()) == [1, 2, 2, 3, 3]
    assert kept.min() == 1


def test_later_horizons_add_a_question(small_views, small_encoder):
    views = planted(small_views)

    assert continuation(views, small_encoder, horizons=2) > continuation(views, small_encoder)


def test_a_projection_stands_between_embedding_and_loss(small_views, small_encoder):
    views = planted(small_views)

    loss = continuation(views, small_encoder, projection=32)
    loss.backward()

    assert views.query.grad.abs().sum() > 0


@pytest.mark.parametrize("loss", ["nt-xent", "triplet"])
def test_identity_prefers_the_same_moment_and_forgives_its_neighbours(small_views, small_encoder, monkeypatch, loss):
    filed, track = rows(8, 64), torch.zeros(8, dtype=torch.long)
    apart, close = torch.arange(8) * 2.0, torch.arange(8) * 0.05
    objective = Identity(Spec(), IdentitySettings(loss=loss))

    def asked(heard, at):
        monkeypatch.setattr(objective, "pairs", lambda *_: (heard, filed, track, at))
        return objective(small_views, small_encoder, np.random.default_rng(0)).item()

    assert asked(filed, apart) < 0.2 < asked(filed.roll(1, 0), apart)
    assert asked(filed.roll(1, 0), close) < asked(filed.roll(1, 0), apart)


def test_pairs_hear_the_same_moment_of_the_record(small_views, small_encoder):
    objective = Identity(small_encoder.spec, IdentitySettings(moments=40))
    heard, filed, track, at = objective.pairs(small_views, small_encoder, np.random.default_rng(0))

    assert len(heard) == len(filed) == len(track) > 20
    b = small_views.batch
    end = b.heard_start_s + 16.0 * b.heard_rate
    assert (at <= end[track] + 1e-3).all()
    assert (at >= b.filed_start_s[track] + 3.0).all()
