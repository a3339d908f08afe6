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
    """Over an hour of silence and noise cut in hops, against torch fed a minute at a time."""


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
    """Torch is fed a minute at a time, so its whole sequences stand against the engine's hops for all of the hour."""
    spec, at_once = encoder.spec, 240
    rng = np.random.default_rng(1)
    state, theirs = engine.init_state(), encoder.init_state()
    worst = 0.0
    for first in range(0, hops, at_once):
        h = np.arange(first, min(first + at_once, hops))
        # A minute in turn of silence, noise, and noise that dies away beyond what float32 can hold.
        level = np.where(h // 240 % 3 == 1, 0.1, 0.1 * 0.65 ** (h % 240)) * (h // 240 % 3 > 0)
        sound = (level[:, None] * rng.standard_normal((len(h), spec.hop))).astype(np.float32)
        mine: list[tuple[NDArray[np.float32], ...]] = []
        for hop in sound:
            embedding, state = engine.step(hop, state)
            mine.append((embedding.query, embedding.key, embedding.ident))
        with torch.no_grad():
            *wanted, theirs = encoder(torch.from_numpy(sound.reshape(1, -1)), theirs)
        worst = max(worst, *(_apart(np.stack(a), b[0]) for a, b in zip(zip(*mine, strict=True), wanted, strict=True)))
    return worst


def _apart(a: NDArray[np.float32], b: torch.Tensor) -> float:
    difference = np.abs(a - b.numpy())
    return float(difference.max()) if np.isfinite(difference).all() else float("inf")
