"""The discriminant keeps what tells windows apart and drops what a booth moves."""

import numpy as np
import torch
from small import SHAPE, SMALL
from torch.nn import functional as F

from segue.models.datasets.batches import Batches
from segue.models.datasets.clips import Corpus
from segue.models.discriminant import discriminant, fit_heads
from segue.models.encoder import Encoder
from segue.models.spec import Spec
from segue.models.views import encode


def found(query, keys):
    return float(((query @ keys.T).argmax(1) == torch.arange(len(query))).float().mean())


def test_directions_that_the_booth_moves_are_left_out():
    generator = torch.Generator().manual_seed(0)
    told, moved = torch.randn(400, 8, generator=generator), torch.randn(400, 20, generator=generator)
    again = torch.randn(400, 20, generator=generator)  # what the booth makes of the same windows
    slip = 0.1 * torch.randn(400, 8, generator=generator)
    query, key = torch.cat([told + slip, moved], 1), torch.cat([told, again], 1)

    projection = discriminant(query[:300], key[:300], key[:300], 8)

    plain, mapped = (
        found(F.normalize(query[300:] @ p, dim=1), F.normalize(key[300:] @ p, dim=1))
        for p in (torch.eye(28), projection)
    )
    assert plain < 0.4
    assert mapped > 0.8


def fitted(cache, **how):
    folder, clips = cache
    torch.manual_seed(0)
    encoder = Encoder(Spec(**SMALL))
    source = Batches(Corpus(folder, clips), encoder.spec, 1, SHAPE)
    fit_heads(encoder, (source.draw(n) for n in range(12)), **how)
    return encoder, source


def record_found(encoder, batch):
    with torch.no_grad():
        views = encode(encoder.eval(), batch)
    best = views.key_track[(views.query @ views.key.T).argmax(1)]
    return float((best == views.anchor_track).float().mean())


def test_fitted_heads_find_the_record_and_random_ones_do_less_well(cache):
    (fit, source), (random, _) = fitted(cache), fitted(cache, scale_alone=True)
    batches = [source.draw(100 + n) for n in range(4)]

    with_map, without = (np.mean([record_found(e, b) for b in batches]) for e in (fit, random))

    assert with_map > without


def test_scales_are_those_of_the_moments(cache):
    encoder, source = fitted(cache, scale_alone=True)
    views = encode(encoder, source.draw(0))

    scaled = (views.key_pool - encoder.key.mean) / encoder.key.deviation

    assert scaled.mean().abs() < 0.5
    assert 0.3 < scaled.std() < 3


def test_what_will_be_learnt_takes_no_part_at_first_and_the_trunk_never(cache):
    (first, _), (again, _) = fitted(cache), fitted(cache, learned=True)
    edges, pools = len(first.spec.edge_s), first.pools

    assert pools.of_trunk().sum() == (1 + edges) * SMALL["trunk_dim"]
    assert pools.learned().sum() == (2 + edges) * SMALL["token_dim"] + (1 + edges) * SMALL["trunk_dim"]
    for encoder, out in ((first, pools.learned()), (again, pools.of_trunk())):
        weight = encoder.query.straight.weight.abs().max(0).values
        assert weight[out].max() == 0
        assert weight[~out].min() > 0
