"""What is left of a stretch of music: running moments of frames, tokens and trunk, from which query and key are read.

Two kinds of pool, both first-order filters over hops that are right from the first hop on. A *trailing* pool forgets
what is old: the end of what was heard, which the query needs. An *opening* pool takes in less and less: the beginning
of what was heard since the fresh state, which the key needs. A continuation begins as what came before it ended, so
the two are compared across the seam.

Conventions
-----------
Rows are (batch, hops, features), float32 also under autocast: a deviation is a small difference of large numbers.
"""

import math

import torch
from torch import Tensor, nn

from .spec import Spec
from .stem import State


class Trailing(nn.Module):
    """Leaky average over hops, divided by the weight so far; 0 s is the hop alone and has no state.

    The state is the average and, in its last column, its weight: a sum would round off by a little at every hop, and
    drift through an hour of silence.
    """

    def __init__(self, name: str, dim: int, seconds: float, hop_s: float) -> None:
        super().__init__()
        self.name, self.dim = name, dim
        self.decay = math.exp(-hop_s / seconds) if seconds else 0.0

    def init_state(self, batch: int) -> State:
        """Return the average of nothing, of no weight."""
        return {self.name: torch.zeros(batch, self.dim + 1)} if self.decay else {}

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the average up to every hop, (batch, hops, dim)."""
        if not self.decay:
            return x, {}
        held, weight = state[self.name][:, None, :-1], state[self.name][:, None, -1:]
        n = x.shape[1]
        if n == 1:
            weights = weight * self.decay + 1
            y = held + (x - held) / weights
        else:
            step = torch.arange(n, device=x.device)
            age = step[:, None] - step[None]
            kernel = torch.where(age >= 0, self.decay ** age.clamp(min=0), 0.0).to(x)
            before = weight * self.decay ** (step + 1).to(x)[None, :, None]
            weights = before + kernel.sum(1)[None, :, None]
            y = (kernel @ x + before * held) / weights
        return y, {self.name: torch.cat([y[:, -1], weights[:, -1]], 1)}


class Opening(nn.Module):
    """Average since the fresh state in which hop n weighs ``decay ** n``; 0 s is the first hop alone.

    The state is the average and, in its last column, the share of all weight that is spent.
    """

    def __init__(self, name: str, dim: int, seconds: float, hop_s: float) -> None:
        super().__init__()
        self.name, self.dim = name, dim
        self.decay = math.exp(-hop_s / seconds) if seconds else 0.0

    def init_state(self, batch: int) -> State:
        """Return the average of nothing, of no weight."""
        return {self.name: torch.zeros(batch, self.dim + 1)}

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the average up to every hop, (batch, hops, dim)."""
        held, spent = state[self.name][:, None, :-1], state[self.name][:, None, -1:]
        n = x.shape[1]
        left = (1 - spent) * self.decay ** torch.arange(n, device=x.device).to(x)[None, :, None]  # before each hop
        share, spent_after = left * (1 - self.decay), 1 - left * self.decay
        if n == 1:
            y = held + (x - held) * (share / spent_after)
        else:
            y = (spent * held + (x * share).cumsum(1)) / spent_after
        return y, {self.name: torch.cat([y[:, -1], spent_after[:, -1]], 1)}


class Pools(nn.Module):
    """Moments for query and key out of centred frames, their flux, tokens and trunk."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        first, second = 2 * spec.token_dim + spec.trunk_dim + 3 * spec.mels, spec.mels + spec.token_dim + spec.trunk_dim
        self.long = Trailing("pool_long", first, spec.long_s, spec.hop_s)
        edges = range(len(spec.edge_s))
        self.ends = nn.ModuleList(Trailing(f"pool_end_{i}", second, spec.edge_s[i], spec.hop_s) for i in edges)
        self.openings = nn.ModuleList(Opening(f"pool_opening_{i}", second, spec.edge_s[i], spec.hop_s) for i in edges)
        self.dim = first + len(spec.edge_s) * second
        """Features under a query, and under a key."""

    def init_state(self, batch: int) -> State:
        """Return the state of every pool."""
        pools = (self.long, *self.ends, *self.openings)
        return {k: v for pool in pools for k, v in pool.init_state(batch).items()}

    def forward(
        self, centred: Tensor, flux: Tensor, tokens: Tensor, trunk: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Return what lies under the query and under the key, each (batch, hops, dim), and the next state."""
        with torch.autocast(centred.device.type, enabled=False):
            c, d = (self.by_hop(x, self.spec.frames) for x in (centred, flux))
            z, g = (self.by_hop(x, self.spec.tokens) for x in (tokens, trunk))
            means = torch.cat([c.mean(2), z.mean(2), g.mean(2)], 2)
            squares = [(x * x).mean(2) for x in (c, d, z)]
            long, after = self.long(torch.cat([means, *squares], 2), state)
            long = self._deviations(long)
            query, key = [long], [long]
            for parts, pools in ((query, self.ends), (key, self.openings)):
                for pool in pools:
                    edge, moved = pool(means, state)
                    parts.append(edge)
                    after |= moved
            return torch.cat(query, 2), torch.cat(key, 2), after

    def learned(self) -> Tensor:
        """Return which features come from tokens and trunk, and so move while those learn, (dim,) bool."""
        return self._from(tokens=True)

    def of_trunk(self) -> Tensor:
        """Return which features come from the trunk, (dim,) bool."""
        return self._from(tokens=False)

    def _from(self, tokens: bool) -> Tensor:
        s = self.spec
        edge = [(s.mels, False), (s.token_dim, tokens), (s.trunk_dim, True)]
        parts = [*edge, (2 * s.mels, False), (s.token_dim, tokens), *(edge * len(s.edge_s))]
        return torch.cat([torch.full((width,), chosen) for width, chosen in parts])

    def _deviations(self, long: Tensor) -> Tensor:
        """Turn mean squares into deviations; a frame's flux keeps its root mean square."""
        s = self.spec
        c, z, g, c2, d2, z2 = torch.split(long, [s.mels, s.token_dim, s.trunk_dim, s.mels, s.mels, s.token_dim], 2)

        def root(x: Tensor) -> Tensor:
            return torch.sqrt(torch.clamp(x, min=0) + 1e-4)

        return torch.cat([c, z, g, root(c2 - c * c), root(d2), root(z2 - z * z)], 2)

    @staticmethod
    def by_hop(x: Tensor, n: int) -> Tensor:
        """Return (batch, hops, n, features), float32."""
        return torch.unflatten(x.float(), 1, (-1, n))
