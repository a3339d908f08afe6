"""The live beat: locked to known beats within seconds, following tempo, never falling, quiet where nothing beats."""

from itertools import pairwise

import mir_eval
import numpy as np
import pytest
import synth

from segue.daemon.clock import TICK
from segue.daemon.rhythm.rhythm import NO_BEAT, BeatTracker
from segue.daemon.signal.features import Features


def run(sound):
    features, tracker = Features(), BeatTracker()
    told = []
    for i in range(0, len(sound) - TICK + 1, TICK):
        heard = features.step(sound[i : i + TICK], -20.0, -20.0)
        told.append(tracker.step(heard.flux, (i + TICK) / synth.RATE))
    return told


def crossings_s(told):
    """Where the running count passes whole numbers, between ticks in a straight line."""
    count = np.array([0.0] + [live.beat for live in told])
    times = []
    for tick, (before, after) in enumerate(pairwise(count)):
        times += [0.05 * (tick + (n - before) / (after - before)) for n in range(int(before) + 1, int(after) + 1)]
    return np.array(times)


def four_on_the_floor(bpm, seconds, beats_s=None, accent=1.0):
    sound = synth.noise(seconds, level=0.0005, seed=3)
    beats_s = synth.beat_times(bpm, seconds - 0.3, start_s=0.25) if beats_s is None else beats_s
    for count, at in enumerate(beats_s):
        synth.place(synth.kick(), at, sound, gain=0.7)
        synth.place(synth.hat(), at + 30.0 / bpm, sound, gain=0.4)
        if count % 4 == 0:
            synth.place(synth.tone(33, 0.3), at, sound, gain=accent)
    return sound, beats_s


def score(told, beats_s, after_s, within_s=0.07):
    found, beats_s = crossings_s(told), np.asarray(beats_s)
    return mir_eval.beat.f_measure(
        beats_s[(beats_s > after_s) & (beats_s < 0.05 * len(told) - 0.3)],
        found[(found > after_s) & (found < 0.05 * len(told) - 0.3)],
        f_measure_threshold=within_s,
    )


@pytest.mark.parametrize("bpm", [72.0, 90.0, 105.0, 120.0, 128.0, 140.0, 160.0, 174.0, 180.0])
def test_clicks_are_locked_within_eight_seconds_and_predicted_to_twenty_milliseconds(bpm):
    told = run(synth.clicks(bpm, 16.0, start_s=0.3, seed=1))

    assert score(told, synth.beat_times(bpm, 16.0, start_s=0.3), 8.0) >= 0.95
    assert score(told, synth.beat_times(bpm, 16.0, start_s=0.3), 8.0, within_s=0.02) >= 0.95
    assert told[-1].bpm == pytest.approx(bpm, rel=0.005)


@pytest.mark.parametrize("bpm", [75.0, 95.0, 110.0, 124.0, 128.0, 140.0, 160.0, 175.0])
def test_four_on_the_floor_is_locked_within_six_seconds(bpm):
    sound, beats_s = four_on_the_floor(bpm, 16.0)

    assert score(run(sound), beats_s, 6.0) >= 0.95


def test_a_step_of_tempo_is_followed_within_eight_seconds():
    beats_s = np.concatenate([np.arange(0.3, 15.0, 60 / 120), 15.3 + np.arange(0.0, 19.0, 60 / 132)])
    sound, _ = four_on_the_floor(126.0, 35.0, beats_s)

    told = run(sound)

    assert told[-1].bpm == pytest.approx(132.0, rel=0.01)
    assert score(told, beats_s, 23.5) >= 0.95


