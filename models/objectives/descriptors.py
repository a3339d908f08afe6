"""Pitch classes and cepstrum of the record on file, read off the trunk while a booth plays it.

Two teachers that cost nothing. Twelve pitch classes are compared by correlation (a flat answer scores 0, however alike
two non-negative vectors look to a cosine), 20 mel-frequency cepstral coefficients by a smooth L1 of standardised
values. The first coefficient is the level, which the encoder does not hear, and is left out.

Conventions
-----------
One row a hop of the filed view that the heard view has too: the mean of a hop, against the trunk at the hop's end. All
of them count; nothing is drawn. Hops without any pitch, silence among them, take no part in the pitch classes.

Source: regressing known descriptors beside other objectives as in PASE (Pascual et al. 2019, arXiv:1904.03416), pitch
for music as in MERT (Li et al. 2023, arXiv:2306.00107); the coefficients are the orthonormal DCT-II of log-mel (Davis
and Mermelstein 1980), by torchaudio.
"""

from typing import ClassVar, cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torchaudio.functional import create_dct

from ..encoder import Encoder
from ..spec import Spec
from ..views import Views
from . import Objective, Settings

PITCH_CLASSES = 12


class DescriptorsSettings(Settings):
    """How much each of the two counts."""

    chroma_weight: float = Field(1.0, ge=0)
    cepstrum_weight: float = Field(1.0, ge=0)
    coefficients: int = Field(20, ge=1)
    least_s: float = Field(1.0, ge=0)
    """What the heard view must have heard."""


class Descriptors(Objective):
    """1 - correlation of pitch classes, plus smooth L1 of cepstral coefficients."""

    needs: ClassVar[frozenset[str]] = frozenset({"chroma"})
    dct: Tensor

    def __init__(self, spec: Spec, settings: DescriptorsSettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        self.chroma = nn.Linear(spec.trunk_dim, PITCH_CLASSES)
        self.cepstrum = nn.Linear(spec.trunk_dim, settings.coefficients)
        self.standard = nn.BatchNorm1d(settings.coefficients, affine=False)
        dct = create_dct(settings.coefficients + 1, spec.mels, "ortho")[:, 1:]
        self.register_buffer("dct", dct.contiguous(), persistent=False)

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar.

        Raises
        ------
        ValueError
            If the batch was drawn without pitch classes, though ``needs`` asks for them.
        """
        if views.batch.chroma is None:
            raise ValueError("got a batch without chroma, want one: draw it with needs={'chroma'}")
        track, hop, token = self.moments(views)
        trunk = cast(Tensor, views.heard.trunk)
        if len(track) < 2:
            return trunk.float().sum() * 0
        rows = trunk[track, token]
        chroma, cepstrum = self.chroma(rows), self.cepstrum(rows)
        with torch.autocast(rows.device.type, enabled=False):
            unlike = 1 - correlation(chroma.float(), views.batch.chroma[track, hop].detach().float())
            wanted = self.standard(self.coefficients(views.filed.mel)[track, hop])
            missed = F.smooth_l1_loss(cepstrum.float(), wanted)
            return self.settings.chroma_weight * unlike + self.settings.cepstrum_weight * missed

    def moments(self, views: Views) -> tuple[Tensor, Tensor, Tensor]:
        """Return record, hop of the filed view, and token of the heard view that ends with it, (m,) each."""
        batch = views.batch
        n, hops = len(views.filed.mel), views.filed.mel.shape[1] // self.spec.frames
        device = views.filed.mel.device
        track = torch.arange(n, device=device).repeat_interleave(hops)
        hop = torch.arange(hops, device=device).repeat(n)
        last = (hop + 1) * self.spec.hop_s - views.token_s  # where the hop's last token begins
        at_s = batch.filed_start_s[track] + last * batch.filed_rate[track]
        token = views.heard_token(track, at_s)
        fits = token >= round(self.settings.least_s / views.token_s)
        return track[fits], hop[fits], token[fits]

    @torch.no_grad()
    def coefficients(self, mel: Tensor) -> Tensor:
        """Return cepstral coefficients of each hop, (n, hops, coefficients) float32, of log-mel (n, frames, mels)."""
        with torch.autocast(mel.device.type, enabled=False):
            hops = torch.unflatten(mel.float(), 1, (-1, self.spec.frames)).mean(2)
            return torch.matmul(hops, self.dct)


def correlation(guess: Tensor, truth: Tensor) -> Tensor:
    """Return the mean correlation of rows (m, 12), over those whose truth is not flat; 0 where all are."""
    guess = guess - guess.mean(1, keepdim=True)
    share = truth / truth.sum(1, keepdim=True).clamp(min=1e-12)
    share = share - share.mean(1, keepdim=True)
    pitched = share.norm(dim=1) > 1e-3
    alike = F.cosine_similarity(guess, share, dim=1) * pitched
    mean: Tensor = alike.sum() / pitched.sum().clamp(min=1)
    return mean
