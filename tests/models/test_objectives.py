"""A loss falls when the right things come together, and only then."""

import numpy as np
import torch
from torch.nn import functional as F

from segue.models.objectives import continuation, identity

SCALE = torch.tensor(10.0)


def rows(n, dim=16, seed=0):
    return F.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_continuation_prefers_the_window_that_follows():
    key = rows(12)
    track = torch.arange(4).repeat_interleave(3)
    start = torch.tensor([0.0, 8.0, 16.0] * 4)

    right = continuation(key, key, track, start, SCALE)
    other_track = continuation(key.roll(3, 0), key, track, start, SCALE)
    other_moment = continuation(key.view(4, 3, -1).roll(1, 1).flatten(0, 1), key, track, start, SCALE)

    assert right < other_moment < other_track


def test_the_past_of_the_same_track_is_no_rival_across_tracks():
    key = rows(4)
    track, start = torch.tensor([0, 0, 1, 1]), torch.tensor([0.0, 8.0, 0.0, 8.0])
    apart = continuation(key, key, track, start, SCALE)

    looped = key.clone()
    looped[0] = key[1]  # the window before sounds like the one that follows

    assert continuation(key, looped, track, start, SCALE) > apart


def test_identity_prefers_the_same_moment_and_forgives_its_neighbours():
    filed = rows(8)
    track = torch.zeros(8, dtype=torch.long)
    apart, close = torch.arange(8) * 2.0, torch.arange(8) * 0.05

    right = identity(filed, filed, track, apart, SCALE)
    wrong = identity(filed.roll(1, 0), filed, track, apart, SCALE)

    assert right < 0.2 < wrong
    assert identity(filed.roll(1, 0), filed, track, close, SCALE) < 1e-3


def test_a_shuffled_label_is_at_chance():
    loss = identity(rows(256, seed=1), rows(256, seed=2), torch.arange(256), torch.zeros(256), torch.tensor(0.0))

    assert abs(loss.item() - np.log(256)) < 1e-4
