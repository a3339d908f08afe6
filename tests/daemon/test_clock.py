"""Clocks: the real one and its scripted double keep the same contract."""

import threading

import pytest

from segue.daemon.clock import HOP, SAMPLE_RATE, TICK, Clock, ScriptedClock, SteadyClock


def test_five_ticks_are_a_hop_of_a_quarter_second() -> None:
    assert HOP == 5 * TICK
    assert 4 * HOP == SAMPLE_RATE


@pytest.mark.parametrize("clock", [SteadyClock(), ScriptedClock()])
def test_a_clock_never_goes_back_and_a_set_event_ends_the_wait(clock: Clock) -> None:
    event = threading.Event()
    start = clock.now()

    assert not clock.wait(event, 0.001)
    event.set()
    assert clock.wait(event, 5.0)
    assert clock.now() >= start + 0.001


def test_the_scripted_clock_moves_only_when_told() -> None:
    clock = ScriptedClock(5.0)
    clock.advance(1.5)

    assert clock.now() == clock.now() == 6.5
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