@pytest.mark.parametrize("change", [0.06, -0.06])
def test_a_pitch_ramp_of_six_percent_is_followed(change):
    beats_s = [0.3]
    while beats_s[-1] < 44.0:
        share = min(max((beats_s[-1] - 10.0) / 25.0, 0.0), 1.0)
        beats_s.append(beats_s[-1] + 60.0 / (125.0 * (1 + change * share)))
    sound, _ = four_on_the_floor(125.0, 45.0, np.array(beats_s))

    told = run(sound)

    assert score(told, beats_s, 8.0) >= 0.95
    assert told[-1].bpm == pytest.approx(125.0 * (1 + change), rel=0.006)


def test_the_count_never_falls_whatever_the_music_does():
    parts = [synth.clicks(bpm, 7.0, start_s=start, seed=4) for bpm, start in ((120, 0.1), (87, 0.4), (171, 0.2))]
    told = run(np.concatenate([*parts, synth.noise(5.0, seed=5), synth.silence(8.0), parts[0]]))

    count = np.array([live.beat for live in told])
    assert (np.diff(count) >= 0).all()
    assert all(0 <= live.phase < 1 and 0 <= live.conf <= 1 and 0 <= live.bar_phase < 1 for live in told)
    assert {live.beat_in_bar for live in told} <= {0, 1, 2, 3, 4}


def test_the_first_beat_of_the_bar_is_found_by_its_accent_and_never_too_early():
    beats_s = synth.beat_times(126.0, 30.0, start_s=0.25)

    told = run(synth.clicks(126.0, 31.0, start_s=0.25, accent=2.0, seed=8))

    places = [live.beat_in_bar for live in told]
    assert set(places[:120]) == {0}
    late = [(index % 4 + 1, int((at + 0.2) / 0.05)) for index, at in enumerate(beats_s) if 20.0 < at < 29.0]
    assert [places[tick] for _, tick in late] == [place for place, _ in late]
    for live in told[-80:]:
        assert live.bar_phase == pytest.approx((live.beat_in_bar - 1 + live.phase) / 4, abs=1e-6)


def test_equal_beats_have_no_first():
    sound, _ = four_on_the_floor(126.0, 20.0, accent=0.0)

    assert {live.beat_in_bar for live in run(sound)} == {0}


@pytest.mark.parametrize("break_s", [2.9, 3.3, 3.6])
def test_a_break_of_some_seconds_of_silence_does_not_move_the_beat(break_s):
    sound, beats_s = four_on_the_floor(123.0, 32.0)
    sound[int(20.1 * synth.RATE) : int((20.1 + break_s) * synth.RATE)] = 0.0

    told = run(sound)

    count = np.array([live.beat for live in told])
    steps = np.diff(count[int(20.0 / 0.05) :]) / (123.0 / 60.0 * 0.05)
    assert score(told, beats_s, 20.0) >= 0.98
    assert steps.min() > 0.5
    assert steps.max() < 2.0


def test_silence_keeps_the_tempo_for_seconds_and_then_gives_it_up():
    told = run(np.concatenate([synth.clicks(128.0, 10.0, start_s=0.2, seed=6), synth.silence(8.0)]))

    assert told[12 * 20].bpm == pytest.approx(128.0, rel=0.02)
    assert (told[-1].bpm, told[-1].beat_in_bar) == (0.0, 0)
    assert told[-1].beat == told[-20].beat


@pytest.mark.parametrize("level", [0.0, 0.7])
def test_nothing_to_follow_gives_no_beat(level):
    assert set(run(np.full(16_000 * 6, level, np.float32))[60:]) <= {NO_BEAT}


def test_the_same_sound_gives_the_same_beats():
    sound = synth.clicks(133.0, 6.0, seed=7)

    assert run(sound) == run(sound)


def test_onset_strength_without_bands_will_do():
    features, tracker = Features(), BeatTracker()
    sound = synth.clicks(120.0, 9.0, start_s=0.3)
    for i in range(0, len(sound), TICK):
        live = tracker.step(features.step(sound[i : i + TICK], -20.0, -20.0).onset, (i + TICK) / synth.RATE)

    assert live.bpm == pytest.approx(120.0, rel=0.01)
