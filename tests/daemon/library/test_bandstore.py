"""Levels from the catalogue, page by page; and libraries that have none yet."""

import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from filled import record

from segue.daemon.errors import LibraryError
from segue.daemon.library.bandstore import PAGE, Arrays, BandStore, Stored
from segue.daemon.library.catalogue import FILE, Catalogue
from segue.daemon.signal.bands import BANDS


@pytest.fixture
def rows():
    return np.random.default_rng(0).integers(0, 255, (2 * PAGE + 100, BANDS), dtype=np.uint8)


def stored(folder, rows):
    with Catalogue.create(folder) as catalogue, catalogue.transaction():
        catalogue.put_track(replace(record(1), bands=rows))
    return BandStore(Stored(folder, [f"{1:016x}", f"{2:016x}"]))


def test_rows_come_from_the_catalogue_as_they_went_in(tmp_path, rows):
    store, at = stored(tmp_path, rows), np.array([0, 5, PAGE - 1, PAGE, 2 * PAGE + 99])

    assert (store.at(0, at) == rows[at]).all()
    assert (store.at(0, at) == BandStore(Arrays([rows])).at(0, at)).all()


def test_beyond_a_track_its_ends_go_on(tmp_path, rows):
    assert (stored(tmp_path, rows).at(0, np.array([-7, 10**6])) == rows[[0, -1]]).all()


def test_a_track_without_levels_is_silence(tmp_path, rows):
    store = stored(tmp_path, rows)

    assert not store.at(1, np.arange(10)).any()
    assert store.at(1, np.arange(10)).shape == (10, BANDS)


def test_a_library_that_has_gone_is_silence(tmp_path, rows):
    store = BandStore(Stored(tmp_path / "nowhere", [f"{1:016x}"]))

    assert not store.at(0, np.arange(3)).any()


def older(folder):
    """A library as the first edition left it."""
    Catalogue.create(folder).close()
    with sqlite3.connect(folder / FILE) as db:
        db.executescript(
            "DROP TABLE bands; DROP TABLE own_cue; DROP TABLE own_grid; DROP TABLE own_list; PRAGMA user_version = 1;"
        )


def test_an_older_library_says_what_to_do(tmp_path):
    older(tmp_path)

    with pytest.raises(LibraryError, match="segue index --library"):
        Catalogue.open(tmp_path)


def test_indexing_brings_an_older_library_up_to_date(tmp_path, rows):
    older(tmp_path)

    assert (stored(tmp_path, rows).at(0, np.arange(4)) == rows[:4]).all()
