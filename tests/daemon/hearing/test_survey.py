"""The survey of a library: where in which record something sounds like what is left beside a louder one."""

import numpy as np
import pytest

from segue.daemon.hearing.likeness import TICKS, Picture
from segue.daemon.hearing.survey import LOOK, STRIDE_S, Survey
from segue.daemon.library.snapshot import Snapshot, Track
from segue.daemon.signal.bands import BANDS, LEAST, NEPERS, TICK_S

RNG = np.random.default_rng(3)
SECONDS = (40.0, 25.0, 1.0, 33.0)


def bands(seconds):
    """Levels of a record in which something else sounds every 150 ms, (ticks, bands)."""
    ticks = round(seconds / TICK_S)
    notes = RNG.integers(90, 160, (-(-ticks // 3), BANDS)) * (RNG.random((-(-ticks // 3), BANDS)) < 0.3)
    return np.repeat(notes, 3, axis=0)[:ticks].astype(np.uint8)


RECORDS = [bands(seconds) for seconds in SECONDS]


def library(records, seconds):
    tracks = [
        Track(n, f"{n:016x}", f"/{n}", str(n), "", "", "", s, 0, 0, -1, -1, 0, -14, 0.5, (), ())
        for n, s in enumerate(seconds)
    ]
    empty = [np.ones((1, 4), np.float32) for _ in records]
    return Snapshot.build(tracks, empty, empty, bands=records)


@pytest.fixture(scope="module")
def survey():
    return Survey(library(RECORDS, SECONDS))


def heard(number, end_s, moved=0, free=None):
    """Three seconds of a record, up to a place, some semitones up; what is not free is something else."""
    return look(RECORDS[number], end_s, moved, free)


def look(record, end_s, moved=0, free=None):
    end = round(end_s / TICK_S)
    rows = np.roll(record[end - TICKS : end].astype(np.float32), moved, axis=1)
    weight = np.ones((TICKS, BANDS), np.float32) if free is None else free
    other = RNG.integers(90, 160, rows.shape).astype(np.float32)
    return Picture((LEAST * np.exp(np.where(weight > 0.5, rows, other) * NEPERS)).astype(np.float32), weight)


@pytest.mark.parametrize(("number", "end_s"), [(0, 3.0), (0, 39.9), (1, 12.3), (3, 30.0)])
def test_a_place_is_found_to_within_a_stride(survey, number, end_s):
    (found, position_s), *_ = survey.places(heard(number, end_s), 3, known={2})

    assert (found, position_s) == (number, pytest.approx(end_s, abs=STRIDE_S))


@pytest.mark.parametrize("moved", [-1, 1])
def test_a_place_is_found_a_semitone_away(survey, moved):
    (found, position_s), *_ = survey.places(heard(1, 15.0, moved), 1, known={0})

    assert (found, position_s) == (1, pytest.approx(15.0, abs=STRIDE_S))


def test_a_third_of_the_bands_is_enough(survey):
    """As beside a louder record, which leaves some bands free."""
    free = np.zeros((TICKS, BANDS), np.float32)
    free[:, RNG.permutation(BANDS)[: BANDS // 3]] = 1.0

    (found, position_s), *_ = survey.places(heard(3, 21.0, free=free), 1, known={0})

    assert (found, position_s) == (3, pytest.approx(21.0, abs=STRIDE_S))


def test_the_record_that_is_known_is_not_looked_for(survey):
    assert {number for number, _ in survey.places(heard(0, 20.0), 8, known={0})} == {1, 3}
    assert {number for number, _ in survey.places(heard(0, 20.0), 8, known={0, 1})} == {3}


def test_no_place_begins_in_one_record_and_ends_in_the_next(survey):
    """The second record is 25 s long, and the third too short to have a place at all."""
    for number, position_s in survey.places(heard(3, 10.0), 400, known={0}):
        assert LOOK * STRIDE_S - 1e-6 <= position_s <= SECONDS[number] + 1e-6
        assert number != 2


def test_no_record_has_all_the_places_however_often_it_repeats_itself():
    loop = np.tile(bands(4.0), (10, 1))
    found = Survey(library([loop, RECORDS[1]], [40.0, 25.0])).places(look(loop, 20.0), 4, known={})

    assert [number for number, _ in found] == [0, 0, 1, 1]
    assert abs(found[0][1] - found[1][1]) > 1.0


@pytest.mark.parametrize("strides", [237 + LOOK - 1, 237 + LOOK, 2 * 237 + LOOK - 1])
def test_it_looks_as_far_as_the_last_place_of_the_last_block(strides):
    record, seconds = bands(strides * STRIDE_S - 10), strides * STRIDE_S - 10
    both = Survey(library([bands(10), record], [10.0, seconds]))

    (found, position_s), *_ = both.places(look(record, seconds), 1, known={0})

    assert (found, position_s) == (1, pytest.approx(seconds, abs=STRIDE_S))


def test_an_empty_library_has_no_places():
    assert Survey(library([], [])).places(heard(0, 20.0), 4, known={0}) == []
