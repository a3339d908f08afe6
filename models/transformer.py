"""The attending trunk: pre-norm blocks whose every token hears itself and a fixed window of tokens before it.

Keys and values of the last ``window`` tokens live in a shift register, so a stream has no end and no position is
counted: distance enters only as a bias that is the same at every moment. A long sequence is cut into blocks of a
window, each with the block before it; a hop is one short block. Both use one function and one mask.

Conventions
-----------
Inside, tensors are (batch, heads * blocks, tokens, head_dim). A register that is all zero holds nothing yet:
``trunk_valid`` is 1 where a token was heard and hides the rest.

Source: linear biases are ALiBi (Press et al., arXiv:2108.12409); keys that are learnt and always there, so that a head
may look at nothing, are the sinks of StreamingLLM (Xiao et al., arXiv:2309.17453); blocks of local attention as in
Longformer (Beltagy et al., arXiv:2004.05150).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN = -1e9
"""Added to a score that must not count: its weight is exactly 0 after the softmax, in float32 and in bfloat16."""


class Block(nn.Module):
    """Attention over a window, then two layers on each token; both added to what came in."""

    def __init__(self, width: int, heads: int, sinks: int, spread: int, depth: int) -> None:
        super().__init__()
        self.heads, self.head_dim = heads, width // heads
        self.heard, self.thought = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.sink_k = nn.Parameter(torch.randn(heads, sinks, self.head_dim) * 0.02)
        self.sink_v = nn.Parameter(torch.zeros(heads, sinks, self.head_dim))
        self.up, self.down = nn.Linear(width, spread * width), nn.Linear(spread * width, width)
        for layer in (self.mix, self.down):  # as GPT-2: the sum of all blocks starts no larger than one
            nn.init.normal_(layer.weight, std=0.5 / math.sqrt(2 * depth * layer.in_features))
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, k_ring: Tensor, v_ring: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the tokens, (batch, T, width), and both registers moved on by T.

        Parameters
        ----------
        x
            (batch, T, width).
        k_ring, v_ring
            (batch, heads, window, head_dim), the oldest first.
        bias
            What to add to the scores, (batch, heads * blocks, tokens a block, sinks + keys a block).
        """
        count, block = x.shape[1], bias.shape[2]
        q, k, v = (in_heads(part, self.heads) for part in self.qkv(self.heard(x)).chunk(3, 2))
        keys, k_ring = with_past(self.sink_k, k_ring, k, block)
        values, v_ring = with_past(self.sink_v, v_ring, v, block)
        scores = torch.matmul(in_blocks(q * self.head_dim**-0.5, block), keys.transpose(2, 3)) + bias
        y = torch.matmul(F.softmax(scores, -1), values)
        if count > block:
            y = torch.unflatten(y, 1, (self.heads, -1)).flatten(2, 3)[:, :, :count]
        x = x + self.mix(y.transpose(1, 2).flatten(2))
        x = x + self.down(F.gelu(self.up(self.thought(x))))
        return x, k_ring, v_ring


