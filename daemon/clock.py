"""The one clock: what a sample, a tick and a hop are, and the only file that reads the time of day.

Conventions
-----------
Stream time is samples since the start divided by the rate, in seconds. Everything after the pipeline's first stage
counts mono samples at ``SAMPLE_RATE``.
"""

import datetime
import threading
import time
from typing import Protocol

SAMPLE_RATE = 16_000
"""Mono samples per second after the first stage."""
TICK = 800
"""Samples between two steps of the live features and two rounds of numeric messages (50 ms)."""
HOP = 4_000
"""Samples between two steps of the embedding model (250 ms); the artifact must agree."""


class Clock(Protocol):
    """Something that tells steady time and can wait."""

    def now(self) -> float:
        """Seconds of a clock that never goes back; its zero means nothing."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set, at most this long; tell whether it is."""


class SteadyClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds since some moment in the past."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set, at most this long; tell whether it is."""
        return event.wait(seconds)


def time_of_day() -> str:
    """Return the date and time here, ISO 8601 to the second."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


class ScriptedClock:
    """A clock that stands still until it is told to go; waiting moves it. For tests and rehearsals."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self._now_s = start_s

    def now(self) -> float:
        """Scripted seconds."""
        return self._now_s

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let the time pass at once."""
        self.advance(seconds)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError(f"time does not go back ({seconds} s)")
        self._now_s += seconds
