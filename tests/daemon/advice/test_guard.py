import numpy as np
import pytest
from fakes import library, track

from segue.daemon.advice.guard import ALIKE, WINDOW_HOPS, Guard


def heard(snapshot, idents):
    guard = Guard(snapshot)
    for ident in idents:
        guard.hear(ident)
    return [guard.likeness(number) >= ALIKE for number in range(len(snapshot.tracks))]


def smooth(snapshot):
    """Idents that change as slowly as music's, so that a hop more or less is no other sound."""
    for number in range(len(snapshot.tracks)):
        rows = snapshot.ident(number)
        rows[:] = np.repeat(rows[::20], 20, axis=0)[: len(rows)]
    return snapshot


@pytest.mark.parametrize("rate", [0.95, 1.0, 1.05])
def test_the_track_that_is_heard_is_found_at_any_speed(rate):
    snapshot = smooth(library([track(n) for n in range(4)]))
    hops = np.round(200 + rate * np.arange(WINDOW_HOPS)).astype(int)

    assert heard(snapshot, snapshot.ident(2)[hops])[2]


def test_a_blend_of_two_is_like_both():
    snapshot = library([track(n) for n in range(4)])
    both = snapshot.ident(1)[50:58] + snapshot.ident(3)[300:308]

    alike = heard(snapshot, both / np.linalg.norm(both, axis=1, keepdims=True))

    assert alike[1]
    assert alike[3]


def test_too_little_was_heard_to_tell():
    snapshot = library([track(n) for n in range(2)])

    assert heard(snapshot, snapshot.ident(0)[: WINDOW_HOPS - 1]) == [False, False]


def test_a_track_shorter_than_the_window_is_like_nothing():
    snapshot = library([track(0, duration_s=1.0)])

    assert heard(snapshot, snapshot.ident(0)[[0] * WINDOW_HOPS]) == [False]


def test_the_most_alike_are_doubted_first_and_never_so_many_that_nothing_is_left():
    snapshot = library([track(n) for n in range(12)])
    guard = Guard(snapshot)
    for ident in snapshot.ident(7)[100 : 100 + WINDOW_HOPS]:
        guard.hear(ident)

    assert guard.doubtful(range(12), 1) == {7}
    assert guard.doubtful(range(12), 0) == set()
    assert 7 in guard.doubtful(range(12), 4)
    assert len(guard.doubtful(range(12), 4)) <= 4
