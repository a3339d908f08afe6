"""What the encoder makes of a batch: the rows that objectives compare, and where in their records they lie."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .datasets.batches import Batch
from .encoder import Encoder, Heard
from .frontend import log_mel


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a batch: heard in a booth, or on file."""

    mel: Tensor
    """Log-mel that went in, (n, frames, mels)."""
    tokens: Tensor
    """(n, tokens, token_dim)."""
    trunk: Tensor | None
    """(n, tokens, trunk_dim) of one pass over the whole view; None on the filed side, whose windows start afresh."""
    ident: Tensor
    """Rows of the ident branch, (n, tokens, ident_width)."""


@dataclass(frozen=True, slots=True)
class Views:
    """A batch of ``n`` records: ``a`` anchors in what is heard, ``k`` key windows on file."""

    batch: Batch
    heard: Side
    filed: Side
    query: Tensor
    """What should follow, at the anchors, (a, embed_dim), unit."""
    query_pool: Tensor
    """The moments under it, (a, features)."""
    key: Tensor
    """What starts in the windows, (k, embed_dim), unit."""
    key_pool: Tensor
    """(k, features)."""
    anchor_track: Tensor
    """Row of the batch, (a,)."""
    anchor_s: Tensor
    """Where the anchors lie in their records, (a,) seconds."""
    anchor_token: Tensor
    """The last token of the heard view that an anchor has heard, (a,)."""
    key_track: Tensor
    key_s: Tensor
    """Where the windows start, (k,) seconds."""
    follows: Tensor
    """The window that starts where the anchor ends, (a,)."""
    token_s: float

    def heard_token(self, track: Tensor, record_s: Tensor) -> Tensor:
        """Return the token of the heard view at seconds of the record, (m,); -1 where there is none."""
        b = self.batch
        return self._token(track, record_s, b.heard_start_s, b.heard_rate, self.heard.tokens.shape[1])

    def filed_token(self, track: Tensor, record_s: Tensor) -> Tensor:
        """Return the token of the filed view at seconds of the record, (m,); -1 where there is none."""
        b = self.batch
        return self._token(track, record_s, b.filed_start_s, b.filed_rate, self.filed.tokens.shape[1])

    def shuffled(self, rng: np.random.Generator) -> "Views":
        """Return the views with every anchor told that some window or other follows it: a control."""
        order = torch.from_numpy(rng.permutation(len(self.follows))).to(self.follows.device)
        anchor = ("follows", "anchor_track", "anchor_s")
        return replace(self, **{name: getattr(self, name)[order] for name in anchor})

    def _token(self, track: Tensor, record_s: Tensor, start_s: Tensor, rate: Tensor, count: int) -> Tensor:
        at = torch.round((record_s - start_s[track]) / rate[track] / self.token_s).long()
        return torch.where((at >= 0) & (at < count), at, -1)


def encode(encoder: Encoder, batch: Batch) -> Views:
    """Run the encoder over both sides of a batch.

    The stem hears each view once; every key window then goes through trunk and pools from a fresh state, as it does
    in a library.
    """
    spec, (n, w) = encoder.spec, batch.window_s.shape
    anchors = batch.anchor_hop.shape[1]
    sides, parts = [], []
    for power in (batch.heard, batch.filed):
        mel = log_mel(power)
        heard, rows, _ = encoder.listen(mel, encoder.encode_state(n))
        sides.append((mel, rows))
        parts.append(heard)
    query_pool, _, trunk, _ = encoder.follow(parts[0], encoder.encode_state(n))
    track = torch.arange(n, device=batch.heard.device)
    query_pool = query_pool[track[:, None], batch.anchor_hop - 1].flatten(0, 1)

    first = (batch.window_s - batch.filed_start_s[:, None]) / batch.filed_rate[:, None] / spec.token_s
    length = spec.key_hops * spec.tokens
    first = first.round().long().clamp(0, parts[1].tokens.shape[1] - length)
    _, key_pool, _, _ = encoder.follow(_windows(parts[1], first, length), encoder.encode_state(n * w))
    key_pool = key_pool[:, -1]
    with torch.autocast(batch.heard.device.type, enabled=False):
        query, key = encoder.query(query_pool), encoder.key(key_pool)
    return Views(
        batch,
        Side(sides[0][0], parts[0].tokens, trunk, sides[0][1]),
        Side(sides[1][0], parts[1].tokens, None, sides[1][1]),
        query,
        query_pool,
        key,
        key_pool,
        track.repeat_interleave(anchors),
        batch.window_s[:, :anchors].flatten(),
        batch.anchor_hop.flatten() * spec.tokens - 1,
        track.repeat_interleave(w),
        batch.window_s.flatten(),
        (track[:, None] * w + torch.arange(anchors, device=track.device)).flatten(),
        spec.token_s,
    )


def _windows(heard: Heard, first: Tensor, length: int) -> Heard:
    """Cut windows of ``length`` tokens out of (n, …) rows at (n, w) first tokens; a token is two frames."""
    row = torch.arange(len(first), device=first.device)[:, None, None]
    token = first[:, :, None] + torch.arange(length, device=first.device)
    frame = 2 * first[:, :, None] + torch.arange(2 * length, device=first.device)
    return Heard(*(x[row, at].flatten(0, 1) for x, at in zip(heard, (frame, frame, token), strict=True)))
