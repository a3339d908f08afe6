"""What comes is told by a picture, and how sure that is by its spread."""

from dataclasses import replace

import pytest
import torch
from planted import SPEC, fit, make, planted, rng

from segue.models.encoder import Encoder
from segue.models.objectives.vae import Vae, VaeSettings, divergence
from segue.models.pools import Pools


def test_the_picture_is_what_the_key_window_holds_whatever_the_level():
    views, objective = planted(), make("vae")
    louder = replace(views, filed=replace(views.filed, mel=views.filed.mel + 2.0))

    picture, whole = objective.coming(views)

    assert whole.all()
    mel = views.filed.mel[1, 80:160]  # record 1, second anchor: 5 s, two seconds into the filed view
    by_hand = (0.4 * (mel - mel.mean(1, keepdim=True))).reshape(16, 5, 20, 2).mean((1, 3))
    assert torch.allclose(picture[4].view(16, 20), by_hand, atol=1e-5)
    assert torch.allclose(objective.coming(louder)[0], picture, atol=1e-5)


def test_an_anchor_whose_coming_bars_are_not_on_file_stays_out():
    views, objective = planted(), make("vae")
    short = replace(views, filed=replace(views.filed, mel=views.filed.mel[:, :170]))

    assert objective.coming(short)[1].tolist() == [True, True, False] * 4


def told():
    """Views whose pools say which ending it is."""
    return replace(planted(), query_pool=3 * torch.eye(12, Pools(SPEC).dim))


def test_the_vae_learns_what_comes_after_an_ending_that_tells():
    views, objective = told(), make("vae")

    before, after = fit(objective, views, 60, 0.01)
    objective.eval()
    right = objective(views, Encoder(SPEC), rng()).item()
    wrong = objective(replace(views, query_pool=views.query_pool.roll(5, 0)), Encoder(SPEC), rng()).item()

    assert after < 0.7 * before
    assert wrong > 1.2 * right


def test_an_ending_after_which_much_can_follow_is_more_uncertain():
    views, open_ended = planted(), torch.arange(12) % 2 == 1
    pool = torch.where(open_ended, 2.0, -2.0)[:, None].expand(12, Pools(SPEC).dim) / 8
    g = torch.Generator().manual_seed(0)
    one, way = torch.randn(2, 320, generator=g)

    class Told(Vae):
        def coming(self, views):
            several = torch.randn(12, 1, generator=g) * way
            return torch.where(open_ended[:, None], several, one), torch.ones(12, dtype=torch.bool)

    objective = Told(SPEC, VaeSettings(latent_dim=3, hidden_dim=24, warmup_steps=0, free_nats=0.0))
    fit(objective, replace(views, query_pool=pool), 100, 0.01)

    closed, several = objective.uncertainty(pool[:2])

    assert several > 1.3 * closed > 0
    assert objective.uncertainty(pool[:1]).item() == pytest.approx(closed.item(), abs=1e-5)


def test_the_divergence_is_that_of_two_normals():
    g = torch.Generator().manual_seed(0)
    a, b, c, d = torch.randn(4, 50, generator=g)

    truth = torch.distributions.kl_divergence(
        torch.distributions.Normal(a, (0.5 * b).exp()), torch.distributions.Normal(c, (0.5 * d).exp())
    )

    assert torch.allclose(divergence(a, b, c, d), truth, atol=1e-5)


def test_the_divergence_counts_more_and_more_while_warming_up_and_wholly_in_a_look():
    views, objective = planted(), make("vae")
    cold = objective(views, Encoder(SPEC), rng()).item()
    for _ in range(5):
        objective.after_step(None)
    half = objective(views, Encoder(SPEC), rng()).item()
    for _ in range(20):
        objective.after_step(None)
    warm = objective(views, Encoder(SPEC), rng()).item()

    assert half - cold == pytest.approx(0.5 * (warm - cold), rel=1e-3)
    assert warm > cold
    assert objective.state_dict()["steps"] == 25
    whole = objective.eval()(views, Encoder(SPEC), rng()).item()
    objective.steps.zero_()
    assert objective(views, Encoder(SPEC), rng()).item() == whole
