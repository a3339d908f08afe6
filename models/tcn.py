"""The convolving trunk: gated causal convolutions whose dilation doubles, their skips added up.

Each layer's taps are gathered side by side and meet one matrix: the sum that a dilated convolution is, as a product,
which a processor does fast in every precision.

Conventions
-----------
Tensors are (batch, tokens, channels). A layer's state is its left context, what it would have convolved before.

Source: WaveNet (van den Oord et al., arXiv:1609.03499): tanh and sigmoid gates, residual and skip paths, dilations
1 … 64 in two rounds. Ours normalises each token before a layer and ends in one hidden layer; nothing is done over time.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TAPS = 3


class GatedLayer(nn.Module):
    """One dilated convolution with its gate, and what it adds to the stream and to the skips."""

    def __init__(self, width: int, skip: int, dilation: int) -> None:
        super().__init__()
        self.context = (TAPS - 1) * dilation
        self.dilation, self.skip = dilation, skip
        self.norm = nn.LayerNorm(width)
        self.taps = nn.Linear(TAPS * width, 2 * width)
        self.split = nn.Linear(width, width + skip)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the stream, the skip (batch, T, skip) and the context to keep.

        Parameters
        ----------
        x
            (batch, T, width).
        past
            What came before, normalised, (batch, context, width).
        """
        y = self.norm(x)
        held = torch.cat([past.to(y), y], 1)
        count = x.shape[1]
        taps = [held[:, i * self.dilation : i * self.dilation + count] for i in range(TAPS)]
        what, gate = self.taps(torch.cat(taps, 2)).chunk(2, 2)
        z = self.split(torch.tanh(what) * torch.sigmoid(gate))
        return x + z[..., self.skip :], z[..., : self.skip], held[:, -self.context :]


class TcnTrunk(nn.Module):
    """Tokens (batch, T, dim) to (batch, T, trunk_dim), any T.

    Parameters
    ----------
    dim, trunk_dim
        Widths of what comes in and goes out. The stream between is half as wide as the one, the skips as the other.
    dilations
        Of each layer, tokens; the default reaches 508 tokens back, 25 s.
    """

    def __init__(
        self,
        dim: int = 192,
        trunk_dim: int = 256,
        *,
        dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64) * 2,
    ) -> None:
        super().__init__()
        self.width, skip = dim // 2, trunk_dim // 2
        self.layer_tokens: tuple[int, ...] | None = tuple((TAPS - 1) * d for d in dilations)
        """How far back each layer reaches, tokens."""
        self.context_tokens: int | None = sum(self.layer_tokens)
        self.delay_tokens = 0
        self.into = nn.Linear(dim, self.width)
        self.layers = nn.ModuleList(GatedLayer(self.width, skip, d) for d in dilations)
        self.hidden, self.out = nn.Linear(skip, skip), nn.Linear(skip, trunk_dim)

    def init_state(self, batch: int) -> dict[str, Tensor]:
        """Return the left context of each layer, zero."""
        assert self.layer_tokens is not None
        return {f"trunk_{i}": torch.zeros(batch, c, self.width) for i, c in enumerate(self.layer_tokens)}

    def forward(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what each token and its past amount to, and the contexts after the last."""
        x, after = self.into(tokens), {}
        skips = []
        for i, layer in enumerate(self.layers):
            x, skip, after[f"trunk_{i}"] = layer(x, state[f"trunk_{i}"])
            skips.append(skip)
        total = torch.stack(skips).sum(0) / math.sqrt(len(skips))
        return self.out(F.gelu(self.hidden(F.gelu(total)), approximate="tanh")), after
