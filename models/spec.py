"""The sizes that a model is made of, in one value that travels with its checkpoint and its artifact."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from ..daemon.clock import HOP, SAMPLE_RATE

Kind = Literal["gru", "transformer", "tcn"]


@dataclass(frozen=True, slots=True)
class Spec:
    """Shapes of the front end, the stem, the trunk and the heads.

    The hop is a whole number of frames and of tokens, so that every cache has a fixed length.
    """

    encoder: Kind = "gru"
    """Which trunk."""
    sample_rate: int = SAMPLE_RATE
    hop: int = HOP
    """Samples a step."""
    window: int = 1024
    """Samples under one Hann window."""
    stride: int = 400
    """Samples between two frames (25 ms)."""
    mels: int = 80
    low_hz: float = 30.0
    channels: tuple[int, int, int] = (24, 48, 64)
    """Maps after each convolution of the stem."""
    activation: Literal["relu", "gelu"] = "relu"
    """After each of them; the second costs a third more of a training step, and the artifact that ships has it."""
    token_dim: int = 192
    """Width of a token; there are two frames to a token (50 ms)."""
    trunk_dim: int = 256
    ident_dim: int = 64
    ident_width: int = 128
    ident_dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    """Kernel 3 each: 63 tokens, 3.15 s, are all that an ident has heard."""
    embed_dim: int = 128
    """Width of query and key."""
    head_dim: int = 128
    dropout: float = 0.1
    """Share of the pooled features that a head goes without in training."""
    long_s: float = 16.0
    """Time constant of the pool that query and key share, seconds."""
    edge_s: tuple[float, ...] = (0.0, 1.0, 4.0)
    """Time constants at the seam, seconds: of the query's end and of the key's beginning; 0 is one hop alone."""
    key_window_s: float = 8.0
    warmup_hops: int = 16

    @property
    def frames(self) -> int:
        """Frames a hop."""
        return self.hop // self.stride

    @property
    def tokens(self) -> int:
        """Tokens a hop."""
        return self.frames // 2

    @property
    def hop_s(self) -> float:
        """Seconds a hop."""
        return self.hop / self.sample_rate

    @property
    def token_s(self) -> float:
        """Seconds a token."""
        return self.hop_s / self.tokens

    @property
    def key_hops(self) -> int:
        """Hops in a key's window."""
        return round(self.key_window_s / self.hop_s)

    @property
    def ident_tokens(self) -> int:
        """Tokens that an ident has heard."""
        return 1 + 2 * sum(self.ident_dilations)

    def to_json(self) -> dict[str, object]:
        """Plain values, for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Spec":
        """Read what ``to_json`` gave; what it does not know is left out."""
        known = {f.name for f in fields(cls)}
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
        return cls(**given)
