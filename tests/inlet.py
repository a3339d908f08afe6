"""An intake whose devices the test plays, on a clock that the test moves."""

import numpy as np

from segue.daemon.clock import ScriptedClock
from segue.daemon.sound.capture import InputDevice, Wanted
from segue.daemon.sound.intake import Intake
from segue.daemon.sound.ring import Ring

RATE = 1000
BLOCK = RATE // 20


class FakeLine:
    """A line whose device the test plays."""

    def __init__(self, clock: ScriptedClock, rate: int = RATE, channels: int = 2, api: str = "ALSA") -> None:
        self._clock = clock
        self._format = InputDevice(0, "Deck", api, channels, rate, True)
        self.device: InputDevice | None = None
        self.ring = Ring(60 * rate, channels)
        self.first_s = self.last_s = 0.0
        self.spoke_s = self.heard_s = clock.now()
        self.lost = self.flags = 0
        self.ended: str | None = None
        self.closed = False

    def open(self) -> None:
        self.device = self._format
        self.spoke_s = self._clock.now()

    def play(self, frames: int, value: float = 0.5) -> None:
        """Sound that ends now."""
        now_s = self._clock.now()
        self.first_s = self.first_s or now_s - frames / self._format.rate
        self.last_s = self.spoke_s = now_s
        if value:
            self.heard_s = now_s
        self.ring.write(np.full((frames, self._format.channels), value, np.float32))

    def close(self) -> None:
        self.closed = True


class Booth:
    """An intake with its clock and the lines that it dialled."""

    def __init__(self, **line: object) -> None:
        self.clock = ScriptedClock()
        self.lines: list[FakeLine] = []
        self.asked: list[str] = []
        self.line = line
        self.heard: list[np.ndarray] = []
        self.intake = Intake(Wanted(ring_s=60.0), 2.0, self.clock, self._dial)

    def _dial(self, wanted: Wanted, clock: object) -> FakeLine:
        self.asked.append(wanted.device)
        self.lines.append(FakeLine(self.clock, **self.line))
        return self.lines[-1]

    def begin(self) -> FakeLine:
        """Open the first device and start the stream, which leaves out what came before."""
        line = self.lines[0]
        line.open()
        self.intake.settle()
        self.clock.advance(0.05)
        line.play(BLOCK)
        assert self.listen() == 0
        return line

    def listen(self) -> int:
        """Read all there is; give the frames."""
        count = 0
        while (piece := self.intake.read()) is not None:
            self.heard.append(piece)
            count += len(piece)
        return count

    def live(self, line: FakeLine, seconds: float, value: float = 0.5) -> None:
        """Let a device play for a while in blocks of 50 ms."""
        for _ in range(round(seconds * 20)):
            self.clock.advance(0.05)
            line.play(BLOCK, value)
            self.listen()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 20)):
            self.clock.advance(0.05)
            if self.intake._line is not None and self.intake._line.ended is None:
                self.intake._line.spoke_s = self.clock.now()
            self.listen()

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self.heard)[:, 0]
