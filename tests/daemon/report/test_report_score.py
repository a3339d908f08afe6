"""How a set of known plays was followed, whatever is known of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import track

from segue.daemon.errors import SegueError
from segue.daemon.receivers.heard import MOMENT_S, Moment
from segue.daemon.report.order import order
from segue.daemon.report.plays import Play, Truth
from segue.daemon.report.score import score, wrong_at
from segue.daemon.report.tracklist import Entry, Tracklist

TRACKS = [track(number) for number in range(4)]
IDS = [each.id for each in TRACKS]


def heard(length_s, name, second=lambda t: "", pos_s=lambda t: -1.0):
    """Moments at which NAME of the time is the number of the track named, None for nothing."""
    made = []
    for number in range(round(length_s / MOMENT_S)):
        t = (number + 1) * MOMENT_S
        said = name(t)
        made.append(Moment(t, "" if said is None else IDS[said], 0.8, pos_s(t), 1.0, second(t), (), 120.0, 0.5, -12.0))
    return made


def truth(*entries):
    return Truth.find(Tracklist(Path("set.json"), "a truth", entries), TRACKS, {})


def exact(length_s=100.0):
    """Two plays with a blend from 40 s to 50 s."""
    return truth(
        Entry(id=IDS[0], start_s=0.0, end_s=50.0, track_start_s=10.0, rate=1.0),
        Entry(id=IDS[1], start_s=40.0, end_s=length_s, track_start_s=0.0, rate=2.0),
    )


def test_exact_plays_are_judged_to_the_blend():
    plays = exact().plays(100.0)
    moments = heard(
        100.0,
        lambda t: 0 if t < 48 else 1,
        second=lambda t: IDS[1] if 45 <= t < 48 else "",
        pos_s=lambda t: 10.3 + t if t < 48 else 2 * (t - 40) + 0.1,
    )

    judged = score(plays, moments)

    assert exact().tolerance_s == 0.0
    assert (judged.right, judged.wrong, judged.none) == (1.0, 0.0, 0.0)
    assert (judged.changes, judged.never) == (1, 0)
    assert judged.lag_median_s == judged.lag_worst_s == pytest.approx(3.0)  # the fade's middle is at 45 s
    assert judged.both_in_blend == pytest.approx(1 / 3)  # judged at 42, 45 and 48 s, both named at 45 s
    assert [f.position_error_s for f in judged.plays] == [pytest.approx(0.3), pytest.approx(0.1)]
    assert judged.position_p90_s == pytest.approx(0.3)


def test_a_play_that_was_never_named_has_no_delay_and_says_what_was_named_instead():
    judged = score(exact().plays(100.0), heard(100.0, lambda t: 0 if t < 50 else 2 if t < 95 else 3))

    assert (judged.never, judged.lag_median_s) == (1, None)
    assert judged.plays[1].instead == ((IDS[2], pytest.approx(0.9, abs=0.01)), (IDS[3], pytest.approx(0.1, abs=0.01)))
    assert judged.plays[1].position_error_s is None


def test_starts_alone_leave_room_around_a_change():
    given = truth(Entry(id=IDS[0], start_s=0.0), Entry(id=IDS[1], start_s=50.0))
    plays = given.plays(100.0)

    early = score(plays, heard(100.0, lambda t: 0 if t < 38 else 1), given.tolerance_s)
    strict = score(plays, heard(100.0, lambda t: 0 if t < 38 else 1))
    late = score(plays, heard(100.0, lambda t: 0 if t < 72 else 1), given.tolerance_s)

    assert early.right == 1.0
    assert early.lag_median_s == pytest.approx(-12.0)
    assert strict.wrong > 0
    assert late.wrong > 0  # seven seconds beyond what is let pass
    assert early.both_in_blend is early.position_median_s is None


def test_where_the_library_lacks_the_track_nothing_is_the_right_answer():
    given = truth(
        Entry(id=IDS[0], start_s=0.0, end_s=50.0), Entry(title="Not in the library at all", start_s=50.0, end_s=100.0)
    )

    silent = score(given.plays(100.0), heard(100.0, lambda t: 0 if t < 50 else None))
    talking = score(given.plays(100.0), heard(100.0, lambda t: 0 if t < 50 else 2))

    assert (silent.right, silent.none) == (1.0, 0.0)
    assert talking.wrong == pytest.approx(0.5, abs=0.05)
    assert silent.changes == 0
    assert [f.right for f in silent.plays] == [1.0, 1.0]
    assert talking.plays[1].right == 0.0
    assert any("1 of its 2 tracks is not in the library" in note for note in given.notes(100.0))


def test_a_wrong_moment_is_one_at_which_something_else_is_audible():
    plays = exact().plays(100.0)
    one, two, none = heard(0.25, lambda t: 0)[0], heard(0.25, lambda t: 1)[0], heard(0.25, lambda t: None)[0]

    assert [wrong_at(plays, replace(m, t=20.0)) for m in (one, two, none)] == [False, True, False]
    assert [wrong_at(plays, replace(m, t=45.0)) for m in (one, two, none)] == [False, False, False]
    assert not wrong_at(plays, replace(two, t=120.0))  # nothing is audible


def test_without_times_the_order_is_what_is_measured():
    given = truth(*(Entry(id=name) for name in (IDS[0], IDS[1], IDS[2])), Entry(title="Not in the library at all"))
    plays = given.plays(100.0)

    judged = order(plays, heard(100.0, lambda t: 1 if t < 30 else 0 if t < 50 else 3 if t < 60 else None))

    assert (judged.found, judged.listed, judged.in_order) == (2, 3, 1)
    assert [named.first_s for named in judged.plays] == [30.0, 0.25, None, None]
    assert judged.plays[0].stood_s == pytest.approx(20.0)
    assert judged.strangers == ((IDS[3], pytest.approx(10.0)),)
    assert judged.right + judged.wrong + judged.none == pytest.approx(1.0)
    assert any("has no times" in note for note in given.notes(100.0))


def test_nothing_heard_is_judged_too():
    assert score(exact().plays(0.0), []).right == 0.0
    assert order(truth(Entry(id=IDS[0])).plays(0.0), []).none == 0.0


def test_what_starts_after_the_end_is_left_out_and_said():
    given = exact()

    assert [play.end_s for play in given.plays(30.0)] == [30.0]
    assert any("1 of its tracks start after the end" in note for note in given.notes(30.0))


def test_the_tracklist_of_another_recording_is_refused():
    exact().check(100.0)
    exact().check(None)

    with pytest.raises(SegueError, match=r"recording ends at 39 s, before the tracks of set.json"):
        exact().check(39.0)


def test_the_same_track_twice_is_two_plays():
    given = truth(*(Entry(id=IDS[n], start_s=40.0 * k, end_s=40.0 * k + 40) for k, n in enumerate((0, 1, 0))))

    judged = score(given.plays(120.0), heard(120.0, lambda t: int(40 <= t < 80)))

    assert judged.right == 1.0
    assert [followed.right for followed in judged.plays] == [1.0, 1.0, 1.0]


def test_hostile_spans_are_judged_all_the_same():
    spans = [(0.0, 500.0), (0.0, 0.5), (10.0, 20.0), (10.0, 20.0), (99.0, 100.0)]
    given = truth(*(Entry(id=IDS[n % 4], start_s=a, end_s=b) for n, (a, b) in enumerate(spans)))

    judged = score(given.plays(100.0), heard(100.0, lambda t: 0))

    assert judged.right + judged.wrong + judged.none == pytest.approx(1.0)
    assert all(isinstance(play, Play) and play.end_s <= 100.0 for play in given.plays(100.0))
