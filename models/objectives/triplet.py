"""Triplet loss: an ending lies nearer to its true continuation than to the start of another record, by a margin.

Anchor, positive and negative are an ending (``query``), what follows it (its ``key``) and a window of any other record.
Negatives are chosen in the batch, per anchor, *semi-hard*: the nearest of those that are already farther away than the
true continuation, or where there is none, the farthest. Where a record of the same tempo is in the batch, only such
records can be negatives, so that tempo alone tells nothing.

Conventions
-----------
Similarity is the cosine of unit embeddings. A record that was drawn twice is never a negative of itself.

Source: FaceNet (Schroff, Kalenichenko and Philbin 2015, arXiv:1503.03832), here with cosines for squared distances: for
unit vectors |x - y|² = 2 - 2 cos, so their margin of .2 is .1 of ours.
"""

import math
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ..encoder import Encoder
from ..spec import Spec
from ..views import Views
from . import Objective, Settings


class TripletSettings(Settings):
    """How far apart, and what counts as the same tempo."""

    margin: float = Field(0.2, gt=0, le=2)
    """Of cosine."""
    same_tempo: float = Field(0.06, ge=0, lt=0.4)
    """Largest difference of tempo, a share, octaves folded."""


class Triplet(Objective):
    """max(0, margin - query·true + query·other), averaged over anchors."""

    needs: ClassVar[frozenset[str]] = frozenset({"tempo"})

    def __init__(self, spec: Spec, settings: TripletSettings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar; nothing is drawn."""
        with torch.autocast(views.query.device.type, enabled=False):
            scores = views.query.float() @ views.key.float().T
            right = scores.gather(1, views.follows[:, None])[:, 0]
            rival, found = self.rivals(views)
            wrong = scores.gather(1, semi_hard(scores, right, rival)[:, None])[:, 0]
            losses = F.relu(self.settings.margin - right + wrong) * found
            return losses.sum() / found.sum().clamp(min=1)

    def rivals(self, views: Views) -> tuple[Tensor, Tensor]:
        """Return which keys may be an anchor's negative, (a, k) bool, and which anchors have any, (a,) bool.

        A key's tempo is the one it sounds at on file. It is compared with that of the true continuation, not with the
        ending's: only so do the true and the false answer agree.
        """
        batch = views.batch
        other = batch.clip[views.anchor_track][:, None] != batch.clip[views.key_track][None]
        if batch.tempo_bpm is not None:
            tempo = batch.tempo_bpm.float() / batch.heard_rate * batch.filed_rate
            octaves = torch.log2(tempo[views.anchor_track][:, None] / tempo[views.key_track][None])
            apart = (octaves - octaves.round()).abs()  # no number where a tempo is unknown, and so no match
            matched = other & (apart <= math.log2(1 + self.settings.same_tempo))
            other = torch.where(matched.any(1, keepdim=True), matched, other)
        return other, other.any(1)


@torch.no_grad()
def semi_hard(scores: Tensor, right: Tensor, rival: Tensor) -> Tensor:
    """Return the key that each anchor is held apart from, (a,) long, for scores (a, k), those of the truth (a,)."""
    farther = rival & (scores < right[:, None])
    nearest = scores.masked_fill(~farther, -math.inf).argmax(1)
    farthest = scores.masked_fill(~rival, math.inf).argmin(1)
    return torch.where(farther.any(1), nearest, farthest)
