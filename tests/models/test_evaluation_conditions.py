"""What the booth does to a record is what its name says, and it ends at the same moment."""

import numpy as np
import pytest

from segue.models.evaluation import conditions
from segue.models.evaluation.conditions import CONDITIONS, SHORT, listen
from segue.models.evaluation.queries import Music

RATE = 16_000
SECONDS = 8


def music(*sounds):
    return Music(tuple("abc"[: len(sounds)]), tuple((np.clip(s, -1, 1) * 32767).astype(np.int16) for s in sounds))


def sine(hz, seconds=SECONDS, level=0.3):
    return level * np.sin(2 * np.pi * hz * np.arange(seconds * RATE) / RATE)


def noise(seed=0, level=0.1):
    return level * np.random.default_rng(seed).standard_normal(SECONDS * RATE)


def play(name, *sounds, number=0, seed=1):
    return listen(name, music(*sounds), number, 0, 0, len(sounds[0]), seed)


def level_at(sound, hz):
    middle = sound[len(sound) // 4 : 3 * len(sound) // 4]
    bins = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    at = round(hz * len(middle) / RATE)
    return 20 * np.log10(bins[at - 2 : at + 3].max() + 1e-9)


def loudest_hz(sound):
    return np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax() * RATE / len(sound)


@pytest.mark.parametrize("name", CONDITIONS)
def test_sound_goes_in_and_finite_sound_comes_out_as_long_as_its_speed_makes_it(name):
    heard = play(name, noise(), noise(1))

    assert np.isfinite(heard.sound).all()
    assert 0.01 < heard.sound.std() < 0.6
    assert len(heard.sound) == pytest.approx(SECONDS * RATE / heard.rate, rel=0.001)
    assert (heard.rate != 1) == (name in ("key-lock ±4 %", "vinyl ±4 %", "booth"))


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_same_query_is_heard_alike_and_another_is_not(name):
    other_track = np.concatenate([noise(1), noise(2)])
    once, again, other = (play(name, noise(), other_track, number=n).sound for n in (3, 3, 4))

    assert np.array_equal(once, again)
    if name in ("room and crowd", "overlay −6 dB"):
        assert not np.array_equal(once, other)


def test_vinyl_moves_the_pitch_and_key_lock_does_not():
    for number in range(2):
        vinyl = play("vinyl ±4 %", sine(1000), sine(50), number=number)
        locked = play("key-lock ±4 %", sine(1000), sine(50), number=number)

        assert loudest_hz(vinyl.sound) == pytest.approx(1000 * vinyl.rate, abs=1)
        assert loudest_hz(locked.sound) == pytest.approx(1000, abs=1)


def test_mp3_takes_the_top_and_leaves_the_rest_where_it_was():
    sound = noise()
    heard = play("MP3 24 kbit/s", sound, noise(1)).sound

    assert level_at(heard, 7000) < level_at(sound, 7000) - 20
    low = heard[RATE : 3 * RATE] @ sound[RATE : 3 * RATE]
    late = max(abs(heard[RATE + lag : 3 * RATE + lag] @ sound[RATE : 3 * RATE]) for lag in (-40, -5, 5, 40))
    assert low > 5 * late
    assert not np.array_equal(heard, sound)


@pytest.mark.parametrize("name", ["key-lock ±4 %", "vinyl ±4 %"])
def test_a_moment_is_heard_where_the_speed_puts_it_counted_from_the_end(name):
    sound = noise(level=0.01)
    sound[4 * RATE : 4 * RATE + 400] += sine(2000, 1, 0.6)[:400]  # 4 s before the end
    for number in range(3):
        heard = play(name, sound, noise(1), number=number)

        at = np.abs(heard.sound).argmax()

        assert (len(heard.sound) - at) * heard.rate / RATE == pytest.approx(4, abs=0.04)


@pytest.mark.parametrize(
    ("name", "kept_hz", "gone_hz", "by_db"),
    [
        ("low-pass 3 kHz", 1000, 6000, 20),
        ("high-pass 250 Hz", 1000, 80, 30),
        ("bass killed", 1000, 60, 20),
    ],
)
def test_a_filter_takes_its_side_away(name, kept_hz, gone_hz, by_db):
    sound = sine(kept_hz, level=0.2) + sine(gone_hz, level=0.2)

    heard = play(name, sound, noise()).sound

    assert level_at(heard, kept_hz) == pytest.approx(level_at(sound, kept_hz), abs=0.5)
    assert level_at(heard, gone_hz) < level_at(sound, gone_hz) - by_db


def test_the_bands_of_the_equaliser_add_up_to_what_went_in():
    for hz in (60, 200, 1000):
        whole = conditions._kill(sine(hz), 200, "highpass") + conditions._kill(sine(hz), 200, "lowpass")

        assert level_at(whole, hz) == pytest.approx(level_at(sine(hz), hz) + 0.42, abs=0.1)  # 1 + 26 dB less


def test_an_overlay_is_another_track_6_db_under():
    heard = play("overlay −6 dB", sine(1000, level=0.3), sine(200, 20, level=0.05)).sound

    assert level_at(heard, 1000) - level_at(heard, 200) == pytest.approx(6, abs=0.2)


def test_a_room_rings_on_and_a_crowd_talks_10_db_under():
    sound = noise()
    sound[4 * RATE :] = 0

    heard = play("room and crowd", sound, noise(1)).sound

    ringing, talking = heard[4 * RATE : 4 * RATE + 800].std(), heard[6 * RATE :].std()
    assert ringing > 1.3 * talking
    assert 20 * np.log10(talking / heard[RATE : 3 * RATE].std()) == pytest.approx(-10.5, abs=3.5)


def test_the_booth_draws_from_its_whole_range():
    heard = [play("booth", noise(), noise(1), number=n) for n in range(8)]

    assert {h.rate for h in heard} == {0.96, 1.04}
    lows = [level_at(h.sound, 80) - level_at(h.sound, 1000) for h in heard]
    assert max(lows) - min(lows) > 15


def test_every_condition_has_a_name_that_can_be_typed():
    assert list(SHORT.values()) == list(CONDITIONS)
    assert all(name.isalnum() for name in SHORT)
