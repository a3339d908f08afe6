"""Views whose every row is known, and a few steps of training on them: for the tests of objectives."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segue.models.datasets.batches import Batch
from segue.models.encoder import Encoder
from segue.models.objectives.byol import Byol, ByolSettings
from segue.models.objectives.descriptors import Descriptors, DescriptorsSettings
from segue.models.objectives.predictive import Apc, ApcSettings, Cpc, CpcSettings
from segue.models.objectives.triplet import Triplet, TripletSettings
from segue.models.objectives.vae import Vae, VaeSettings
from segue.models.pools import Pools
from segue.models.spec import Spec
from segue.models.views import Side, Views

SPEC = Spec(
    channels=(4, 6, 8), token_dim=16, trunk_dim=16, ident_width=8, head_dim=8, embed_dim=16, key_window_s=2.0, mels=40
)
HEARD_S, FILED_S = 6.0, 6.0
HOPS = (16, 20, 24)
"""Anchors: 4, 5 and 6 s into the heard view."""


def planted(n=4, seed=0, clip=None, rate=1.0, silent=False):
    """Records of noise, heard from 0 to 6 s and filed from 3 s on; what the encoder gives for them is drawn."""
    g = torch.Generator().manual_seed(seed)
    frame_s = SPEC.hop_s / SPEC.frames
    record = torch.randn(n, round(14 / frame_s), SPEC.mels, generator=g).cumsum(1) * 0.1
    record += 3 * torch.randn(n, 1, SPEC.mels, generator=g)

    def cut(start_s, seconds):
        at = torch.round((start_s + torch.arange(round(seconds / frame_s)) * frame_s * rate) / frame_s).long()
        return torch.zeros(n, len(at), SPEC.mels) if silent else record[:, at].clone()

    heard, filed = cut(0.0, HEARD_S), cut(3.0, FILED_S)
    tokens, w = round(HEARD_S / SPEC.token_s), len(HOPS) + 1
    hops = torch.tensor(HOPS).repeat(n, 1)
    seams = hops * SPEC.hop_s * rate
    batch = Batch(
        heard=heard.exp(),
        filed=filed.exp(),
        clip=torch.arange(n) if clip is None else torch.tensor(clip),
        heard_start_s=torch.zeros(n),
        heard_rate=torch.full((n,), rate),
        filed_start_s=torch.full((n,), 3.0),
        filed_rate=torch.full((n,), rate),
        anchor_hop=hops,
        window_s=torch.cat([seams, seams[:, -1:] + 0.5], 1),
        chroma=torch.rand(n, round(FILED_S / SPEC.hop_s), 12, generator=g) * (0 if silent else 1),
        tempo_bpm=torch.full((n,), 120.0),
    )

    def rows(*shape):
        return torch.randn(*shape, generator=g) * (0 if silent else 1)

    track = torch.arange(n)
    return Views(
        batch=batch,
        heard=Side(heard, rows(n, tokens, SPEC.token_dim), rows(n, tokens, SPEC.trunk_dim), rows(n, tokens, 8)),
        filed=Side(filed, rows(n, tokens, SPEC.token_dim), None, rows(n, tokens, 8)),
        query=F.normalize(rows(n * 3, SPEC.embed_dim), dim=1),
        query_pool=rows(n * 3, Pools(SPEC).dim),
        key=F.normalize(rows(n * w, SPEC.embed_dim), dim=1),
        key_pool=rows(n * w, Pools(SPEC).dim),
        anchor_track=track.repeat_interleave(3),
        anchor_s=seams.flatten(),
        anchor_token=hops.flatten() * SPEC.tokens - 1,
        key_track=track.repeat_interleave(w),
        key_s=batch.window_s.flatten(),
        follows=(track[:, None] * w + torch.arange(3)).flatten(),
        token_s=SPEC.token_s,
    )


def with_trunk(views, trunk):
    return replace(views, heard=replace(views.heard, trunk=trunk))


def rng(seed=3):
    return np.random.default_rng(seed)


def fit(objective, views, steps, rate=0.02, leaves=()):
    """Take some steps of Adam; return the loss before and after, of the same draw."""
    encoder = Encoder(SPEC)
    objective.begin(encoder)
    optimiser = torch.optim.Adam([*(p for p in objective.parameters() if p.requires_grad), *leaves], rate)
    first = objective(views, encoder, rng()).item()
    for step in range(steps):
        optimiser.zero_grad()
        objective(views, encoder, rng(step)).backward()
        optimiser.step()
        objective.after_step(encoder)
    return first, objective(views, encoder, rng()).item()


ALL = {
    "triplet": (Triplet, TripletSettings()),
    "byol": (Byol, ByolSettings(hidden_dim=24, out_dim=8, least_s=1.0)),
    "vae": (Vae, VaeSettings(latent_dim=4, hidden_dim=24, warmup_steps=10)),
    "cpc": (Cpc, CpcSettings(positions=48)),
    "apc": (Apc, ApcSettings(positions=48)),
    "descriptors": (Descriptors, DescriptorsSettings()),
}
every = pytest.mark.parametrize("name", ALL)


def make(name):
    torch.manual_seed(1)
    kind, settings = ALL[name]
    return kind(SPEC, settings)
