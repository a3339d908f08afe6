"""Sound that never stops: holds on to an input device through its comings and goings.

Conventions
-----------
A `Line` is one run of the capture program. An `Intake` reads one line after another as one stream of one rate and
channel count; the thread that calls ``read`` is the only one that moves it. While there is no device the stream goes on
as silence, by the clock, so that stream time stays the time of the room; that silence counts as lost. A line that has
ended is started again after ``reconnect_s``, later after up to four times that. JACK does not tell when a source's
program ends, its ports only fall silent: after five seconds of digital silence a second line is opened, and takes over
once it runs. An input that one turned to and that is not there is asked for again and again, beside the sound of the
one before; should that one be lost too, both are asked for in turn.

Drop rule: a line's ring drops the newest, and counts (see `ring`).
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..clock import Clock
from ..errors import DeviceError
from ..signal.resample import Resampler
from .capture import InputDevice, Wanted
from .line import CaptureLine, Line
from .ring import Samples

_HUNG_S = 2.0
"""A capture program that writes nothing for this long is ended; it should speak four times a second."""
_SILENT_S = 5.0
_SLOWEST = 4.0
_NOTES = 16


class Intake:
    """One stream of sound from whatever the device does.

    Parameters
    ----------
    wanted
        What the settings ask for.
    reconnect_s
        Between two tries to open the device.
    clock
        Tells when sound is missing.
    dial
        Opens a line; for tests.
    """

    def __init__(
        self, wanted: Wanted, reconnect_s: float, clock: Clock, dial: Callable[[Wanted, Clock], Line] = CaptureLine
    ) -> None:
        self.rate = wanted.sample_rate or 48_000
        """Frames per second of ``read``; that of the first device, once `settle` has returned."""
        self.channels = len(wanted.channels)
        self.notes: deque[tuple[int, str]] = deque(maxlen=_NOTES)
        """What happened, for whoever reports it: level (1 note, 2 warning) and sentence; the oldest go first."""
        self.device: InputDevice | None = None
        """The device that is heard, None while there is none."""
        self._wanted = wanted
        self._reconnect_s = reconnect_s
        self._clock = clock
        self._dial = dial
        self._line: Line | None = None
        self._next: Line | None = dial(wanted, clock)
        self._dialled, self._dialled_s = wanted, clock.now()
        self._opened: Wanted | None = None  # what the line asked for, or the last one
        self._tries = 0
        self._resampler: Resampler | None = None
        self._end_s = clock.now()  # clock up to which sound, or silence in its place, has been given
        self._silent = 0  # frames of silence given since _end_s
        self._owed = 0  # frames of silence still to be given before the line's own; negative: to be skipped
        self._begun = False
        self._given = 0  # frames of ``read`` so far
        self._gaps = 0
        self._past_lost = 0
        self._past_flags = 0
        self._said: deque[str] = deque(maxlen=_NOTES)  # since the input last changed

    @property
    def lost(self) -> int:
        """Frames that should have come and did not, up to now."""
        return self._gaps + self._past_lost + (self._line.lost + self._line.ring.lost if self._line else 0)

    @property
    def flags(self) -> int:
        """Times that a sound system said it had lost something."""
        return self._past_flags + (self._line.flags if self._line else 0)

    @property
    def backlog(self) -> int:
        """Frames that wait to be read."""
        return self._line.ring.backlog if self._line is not None else 0

    def settle(self, patience_s: float = 5.0, stop: threading.Event | None = None) -> None:
        """Wait for the first device, whose rate and channels the stream keeps for good.

        Raises
        ------
        DeviceError
            If it cannot be opened; what PortAudio said, or that it said nothing.
        """
        end_s = self._clock.now() + patience_s
        nap = stop or threading.Event()
        while self._clock.now() < end_s and not nap.is_set():
            line = self._next
            assert line is not None
            if line.device is not None:
                self.rate, self.channels = line.device.rate, line.device.channels
                self.start()
                return
            if line.ended is not None:
                raise DeviceError(line.ended)
            self._clock.wait(nap, 0.005)
        if not nap.is_set():
            raise DeviceError(
                f"the input did not open within {patience_s:.0f} s; SEGUE_DEBUG=1 shows PortAudio's words"
            )
        return

    def start(self) -> None:
        """Begin the stream now, device or not, with what rate and channels are known."""
        self._end_s = self._clock.now()

    def read(self) -> Samples | None:
        """Give the next piece, at most 50 ms, (frames, channels) at ``rate``; None when nothing is there yet."""
        now_s = self._clock.now()
        self._supervise(now_s)
        piece = self._silence_by_clock(now_s) if self._line is None else self._sound(self._line)
        if piece is not None:
            self._given += len(piece)
        return piece

    def turn_to(self, device: str) -> None:
        """Hear another input, by a part of its name, once it is open; the one before as long as it is not."""
        if self._next is not None:
            threading.Thread(target=self._next.close, daemon=True).start()
            self._next = None
        self._wanted = replace(self._wanted, device=device)
        self._tries = 0
        self._said.clear()
        if self._line is None or self._turning:
            self._call(self._wanted, self._clock.now())

    def close(self) -> None:
        """Let all devices go."""
        lines = [line for line in (self._line, self._next) if line is not None]
        closing = [threading.Thread(target=line.close, daemon=True) for line in lines]
        for each in closing:
            each.start()
        for each in closing:
            each.join(0.9)

    def _silence(self, frames: int) -> Samples:
        self._gaps += frames
        return np.zeros((frames, self.channels), dtype=np.float32)

    def _silence_by_clock(self, now_s: float) -> Samples | None:
        block = round(self.rate / 20)
        if (now_s - self._end_s) * self.rate - self._silent < block:
            return None
        self._silent += block
        return self._silence(block)

    def _sound(self, line: Line) -> Samples | None:
        assert line.device is not None
        if not self._begun:
            if not line.first_s:
                return None
            self._begin(line)
        if self._owed > 0:
            step = min(self._owed, round(self.rate / 20))
            self._owed -= step
            return self._silence(step)
        piece = line.ring.read(round(line.device.rate / 20))
        if piece is None and line.ended is not None and (rest := line.ring.available):
            piece = line.ring.read(rest)
        if piece is None:
            return None
        if self._owed < 0:  # a second line was opened while the first was still heard: leave out what both have
            skipped = min(-self._owed, len(piece))
            self._owed += skipped
            piece = piece[skipped:]
        return self._fit(piece, line.device)

    def _begin(self, line: Line) -> None:
        """Find how much silence lies between what was given and the line's first frame."""
        self._begun = True
        if self._given:
            self._owed = round((line.first_s - self._end_s) * self.rate) - self._silent
        else:  # the stream starts now, not with what came while the rest of the program was starting
            line.ring.clear()
            self._owed = 0
            self._gaps -= self.lost
            self._past_flags -= self.flags
        self._silent = 0

    def _fit(self, piece: Samples, device: InputDevice) -> Samples:
        """Bring a device that came back with another rate or channel count to the stream's own."""
        if piece.shape[1] != self.channels:
            piece = np.repeat(piece.mean(axis=1, keepdims=True, dtype=np.float32), self.channels, axis=1)
        if device.rate == self.rate:
            return piece
        if self._resampler is None or self._resampler.rate_in != device.rate:
            self._resampler = Resampler(device.rate, self.rate, self.channels)
        flat = self._resampler.process(piece[:, 0] if self.channels == 1 else piece)
        return flat.reshape(-1, self.channels)

    def _supervise(self, now_s: float) -> None:
        line = self._line
        if line is not None:
            if line.ended is None and now_s - line.spoke_s > _HUNG_S:
                line.ended = f"input '{line.device.name if line.device else ''}' hangs"
            if line.ended is not None and not line.ring.available:
                self._hang_up(line)
                self._say(2, f"{line.ended}; waiting for it")
        self._look_for_another(now_s)
        found = self._next
        if found is None:
            return
        if found.ended is not None:
            if self._line is None or self._turning:
                self._say(2, found.ended)
            threading.Thread(target=found.close, daemon=True).start()
            self._next = None
        elif found.device is not None and (self._line is None or found.last_s):
            if self._line is not None:
                self._hang_up(self._line)
            self._take(found)

    @property
    def _turning(self) -> bool:
        """Whether the input that is wanted is another than the one that was last heard."""
        return self._opened is not None and self._opened != self._wanted

    def _look_for_another(self, now_s: float) -> None:
        line = self._line
        silent = line is not None and _is_jack(line) and now_s - line.heard_s > _SILENT_S
        if self._next is not None or not (line is None or silent or self._turning):
            return
        pause_s = self._reconnect_s * min(_SLOWEST, max(1.0, self._tries / 5))
        if now_s - self._dialled_s < (max(_SILENT_S, self._reconnect_s) if silent else pause_s):
            return
        self._tries += 1
        back = (line is None or silent) and self._dialled == self._wanted
        self._call(self._opened if back and self._opened is not None else self._wanted, now_s)

    def _call(self, wanted: Wanted, now_s: float) -> None:
        self._dialled, self._dialled_s = wanted, now_s
        try:
            self._next = self._dial(wanted, self._clock)
        except OSError as exc:  # no process, file or memory is to be had just now
            self._say(2, f"the capture program does not start: {exc}")

    def _take(self, line: Line) -> None:
        self._line, self._next = line, None
        self._opened = self._dialled
        self._begun = False
        self._tries = 0
        self._said.clear()
        self.device = line.device
        self._resampler = None
        if line.device is not None:
            self._say(1, f"listening to '{line.device.name}' ({line.device.api}, {line.device.rate} Hz)")

    def _hang_up(self, line: Line) -> None:
        self._past_lost += line.lost + line.ring.lost
        self._past_flags += line.flags
        if self._begun and line.last_s and line.device is not None:
            self._end_s = max(self._end_s, line.last_s - line.ring.available / line.device.rate)
            self._silent = 0
        self._line = None
        self._tries = 0
        self.device = None
        self._begun = False
        threading.Thread(target=line.close, daemon=True).start()

    def _say(self, level: int, text: str) -> None:
        """Note an event, a repeated one once."""
        if text not in self._said:
            self._said.append(text)
            self.notes.append((level, text))


def _is_jack(line: Line) -> bool:
    return line.device is not None and line.device.is_jack
