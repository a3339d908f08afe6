"""The encoder: one causal network that is fed whole sequences in training and single hops on stage.

``forward`` takes any whole number of hops and a state, and gives the outputs of every hop and the next state; a hop at
a time or all at once is the same computation. The state is a plain dict of named tensors, all zero at the start, under
the names that the ONNX graph uses.

::

    audio → log-mel ─→ stem (3 convolutions) → tokens ─┬→ dilated convolutions, 3.15 s → ident
                 │                                     └→ trunk (GRU, Transformer or TCN) ─┐
                 └─ moments: the long run, the end, the beginning ─────────────────────────┴→ query, key

Conventions
-----------
Tensors are (batch, time, features). Everything is causal with its left context in the state.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .frontend import LogMel
from .gru import GruTrunk
from .ident import IdentBranch
from .pools import Pools
from .spec import Kind, Spec
from .stem import State, Stem
from .tcn import TcnTrunk
from .transformer import TransformerTrunk

TRUNKS: dict[Kind, type[GruTrunk] | type[TransformerTrunk] | type[TcnTrunk]] = {
    "gru": GruTrunk,
    "transformer": TransformerTrunk,
    "tcn": TcnTrunk,
}


class Heard(NamedTuple):
    """What the stem makes of a stretch of log-mel."""

    centred: Tensor
    """(batch, frames, mels)."""
    flux: Tensor
    """(batch, frames, mels)."""
    tokens: Tensor
    """(batch, tokens, token_dim)."""


class Head(nn.Module):
    """Moments to a unit embedding: a straight projection plus what a hidden layer adds.

    The scale of the moments is measured once (`discriminant`) and stays: that of a batch of twenty records would be
    another one at every step, and drown what tells records apart.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, dim: int, hidden: int, out: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("deviation", torch.ones(dim))
        self.dropout = nn.Dropout(dropout)
        self.straight = nn.Linear(dim, out)
        self.hidden, self.out = nn.Linear(dim, hidden), nn.Linear(hidden, out)

    def forward(self, pool: Tensor) -> Tensor:
        """Return (n, out) of unit length for (n, dim) moments."""
        x = (pool - self.mean) / self.deviation
        more = self.out(F.gelu(self.hidden(self.dropout(x)), approximate="tanh"))
        return F.normalize(self.straight(x) + more, dim=-1)


class Encoder(nn.Module):
    """Sound in; ``query``, ``key`` and ``ident`` out, one row a hop."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        self.frontend = LogMel(spec)
        self.stem = Stem(spec)
        self.ident = IdentBranch(spec)
        self.trunk = TRUNKS[spec.encoder](spec.token_dim, spec.trunk_dim)
        self.pools = Pools(spec)
        self.query = Head(self.pools.dim, spec.head_dim, spec.embed_dim, spec.dropout)
        self.key = Head(self.pools.dim, spec.head_dim, spec.embed_dim, spec.dropout)
        # Both begin as the same map: the end of what was heard already lies near a beginning that sounds like it.
        self.key.load_state_dict(self.query.state_dict())

    def init_state(self, batch: int = 1) -> State:
        """Return zeros under every state's name."""
        return {"tail": torch.zeros(batch, self.frontend.tail_samples)} | self.encode_state(batch)

    def encode_state(self, batch: int) -> State:
        """Return the state of everything behind the front end, on the weights' device."""
        device = self.stem.out.weight.device
        parts = (self.stem, self.ident, self.trunk, self.pools)
        return {k: v.to(device) for part in parts for k, v in part.init_state(batch).items()}

    def forward(self, audio: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Return query, key (batch, hops, embed_dim), ident (batch, hops, ident_dim) and the next state."""
        mel, tail = self.frontend(audio, state["tail"])
        heard, rows, listened = self.listen(mel, state)
        query, key, _, followed = self.follow(heard, state)
        shape = query.shape[:2]
        ident = self.ident.embed(self.pools.by_hop(rows, self.spec.tokens).mean(2))
        query, key = self.query(query.flatten(0, 1)), self.key(key.flatten(0, 1))
        return query.unflatten(0, shape), key.unflatten(0, shape), ident, {"tail": tail} | listened | followed

    def listen(self, mel: Tensor, state: State) -> tuple[Heard, Tensor, State]:
        """Return what the stem hears in (batch, frames, mels) log-mel, and the ident branch's row of every token."""
        *heard, stem_after = self.stem(mel, state)
        rows, ident_after = self.ident(heard[2], state)
        return Heard(*heard), rows, stem_after | ident_after

    def follow(self, heard: Heard, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Return the moments under query and key, (batch, hops, features), and (batch, tokens, trunk_dim)."""
        trunk, trunk_after = self.trunk(heard.tokens, state)
        query, key, pools_after = self.pools(*heard, trunk, state)
        return query, key, trunk, trunk_after | pools_after
