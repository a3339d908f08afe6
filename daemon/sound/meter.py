"""How loud an input is, channel by channel: for a person who sets up, before anything listens to the music itself.

Conventions
-----------
Levels are dBFS: 0 is the largest sample that there is, ``FLOOR_DB`` silence and everything below. Channels are in the
order of ``Wanted.channels``.
"""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from ..clock import Clock
from .capture import Wanted
from .gauge import CLIPPED, FULL
from .intake import Intake
from .line import CaptureLine, Line
from .ring import Samples

FLOOR_DB = -90.0
QUIET_DB = -40.0
"""Music whose loudest sample is below this comes in too quietly to be followed well."""
_NOTHING_DB = -70.0
_NAP_S = 0.01


@dataclass(frozen=True, slots=True)
class Levels:
    """What one stretch of sound measured."""

    peak_db: tuple[float, ...]
    """Loudest sample of each channel."""
    rms_db: tuple[float, ...]
    """Root mean square of each channel."""
    clipped: tuple[float, ...]
    """Share of each channel's samples that are as large as can be."""
    device: str | None
    """The input that was heard; None while it is gone."""

    def first(self, count: int) -> "Levels":
        """Leave out all channels but the first ones."""
        return Levels(self.peak_db[:count], self.rms_db[:count], self.clipped[:count], self.device)


def listen(
    wanted: Wanted,
    clock: Clock,
    stop: threading.Event,
    every_s: float = 0.1,
    dial: Callable[[Wanted, Clock], Line] = CaptureLine,
) -> Generator[Levels, None, None]:
    """Open an input and give its levels until told to stop, or until the caller has had enough.

    Parameters
    ----------
    wanted
        The input and its channels.
    stop
        Set to end it.
    every_s
        Sound in each measurement.
    dial
        Opens a line; for tests.

    Raises
    ------
    DeviceError
        If there is no such input, or it cannot be opened.
    """
    intake = Intake(wanted, 1.0, clock, dial)
    try:
        intake.settle(stop=stop)
        waiting: list[Samples] = []
        while not stop.is_set():
            piece = intake.read()
            if piece is None:
                clock.wait(stop, _NAP_S)
                continue
            waiting.append(piece)
            if sum(map(len, waiting)) >= every_s * intake.rate:
                yield measure(np.concatenate(waiting), intake.device.name if intake.device else None)
                waiting.clear()
    finally:
        intake.close()


def measure(samples: Samples, device: str | None = None) -> Levels:
    """Measure sound, (frames, channels)."""
    size = np.abs(np.nan_to_num(samples.astype(np.float64)))
    peak, rms = size.max(axis=0), np.sqrt(np.mean(size**2, axis=0))
    full = tuple(map(float, (size >= FULL).mean(axis=0)))
    return Levels(tuple(map(_decibels, peak)), tuple(map(_decibels, rms)), full, device)


def verdict(heard: list[Levels]) -> str:
    """Say in one sentence what some seconds of levels mean and what to do; empty when all is well."""
    if not heard or heard[-1].device is None:
        return "nothing comes from the input; is it connected?"
    channels = range(len(heard[-1].peak_db))
    peaks = [max(each.peak_db[channel] for each in heard) for channel in channels]
    if max(peaks) < _NOTHING_DB:
        return "there is no sound; play something, and check the cable, the mixer's record out and the input's name"
    if max(sum(each.clipped[channel] for each in heard) for channel in channels) >= CLIPPED * len(heard):
        return "it clips; turn the level into the computer down"
    if max(peaks) < QUIET_DB:
        return f"it is very quiet (peaks at {max(peaks):.0f} dBFS); turn the level into the computer up"
    if min(peaks) < _NOTHING_DB:
        silent = ", ".join(str(channel + 1) for channel in channels if peaks[channel] < _NOTHING_DB)
        return f"channel {silent} of those chosen is silent; check the cable, or choose other channels"
    return ""


def _decibels(size: float) -> float:
    return max(FLOOR_DB, 20.0 * float(np.log10(max(size, 1e-9))))
