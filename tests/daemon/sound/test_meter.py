"""The meter: what an input's level is called, and what a person should do about it."""

import threading

import numpy as np
import pytest

from segue.daemon.clock import Clock, ScriptedClock
from segue.daemon.errors import DeviceError
from segue.daemon.sound.capture import InputDevice, Wanted
from segue.daemon.sound.meter import FLOOR_DB, listen, measure, verdict
from segue.daemon.sound.ring import Ring

RATE = 1000


class PlayingLine:
    """An input on which a sine plays for ever, at another level in each channel."""

    def __init__(self, clock: Clock, ended: str | None = None) -> None:
        self.device = None if ended else InputDevice(0, "Deck", "ALSA", 2, RATE, True)
        self.ring = Ring(RATE, 2)
        self.first_s = self.last_s = self.spoke_s = self.heard_s = clock.now()
        self.lost = self.flags = 0
        self.ended = ended
        self.closed = False
        self._clock = clock

    def play(self) -> None:
        wave = np.sin(2 * np.pi * 50 * np.arange(50) / RATE)
        self.ring.write(np.stack([wave * 0.5, wave * 0.05], axis=1).astype(np.float32))
        self.last_s = self.spoke_s = self._clock.now()

    def close(self) -> None:
        self.closed = True


class PlayingClock(ScriptedClock):
    """A clock that plays as it goes on."""

    line: PlayingLine | None = None

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if self.line is not None:
            self.line.play()
        return super().wait(event, seconds)


def test_an_input_gives_its_levels_until_the_caller_has_enough() -> None:
    clock = PlayingClock()
    clock.line = line = PlayingLine(clock)
    meter = listen(Wanted(), clock, threading.Event(), dial=lambda wanted, clock: line)

    heard = [next(meter) for _ in range(3)]
    meter.close()

    assert heard[-1].device == "Deck"
    assert heard[-1].peak_db == pytest.approx((-6.4, -26.4), abs=0.5)
    assert heard[-1].rms_db == pytest.approx((-9.03, -29.03), abs=0.1)
    assert line.closed


def test_an_input_that_is_not_there_is_told() -> None:
    clock = ScriptedClock()
    with pytest.raises(DeviceError, match="no input named"):
        next(listen(Wanted(), clock, threading.Event(), dial=lambda *_: PlayingLine(clock, "no input named 'x'")))


def sound(*peaks: float) -> list:
    return [measure(np.array([peaks, [-each for each in peaks]], np.float32), "Deck")]


@pytest.mark.parametrize(
    ("heard", "word"),
    [
        (sound(0.5, 0.4), ""),
        (sound(0.0, 0.0), "no sound"),
        (sound(0.5, 0.0), "channel 2 of those chosen is silent"),
        (sound(1.0, 0.5), "clips"),
        ([*sound(1.0, 0.5), *sound(0.5, 0.5) * 999], ""),
        (sound(0.002, 0.003), "very quiet (peaks at -50 dBFS)"),
        ([], "nothing comes"),
    ],
)
def test_a_level_that_will_not_do_comes_with_what_to_do(heard: list, word: str) -> None:
    assert word in verdict(heard)
    assert bool(verdict(heard)) == bool(word)


def test_broken_samples_are_no_level() -> None:
    found = measure(np.array([[np.nan, 0.0]], np.float32))

    assert found.peak_db == (FLOOR_DB, FLOOR_DB)
    assert found.device is None
