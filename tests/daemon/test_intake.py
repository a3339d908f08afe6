"""The intake: devices come and go, stream time goes on; lines and clock are doubles, one real capture process."""

import numpy as np
import pytest

from segue.daemon.capture import InputDevice, Wanted
from segue.daemon.clock import ScriptedClock, SteadyClock
from segue.daemon.errors import DeviceError
from segue.daemon.intake import Intake
from segue.daemon.line import CaptureLine
from segue.daemon.ring import Ring

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


def test_sound_comes_through_as_it_was() -> None:
    booth = Booth()
    line = booth.begin()
    booth.live(line, 2.0)

    assert len(booth.sound) == 2 * RATE
    assert (booth.sound == 0.5).all()
    assert (booth.intake.lost, booth.intake.rate, booth.intake.channels) == (0, RATE, 2)


def test_what_came_during_the_start_is_not_part_of_the_stream() -> None:
    booth = Booth()
    line = booth.lines[0]
    line.open()
    line.lost, line.flags = 70, 2
    line.play(3 * RATE)
    booth.begin()
    booth.live(line, 1.0)
    line.lost += 5

    assert len(booth.sound) == RATE
    assert (booth.intake.lost, booth.intake.flags) == (5, 0)


def test_a_device_that_cannot_be_opened_is_an_error_at_the_start() -> None:
    booth = Booth()
    booth.lines[0].ended = "no input named 'Deck'"

    with pytest.raises(DeviceError, match="no input named 'Deck'"):
        booth.intake.settle()


def test_a_device_that_says_nothing_is_an_error_after_a_while() -> None:
    with pytest.raises(DeviceError, match="did not open within 5 s"):
        Booth().intake.settle()


def test_stream_time_goes_on_while_a_device_is_away_and_the_gap_is_counted() -> None:
    booth = Booth()
    line = booth.begin()
    start_s = booth.clock.now()
    booth.live(line, 3.0)
    line.ended = "input 'Deck' has gone"
    booth.wait(7.0)
    for other in booth.lines[1:]:
        other.ended = "no input named 'Deck'"
    booth.wait(5.0)
    booth.lines[-1].open()
    booth.wait(0.25)
    booth.live(booth.lines[-1], 4.0)

    elapsed = round((booth.clock.now() - start_s) * RATE)
    silence = int((booth.sound == 0).sum())
    assert abs(len(booth.sound) - elapsed) <= 2
    assert silence == booth.intake.lost
    assert abs(silence - 12_250) <= 2
    assert [text for _, text in booth.intake.notes][1:3] == [
        "input 'Deck' has gone; waiting for it", "no input named 'Deck'",
    ]  # fmt: skip


def test_a_gap_between_two_lines_is_filled_to_the_frame() -> None:
    booth = Booth()
    line = booth.begin()
    booth.live(line, 1.0)
    line.ended = "gone"
    booth.clock.advance(2.1)
    booth.listen()
    booth.lines[-1].open()
    booth.clock.advance(0.333)
    booth.lines[-1].play(33)
    booth.live(booth.lines[-1], 1.0)

    assert booth.intake.lost == 2_400
    assert np.array_equal(np.flatnonzero(booth.sound == 0), np.arange(1_000, 3_400))


def test_tries_come_every_reconnect_s_then_more_seldom() -> None:
    booth = Booth()
    line = booth.begin()
    line.ended = "gone"
    dialled = []
    for _ in range(20 * 100):
        before = len(booth.lines)
        booth.wait(0.05)
        if len(booth.lines) > before:
            dialled.append(booth.clock.now())
            booth.lines[-1].ended = "no input"

    pauses = np.diff(dialled)
    assert pauses[:3] == pytest.approx([2.0] * 3, abs=0.11)
    assert pauses.max() < 8.2
    assert pauses[-1] > 7.0


def test_a_capture_program_that_hangs_is_given_up() -> None:
    booth = Booth()
    line = booth.begin()
    booth.live(line, 1.0)
    for _ in range(50):
        booth.clock.advance(0.05)
        booth.listen()

    assert line.ended == "input 'Deck' hangs"
    assert len(booth.lines) == 2


def test_jack_falling_silent_opens_a_second_line_that_takes_over_without_a_gap() -> None:
    booth = Booth(api="JACK Audio Connection Kit")
    first = booth.begin()
    booth.live(first, 6.0)
    booth.live(first, 5.5, value=0.0)
    second = booth.lines[1]
    second.open()
    for _ in range(10):
        booth.clock.advance(0.05)
        first.play(BLOCK, 0.0)
        second.play(BLOCK, 0.25)
        booth.listen()

    assert booth.intake.lost == 0
    assert first.closed
    assert len(booth.sound) == 12 * RATE
    assert booth.sound[-1] == 0.25


