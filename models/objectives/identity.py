"""A moment heard in a booth against the same moment on file: NT-Xent, or a triplet of the hardest rivals.

Source: neural audio fingerprinting (Chang et al. 2021, arXiv:2010.11910); NT-Xent as in SimCLR (Chen et al. 2020,
arXiv:2002.05709); the triplet as in arXiv:2506.22661.
"""

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..encoder import Encoder
from ..spec import Spec
from ..views import Side, Views
from . import FAR, Objective, Settings


class IdentitySettings(Settings):
    """How identity is asked for."""

    loss: Literal["nt-xent", "triplet"] = "nt-xent"
    temperature: float = 0.08
    """At the start; it is learnt."""
    margin: float = 0.4
    moments: int = 18
    """Moments a record."""
    near_s: float = 0.8
    """Moments of one record that are nearer than this are no rivals."""


class Identity(Objective):
    """Which recording, which moment, out of three seconds."""

    def __init__(self, spec: Spec, settings: IdentitySettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        self.scale = nn.Parameter(torch.tensor(-math.log(settings.temperature)))

    def pairs(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return idents heard and filed, (m, ident_dim), their track and their seconds of the record, (m,).

        The filed one is read up to half a hop beside the moment, as hops in a library are.
        """
        spec, batch, n = self.spec, views.batch, len(views.batch.clip)
        count = self.settings.moments
        draw = torch.tensor(rng.uniform(0, 1, (n, count)), dtype=torch.float32, device=batch.heard.device)
        skew = torch.tensor(rng.uniform(-0.5, 0.5, (n, count)), dtype=torch.float32, device=batch.heard.device)
        warm = (spec.ident_tokens + spec.tokens) * spec.token_s
        first = torch.maximum(
            batch.filed_start_s + warm * batch.filed_rate, batch.heard_start_s + warm * batch.heard_rate
        )
        last = batch.heard_start_s + views.heard.tokens.shape[1] * spec.token_s * batch.heard_rate
        at = (first[:, None] + draw * (last - first)[:, None]).flatten()
        track = torch.arange(n, device=at.device).repeat_interleave(count)
        heard = views.heard_token(track, at)
        filed = views.filed_token(track, at + skew.flatten() * spec.hop_s)
        fits = (heard >= spec.tokens) & (filed >= spec.tokens)
        track, at = track[fits], at[fits]
        return (
            self._idents(encoder, views.heard, track, heard[fits]),
            self._idents(encoder, views.filed, track, filed[fits]),
            track,
            at,
        )

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss both ways, heard for filed and filed for heard."""
        heard, filed, track, at = self.pairs(views, encoder, rng)
        close = (track[:, None] == track[None]) & ((at[:, None] - at[None]).abs() < self.settings.near_s)
        with torch.autocast(heard.device.type, enabled=False):
            likeness = heard @ filed.T
        own = likeness.diagonal()
        rivals = likeness.masked_fill(close, FAR)
        if self.settings.loss == "triplet":
            hardest = torch.maximum(rivals.max(1).values, rivals.max(0).values)
            return F.relu(self.settings.margin - own + hardest).mean()
        scale = self.scale.exp().clamp(1 / 0.3, 1 / 0.02)
        both = [torch.logaddexp(torch.logsumexp(rivals * scale, d), own * scale) for d in (0, 1)]
        return (0.5 * (both[0] + both[1]) - own * scale).mean()

    def _idents(self, encoder: Encoder, side: Side, track: Tensor, token: Tensor) -> Tensor:
        near = token[:, None] - torch.arange(self.spec.tokens, device=token.device)
        return encoder.ident.embed(side.ident[track[:, None], near].float().mean(1)).float()
