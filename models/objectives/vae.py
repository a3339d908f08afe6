"""A conditional VAE of the coming bars: how many things could follow, and how alike they are.

What comes is an 8 s picture of the filed view from an anchor on, 16 times by 20 bands, centred as the stem centres its
frames (level is not heard). The *prior* tells from what was heard which latents are likely, the *posterior* reads the
latent off the picture itself, and the *decoder* paints the picture from latent and what was heard:

    loss = (-log p(picture | z, heard) + beta * KL(q(z | picture) ‖ p(z | heard))) / size of the picture, in nats

The posterior sees the picture alone, so a dimension of the latent means the same thing after every ending, and the
prior's deviation can be compared between endings: ``uncertainty``.

Source: conditional VAE (Sohn, Lee and Yan 2015, NeurIPS 28), on Kingma and Welling (2013, arXiv:1312.6114); beta as in
Bowman et al. 2015 (arXiv:1511.06349); free bits from Kingma et al. 2016 (arXiv:1606.04934).
"""

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..encoder import Encoder
from ..pools import Pools
from ..spec import Spec
from ..views import Views
from . import Objective, Settings

TIMES, BANDS = 16, 20


class VaeSettings(Settings):
    """Sizes, and how hard the prior pulls."""

    latent_dim: int = Field(32, ge=1)
    hidden_dim: int = Field(256, ge=1)
    beta: float = Field(1.0, ge=0)
    """Weight of the divergence once warmed up; 1 is the evidence lower bound itself."""
    warmup_steps: int = Field(300, ge=0)
    """Steps over which the weight rises from 0; a look at validation takes all of it at once."""
    free_nats: float = Field(0.02, ge=0)
    """Divergence that each dimension has for nothing."""
    noise: float = Field(0.4, gt=0)
    """Deviation of a pixel from what the decoder paints, in the stem's units (1 is 2.5 nepers of power, 11 dB)."""


class Vae(Objective):
    """The negative evidence lower bound of what comes, given what was heard."""

    steps: Tensor

    def __init__(self, spec: Spec, settings: VaeSettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        hidden, latent, pool = settings.hidden_dim, settings.latent_dim, Pools(spec).dim
        self.scale = nn.BatchNorm1d(pool, affine=False)
        self.prior = nn.Sequential(nn.Linear(pool, hidden), nn.GELU(), nn.Linear(hidden, 2 * latent))
        self.posterior = nn.Sequential(nn.Linear(TIMES * BANDS, hidden), nn.GELU(), nn.Linear(hidden, 2 * latent))
        self.known, self.drawn = nn.Linear(pool, hidden), nn.Linear(latent, hidden)
        self.paint = nn.Sequential(nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, TIMES * BANDS))
        self.register_buffer("steps", torch.tensor(0))

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar; ``rng`` draws the latents. Anchors whose 8 s are not all on file stay out."""
        picture, whole = self.coming(views)
        if whole.sum() < 2:
            return views.query_pool.float().sum() * 0
        picture, pool = picture[whole], self.scale(views.query_pool[whole].float())
        mean, log_variance = _normal(self.posterior(picture))
        noise = torch.from_numpy(rng.standard_normal(tuple(mean.shape), np.float32)).to(mean)
        painted = self.decode(mean + noise * torch.exp(0.5 * log_variance), pool)
        with torch.autocast(picture.device.type, enabled=False):
            missed = 0.5 * (painted.float() - picture).square().sum(1).mean() / self.settings.noise**2
            apart = divergence(mean, log_variance, *_normal(self.prior(pool))).mean(0)
            apart = apart.clamp(min=self.settings.free_nats).sum()
            return (missed + self._beta() * apart) / picture.shape[1]

    def after_step(self, encoder: Encoder) -> None:
        """Count, for the warm-up."""
        self.steps += 1

    @torch.no_grad()
    def uncertainty(self, query_pool: Tensor) -> Tensor:
        """Return how open it is what comes, (a,) > 0, for (a, features) moments under a query.

        The prior's deviation, averaged over the latent's dimensions. Its unit is the model's own: it orders endings
        under one checkpoint and says nothing across two. An ending's answer does not depend on the others given.
        """
        scale = self.scale
        scaled = F.batch_norm(query_pool.float(), scale.running_mean, scale.running_var, eps=scale.eps)
        return torch.exp(0.5 * _normal(self.prior(scaled))[1]).mean(1)

    def decode(self, latent: Tensor, scaled: Tensor) -> Tensor:
        """Return pictures, (a, 16 * 20), of latents (a, latent_dim) after scaled moments (a, features)."""
        painted: Tensor = self.paint(self.drawn(latent) + self.known(scaled))
        return painted

    @torch.no_grad()
    def coming(self, views: Views) -> tuple[Tensor, Tensor]:
        """Return the picture of what follows each anchor, (a, 16 * 20) float32, and where it is all on file, (a,)."""
        first = views.filed_token(views.anchor_track, views.anchor_s)
        per_token = self.spec.frames // self.spec.tokens
        frames = self.spec.key_hops * self.spec.frames
        whole = (first >= 0) & (first * per_token + frames <= views.filed.mel.shape[1])
        at = (torch.where(whole, first, 0) * per_token)[:, None] + torch.arange(frames, device=first.device)
        mel = views.filed.mel[views.anchor_track[:, None], at.clamp(max=views.filed.mel.shape[1] - 1)].float()
        centred = (mel - mel.mean(2, keepdim=True)) * 0.4
        return F.adaptive_avg_pool2d(centred, (TIMES, BANDS)).flatten(1), whole

    def _beta(self) -> Tensor | float:
        s = self.settings
        warming = self.training and s.warmup_steps > 0
        return s.beta * (self.steps / s.warmup_steps).clamp(max=1) if warming else s.beta


def divergence(mean: Tensor, log_variance: Tensor, other_mean: Tensor, other_log_variance: Tensor) -> Tensor:
    """Return KL of one diagonal normal from another, nats, for each dimension."""
    ratio = torch.exp(log_variance - other_log_variance)
    shift = (mean - other_mean).square() * torch.exp(-other_log_variance)
    return 0.5 * (ratio + shift - 1 - log_variance + other_log_variance)


def _normal(both: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and log variance, float32, the latter bent into ±7: a deviation between .03 and 33."""
    mean, log_variance = both.float().chunk(2, -1)
    return mean, 7 * torch.tanh(log_variance / 7)
