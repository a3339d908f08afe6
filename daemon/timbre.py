"""Does the sound go on here? Band statistics of the last seconds heard, against those of the seconds after a cue-in.

Conventions
-----------
A statistic is the mean of each band's level in dB, its deviation, and that of its change from tick to tick, one after
the other: (3 * BANDS,). Evidence is in nats: the logarithm of how much more likely the two are as two moments of one
recording, the first heard through a booth, than as moments of two; tempered and bounded. The map that the booth's
equaliser moves least, and how far music keeps to each of its directions, were learned (``models/timbre.py`` makes
``data/timbre.npz``).

Source
------
Probabilistic linear discriminant analysis (Ioffe 2006), as used to tell speakers through telephones.
"""

from __future__ import annotations

import threading
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .bands import BANDS, LEAST, TICK_S, Bands

if TYPE_CHECKING:
    from .library import Snapshot

Floats = npt.NDArray[np.float32]

WINDOW_TICKS = 400
"""Ticks of a statistic, 20 s."""
ENOUGH_TICKS = 200
"""Ticks without which there is none."""
_TEMPER = 8.0
"""By which the logarithm is divided: seconds of music are far from independent of each other."""
LEAST_NATS, MOST_NATS = -2.5, 4.0
_MOST_DEVIATIONS = 3.0


def statistic(level_db: npt.NDArray[np.floating]) -> Floats:
    """Return the statistic of some seconds, levels (ticks, bands) in dB."""
    moving = np.diff(level_db, axis=0).std(axis=0)
    told: Floats = np.concatenate([level_db.mean(axis=0), level_db.std(axis=0), moving]).astype(np.float32)
    return told


def decibels(levels: npt.NDArray[np.uint8]) -> Floats:
    """Return stored levels (``bands.levels``) in dB."""
    return levels.astype(np.float32) * np.float32(0.5) - np.float32(110)


class TimbreModel:
    """The learned map.

    Parameters
    ----------
    heard, filed
        Mean statistic of what is heard, and of what is on file, (3 * BANDS,) each.
    axes
        (3 * BANDS, K).
    kept
        0..1, correlation of two moments of a recording along each axis, (K,).
    """

    def __init__(self, heard: Floats, filed: Floats, axes: Floats, kept: Floats) -> None:
        self._heard, self._filed, self._axes = heard, filed, axes
        self._constant = float(-0.5 * np.log(1 - kept**2).sum())
        self._own: Floats = kept**2 / (2 * (1 - kept**2))
        self._both: Floats = kept / (1 - kept**2)

    @classmethod
    def shipped(cls) -> TimbreModel:
        """Read the one that comes with Segue."""
        with resources.files(__package__).joinpath("data/timbre.npz").open("rb") as file, np.load(file) as stored:
            return cls(*(stored[name].astype(np.float32) for name in ("heard", "filed", "axes", "kept")))

    def of_heard(self, level_db: Floats) -> Floats:
        """Place what is heard, (ticks, bands) in dB, on the axes, (K,)."""
        return self._bounded(statistic(level_db) - self._heard)

    def of_filed(self, level_db: Floats) -> Floats:
        """Place what is on file on the axes, (K,)."""
        return self._bounded(statistic(level_db) - self._filed)

    def evidence(self, heard: Floats, filed: Floats) -> Floats:
        """Return how much each of some places on file, (n, K), speaks for going on from what is heard, (n,), nats."""
        nats = self._constant - float(self._own @ heard**2) - filed**2 @ self._own + filed @ (self._both * heard)
        evidence: Floats = np.clip(nats / _TEMPER, LEAST_NATS, MOST_NATS)
        return evidence

    def _bounded(self, values: Floats) -> Floats:
        placed: Floats = np.clip(values @ self._axes, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        return placed


class LastSound:
    """Keeps the band levels of the last seconds with sound.

    Parameters
    ----------
    model
        Where they are placed.
    """

    def __init__(self, model: TimbreModel) -> None:
        self._model = model
        self._bands = Bands()
        self._levels: Floats = np.zeros((0, BANDS), np.float32)

    def step(self, samples: Floats) -> None:
        """Take in a hop of sound, mono at 16 kHz."""
        self.add(self._bands.step(samples)[1])

    def add(self, power: Floats) -> None:
        """Take in band powers, (ticks, bands)."""
        level = (10 * np.log10(power + LEAST)).astype(np.float32)
        self._levels = np.concatenate([self._levels, level])[-WINDOW_TICKS:]

    def place(self) -> Floats | None:
        """Return where the last seconds lie on the model's axes, (K,); None before there are enough of them."""
        return self._model.of_heard(self._levels) if len(self._levels) >= ENOUGH_TICKS else None


class Entries:
    """Where the seconds after the library's cue-ins lie: read from the levels on file when they are first asked for.

    Ten thousand tracks have gigabytes of levels, of which a set meets a few hundred cue-ins.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.model = TimbreModel.shipped()
        self._snapshot = snapshot
        self._places: dict[tuple[int, int, int], Floats | None] = {}
        self._lock = threading.Lock()

    def place(self, number: int, position_s: float) -> Floats | None:
        """Return where the seconds after a moment of a track lie, (K,); None where there are too few levels."""
        tick = round(position_s / TICK_S)
        return self._place(number, tick, tick + WINDOW_TICKS, (number, tick, 1))

    def before(self, number: int, position_s: float) -> Floats | None:
        """Return where the seconds before a moment of a track lie."""
        tick = round(position_s / TICK_S)
        return self._place(number, tick - WINDOW_TICKS, tick, (number, tick, -1))

    def _place(self, number: int, start: int, stop: int, key: tuple[int, int, int]) -> Floats | None:
        with self._lock:
            if key not in self._places:
                stop = min(stop, int(self._snapshot.tracks[number].duration_s / TICK_S))
                levels = self._snapshot.bands(number, np.arange(max(start, 0), max(stop, 0)))
                enough = len(levels) >= ENOUGH_TICKS and bool(levels.any())
                self._places[key] = self.model.of_filed(decibels(levels)) if enough else None
            return self._places[key]
