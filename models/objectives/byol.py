"""BYOL: what is heard in the booth predicts what a slow copy of the encoder makes of the same moment on file.

The *online* side is the trunk over the heard view, a projector and a predictor; the *target* side is a moving average
of stem, trunk and projector over the filed view, which gets no gradient. There are no negatives. The loss has one
direction only: the filed side is never online.

Projector and predictor normalise over the batch as in the paper. With layer norms instead all rows point nearly one way
from the start, and the answer is right before anything is learnt. A hinge on the deviation of what is projected stands
guard against collapse.

Conventions
-----------
A row is the mean of the trunk over the last ``tokens`` tokens, the moment's own included: nothing from its future.

Source: Bootstrap Your Own Latent (Grill et al. 2020, arXiv:2006.07733); the hinge is the variance term of VICReg
(Bardes, Ponce and LeCun 2021, arXiv:2105.04906).
"""

import copy
from typing import cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..encoder import TRUNKS, Encoder
from ..spec import Spec
from ..stem import Stem
from ..views import Views
from . import Objective, Settings


class ByolSettings(Settings):
    """Sizes, pace of the target, and the weight of the guard."""

    decay: float = Field(0.99, ge=0, lt=1)
    """Share of the target that a step keeps."""
    hidden_dim: int = Field(384, ge=1)
    out_dim: int = Field(128, ge=2)
    moments: int = Field(8, ge=1)
    """Drawn from each record, where its two views overlap."""
    tokens: int = Field(20, ge=1)
    """Averaged at a moment, 50 ms each."""
    least_s: float = Field(2.0, ge=0)
    """What both sides must have heard at a moment."""
    spread_weight: float = Field(0.04, ge=0)
    """Of the guard against collapse."""


class Byol(Objective):
    """2 - 2 cos of what the booth's moment predicts and what the file's moment is."""

    def __init__(self, spec: Spec, settings: ByolSettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        hidden, out = settings.hidden_dim, settings.out_dim
        self.projector = _mlp(spec.trunk_dim, hidden, out)
        self.predictor = _mlp(out, hidden, out)
        self.target = nn.ModuleDict(
            {
                "stem": Stem(spec),
                "trunk": TRUNKS[spec.encoder](spec.token_dim, spec.trunk_dim),
                "projector": copy.deepcopy(self.projector),
            }
        ).requires_grad_(False)

    def begin(self, encoder: Encoder) -> None:
        """Copy the encoder; a checkpoint that is loaded afterwards brings its own target."""
        self._move(encoder, 0.0)

    def after_step(self, encoder: Encoder) -> None:
        """Move the target a little towards the encoder."""
        self._move(encoder, self.settings.decay)

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar, at moments drawn from ``rng``."""
        track, at_s = self._draw(views, rng)
        heard, filed = views.heard_token(track, at_s), views.filed_token(track, at_s)
        least = max(self.settings.tokens - 1, round(self.settings.least_s / views.token_s))
        fits = (heard >= least) & (filed >= least)
        trunk = cast(Tensor, views.heard.trunk)
        if fits.sum() < 2:
            return trunk.float().sum() * 0
        track, heard, filed = track[fits], heard[fits], filed[fits]
        goal = self._goal(views.filed.mel, encoder, track, filed)
        projected = self.projector(self._row(trunk, track, heard))
        predicted = self.predictor(projected)
        with torch.autocast(predicted.device.type, enabled=False):
            apart = 2 - 2 * F.cosine_similarity(predicted.float(), goal.float(), dim=1)
            return apart.mean() + self.settings.spread_weight * narrowness(projected.float())

    @torch.no_grad()
    def _goal(self, mel: Tensor, encoder: Encoder, track: Tensor, token: Tensor) -> Tensor:
        """Return the target's projection of moments on file, (m, out_dim); the view is heard no farther than needed."""
        state = encoder.encode_state(len(mel))
        frames = (int(token.max()) + 1) * (self.spec.frames // self.spec.tokens)
        tokens = self.target["stem"](mel[:, :frames], state)[2]
        rows: Tensor = self.target["trunk"](tokens, state)[0]
        projected: Tensor = self.target["projector"](self._row(rows, track, token))
        return projected

    def _draw(self, views: Views, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return records (m,) and seconds in them (m,), evenly over where their two views overlap."""
        batch, n = views.batch, len(views.heard.mel)
        frame_s = self.spec.hop_s / self.spec.frames
        first = torch.maximum(batch.heard_start_s, batch.filed_start_s)
        last = torch.minimum(
            batch.heard_start_s + views.heard.mel.shape[1] * frame_s * batch.heard_rate,
            batch.filed_start_s + views.filed.mel.shape[1] * frame_s * batch.filed_rate,
        )
        share = torch.from_numpy(rng.random((n, self.settings.moments))).to(first)
        track = torch.arange(n, device=first.device).repeat_interleave(self.settings.moments)
        return track, (first[:, None] + share * (last - first)[:, None]).flatten()

    def _row(self, rows: Tensor, track: Tensor, token: Tensor) -> Tensor:
        """Return the mean of the last tokens at each moment, (m, trunk_dim) float32."""
        back = torch.arange(self.settings.tokens, device=token.device)
        return rows[track[:, None], token[:, None] - back].float().mean(1)

    @torch.no_grad()
    def _move(self, encoder: Encoder, keep: float) -> None:
        online = {"stem": encoder.stem, "trunk": encoder.trunk, "projector": self.projector}
        for name, part in self.target.items():
            for slow, fast in zip(part.parameters(), online[name].parameters(), strict=True):
                slow.lerp_(fast.to(slow), 1 - keep)
            for copied, own in zip(part.buffers(), online[name].buffers(), strict=True):
                copied.copy_(own)


def narrowness(rows: Tensor) -> Tensor:
    """Return how far directions (m, dim) are from filling the sphere: 0 where they do, about 1 where all are one.

    The mean over dimensions of max(0, 1 - deviation), of rows brought to length √dim.
    """
    unit = F.normalize(rows, dim=1) * rows.shape[1] ** 0.5
    deviation = torch.sqrt(unit.var(0, correction=0) + 1e-4)
    return F.relu(1 - deviation).mean()


def _mlp(into: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(into, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, out))
