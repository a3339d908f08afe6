import pytest
from fakes import heard, library, numbers, track

from segue.daemon.advice.ranker import Ranker
from segue.daemon.config import Suggest


def rank(tracks, **changes):
    return Ranker(Suggest(), library(tracks)).rank(heard(**changes), frozenset(), 24)


def test_a_tempo_out_of_range_comes_in_only_when_there_are_too_few():
    near = [track(n, tempo_bpm=120.0) for n in range(8)]

    assert 8 not in numbers(rank([*near, track(8, tempo_bpm=140.0)]))
    few = rank([*near[:3], track(3, tempo_bpm=140.0)])
    assert 3 in numbers(few)
    last = next(s for s in few if s.track.number == 3)
    assert "out of range" in last.reasons
    assert last.tempo_ratio == pytest.approx(120 / 140, abs=1e-3)


def test_a_tempo_that_nobody_is_sure_of_keeps_no_track_out():
    near = [track(n, tempo_bpm=120.0) for n in range(8)]
    far = track(8, tempo_bpm=90.0, tempo_confidence=0.15)

    found = {s.track.number: s for s in rank([*near, far])}
    assert found[8].tempo_ratio == 1.0
    assert dict(found[8].terms)["tempo"] == 0.0
    assert "tempo" not in found[8].reasons
    assert 8 in numbers(rank([*near, track(8, tempo_bpm=90.0)], bpm_confidence=0.1))
    assert dict(next(s for s in rank([*near, track(8, tempo_bpm=121.0, tempo_confidence=0.15)])).terms)["tempo"] > 0


def test_what_the_fader_cannot_reach_stands_behind_all_that_it_can_whatever_else_speaks_for_it():
    tracks = [track(n, tempo_bpm=124.0 if n % 2 else 150.0) for n in range(8)]
    snapshot = library(tracks)
    settings = Suggest.model_validate({"weights": {"tempo": 0.0}})

    found = numbers(Ranker(settings, snapshot).rank(heard(query=snapshot.keys[0], bpm=124.0), frozenset(), 8))

    assert [n % 2 for n in found] == [1] * 4 + [0] * 4


def test_half_and_double_time_are_within_reach():
    found = {s.track.number: s for s in rank([track(0, tempo_bpm=60.0), track(1, tempo_bpm=244.0), track(2)])}

    assert found[0].tempo_ratio == 1.0
    assert "half time" in found[0].reasons
    assert found[1].tempo_ratio == pytest.approx(240 / 244, abs=1e-3)
    assert "double time" in found[1].reasons


@pytest.mark.parametrize("bpm", [0.0, 30.0, 61.3, 84.9, 120.0, 169.7, 251.0])
def test_a_tempo_ratio_is_always_playable(bpm):
    tracks = [track(n, tempo_bpm=tempo) for n, tempo in enumerate((0.0, 55.0, 84.8, 84.9, 119.0, 169.8, 240.0))]

    ratios = [s.tempo_ratio for s in rank(tracks, bpm=bpm)]

    assert len(ratios) == 7
    assert all(0.5 < ratio < 2.2 for ratio in ratios)


def test_an_unknown_tempo_neither_helps_nor_hurts():
    found = {s.track.number: dict(s.terms) for s in rank([track(0, tempo_bpm=0.0), track(1)])}

    assert found[0]["tempo"] == 0.0
    assert found[1]["tempo"] > 0.0
    assert all(dict(s.terms)["tempo"] == 0.0 for s in rank([track(0), track(1)], bpm=0.0))


def test_a_tempo_that_may_be_counted_otherwise_keeps_no_track_out_unless_it_is_sure():
    many = [track(n) for n in range(8)]

    for bpm in (90.0, 160.0):
        unsure, sure = (track(8, tempo_bpm=bpm, tempo_confidence=sureness) for sureness in (0.3, 0.9))
        assert 8 in numbers(rank([*many, unsure]))
        assert 8 not in numbers(rank([*many, sure]))
    assert 8 not in numbers(rank([*many, track(8, tempo_bpm=105.0, tempo_confidence=0.3)]))