def test_turning_to_another_input_loses_nothing_and_one_that_is_not_there_is_told() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Othr")
    booth.lines[1].ended = "no input named 'Othr'"
    booth.live(first, 1.0)
    assert booth.intake.notes[-1] == (2, "no input named 'Othr'")
    booth.intake.turn_to("Other")
    booth.live(first, 1.0)
    booth.lines[2].open()
    for _ in range(20):
        booth.clock.advance(0.05)
        first.play(BLOCK)
        booth.lines[2].play(BLOCK, 0.25)
        booth.listen()

    assert len(booth.sound) == 3 * RATE
    assert set(booth.sound) == {0.5, 0.25}
    assert (booth.intake.lost, first.closed, booth.lines[3:]) == (0, True, [])


def refuse(booth: Booth) -> None:
    """Have no device there for whoever asked last."""
    booth.lines[-1].ended = booth.lines[-1].ended or f"no input named '{booth.asked[-1]}'"


def test_an_input_that_is_not_there_yet_is_turned_to_once_it_is() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Other")
    for _ in range(10):
        refuse(booth)
        booth.live(first, 1.0)
    booth.live(first, 2.0)
    second = booth.lines[-1]
    second.open()
    second.play(BLOCK, 0.25)
    booth.listen()

    assert booth.asked == ["", *["Other"] * 6]
    assert (booth.intake.lost, first.closed, second.closed) == (0, True, False)
    assert [text for _, text in booth.intake.notes].count("no input named 'Other'") == 1


def test_a_name_mistyped_and_then_a_cable_pulled_finds_the_input_before_again() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Dekc")
    refuse(booth)
    booth.live(first, 1.0)
    first.ended = "input 'Deck' has gone"
    while len(booth.asked) < 7:
        booth.wait(0.5)
        if len(booth.asked) < 7:
            refuse(booth)
        assert booth.clock.now() < first.spoke_s + 60.0
    second = booth.lines[-1]
    second.open()
    booth.live(second, 3.0)

    assert booth.asked[1:7] == ["Dekc", "", "Dekc", "", "Dekc", ""]
    assert second is booth.intake._line
    assert booth.asked[-1] == "Dekc"  # which may be plugged in yet


def test_turning_back_to_the_input_that_is_heard_opens_nothing() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Dekc")
    refuse(booth)
    booth.live(first, 1.0)
    booth.intake.turn_to("")
    booth.live(first, 20.0)

    assert booth.asked == ["", "Dekc"]
    assert not first.closed


def test_a_machine_with_no_process_left_is_asked_again() -> None:
    booth = Booth()
    first = booth.begin()
    refused = iter([BlockingIOError(11, "Resource temporarily unavailable")])
    dial = booth.intake._dial

    def scarce(wanted: Wanted, clock: object) -> FakeLine:
        for exc in refused:
            raise exc
        return dial(wanted, clock)

    booth.intake._dial = scarce
    first.ended = "gone"
    booth.wait(5.0)

    assert len(booth.lines) == 2
    assert any("does not start" in text for _, text in booth.intake.notes)


def test_other_systems_are_left_alone_when_silent() -> None:
    booth = Booth()
    booth.live(booth.begin(), 20.0, value=0.0)

    assert len(booth.lines) == 1


def test_a_device_that_returns_with_another_format_is_brought_to_the_first() -> None:
    booth = Booth()
    line = booth.begin()
    booth.live(line, 1.0)
    line.ended = "gone"
    booth.line = {"rate": 2 * RATE, "channels": 1}
    booth.clock.advance(2.1)
    booth.listen()
    other = booth.lines[-1]
    other.open()
    for _ in range(40):
        booth.clock.advance(0.05)
        other.play(2 * BLOCK)
        booth.listen()

    assert {piece.shape[1] for piece in booth.heard} == {2}
    assert 0 <= 5_100 - len(booth.sound) < 450  # what the filter still holds, long at so low a rate
    assert booth.sound[-1] == pytest.approx(0.5, abs=0.01)


def test_without_waiting_for_a_device_silence_starts_at_once() -> None:
    booth = Booth()
    booth.intake.start()
    booth.wait(1.0)

    assert booth.intake.rate == 48_000
    assert len(np.concatenate(booth.heard)) == pytest.approx(48_000, abs=2_400)


def test_closing_lets_every_line_go() -> None:
    booth = Booth()
    booth.begin()
    booth.intake.close()

    assert all(line.closed for line in booth.lines)


def test_the_capture_program_itself_tells_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    clock = SteadyClock()
    line = CaptureLine(Wanted("no such device at all"), clock)
    line._reader.join(30)
    line.close()

    assert line.ended is not None
    assert line.device is None
    assert any(word in line.ended for word in ("no input", "PortAudio"))
