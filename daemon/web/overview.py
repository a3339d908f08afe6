"""A whole track as a picture of three bands, from the levels that the library keeps: nothing is decoded again.

Conventions
-----------
A column is a byte per band, 0 to 255 of the loudest moment of the track: its amplitude, not its decibels, since that
is what a waveform shows. Bands are below 250 Hz, up to 2 kHz, and above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..library.bandstore import PAGE
from ..signal.bands import CENTRES_HZ, NEPERS, TICK_S

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot

COLUMNS = 1200
_EDGES_HZ = (250.0, 2000.0)
_LOUDEST = 99.5
"""Percentile of the columns that fills the height; a click above it is cut."""


def overview(snapshot: Snapshot, number: int) -> NDArray[np.uint8]:
    """Draw a track, (3, columns): low, mid, high; at most ``COLUMNS``, none for a track without levels."""
    ticks = int(snapshot.tracks[number].duration_s / TICK_S)
    columns = min(COLUMNS, ticks)
    if columns == 0:
        return np.zeros((3, 0), np.uint8)
    band_of = np.digitize(CENTRES_HZ, _EDGES_HZ)
    power = np.empty((3, ticks), np.float32)
    for first in range(0, ticks, PAGE):  # a page at a time, since the tracker waits for the same store
        rows = np.arange(first, min(first + PAGE, ticks), dtype=np.intp)
        levels = snapshot.bands(number, rows)
        powers = np.expm1(NEPERS * levels.astype(np.float32))
        for band in range(3):
            power[band, rows] = powers[:, band_of == band].sum(axis=1)
    starts = (np.arange(columns) * ticks) // columns
    amplitude = np.sqrt(np.maximum.reduceat(power, starts, axis=1))
    full = float(np.percentile(amplitude.max(axis=0), _LOUDEST))
    scaled = amplitude * (255.0 / full) if full > 0 else amplitude
    return np.asarray(np.round(scaled.clip(0.0, 255.0)), np.uint8)
