"""A library that is too large to compare every hop: what is built, what is kept, and what is made again."""

import json

import numpy as np
import pytest
from filled import ARTIFACT, fill, record, unit

from segue.daemon.library import shelf
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.shelf import Lock, current
from segue.daemon.library.snapshot import Snapshot


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Twenty tracks of fifty hops, where 800 hops are many."""
    monkeypatch.setattr(shelf, "EXACT_LIMIT", 800)
    monkeypatch.setattr(shelf, "LATE_ROWS", 100)
    fill(tmp_path / "library", range(20))
    return tmp_path / "library"


def names_of(folder):
    return {path.name for path in folder.iterdir()} - {
        "catalogue.sqlite",
        "catalogue.sqlite-wal",
        "catalogue.sqlite-shm",
    }


def drop(folder, number):
    with Catalogue.open(folder) as catalogue, catalogue.transaction():
        catalogue.drop_track(f"{number:016x}")


def assert_answers(snapshot, numbers):
    """Every track is there with its hops, and is found by them."""
    assert [int(track.id, 16) for track in snapshot] == sorted(numbers)
    assert snapshot.hops == 50 * len(numbers)
    for track in snapshot:
        stored = record(int(track.id, 16)).ident.astype(np.float32)
        assert np.allclose(
            snapshot.ident(track.number), stored, atol=1e-4
        )  # an engine in the process flushes denormals
        score, number, hop = snapshot.search_ident(stored[[3, 40]], 4)
        assert score[:, 0] == pytest.approx(1.0, abs=2e-3)
        assert (number[:, 0] == track.number).all()
        assert hop[:, 0].tolist() == [3, 40]
        assert snapshot.search_entry(snapshot.keys_of(track.number)[1], 1)[1].tolist() == [2 * track.number + 1]


def test_a_large_library_answers_as_a_small_one_does(folder):
    snapshot = Snapshot.load(folder, ARTIFACT)

    assert_answers(snapshot, range(20))
    assert_answers(Snapshot.load(folder, ARTIFACT), range(20))
    assert names_of(folder) == {"lock", "manifest.json", "entry.faiss", "ident.faiss", "ident.f16"}
    idents = np.concatenate([snapshot.ident(n) for n in range(20)])
    queries = unit(10, 4, 3)
    assert snapshot.search_ident(queries, 1)[0][:, 0] == pytest.approx((queries @ idents.T).max(axis=1), abs=0.03)


def test_a_track_more_or_less_leaves_the_large_part_as_it_is(folder):
    Snapshot.load(folder, ARTIFACT)
    before = [(folder / name).stat().st_mtime_ns for name in ("ident.faiss", "ident.f16")]
    drop(folder, 7)
    fill(folder, [30, 31])

    assert_answers(Snapshot.load(folder, ARTIFACT), {*range(20), 30, 31} - {7})

    assert_answers(Snapshot.load(folder, ARTIFACT), {*range(20), 30, 31} - {7})
    assert [(folder / name).stat().st_mtime_ns for name in ("ident.faiss", "ident.f16")] == before
    assert "late.faiss" in names_of(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["tracks"], manifest["hops"], manifest["cues"]) == (21, 1050, 42)
    gone = record(7).ident[5:6].astype(np.float32)
    assert 7 not in [int(snapshot_id, 16) for snapshot_id in _named(folder, gone)]


def _named(folder, queries):
    snapshot = Snapshot.load(folder, ARTIFACT)
    return [snapshot.tracks[number].id for number in snapshot.search_ident(queries, 8)[1][0] if number >= 0]


def test_a_track_that_was_analysed_again_is_found_by_what_it_is_now(folder):
    Snapshot.load(folder, ARTIFACT)
    fill(folder, [4], seed=50)

    snapshot = Snapshot.load(folder, ARTIFACT)

    now = record(4, seed=50).ident.astype(np.float32)
    assert np.array_equal(snapshot.ident(4), now)
    assert snapshot.search_ident(now[9:10], 1)[1:] == (4, 9)
    assert len(snapshot) == 20


@pytest.mark.parametrize("change", ["many come", "many go"])
def test_once_much_has_changed_there_is_one_part_again(folder, change):
    Snapshot.load(folder, ARTIFACT)
    fill(folder, [30])
    Snapshot.load(folder, ARTIFACT)
    assert "late.faiss" in names_of(folder)
    left = {*range(20), 30}
    if change == "many come":
        fill(folder, [31, 32])
        left |= {31, 32}
    else:
        for number in range(3):
            drop(folder, number)
        left -= {0, 1, 2}

    snapshot = Snapshot.load(folder, ARTIFACT)

    assert_answers(snapshot, left)
    assert "late.faiss" not in names_of(folder)


def test_a_library_that_has_become_small_is_compared_whole(folder):
    Snapshot.load(folder, ARTIFACT)
    for number in range(10):
        drop(folder, number)

    assert_answers(Snapshot.load(folder, ARTIFACT), range(10, 20))

    assert names_of(folder) == {"lock", "manifest.json", "entry.faiss", "ident.faiss"}


@pytest.mark.parametrize("name", ["ident.faiss", "ident.f16", "late.faiss", "entry.faiss", "manifest.json"])
@pytest.mark.parametrize("damage", ["missing", "half", "flipped", "of another build"])
def test_parts_that_are_damaged_are_made_again(folder, name, damage):
    Snapshot.load(folder, ARTIFACT)
    fill(folder, [30])
    Snapshot.load(folder, ARTIFACT)
    path = folder / name
    good = path.read_bytes()
    middle = len(good) // 2
    if damage == "of another build":
        fill(folder, [0, 30], seed=50)
        Snapshot.load(folder, ARTIFACT)
        fill(folder, [0, 30])
        path.write_bytes(good)
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(good[:middle] + (b"" if damage == "half" else b"\xff\xff\xff\xff" + good[middle + 4 :]))

    snapshot = Snapshot.load(folder, ARTIFACT)

    assert_answers(snapshot, {*range(20), 30})
    with Catalogue.open(folder) as catalogue:
        assert current(folder, ARTIFACT, catalogue.order(ARTIFACT))


def test_while_somebody_indexes_a_large_library_is_read_without_what_has_gone(folder):
    Snapshot.load(folder, ARTIFACT)
    fill(folder, [30])
    Snapshot.load(folder, ARTIFACT)
    drop(folder, 5)
    fill(folder, [31])

    with Lock(folder):
        snapshot = Snapshot.load(folder, ARTIFACT)

    assert_answers(snapshot, {*range(20), 30} - {5})


def test_a_large_library_that_nobody_may_write_to_is_searched_all_the_same(folder):
    with Lock(folder):
        snapshot = Snapshot.load(folder, ARTIFACT)

    assert_answers(snapshot, range(20))
    assert names_of(folder) == {"lock"}
