"""The identity branch: "which recording, which moment", from three seconds of tokens and nothing before them."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .spec import Spec
from .stem import State


class IdentBranch(nn.Module):
    """Tokens to "which recording, which moment": residual dilated convolutions with a short memory."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        w = spec.ident_width
        self.into = nn.Linear(spec.token_dim, w)
        self.convs = nn.ModuleList(nn.Conv1d(w, w, 3, dilation=d) for d in spec.ident_dilations)
        self.norms = nn.ModuleList(nn.LayerNorm(w) for _ in spec.ident_dilations)
        self.out = nn.Linear(w, spec.ident_dim)

    def init_state(self, batch: int) -> State:
        """Return the left context of each dilated convolution."""
        w = self.spec.ident_width
        return {f"ident_{d}": torch.zeros(batch, w, 2 * d) for d in self.spec.ident_dilations}

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return one row a token, not yet pooled over the hop, (batch, tokens, width)."""
        x, after = self.into(tokens), {}
        for d, conv, norm in zip(self.spec.ident_dilations, self.convs, self.norms, strict=True):
            y = torch.cat([state[f"ident_{d}"], norm(x).transpose(1, 2)], 2)
            after[f"ident_{d}"] = y[:, :, -2 * d :]
            x = x + F.gelu(conv(y), approximate="tanh").transpose(1, 2)
        return x, after

    def embed(self, pooled: Tensor) -> Tensor:
        """Return unit idents, (..., ident_dim), of rows averaged over a hop's tokens."""
        return F.normalize(self.out(pooled), dim=-1)
