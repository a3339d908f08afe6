"""The encoder: one causal network that is fed whole sequences in training and single hops on stage.

``forward`` takes any whole number of hops and a state, and gives the outputs of every hop and the next state; a hop at
a time or all at once is the same computation. The state is a plain dict of named tensors, all zero at the start, under
the names that the ONNX graph uses.

::

    audio → log-mel ─→ stem (3 convolutions) → tokens ─┬→ dilated convolutions, 3.15 s → ident
                 │                                     └→ trunk (GRU) ─┐
                 └───────────── moments over 4 s and 16 s ─────────────┴→ query, key

Conventions
-----------
Tensors are (batch, time, features) outside the convolutions and (batch, channels, time, mels) inside the stem. Every
convolution is causal with its left context in the state. Nothing normalises over time.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .frontend import LogMel
from .gru import GruTrunk
from .spec import Spec

State = dict[str, Tensor]


class Stem(nn.Module):
    """Log-mel frames to tokens, half as many; level and equaliser enter only as far as they move in time."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        a, b, c = spec.channels
        self.conv1 = nn.Conv2d(2, a, (3, 5), stride=(1, 2), padding=(0, 2))
        self.conv2 = nn.Conv2d(a, b, 3, stride=2, padding=(0, 1))
        self.conv3 = nn.Conv2d(b, c, 3, stride=(1, 2), padding=(0, 1))
        self.out = nn.Linear(c * spec.mels // 8, spec.token_dim)
        self.norm = nn.LayerNorm(spec.token_dim)

    def init_state(self, batch: int) -> State:
        """Return the left context of each convolution."""
        m, (a, b, _) = self.spec.mels, self.spec.channels
        return {
            "stem_mel": torch.zeros(batch, 2, m),
            "stem_1": torch.zeros(batch, 2, 2, m),
            "stem_2": torch.zeros(batch, a, 1, m // 2),
            "stem_3": torch.zeros(batch, b, 2, m // 4),
        }

    def forward(self, mel: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Return centred frames and their flux, each (batch, frames, mels), tokens (batch, tokens, dim), and state."""
        centred = (mel - mel.mean(2, keepdim=True)) * 0.4
        held = torch.cat([state["stem_mel"], mel], 1)
        flux = (mel - held[:, :-2]) * 0.5
        x = torch.stack([centred, flux], 1)
        after: State = {"stem_mel": held[:, -2:]}
        for name, conv, keep in (("stem_1", self.conv1, 2), ("stem_2", self.conv2, 1), ("stem_3", self.conv3, 2)):
            x = torch.cat([state[name], x], 2)
            after[name] = x[:, :, -keep:]
            x = F.gelu(conv(x), approximate="tanh")
        tokens = self.norm(self.out(x.transpose(1, 2).flatten(2)))
        return centred, flux, tokens, after


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


class Moments(nn.Module):
    """Leaky averages of hop-wise sums, divided by the weight so far: unbiased from the first hop on."""

    def __init__(self, name: str, dim: int, seconds: float, hop_s: float) -> None:
        super().__init__()
        self.name, self.dim, self.decay = name, dim, math.exp(-hop_s / seconds)

    def init_state(self, batch: int) -> State:
        """Return the running sums and their weight in the last column."""
        return {self.name: torch.zeros(batch, self.dim + 1)}

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the average up to every hop, (batch, hops, dim)."""
        x = torch.cat([x, torch.ones_like(x[..., :1])], 2)
        n = x.shape[1]
        if n == 1:
            y = state[self.name].unsqueeze(1) * self.decay + x
        else:
            age = torch.arange(n)[:, None] - torch.arange(n)[None]
            kernel = torch.where(age >= 0, self.decay ** age.clamp(min=0), 0.0).to(x)
            first = self.decay ** torch.arange(1, n + 1).to(x)
            y = kernel @ x + first[None, :, None] * state[self.name].unsqueeze(1)
        return y[..., :-1] / y[..., -1:], {self.name: y[:, -1]}


class Head(nn.Module):
    """Moments to a unit embedding: a straight projection plus what a hidden layer adds."""

    def __init__(self, dim: int, hidden: int, out: int) -> None:
        super().__init__()
        self.straight = nn.Linear(dim, out)
        self.hidden, self.out = nn.Linear(dim, hidden), nn.Linear(hidden, out)

    def forward(self, x: Tensor) -> Tensor:
        """Return (…, out) of unit length."""
        return F.normalize(self.straight(x) + self.out(F.gelu(self.hidden(x), approximate="tanh")), dim=-1)


class Encoder(nn.Module):
    """Sound in; ``query``, ``key`` and ``ident`` out, one row a hop."""

    kind = "gru"

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        self.frontend = LogMel(spec)
        self.stem = Stem(spec)
        self.ident = IdentBranch(spec)
        self.trunk = GruTrunk(spec.token_dim, spec.trunk_dim)
        first, second = self._widths()
        self.long = Moments("pool_long", first, spec.long_s, spec.hop_s)
        self.short = Moments("pool_short", second, spec.short_s, spec.hop_s)
        pooled = first + second
        self.scale = nn.BatchNorm1d(pooled)
        self.query = Head(pooled, spec.head_dim, spec.embed_dim)
        self.key = Head(pooled, spec.head_dim, spec.embed_dim)

    def _widths(self) -> tuple[int, int]:
        s = self.spec
        return 3 * s.mels + 2 * s.token_dim + s.trunk_dim, s.mels + s.token_dim + s.trunk_dim

    def init_state(self, batch: int = 1) -> State:
        """Return zeros under every state's name."""
        tail = {"tail": torch.zeros(batch, self.frontend.tail_samples)}
        return tail | self.encode_state(batch)

    def encode_state(self, batch: int) -> State:
        """Return the state of everything behind the front end."""
        parts = (self.stem, self.ident, self.trunk, self.long, self.short)
        return {k: v for part in parts for k, v in part.init_state(batch).items()}

    def forward(self, audio: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Return query, key (batch, hops, embed_dim), ident (batch, hops, ident_dim) and the next state."""
        mel, tail = self.frontend(audio, state["tail"])
        pooled, rows, after = self.encode(mel, state)
        ident = self.ident.embed(self.by_hop(rows, self.spec.tokens).mean(2))
        pooled = self.scale(pooled.flatten(0, 1)).unflatten(0, pooled.shape[:2])
        return self.query(pooled), self.key(pooled), ident, {"tail": tail} | after

    def encode(self, mel: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Return what log-mel (batch, hops * frames, mels) leaves for the heads.

        Moments a hop, not yet scaled, (batch, hops, pooled), and the ident branch's rows a token, (batch, tokens,
        ident_width).
        """
        centred, flux, tokens, stem_after = self.stem(mel, state)
        rows, ident_after = self.ident(tokens, state)
        trunk, trunk_after = self.trunk(tokens, state)
        c, d = (self.by_hop(x, self.spec.frames) for x in (centred, flux))
        z, g = (self.by_hop(x, self.spec.tokens) for x in (tokens, trunk))
        means = [c.mean(2), z.mean(2), g.mean(2)]
        squares = [(x * x).mean(2) for x in (c, d, z)]
        long, long_after = self.long(torch.cat(means + squares, 2), state)
        short, short_after = self.short(torch.cat(means, 2), state)
        pooled = torch.cat([self._deviations(long), short], 2)
        return pooled, rows, stem_after | ident_after | trunk_after | long_after | short_after

    def _deviations(self, long: Tensor) -> Tensor:
        """Turn mean squares into deviations; a frame's flux keeps its root mean square."""
        s = self.spec
        c, z, g, c2, d2, z2 = torch.split(long, [s.mels, s.token_dim, s.trunk_dim, s.mels, s.mels, s.token_dim], 2)

        def root(x: Tensor) -> Tensor:
            return torch.sqrt(torch.clamp(x, min=0) + 1e-4)

        return torch.cat([c, z, g, root(c2 - c * c), root(d2), root(z2 - z * z)], 2)

    @staticmethod
    def by_hop(x: Tensor, n: int) -> Tensor:
        """Return (batch, hops, n, features)."""
        return torch.unflatten(x, 1, (-1, n))
