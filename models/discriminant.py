"""Where query and key begin: a linear discriminant of the pooled moments, in closed form from a few hundred batches.

Thousands of moments and a few hundred records are a poor start for gradient descent: a random map of them first loses
what their plain statistics know, and then learns the records by heart. The discriminant is the map under which a
query and the key that follows it differ by noise of unit size in every direction (what the booth does, and what the
music does at the seam), and a direction counts by the share of its variation between windows that is not noise.

Source: Fisher's discriminant with within-class whitening, as in speaker verification (Hatch et al. 2006, "Within-class
covariance normalization"; Ioffe 2006, "Probabilistic linear discriminant analysis").
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from .datasets.batches import Batch
from .encoder import Encoder
from .views import encode

SHRINKAGE = 0.05
"""Share of the noise's covariance that is taken as equal in all directions (Ledoit and Wolf 2004)."""


@torch.no_grad()
def fit_heads(encoder: Encoder, batches: Iterable[Batch], *, learned: bool = False, scale_alone: bool = False) -> None:
    """Set the heads' scales and straight projections, and their hidden layers to nothing.

    Parameters
    ----------
    learned
        Whether the moments of tokens take part; those of the trunk never do, they cost recall. Before training tokens
        may not: a map that cancels the booth rests on small differences, and is worthless as soon as what it was made
        for moves. They then keep their own scale, which the layers before them hold near one.
    scale_alone
        Measure the scales and leave the projections as they are.
    """
    queries, keys, following = [], [], []
    encoder.eval()
    for batch in batches:
        with torch.autocast(batch.heard.device.type, dtype=torch.bfloat16):
            views = encode(encoder, batch)
        queries.append(views.query_pool.float().cpu())
        keys.append(views.key_pool.float().cpu())
        following.append(keys[-1][views.follows.cpu()])
    encoder.train()
    query, key, after = (torch.cat(rows) for rows in (queries, keys, following))
    used = ~(encoder.pools.of_trunk() if learned else encoder.pools.learned())
    size = key.std(0) + 1e-3
    for head, rows in ((encoder.query, query), (encoder.key, key)):
        head.mean.copy_(torch.where(used, rows.mean(0), 0.0))
        head.deviation.copy_(torch.where(used, rows.std(0) + 1e-3, 1.0))
    if scale_alone:
        return
    query, after, key = ((rows / size)[:, used] for rows in (query, after, key))
    projection = discriminant(query, after, key, encoder.spec.embed_dim)
    for head in (encoder.query, encoder.key):
        weight = torch.zeros(projection.shape[1], len(used))
        weight[:, used] = (projection * (head.deviation.cpu() / size)[used, None]).T
        head.straight.weight.copy_(weight)
        for part in (head.straight.bias, head.out.weight, head.out.bias):
            torch.nn.init.zeros_(part)


def discriminant(query: Tensor, following: Tensor, keys: Tensor, dim: int) -> Tensor:
    """Return the map (features, dim) for pairs (n, features) and all keys (m, features)."""
    noise = torch.cov(((query - query.mean(0)) - (following - following.mean(0))).double().T) / 2
    even = torch.eye(len(noise), dtype=torch.float64) * noise.trace() / len(noise)
    values, vectors = torch.linalg.eigh((1 - SHRINKAGE) * noise + SHRINKAGE * even)
    whiten = vectors / values.clamp(min=1e-9).sqrt()
    spread, directions = torch.linalg.eigh(whiten.T @ torch.cov(keys.double().T) @ whiten)
    signal = (spread.flip(0)[:dim] - 1).clamp(min=1e-3)
    projection: Tensor = whiten @ directions.flip(1)[:, :dim] * (signal / (1 + signal))
    return projection.float()
