"""Does the graph say what torch says? Asked through the engine that will run it on stage.

Two questions: a minute of music-like sound cut in hops, and an hour of silence and noise, where denormal numbers and
drifting states would show. A difference over the tolerance fails the export.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..daemon.engine import Engine
from ..daemon.errors import ArtifactError
from ..models.encoder import Encoder

TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Parity:
    """The largest difference of any number of query, key and ident."""

    minute: float
    """Over 60 s cut in hops, against torch fed with all of it at once."""
    hour: float
    """Over the last minute of an hour of silence and noise, both hop by hop."""


def check(encoder: Encoder, path: Path, hour_hops: int = 14_400) -> Parity:
    """Compare a graph with the encoder it was written from.

    Raises
    ------
    ArtifactError
        If they differ by more than ``TOLERANCE``.
    """
    engine = Engine(path)
    parity = Parity(_minute(encoder, engine), _hour(encoder, engine, hour_hops))
    if not max(parity.minute, parity.hour) <= TOLERANCE:
        raise ArtifactError(f"{path} differs from the checkpoint by {parity}, at most {TOLERANCE} is allowed")
    return parity


def sweep(seconds: float, rate: int, seed: int = 0) -> NDArray[np.float32]:
    """Return chords that change, beats and hiss, (frames,) float32: something in every band at every level."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    sound = sum(np.sin(2 * np.pi * f * (1 + 0.3 * np.floor(t / 2) % 1.1) * t) for f in (55, 220, 277, 330, 1760))
    beat = np.exp(-((t * 2.1) % 1) * 18)
    return (0.08 * sound * (0.3 + beat) + 0.1 * beat * rng.standard_normal(len(t))).astype(np.float32)


def _minute(encoder: Encoder, engine: Engine) -> float:
    spec = encoder.spec
    sound = sweep(60, spec.sample_rate)
    got = engine.run(sound)
    with torch.no_grad():
        whole = torch.from_numpy(sound[: len(got.query) * spec.hop])[None]
        *wanted, _ = encoder(whole, encoder.init_state())
    return max(_apart(a, b[0]) for a, b in zip((got.query, got.key, got.ident), wanted, strict=True))


def _hour(encoder: Encoder, engine: Engine, hops: int) -> float:
    spec = encoder.spec
    rng = np.random.default_rng(1)
    state, theirs = engine.init_state(), encoder.init_state()
    worst = 0.0
    for h in range(hops):
        part = (h // 240) % 3  # four minutes in turn of silence, noise, and noise that dies away
        level = (0.0, 0.1, 0.1 * 0.9 ** (h % 240))[part]
        sound = (level * rng.standard_normal(spec.hop)).astype(np.float32)
        embedding, state = engine.step(sound, state)
        with torch.no_grad():
            *wanted, theirs = encoder(torch.from_numpy(sound)[None], theirs)
        if h >= hops - 240 or h % 97 == 0:
            mine = (embedding.query, embedding.key, embedding.ident)
            worst = max(worst, *(_apart(a, b[0, 0]) for a, b in zip(mine, wanted, strict=True)))
    return worst


def _apart(a: NDArray[np.float32], b: torch.Tensor) -> float:
    difference = np.abs(a - b.numpy())
    return float(difference.max()) if np.isfinite(difference).all() else float("inf")
