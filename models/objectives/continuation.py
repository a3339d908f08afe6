"""InfoNCE of "what should follow" against "what starts here", at several horizons.

Three questions are asked of an anchor at once: which of all windows follows (windows of the same record are hard
negatives), which record does (any of its windows from here on will do), and of a window, which anchor it follows.
What the anchor has heard already takes no part: nobody asks for it.

Source: InfoNCE as in CPC (van den Oord et al. 2018, arXiv:1807.03748); the projection as in SimCLR (Chen et al. 2020,
arXiv:2002.05709).
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..encoder import Encoder
from ..spec import Spec
from ..views import Views
from . import FAR, Objective, Settings
from .queue import KeyQueue


class ContinuationSettings(Settings):
    """How continuation is asked for."""

    temperature: float = 0.08
    """At the start; it is learnt, between .02 and .3."""
    exact: float = 0.4
    record: float = 0.4
    backward: float = 0.2
    """Shares of the three questions."""
    queue: int = 2048
    """Keys of earlier batches that are negatives too."""
    projection: int = 0
    """Width of a SimCLR-style head between embedding and loss, in training only; 0: the embeddings themselves."""
    horizons: int = 0
    """Later windows of the record (about 4 s apart) that a map of the query must find as well."""
    horizon_weight: float = 0.3


class Continuation(Objective):
    """The main objective: a track's ending lies near its continuation."""

    def __init__(self, spec: Spec, settings: ContinuationSettings) -> None:
        super().__init__()
        self.settings = settings
        self.scale = nn.Parameter(torch.tensor(-math.log(settings.temperature)))
        dim = spec.embed_dim
        self.project_query, self.project_key = (_projection(dim, settings.projection) for _ in range(2))
        self.later = nn.ModuleList(nn.Linear(dim, dim) for _ in range(settings.horizons))
        for linear in self.later:
            assert isinstance(linear, nn.Linear)
            nn.init.eye_(linear.weight)  # what comes next is the first guess of what comes later
            nn.init.zeros_(linear.bias)
        self.queue = KeyQueue(settings.queue, settings.projection or dim)

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the weighted sum over questions and horizons."""
        with torch.autocast(views.query.device.type, enabled=False):
            return self._asked(views)

    def _asked(self, views: Views) -> Tensor:
        query = F.normalize(self.project_query(views.query), dim=1)
        key = F.normalize(self.project_key(views.key), dim=1)
        queued, clip = self.queue.filled()
        if not self.training:  # a look is the same question at every step, however full the queue is
            queued, clip = queued[:0], clip[:0]
        other = clip[None] != views.batch.clip[views.anchor_track][:, None]
        loss = self.ask(query, key, views, views.follows, queued, other)
        windows = views.batch.window_s.shape[1]
        for ahead, linear in enumerate(self.later, 1):
            row = views.follows + ahead
            inside = row // windows == views.anchor_track
            later = F.normalize(linear(query), dim=1)
            loss = loss + self.settings.horizon_weight * self.ask(later, key, views, row, queued, other, inside)
        if self.training:
            self.queue.push(key, views.batch.clip[views.key_track])
        return loss

    def ask(
        self,
        query: Tensor,
        key: Tensor,
        views: Views,
        wanted: Tensor,
        queued: Tensor,
        other: Tensor,
        asked: Tensor | None = None,
    ) -> Tensor:
        """Return the loss of (a, dim) queries for the keys ``wanted`` (a,), among (k, dim) keys and queued ones."""
        s = self.settings
        asked = torch.ones_like(wanted, dtype=torch.bool) if asked is None else asked
        query, wanted, other = query[asked], wanted[asked], other[asked]
        track, at = views.anchor_track[asked], views.anchor_s[asked]
        scale = self.scale.exp().clamp(1 / 0.3, 1 / 0.02)
        logits = query @ key.T * scale
        same = track[:, None] == views.key_track[None]
        ahead = same & (views.key_s[None] >= at[:, None] - 1e-3)
        logits = logits.masked_fill(same & ~ahead, FAR)
        negatives = torch.logsumexp((query @ queued.T * scale).masked_fill(~other, FAR), 1, keepdim=True)
        negatives = negatives if queued.shape[0] else torch.full_like(logits[:, :1], FAR)
        exact = F.cross_entropy(torch.cat([logits, negatives], 1), wanted)
        right = torch.logsumexp(logits.masked_fill(~ahead, FAR), 1)
        record = (torch.logsumexp(torch.cat([logits, negatives], 1), 1) - right).mean()
        rivals = logits.T[wanted].masked_fill(same.T[wanted], FAR)
        own = logits[torch.arange(len(wanted)), wanted]
        backward = (torch.logaddexp(torch.logsumexp(rivals, 1), own) - own).mean()
        return s.exact * exact + s.record * record + s.backward * backward


def _projection(dim: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, out)) if out else nn.Identity()
