"""The level of the input: what is loud enough is left alone, what is quiet is raised, and faults are told once."""

import numpy as np
import pytest

from segue.daemon.sound.autolevel import ENOUGH_LUFS, FIRST_TICKS, AutoLevel
from segue.daemon.sound.gauge import Gauge

BLOCK = 2205


def sine(size: float) -> np.ndarray:
    wave = size * np.sin(2 * np.pi * 100 * np.arange(BLOCK) / 44_100)
    return np.stack([wave, wave], axis=1).clip(-1, 1).astype(np.float32)


def told(gauge: Gauge, size: float, lufs: float, blocks: int) -> list[str]:
    return [text for text in (gauge.step(sine(size), lufs) for _ in range(blocks)) if text]


def test_what_is_loud_enough_is_not_touched() -> None:
    level = AutoLevel()

    assert {level.step(lufs) for lufs in [-70.0] * 100 + [-14.0] * 100 + [-30.0] * 100} == {1.0}


def test_a_quiet_input_is_raised_after_two_seconds_and_lowered_at_once() -> None:
    level = AutoLevel()

    gains = [level.step(-56.0) for _ in range(FIRST_TICKS + 1)]
    raised_db = level.gain_db
    louder = level.step(-30.0)

    assert set(gains[:-1]) == {1.0}
    assert raised_db == pytest.approx(ENOUGH_LUFS + 56.0, abs=0.01)
    assert louder == 1.0


def test_a_breakdown_is_not_raised_and_a_lower_input_is_within_minutes() -> None:
    level = AutoLevel()
    for _ in range(200):
        level.step(-14.0)

    breakdown = {level.step(-40.0) for _ in range(20 * 90)}
    turned_down = [level.step(-55.0) for _ in range(20 * 60 * 7)][-1]

    assert breakdown == {1.0}
    assert turned_down > 5.0


def test_nothing_at_all_teaches_nothing() -> None:
    level = AutoLevel()

    assert {level.step(-70.0) for _ in range(20_000)} == {1.0}


def test_an_input_that_clips_is_told_once() -> None:
    gauge = Gauge()

    loud, clipped, still = told(gauge, 0.98, -8, 400), told(gauge, 2.0, -3, 400), told(gauge, 2.0, -3, 24_000)

    assert (loud, len(clipped), still) == ([], 1, [])
    assert "clips" in clipped[0]


def test_clipping_that_comes_back_after_ten_minutes_is_told_again() -> None:
    gauge = Gauge()
    told(gauge, 2.0, -3, 400)
    told(gauge, 0.5, -14, 14_000)

    assert len(told(gauge, 2.0, -3, 400)) == 1


def test_an_input_that_stays_very_quiet_is_told_once_with_what_to_do() -> None:
    gauge = Gauge()

    silence = told(gauge, 0.0, -70, 5000)
    pause = told(gauge, 0.001, -58, 1000) + told(gauge, 0.3, -16, 20)
    quiet = told(gauge, 0.001, -58, 24_000)

    assert (silence, pause, len(quiet)) == ([], [], 1)
    assert "-58 LUFS" in quiet[0]
    assert "segue devices --meter" in quiet[0]
