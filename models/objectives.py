"""What the encoder is asked to bring together and to hold apart.

Conventions
-----------
Embeddings have unit length; ``scale`` is the inverse temperature; a track is an int, and rows of one track are never
negatives of each other unless a function says so.

Source: InfoNCE as in CPC (van den Oord et al. 2018, arXiv:1807.03748); NT-Xent as in SimCLR (Chen et al. 2020,
arXiv:2002.05709) and neural audio fingerprinting (Chang et al. 2021, arXiv:2010.11910).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

FAR = -1e4
"""A logit that takes no part."""


def continuation(query: Tensor, key: Tensor, track: Tensor, start_s: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE of "what should follow" against "what starts here".

    Row i of ``query`` (n, dim) ends where row i of ``key`` (n, dim) starts, at ``start_s`` (n,) seconds of ``track``
    (n,). Two questions are asked at once: which of all windows follows (the same track's others are hard negatives),
    and which track does (any of its windows from here on will do, its past takes no part).
    """
    logits = query @ key.T * scale
    same = track[:, None] == track[None]
    exact = F.cross_entropy(logits, torch.arange(len(query)))
    ahead = same & (start_s[None] >= start_s[:, None] - 1e-3)
    right = torch.logsumexp(logits.masked_fill(~ahead, FAR), 1)
    allowed = torch.logsumexp(logits.masked_fill(same & ~ahead, FAR), 1)
    backward = F.cross_entropy(
        logits.T.masked_fill(same & ~torch.eye(len(query), dtype=torch.bool), FAR), torch.arange(len(query))
    )
    return 0.4 * exact + 0.4 * (allowed - right).mean() + 0.2 * backward


def identity(heard: Tensor, filed: Tensor, track: Tensor, at_s: Tensor, scale: Tensor, near_s: float = 0.8) -> Tensor:
    """NT-Xent of a moment heard in a booth against the same moment on file.

    Rows are pairs, (n, dim) each, at ``at_s`` (n,) seconds of ``track`` (n,). Other moments of the same track are
    negatives when they are more than ``near_s`` away.
    """
    logits = heard @ filed.T * scale
    close = (track[:, None] == track[None]) & ((at_s[:, None] - at_s[None]).abs() < near_s)
    logits = logits.masked_fill(close & ~torch.eye(len(heard), dtype=torch.bool), FAR)
    want = torch.arange(len(heard))
    return 0.5 * (F.cross_entropy(logits, want) + F.cross_entropy(logits.T, want))
