"""What the listening path asks of the model and of the tracker, so that a test can put doubles in their places.

Conventions
-----------
A hop is ``HOP`` samples of mono sound at 16 kHz. Whoever steps owns the state, and hands it on.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..artifact import Artifact
    from ..engine import Embedding
    from ..engine import State as EngineState
    from .now import NowPlaying

Samples = NDArray[np.float32]


class Listener(Protocol):
    """What the pipeline asks of the model (``engine.Engine``)."""

    @property
    def hop(self) -> int:
        """Samples in a step."""

    @property
    def artifact(self) -> Artifact:
        """What it says about itself."""

    def init_state(self) -> EngineState:
        """Return the state of a fresh stream."""

    def step(self, samples: Samples, state: EngineState) -> tuple[Embedding, EngineState]:
        """Advance one hop."""


class Follower(Protocol):
    """What the pipeline asks of the tracker (``tracker.Tracker``)."""

    def step(
        self, samples: Samples, heard: Embedding, state: EngineState, silence: bool
    ) -> tuple[NowPlaying | None, NowPlaying | None]:
        """Advance one hop: follow what is known."""

    def search(self) -> tuple[NowPlaying | None, NowPlaying | None]:
        """End the hop: look for what is not known yet."""

    def plausible(self) -> set[int]:
        """Return the tracks that may have been mixed in."""

    def refuted(self) -> set[int]:
        """Return the tracks that were taken for what plays, and are not."""

    def expect(self, number: int | None) -> None:
        """Look first for a track that is said to play, or for none."""

    def suspect(self, cued: Collection[NowPlaying]) -> None:
        """Look in each hop for what stands ready beside the mixture, and where it stands."""

    def demand(self, confidence: float) -> None:
        """Be so sure from now on before a track is named."""
