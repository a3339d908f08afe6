"""What the encoder is asked for: each objective a small module with its own weights, freely weighted in a recipe."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..datasets.clips import Clip
from ..encoder import Encoder
from ..views import Views

FAR = -1e4
"""A logit that takes no part."""


class Settings(BaseModel):
    """What a recipe may say about an objective."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Objective(nn.Module):
    """A loss with whatever is learnt for it alone; all of it lives in the checkpoint."""

    needs: ClassVar[frozenset[str]] = frozenset()
    """What a batch must carry for it: ``chroma``, ``tempo``."""

    def attach(self, clips: Sequence[Clip], folder: Path, held_out: Sequence[Clip] = ()) -> None:
        """Fetch what it needs beside the batches of these clips of a cache, once, before the first step."""

    def begin(self, encoder: Encoder) -> None:
        """Prepare from the encoder, once, before the first step."""

    @abstractmethod
    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a float32 scalar."""

    def after_step(self, encoder: Encoder) -> None:
        """Move what follows the encoder: queues, averaged copies."""