class TransformerTrunk(nn.Module):
    """Tokens (batch, T, dim) to (batch, T, trunk_dim), any T.

    Parameters
    ----------
    dim, trunk_dim
        Widths of what comes in, which is that of the blocks too, and of what goes out.
    window
        How many tokens before its own a token hears in one block; 160 are 8 s.
    """

    slopes: Tensor

    def __init__(
        self,
        dim: int = 192,
        trunk_dim: int = 256,
        *,
        depth: int = 4,
        heads: int = 4,
        window: int = 160,
        sinks: int = 4,
        spread: int = 2,
    ) -> None:
        super().__init__()
        self.window, self.heads, self.head_dim, self.sinks = window, heads, dim // heads, sinks
        self.layer_tokens: tuple[int, ...] | None = (window,) * depth
        """How far back each layer reaches, tokens."""
        self.context_tokens: int | None = depth * window
        self.delay_tokens = 0
        self.into = nn.Linear(dim, dim)
        self.blocks = nn.ModuleList(Block(dim, heads, sinks, spread, depth) for _ in range(depth))
        self.norm, self.out = nn.LayerNorm(dim), nn.Linear(dim, trunk_dim)
        slopes = 2.0 ** (-8.0 / heads * torch.arange(1, heads + 1))
        self.register_buffer("slopes", slopes, persistent=False)

    def init_state(self, batch: int) -> dict[str, Tensor]:
        """Return empty registers: keys and values of each block, and which of them are real."""
        shape = (batch, self.heads, self.window, self.head_dim)
        rings = {f"trunk_{what}_{i}": torch.zeros(shape) for i in range(len(self.blocks)) for what in "kv"}
        return rings | {"trunk_valid": torch.zeros(batch, self.window)}

    def forward(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what each token and its past amount to, and the registers after the last."""
        valid = state["trunk_valid"]
        heard = torch.cat([valid, torch.ones_like(tokens[:, :, 0], dtype=valid.dtype)], 1)
        after = {"trunk_valid": heard[:, -self.window :]}
        x = self.into(tokens)
        bias = self._bias(valid, tokens.shape[1]).to(x)  # a float32 bias would double the time
        for i, block in enumerate(self.blocks):
            x, k, v = block(x, state[f"trunk_k_{i}"], state[f"trunk_v_{i}"], bias)
            after |= {f"trunk_k_{i}": k, f"trunk_v_{i}": v}
        return self.out(self.norm(x)), after

    def _bias(self, valid: Tensor, count: int) -> Tensor:
        """Return what is added to the scores of COUNT tokens: distance, the window's edge, and what was never heard."""
        block = min(count, self.window)
        at = torch.arange(block + self.window, device=valid.device)
        distance = at[self.window :, None] - at[None]
        outside = (distance < 0) | (distance > self.window)
        near = torch.where(outside, HIDDEN, -self.slopes[:, None, None] * distance.clamp(min=0))
        near = F.pad(near, (self.sinks, 0))[None]  # a sink is at no distance
        unheard = F.pad((1 - valid) * HIDDEN, (self.sinks, block))
        first = near + unheard[:, None, None]  # only the first block looks into the register
        if count == block:
            return first
        others = near[:, :, None].expand(len(valid), -1, -(-count // block) - 1, -1, -1)
        return torch.cat([first[:, :, None], others], 2).flatten(1, 2)


def in_heads(x: Tensor, heads: int) -> Tensor:
    """Cut (batch, T, width) into (batch, heads, T, d)."""
    return torch.unflatten(x, 2, (heads, -1)).transpose(1, 2)


def in_blocks(x: Tensor, block: int) -> Tensor:
    """Cut (batch, heads, T, d) into (batch, heads * blocks, block, d), zeros filling the last."""
    if x.shape[2] == block:
        return x
    x = F.pad(x, (0, 0, 0, -x.shape[2] % block))
    return torch.unflatten(x, 2, (-1, block)).flatten(1, 2)


def with_past(sink: Tensor, ring: Tensor, new: Tensor, block: int) -> tuple[Tensor, Tensor]:
    """Return what each block may look at, and the register moved on.

    Of sinks (heads, n, d), a register (batch, heads, window, d) and what comes after it, (batch, heads, T, d), a block
    is given (batch, heads * blocks, n + window + block, d). A block is all of T, or a window where T is longer.
    """
    window, count = ring.shape[2], new.shape[2]
    always = sink.to(new)[None].expand(new.shape[0], -1, -1, -1)
    held = torch.cat([always, ring.to(new), new], 2)
    after = held[:, :, -window:]
    if count == block:
        return held, after
    padded = F.pad(held[:, :, sink.shape[1] :], (0, 0, 0, -count % window))
    blocks = torch.unflatten(padded, 2, (-1, window))
    always = always[:, :, None].expand(-1, -1, blocks.shape[2] - 1, -1, -1)
    return torch.cat([always, blocks[:, :, :-1], blocks[:, :, 1:]], 3).flatten(1, 2), after
