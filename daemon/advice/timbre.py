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
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..signal.bands import BANDS, LEAST, TICK_S, Bands
from . import overlap

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot

Floats = npt.NDArray[np.float32]

WINDOW_TICKS = 400
"""Ticks of a statistic, 20 s."""
VIEWS = 3
"""Of what is heard: music goes on as it was a minute ago as often as it goes on as it is."""
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
        with resources.files("segue.daemon").joinpath("data/timbre.npz").open("rb") as file, np.load(file) as stored:
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


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of some seconds."""

    place: Floats
    """On the model's axes, (K,)."""
    groove: Floats
    """``overlap.groove``."""
    tones: Floats
    """``overlap.tones``."""


class LastSound:
    """Keeps the band levels of the last minute with sound.

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
        self._levels = np.concatenate([self._levels, level])[-VIEWS * WINDOW_TICKS :]

    def views(self) -> tuple[Sound, ...]:
        """Return the last 20 s, those before them, and so on; nothing before there is enough of any."""
        parts = (self._levels[max(end - WINDOW_TICKS, 0) : end] for end in range(len(self._levels), 0, -WINDOW_TICKS))
        return tuple(_sound(self._model.of_heard(part), part) for part in parts if len(part) >= ENOUGH_TICKS)


class Entries:
    """The seconds after the library's cue-ins: read from the levels on file when they are first asked for.

    Ten thousand tracks have gigabytes of levels, of which a set meets a few hundred cue-ins.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.model = TimbreModel.shipped()
        self._snapshot = snapshot
        self._sounds: dict[tuple[int, int, int], Sound | None] = {}
        self._lock = threading.Lock()

    def after(self, number: int, position_s: float) -> Sound | None:
        """Return the seconds after a moment of a track; None where there are too few levels."""
        tick = round(position_s / TICK_S)
        return self._sound(number, tick, tick + WINDOW_TICKS, (number, tick, 1))

    def before(self, number: int, position_s: float) -> tuple[Sound, ...]:
        """Return the seconds before a moment of a track, as ``LastSound.views`` does."""
        tick = round(position_s / TICK_S)
        ends = (tick - n * WINDOW_TICKS for n in range(VIEWS))
        found = (self._sound(number, end - WINDOW_TICKS, end, (number, end, -1)) for end in ends)
        return tuple(sound for sound in found if sound is not None)

    def _sound(self, number: int, start: int, stop: int, key: tuple[int, int, int]) -> Sound | None:
        with self._lock:
            if key not in self._sounds:
                stop = min(stop, int(self._snapshot.tracks[number].duration_s / TICK_S))
                levels = self._snapshot.bands(number, np.arange(max(start, 0), max(stop, 0)))
                enough = len(levels) >= ENOUGH_TICKS and bool(levels.any())
                level_db = decibels(levels)
                self._sounds[key] = _sound(self.model.of_filed(level_db), level_db) if enough else None
            return self._sounds[key]


def _sound(place: Floats, level_db: Floats) -> Sound:
    return Sound(place, overlap.groove(level_db), overlap.tones(level_db))
