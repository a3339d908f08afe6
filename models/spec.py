"""The sizes that a model is made of, in one value that travels with its checkpoint and its artifact."""

from dataclasses import asdict, dataclass

from ..daemon.clock import HOP, SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Spec:
    """Shapes of the front end, the stem, the trunk and the heads.

    The hop is a whole number of frames and of tokens, so that every cache has a fixed length.
    """

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
    token_dim: int = 192
    """Width of a token; there are two frames to a token (50 ms)."""
    trunk_dim: int = 256
    ident_dim: int = 64
    ident_width: int = 128
    ident_dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    """Kernel 3 each: 63 tokens, 3.15 s, are all that an ident has heard."""
    embed_dim: int = 128
    """Width of query and key."""
    head_dim: int = 384
    short_s: float = 4.0
    long_s: float = 16.0
    """Time constants of the pools, seconds."""
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
    def key_hops(self) -> int:
        """Hops in a key's window."""
        return round(self.key_window_s / self.hop_s)

    def to_json(self) -> dict[str, object]:
        """Plain values, for a checkpoint."""
        return asdict(self)
