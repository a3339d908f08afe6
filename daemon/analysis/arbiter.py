"""Which of several tempi a piece of music has: what autocorrelation leaves open, the ear of the live tracker decides.

Conventions
-----------
Sound is mono at 16 kHz, (frames,) float32. A few excerpts from the whole length are heard as they would be live, and
the learned pulse model (``pulse``) scores every tempo at the end of each.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..clock import SAMPLE_RATE, TICK
from ..signal.features import Features
from ..signal.pulse import BPM, PulseModel, Resonators

_EXCERPTS, _EXCERPT_S = 4, 9.0
_SETTLED = 0.6
"""Share of an excerpt after which the resonators are worth reading."""
_READ_TICKS = 10
_NEAR = 0.012
"""How far in log tempo a tempo of the model's grid may lie from the one that is asked for."""
_FLOOR = -8.0
"""Nats: one excerpt without a beat must not outvote all the others."""
_LOG_BPM = np.log(BPM)


def votes(mono: NDArray[np.float32], tempi_bpm: Sequence[float]) -> NDArray[np.float64]:
    """Return the mean log-likelihood of each tempo against all others, nats, (tempi,), -8 and up."""
    rows = [np.abs(_LOG_BPM - np.log(bpm)) <= _NEAR for bpm in tempi_bpm]
    model = PulseModel()
    heard = [_likelihood(resonators, model, rows) for resonators in _listen(mono)]
    return np.array(heard).mean(axis=0) if heard else np.zeros(len(rows))


def _listen(mono: NDArray[np.float32]) -> "list[NDArray[np.complex64]]":
    """Return the resonance at moments of every excerpt."""
    length = round(min(_EXCERPT_S, len(mono) / SAMPLE_RATE) * SAMPLE_RATE) // TICK
    count = max(1, min(_EXCERPTS, len(mono) // (length * TICK))) if length else 0
    read = []
    for start in np.linspace(0, len(mono) - length * TICK, count + 2)[1:-1].astype(int):
        features, bank = Features(), Resonators()
        for tick in range(length):
            at = start + tick * TICK
            bank.step(features.step(mono[at : at + TICK], 0.0, 0.0).flux)
            if tick >= _SETTLED * length and tick % _READ_TICKS == 0:
                read.append(bank.read())
    return read


def _likelihood(
    resonance: NDArray[np.complex64], model: PulseModel, rows: list[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    best = model.scores(resonance).max(axis=1).astype(np.float64)
    best -= best.max() + np.log(np.exp(best - best.max()).sum())
    return np.array([max(_FLOOR, float(best[near].max(initial=_FLOOR))) for near in rows])
