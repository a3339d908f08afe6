import numpy as np
import pytest
from fakes import DIM, library, track, unit

from segue.daemon.advice import matcher
from segue.daemon.advice.matcher import LiveQuery, Matcher, hubness


def match(snapshot, query, passing=None):
    everything = np.ones(len(snapshot.keys), bool)
    return Matcher(snapshot).match(query, everything if passing is None else passing)


def test_the_nearest_cue_in_has_the_most_evidence():
    snapshot = library([track(n) for n in range(20)])

    matches = match(snapshot, snapshot.keys[7])

    assert matches.rows[int(matches.evidence.argmax())] == 7
    assert matches.similarity[7] == pytest.approx(1.0, abs=1e-5)


def test_evidence_is_bounded():
    snapshot = library([track(n) for n in range(40)])

    evidence = match(snapshot, snapshot.keys[0]).evidence

    assert evidence.min() >= -2.5
    assert evidence.max() <= 4.0


def test_of_two_equally_near_the_one_that_is_near_everything_loses():
    angles = np.radians([0.0, *np.linspace(-8, 8, 12), 60.0])
    keys = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    snapshot = library([track(n, cues=track(n).cues[:1]) for n in range(14)])
    snapshot.keys = keys

    evidence = match(snapshot, np.array([np.cos(np.radians(30)), 0.5], np.float32)).evidence

    assert evidence[13] > evidence[0] + 0.5


def test_only_what_passes_is_matched():
    snapshot = library([track(n) for n in range(20)])
    passing = np.arange(40) % 3 == 0

    assert match(snapshot, snapshot.keys[7], passing).rows.tolist() == np.flatnonzero(passing).tolist()


def test_hubness_looks_at_other_tracks_only():
    keys = unit(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))

    assert hubness(keys, np.array([0, 0, 1])) == pytest.approx([0.0, 0.0, 0.0])
    assert hubness(keys, np.array([0, 1, 2])) == pytest.approx([0.5, 0.5, 0.0])
    assert hubness(keys[:1], np.array([0])) == pytest.approx([0.0])


def test_a_large_library_is_asked_for_the_nearest_only(monkeypatch):
    snapshot = library([track(n) for n in range(30)])
    monkeypatch.setattr(matcher, "ALL_ROWS", 10)
    monkeypatch.setattr(matcher, "NEAREST_ROWS", 12)
    monkeypatch.setattr(matcher, "LEAST_ROWS", 3)

    matches = match(snapshot, snapshot.keys[5])

    assert len(matches.rows) == 12
    assert matches.rows[int(matches.evidence.argmax())] == 5
    assert matches.similarity == pytest.approx(snapshot.keys[matches.rows] @ snapshot.keys[5], abs=2e-3)


def test_in_a_large_library_what_is_asked_for_is_matched_however_far_it_is(monkeypatch):
    for name, rows in (("ALL_ROWS", 10), ("NEAREST_ROWS", 8), ("LEAST_ROWS", 4)):
        monkeypatch.setattr(matcher, name, rows)
    snapshot = library([track(n) for n in range(20)])
    passing, far = np.ones(40, bool), np.zeros(40, bool)
    row = int((snapshot.keys @ snapshot.keys[3]).argmin())
    far[[row, 5]] = True
    passing[5] = False

    rows = Matcher(snapshot).match(snapshot.keys[3], passing, far).rows
    assert row in rows
    assert 5 not in rows
    assert row not in Matcher(snapshot).match(snapshot.keys[3], passing).rows


def test_where_the_nearest_do_not_pass_others_are_matched(monkeypatch):
    snapshot = library([track(n) for n in range(30)])
    monkeypatch.setattr(matcher, "ALL_ROWS", 10)
    monkeypatch.setattr(matcher, "NEAREST_ROWS", 12)
    similarity = snapshot.keys @ snapshot.keys[5]
    passing = similarity < np.sort(similarity)[-12]

    assert match(snapshot, snapshot.keys[5], passing).rows.tolist() == np.flatnonzero(passing).tolist()


def test_an_empty_library_has_no_matches():
    snapshot = library([track(0, cues=())])

    assert len(match(snapshot, unit(np.ones(DIM))).rows) == 0


def test_the_live_query_is_smooth_and_of_unit_length():
    query = LiveQuery()
    with pytest.raises(ValueError, match="before the first hop"):
        query.vector()
    a, b = np.eye(2, dtype=np.float32)
    query.step(a)
    query.step(b)

    assert np.linalg.norm(query.vector()) == pytest.approx(1.0)
    assert query.vector() @ a > query.vector() @ b > 0
