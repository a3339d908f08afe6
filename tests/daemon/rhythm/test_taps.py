"""Taps: what a hand gives, with all its unevenness."""

import numpy as np
import pytest

from segue.daemon.rhythm.taps import MOST, Taps


def test_three_even_taps_give_tempo_and_place_and_two_do_not() -> None:
    taps = Taps()

    assert taps.tap(100.0, 7.0) is None
    assert taps.tap(100.5, 7.5) is None
    assert taps.missing == 1
    assert taps.tap(101.0, 8.0) == pytest.approx((120.0, 8.0))


def test_the_place_of_the_beat_is_on_the_streams_clock_and_averages_its_steps() -> None:
    taps, draw = Taps(), np.random.default_rng(1)
    for k in range(MOST):
        heard_s = 50.0 + 0.5 * k + draw.uniform(-0.025, 0.025)
        found = taps.tap(900.0 + 0.5 * k, heard_s)

    assert found is not None
    assert found[0] == pytest.approx(120.0)
    assert found[1] == pytest.approx(53.5, abs=0.012)


def test_an_unsteady_hand_is_evened_out() -> None:
    draw = np.random.default_rng(2)
    off = []
    for _ in range(100):
        taps = Taps()
        for k in range(MOST):
            at_s = 0.48 * k + draw.normal(0.0, 0.02)
            found = taps.tap(at_s, at_s)
        assert found is not None
        off.append((found[0] / 125.0 - 1, found[1] - 0.48 * (MOST - 1)))

    tempo, place_s = np.abs(np.array(off)).T
    assert np.percentile(tempo, 90) < 0.012
    assert np.percentile(place_s, 90) < 0.03


def test_a_pause_begins_anew_and_only_the_last_taps_count() -> None:
    taps = Taps()
    for at_s in (0.0, 0.5, 1.0):
        taps.tap(at_s, at_s)
    assert taps.tap(3.1, 3.1) is None
    for k in range(1, 30):
        found = taps.tap(3.1 + 0.4 * k, 3.1 + 0.4 * k)

    assert found == pytest.approx((150.0, 3.1 + 0.4 * 29))


def test_a_clock_that_stands_still_is_no_tempo() -> None:
    taps = Taps()

    assert [taps.tap(1.0, 1.0) for _ in range(5)] == [None] * 5
