"""Prediction of the nearest future, from the trunk at a token: which token comes, and what the next frames are.

Two objectives, each with a weight of its own in a recipe. ``Cpc`` picks the token that comes 50 to 800 ms later out
of tokens of other moments and records. ``Apc`` writes down the next frames of log-mel, as an autoregressive model
would. What is predicted is detached: the stem cannot make its tokens easy to foretell by making them dull.

Conventions
-----------
Frames are centred as the stem centres them; level is not heard and so not foretold.

Source: Contrastive Predictive Coding (van den Oord, Li and Vinyals 2018, arXiv:1807.03748), with cosines and a
temperature for its bilinear score; Autoregressive Predictive Coding (Chung, Hsu, Tang and Glass 2019,
arXiv:1904.03240), in the line of WaveNet (van den Oord et al. 2016, arXiv:1609.03499).
"""

import math
from typing import cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..encoder import Encoder
from ..spec import Spec
from ..views import Side, Views
from . import Objective, Settings


class CpcSettings(Settings):
    """How far ahead, against how many others."""

    ahead: tuple[int, ...] = Field((1, 2, 4, 8, 16), min_length=1)
    """Tokens ahead, 50 ms each."""
    positions: int = Field(384, ge=2)
    """Drawn from the batch; each is a question, and what follows it an answer to all."""
    temperature: float = Field(0.1, gt=0)
    near_s: float = Field(0.4, ge=0)
    """Seconds of the same record within which another token is no wrong answer."""


class Cpc(Objective):
    """InfoNCE of coming tokens, the mean over how far ahead."""

    def __init__(self, spec: Spec, settings: CpcSettings) -> None:
        super().__init__()
        self.settings = settings
        self.maps = nn.ModuleList(nn.Linear(spec.trunk_dim, spec.token_dim) for _ in settings.ahead)

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar, at positions drawn from ``rng``."""
        most = max(self.settings.ahead)
        track, token = _draw(views.heard, self.settings.positions, most, rng)
        trunk = cast(Tensor, views.heard.trunk)
        if len(track) < 2:
            return trunk.float().sum() * 0
        rows, near = trunk[track, token], self.near(views, track, token)
        want = torch.arange(len(track), device=track.device)
        losses = []
        for n, into in zip(self.settings.ahead, self.maps, strict=True):
            guess, truth = into(rows), views.heard.tokens[track, token + n].detach()
            with torch.autocast(guess.device.type, enabled=False):
                logits = F.normalize(guess.float(), dim=1) @ F.normalize(truth.float(), dim=1).T
                logits = (logits / self.settings.temperature).masked_fill(near, -math.inf)
                losses.append(F.cross_entropy(logits, want))
        return torch.stack(losses).mean()

    def near(self, views: Views, track: Tensor, token: Tensor) -> Tensor:
        """Return which other positions are too close in one record to be wrong, (m, m) bool, False on the diagonal."""
        batch = views.batch
        record_s = batch.heard_start_s[track] + token * views.token_s * batch.heard_rate[track]
        close = (record_s[:, None] - record_s[None]).abs() < self.settings.near_s
        close &= batch.clip[track][:, None] == batch.clip[track][None]
        return close.fill_diagonal_(False)


class ApcSettings(Settings):
    """How many frames, at how many moments."""

    ahead: int = Field(4, ge=1)
    """Frames, 25 ms each."""
    positions: int = Field(1024, ge=1)


class Apc(Objective):
    """Mean absolute error of the next frames, in the stem's units (1 is 11 dB)."""

    def __init__(self, spec: Spec, settings: ApcSettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        self.out = nn.Linear(spec.trunk_dim, settings.ahead * spec.mels)

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar, at positions drawn from ``rng``."""
        per_token, ahead = self.spec.frames // self.spec.tokens, self.settings.ahead
        track, token = _draw(views.heard, self.settings.positions, math.ceil(ahead / per_token), rng)
        trunk = cast(Tensor, views.heard.trunk)
        if not len(track):
            return trunk.float().sum() * 0
        after = (token + 1) * per_token  # a token has heard no frame from here on
        at = after[:, None] + torch.arange(ahead, device=token.device)
        mel = views.heard.mel[track[:, None], at].detach().float()
        truth = (mel - mel.mean(2, keepdim=True)) * 0.4
        guess = self.out(trunk[track, token])
        with torch.autocast(guess.device.type, enabled=False):
            return F.l1_loss(guess.float(), truth.flatten(1))


def _draw(side: Side, count: int, ahead: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return records (m,) and tokens (m,), each once, that have ``ahead`` tokens after them; ``count`` if there are."""
    n, length = side.tokens.shape[:2]
    usable = max(0, length - ahead)
    drawn = rng.choice(n * usable, min(count, n * usable), replace=False) if usable else np.zeros(0, np.int64)
    at = torch.from_numpy(drawn.astype(np.int64)).to(side.tokens.device)
    return at // max(1, usable), at % max(1, usable)
