import itertools
import math

import pytest
from fakes import library, track

from segue.daemon.publish.playhead import BeatClock, Grid
from segue.daemon.rhythm.rhythm import LiveBeat

TICK_S = 0.05


def grid(**changes):
    beats = [0.25 + 0.5 * i for i in range(128)]
    return Grid(**{"beats_s": beats, "downbeats": list(range(1, 128, 4)), "phrase_beats": [1, 33], **changes})


def heard(phase, bpm=120.0, place=0):
    return LiveBeat(bpm, 0.8, phase, 0.0, 0.0, place)


def test_a_position_between_two_beats_is_a_fraction():
    assert grid().beat_at(1.0) == pytest.approx(1.5)


def test_the_outermost_beats_go_on_beyond_the_grid():
    assert grid().beat_at(-0.25) == pytest.approx(-1.0)
    assert grid().beat_at(0.25 + 0.5 * 130) == pytest.approx(130.0)


def test_bars_are_counted_from_the_downbeats_on_both_sides():
    places = [grid().bar_at(beat)[1] for beat in (-1, 0, 1, 2, 4, 5, 125, 129, 130)]

    assert places == [3, 4, 1, 2, 4, 1, 1, 1, 2]


def test_a_grid_without_downbeats_knows_no_bar():
    assert grid(downbeats=[]).bar_at(7) == (0, 0)
    assert not grid(downbeats=[]).on_phrase(0)


def test_phrases_follow_the_cues():
    lines = [beat for beat in range(100) if grid(phrase_beats=[9, 41, 73]).on_phrase(beat)]

    assert lines == [9, 41, 73]


def test_a_track_without_a_steady_beat_has_no_grid():
    snapshot = library([track(0), track(1, tempo_bpm=0.0)])

    assert Grid.of(snapshot, snapshot.tracks[0]) is not None
    assert Grid.of(snapshot, snapshot.tracks[1]) is None


def test_each_beat_of_the_grid_is_told_once_with_its_place():
    clock, told = BeatClock(), []
    for tick in range(1, 200):
        live, beats = clock.from_grid(grid(), tick * TICK_S, 1.0, 0.9, TICK_S)
        told += beats

    assert [beat.number for beat in told] == list(range(1, len(told) + 1))
    assert len(told) == 19
    assert [beat.beat_in_bar for beat in told[:6]] == [1, 2, 3, 4, 1, 2]
    assert [beat.downbeat for beat in told[:5]] == [True, False, False, False, True]
    assert [beat.phrase for beat in told[:5]] == [True, False, False, False, False]
    assert live.bpm == pytest.approx(120.0)


@pytest.mark.parametrize("start_s", [0.0, 0.011, 0.024, 0.026, 0.049])
def test_a_beat_is_told_in_the_tick_that_is_nearest_to_it(start_s):
    clock, off_s = BeatClock(), []
    for tick in range(40, 400):
        position_s = start_s + tick * TICK_S
        _, beats = clock.from_grid(grid(), position_s, 1.0, 0.9, TICK_S)
        beat = grid().beat_at(position_s)
        off_s += [(beat - round(beat)) * 0.5 for _ in beats]

    assert len(off_s) >= 15
    assert max(map(abs, off_s[1:])) <= TICK_S / 2 + 1e-9


def test_what_is_heard_has_its_next_place_in_the_bar_when_it_is_told_early():
    clock, told = BeatClock(), []
    for tick in range(80):
        beat = 0.97 + tick * 0.1
        said = LiveBeat(120.0, 0.9, beat % 1.0, (beat % 4.0) / 4, beat, int(beat % 4) + 1)
        told += [(beat, beats[0]) for beats in [clock.from_sound(said, TICK_S)[1]] if beats]

    assert [beat.beat_in_bar for _, beat in told[1:]] == [round(at) % 4 + 1 for at, _ in told[1:]]
    assert [beat.downbeat for _, beat in told[1:]] == [round(at) % 4 == 0 for at, _ in told[1:]]


def test_the_tempo_follows_the_speed_of_the_record():
    live, _ = BeatClock().from_grid(grid(), 10.0, 1.05, 0.9, TICK_S)

    assert live.bpm == pytest.approx(126.0)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_change_of_source_neither_goes_back_nor_bursts(offset):
    clock, counts, told = BeatClock(), [], []
    for tick in range(400):
        t = tick * TICK_S
        if 100 <= tick < 200 or tick >= 300:
            # The named track is 40 beats further on, and out of phase with what was heard.
            live, beats = clock.from_grid(grid(), 20.0 + t + 0.5 * offset, 1.0, 0.9, TICK_S)
        else:
            live, beats = clock.from_sound(heard((t * 2) % 1.0), TICK_S)
        counts.append(live.beat)
        told += [(tick, beat.number) for beat in beats]

    steps = [b - a for a, b in itertools.pairwise(counts)]
    assert min(steps) >= 0.0
    assert max(steps) <= 0.7
    numbers = [count for _, count in told]
    assert numbers == list(range(1, len(numbers) + 1))
    assert abs(len(numbers) - 40) <= 2


def test_no_tempo_means_no_beats_and_the_count_waits():
    clock = BeatClock()
    for tick in range(20):
        before, _ = clock.from_sound(heard((tick * 0.1) % 1.0), TICK_S)
    after, beats = clock.from_sound(heard(0.0, bpm=0.0), TICK_S)

    assert not beats
    assert after.beat == before.beat


def test_the_count_carries_the_phase_of_its_source():
    clock = BeatClock()
    for tick in range(1, 100):
        live, _ = clock.from_sound(heard((tick * 0.1) % 1.0), TICK_S)

    assert live.beat - math.floor(live.beat) == pytest.approx(live.phase, abs=1e-6)
