"""Pools give the averages that their names say, whole or hop by hop."""

import pytest
import torch

from segue.models.pools import Opening, Trailing

HOP_S = 0.25


def rows(n=40, dim=3, seed=0):
    return torch.randn(2, n, dim, generator=torch.Generator().manual_seed(seed))


def by_hop(pool, x):
    state, out = pool.init_state(len(x)), []
    for h in range(x.shape[1]):
        y, after = pool(x[:, h : h + 1], state)
        state |= after
        out.append(y)
    return torch.cat(out, 1)


@pytest.mark.parametrize("kind", [Trailing, Opening])
@pytest.mark.parametrize("seconds", [0.0, 0.5, 4.0, 16.0])
def test_a_pool_is_the_same_whole_or_hop_by_hop(kind, seconds):
    pool, x = kind("p", 3, seconds, HOP_S), rows()

    whole, _ = pool(x, pool.init_state(2))

    assert (whole - by_hop(pool, x)).abs().max() < 1e-5


@pytest.mark.parametrize("kind", [Trailing, Opening])
def test_of_a_constant_every_average_is_the_constant(kind):
    pool = kind("p", 3, 2.0, HOP_S)

    y, _ = pool(torch.full((1, 50, 3), 7.0), pool.init_state(1))

    assert (y - 7).abs().max() < 1e-5


def test_a_trailing_pool_forgets_the_start_and_an_opening_pool_the_end():
    x = torch.zeros(1, 80, 1)
    x[:, :4] = 1.0
    trailing, opening = Trailing("p", 1, 2.0, HOP_S), Opening("p", 1, 2.0, HOP_S)

    late, first = (pool(x, pool.init_state(1))[0][0, -1, 0] for pool in (trailing, opening))

    assert late < 1e-3
    assert first == pytest.approx(1 - 2.718281828 ** (-4 * HOP_S / 2.0), abs=1e-3)


def test_no_seconds_is_one_hop():
    x = rows()
    trailing, opening = Trailing("p", 3, 0.0, HOP_S), Opening("p", 3, 0.0, HOP_S)

    assert torch.equal(trailing(x, trailing.init_state(2))[0], x)
    assert torch.allclose(opening(x, opening.init_state(2))[0], x[:, :1].expand_as(x))


def test_after_days_an_opening_pool_still_holds_the_opening():
    opening = Opening("p", 3, 4.0, HOP_S)
    y, state = opening(rows(200), opening.init_state(2))

    later, _ = opening(rows(2000, seed=3), state)

    assert torch.isfinite(later).all()
    assert (later[:, -1] - y[:, -1]).abs().max() < 1e-4
