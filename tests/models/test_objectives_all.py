"""Whatever an objective asks: deterministic, finite, and it leaves its targets alone."""

from dataclasses import replace

import pytest
import torch
from planted import SPEC, every, make, planted, rng, with_trunk

from segue.models.encoder import Encoder
from segue.models.views import Side


@every
def test_the_same_draw_gives_the_same_loss_and_another_draw_another(name):
    views, encoder, objective = planted(), Encoder(SPEC), make(name).eval()
    objective.begin(encoder)

    first, again, other = (objective(views, encoder, rng(s)).item() for s in (1, 1, 2))

    assert first == again
    assert (other != first) == (name not in {"triplet", "descriptors"})  # those two take everything there is


@every
@pytest.mark.parametrize("case", ["one record", "one record twice", "silence", "nothing in common", "one token"])
def test_a_poor_batch_gives_a_finite_loss_and_gradient(name, case):
    views = {
        "one record": planted(1),
        "one record twice": planted(2, clip=[7, 7]),
        "silence": planted(3, silent=True),
    }.get(case, planted(2))
    if case == "nothing in common":
        views = replace(views, batch=replace(views.batch, filed_start_s=views.batch.filed_start_s + 99))
    if case == "one token":
        h = views.heard
        views = replace(views, heard=Side(h.mel[:, :2], h.tokens[:, :1], h.trunk[:, :1], h.ident[:, :1]))
    trunk = views.heard.trunk.clone().requires_grad_()
    query, pool = views.query.clone().requires_grad_(), views.query_pool.clone().requires_grad_()
    encoder, objective = Encoder(SPEC), make(name)
    objective.begin(encoder)

    loss = objective(replace(with_trunk(views, trunk), query=query, query_pool=pool), encoder, rng())
    loss.backward()

    assert loss.isfinite()
    grads = [x.grad for x in (trunk, query, pool, *objective.parameters()) if x.grad is not None]
    assert grads
    assert all(g.isfinite().all() for g in grads)


@every
def test_half_precision_changes_the_loss_little_and_it_is_a_float32_scalar(name):
    views, encoder, objective = planted(), Encoder(SPEC), make(name).eval()
    objective.begin(encoder)

    plain = objective(views, encoder, rng())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = objective(views, encoder, rng())

    assert half.dtype == torch.float32
    assert half.shape == ()
    assert half.item() == pytest.approx(plain.item(), rel=0.03)


@every
def test_gradient_reaches_what_the_encoder_makes_of_the_heard_side_and_never_a_target(name):
    views, encoder, objective = planted(), Encoder(SPEC), make(name)
    objective.begin(encoder)
    reached = {"triplet": {"query", "key"}, "vae": {"pool"}}.get(name, {"trunk"})
    leaves = {
        "trunk": views.heard.trunk,
        "query": views.query,
        "key": views.key,
        "pool": views.query_pool,
        "heard tokens": views.heard.tokens,
        "filed tokens": views.filed.tokens,
        "heard mel": views.heard.mel,
        "filed mel": views.filed.mel,
        "chroma": views.batch.chroma,
    }
    for leaf in leaves.values():
        leaf.requires_grad_()

    objective(views, encoder, rng()).backward()

    assert {k for k, v in leaves.items() if v.grad is not None and v.grad.abs().sum() > 0} == reached
    assert all(p.grad is None for p in encoder.parameters())
    assert all((p.grad is not None) == p.requires_grad for p in objective.parameters())


@every
def test_a_state_that_was_kept_gives_the_same_loss(name):
    views, encoder = planted(), Encoder(SPEC)
    objective, other = make(name), make(name)
    with torch.no_grad():
        for p in objective.parameters():
            p.add_(0.1 * torch.randn_like(p))
    objective.begin(encoder)
    other.begin(Encoder(SPEC))

    other.load_state_dict(objective.state_dict())

    objective.eval()
    other.eval()
    assert other(views, encoder, rng()).item() == objective(views, encoder, rng()).item()
