"""Keys of the last batches, as further negatives: a CPU's batches are small.

Source: MoCo's queue (He et al. 2020, arXiv:1911.05722), without its slow encoder: the keys are a few steps old.
"""

import torch
from torch import Tensor, nn


class KeyQueue(nn.Module):
    """The last ``size`` rows and the records that they came from."""

    rows: Tensor
    clip: Tensor
    at: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("rows", torch.zeros(size, dim))
        self.register_buffer("clip", torch.full((size,), -1))
        self.register_buffer("at", torch.zeros((), dtype=torch.long))

    def filled(self) -> tuple[Tensor, Tensor]:
        """Return what is in it: rows (m, dim) and clips (m,)."""
        there = self.clip >= 0
        return self.rows[there].clone(), self.clip[there]

    @torch.no_grad()
    def push(self, rows: Tensor, clip: Tensor) -> None:
        """Add rows (n, dim) of clips (n,); the oldest give way."""
        size = len(self.rows)
        if not size:
            return
        place = (self.at + torch.arange(len(rows), device=rows.device)[-size:]) % size
        self.rows[place] = rows[-size:].detach().to(self.rows)
        self.clip[place] = clip[-size:]
        self.at.copy_((self.at + len(rows)) % size)
