"""Finds sound that never came, by the clock, since not every sound system raises a flag when it drops samples.

Conventions
-----------
Each arrival has a lateness: the time now, less the length of all sound received. Bursts and a busy machine make single
arrivals late, never early, so the *least* lateness of a window is steady; it rises only when samples are missing, or
because the card's clock is a little slow. What rises faster than any card's clock is wrong counts as lost. Losses are
seen two seconds later; they are counted, not filled in, because their place is no longer known.

Source: the flags of PipeWire, PulseAudio and JACK against the clock, measured: losses without a flag are common.
"""

_WINDOW_S = 2.0
_CARD = 500e-6
"""More than any card's clock is off."""
_LEAST_S = 0.02
"""A rise below this is not told from jitter; it is kept and counts once more has come together."""


class Losses:
    """Counts frames that are missing from a stream.

    Parameters
    ----------
    rate
        Frames per second that should come.
    """

    def __init__(self, rate: int) -> None:
        self.frames = 0
        """Missing so far."""
        self._rate = rate
        self._received = 0
        self._least_s = float("inf")
        self._usual_s: float | None = None
        self._window_start_s: float | None = None

    def arrived(self, now_s: float, frames: int) -> None:
        """Note an arrival; a few additions, for the audio callback."""
        self._received += frames
        late_s = now_s - self._received / self._rate
        if late_s < self._least_s:
            self._least_s = late_s

    def check(self, now_s: float) -> int:
        """Look at the window when it is over; give the frames newly found missing."""
        if self._window_start_s is None:
            self._window_start_s = now_s
        if now_s - self._window_start_s < _WINDOW_S:
            return 0
        self._window_start_s = now_s
        least_s, self._least_s = self._least_s, float("inf")
        if least_s == float("inf"):  # nothing came at all: the device's end is told elsewhere
            return 0
        if self._usual_s is None or least_s <= self._usual_s:
            self._usual_s = least_s
            return 0
        rise_s = least_s - self._usual_s
        if rise_s < _LEAST_S:
            self._usual_s += min(rise_s, _CARD * _WINDOW_S)
            return 0
        self._usual_s = least_s
        missing = round(rise_s * self._rate)
        self.frames += missing
        return missing
