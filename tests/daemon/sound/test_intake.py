"""The intake: devices come and go, stream time goes on; lines and clock are doubles, one real capture process."""

import numpy as np
import pytest
from inlet import BLOCK, RATE, Booth

from segue.daemon.clock import SteadyClock
from segue.daemon.errors import DeviceError
from segue.daemon.sound.capture import Wanted
from segue.daemon.sound.line import CaptureLine


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
