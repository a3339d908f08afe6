"""The tracker on idents whose truth is known: random walks on a sphere, heard at a speed, under noise."""

import numpy as np
import pytest

from segue.daemon.library import Snapshot, Track
from segue.daemon.tracker import Tracker

HOP_S, DIM = 0.25, 32


def unit(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def walk(seconds, seed, period_s=0.0):
    """Idents of a track, (hops, DIM), that change from hop to hop as music does; a loop repeats every period."""
    rng = np.random.default_rng(seed)
    hops = round((period_s or seconds) / HOP_S)
    smooth = np.stack([np.convolve(x, np.hanning(9), "same") for x in rng.standard_normal((DIM, hops + 8))])
    one = unit(smooth.T[4 : 4 + hops] + 0.8 * rng.standard_normal(DIM))
    return one[np.arange(round(seconds / HOP_S)) % len(one)]


def library(idents):
    tracks = [
        Track(n, f"{n:016x}", f"/{n}.ogg", str(n), "", "", "", len(x) * HOP_S, 0, 0, -1, -1, 0, -14, 0.5, (), ())
        for n, x in enumerate(idents)
    ]
    return Snapshot.build(tracks, idents, [np.ones((1, 4), np.float32) for _ in idents])


def play(ident, start_s, seconds, rate=1.0, noise=0.5, seed=0):
    """What a booth makes of a track: idents between its hops, off by noise."""
    rng = np.random.default_rng(seed)
    at = (start_s + rate * HOP_S * np.arange(1, round(seconds / HOP_S) + 1)) / HOP_S - 1
    low = np.floor(at).astype(int)
    share = (at - low)[:, None]
    heard = ident[low] * (1 - share) + ident[low + 1] * share
    return unit(unit(heard) + noise * unit(rng.standard_normal(heard.shape)))


@pytest.fixture(scope="module")
def tracks():
    return [walk(180, seed) for seed in range(12)]


def follow(tracks, heard, silence=False):
    tracker = Tracker(library(tracks), HOP_S)
    return tracker, [tracker.step(ident, silence) for ident in heard]


@pytest.mark.parametrize("rate", [0.94, 1.0, 1.06])
def test_a_record_is_named_within_three_seconds_with_its_place_and_speed(tracks, rate):
    _, said = follow(tracks, play(tracks[3], 40, 20, rate))

    first = next(i for i, (now, _) in enumerate(said) if now)
    now = said[-1][0]
    assert (first + 1) * HOP_S <= 3.0
    assert {n.track.number for n, _ in said if n} == {3}
    assert now.position_s == pytest.approx(40 + 20 * rate, abs=0.1)
    assert now.tempo_ratio == pytest.approx(rate, abs=0.01)
    assert now.settled


def test_music_that_is_not_there_is_not_named(tracks):
    _, said = follow(tracks, walk(120, 99))

    assert all(now is None for now, _ in said)


def test_the_next_record_takes_over_and_the_last_is_forgotten(tracks):
    heard = np.concatenate([play(tracks[1], 30, 20, 1.03), play(tracks[7], 10, 20, 0.97)])

    tracker, said = follow(tracks, heard)

    names = [now.track.number for now, _ in said if now]
    assert names[-1] == 7
    assert set(names[: names.index(7)]) == {1}
    late = next(i for i, (now, _) in enumerate(said) if now and now.track.number == 7)
    assert late * HOP_S - 20 <= 4.0
    assert tracker.plausible() == {1, 7}


def test_both_records_of_a_blend_are_named(tracks):
    a, b = play(tracks[2], 50, 30, 1.02, 0.2), play(tracks[5], 20, 30, 0.98, 0.2)
    loud = np.where(np.arange(len(a)) % 2, 0.75, 0.35)[:, None]  # now one is on top, now the other

    _, said = follow(tracks, unit(a * loud + b * (1 - loud)))

    now, beside = said[-1]
    assert {now.track.number, beside.track.number} == {2, 5}


def test_a_loop_is_named_though_its_place_is_open(tracks):
    loop = walk(120, 50, period_s=8.0)

    _, said = follow([*tracks, loop], play(loop, 30, 15))

    now = said[-1][0]
    assert now.track.number == 12
    assert (now.position_s - 45) % 8 == pytest.approx(0, abs=0.2) or (now.position_s - 45) % 8 == pytest.approx(
        8, abs=0.2
    )


def test_two_copies_of_a_record_do_not_silence_each_other(tracks):
    twin = unit(tracks[4] + 0.05 * unit(np.random.default_rng(1).standard_normal(tracks[4].shape)))

    _, said = follow([*tracks, twin], play(tracks[4], 60, 15))

    assert {now.track.number for now, _ in said[16:] if now} <= {4, 12}
    assert all(now for now, _ in said[16:])


def test_silence_ends_a_name(tracks):
    tracker, said = follow(tracks, play(tracks[3], 40, 15))
    quiet = [tracker.step(np.zeros(DIM, np.float32), True) for _ in range(60)]

    assert said[-1][0]
    assert quiet[-1] == (None, None)


def shared(tracks, *parts):
    """Unknown music that now and then is just like a record of the library; PARTS: (record or None, seconds)."""
    heard, at = [], 20.0
    for n, (number, seconds) in enumerate(parts):
        own = walk(seconds, 900 + n)
        heard.append(play(own, 0, seconds - 1) if number is None else play(tracks[number], at, seconds, seed=n))
        at += seconds
    return np.concatenate(heard)


def test_a_record_that_shares_a_loop_with_what_plays_loses_its_name(tracks):
    heard = shared(tracks, (3, 12), (None, 12), (3, 12))

    tracker, said = follow(tracks, heard)

    assert said[40][0].track.number == 3, "at first nobody can tell"
    assert tracker.refuted() == {3}
    assert all(now is None for now, _ in said[96:])
    assert tracker.plausible() == set()


def test_what_has_played_for_long_stays_what_played(tracks):
    tracker, said = follow(tracks, shared(tracks, (3, 60), (None, 30)))

    assert said[200][0].track.number == 3
    assert tracker.refuted() == set()
    assert tracker.plausible() == {3}


def test_a_short_gap_refutes_nobody(tracks):
    tracker, said = follow(tracks, shared(tracks, (3, 15), (None, 3), (3, 20)))

    assert tracker.refuted() == set()
    assert said[-1][0].track.number == 3


def test_a_gap_that_the_next_record_fills_speaks_against_nobody(tracks):
    tracker, _ = follow(tracks, shared(tracks, (3, 20), (None, 8)))
    assert tracker.refuted() == {3}

    tracker, said = follow(tracks, shared(tracks, (3, 6), (None, 4), (3, 16), (None, 8), (7, 15)))

    assert said[-1][0].track.number == 7
    assert tracker.refuted() == set()
    assert tracker.plausible() == {3, 7}


def test_a_refuted_record_is_named_once_it_really_plays(tracks):
    heard = shared(tracks, (3, 12), (None, 12), (3, 90))

    tracker, said = follow(tracks, heard)

    assert said[96 + 20][0] is None
    assert said[-1][0].track.number == 3
    assert tracker.refuted() == set()


def test_alike_without_a_name_before_it_is_not_mixed_in(tracks):
    faint = unit(0.5 * play(tracks[3], 20, 10) + 0.75 * play(walk(12, 77), 0, 10))

    tracker, said = follow(tracks, faint)
    after, _ = follow(tracks, np.concatenate([play(tracks[5], 20, 80), faint]))

    assert all(now is None for now, _ in said)
    assert tracker.plausible() == set()
    assert after.plausible() == {3, 5}


def test_the_same_hops_give_the_same_answers(tracks):
    heard = np.concatenate([play(tracks[1], 30, 10), play(tracks[7], 10, 10)])

    assert follow(tracks, heard)[1] == follow(tracks, heard)[1]


def test_an_empty_library_names_nothing():
    tracker = Tracker(library([]), HOP_S)

    assert tracker.step(np.ones(DIM, np.float32), False) == (None, None)
