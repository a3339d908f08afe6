import numpy as np
import pytest

from segue.daemon import index
from segue.daemon.errors import LibraryError
from segue.daemon.index import VectorIndex

STAMP = bytes(range(32))


def unit(n, dim, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def blocks_of(rows, size=100):
    return [(n, rows[start : start + size]) for n, start in enumerate(range(0, len(rows), size))]


@pytest.mark.parametrize("exact", [True, False])
def test_a_search_finds_what_brute_force_finds(exact):
    rows, queries = unit(1000, 64), unit(20, 64, 1)

    found = VectorIndex.build(blocks_of(rows), 64, len(rows), exact=exact)
    score, number, place = found.search(queries, 5)

    truth = queries @ rows.T
    best = np.sort(truth, axis=1)[:, ::-1][:, :5]
    assert score == pytest.approx(best, abs=1e-6 if exact else 1e-3)
    assert np.take_along_axis(truth, number * 100 + place, axis=1) == pytest.approx(score, abs=1e-3)


def test_a_large_index_searches_in_lists_and_still_finds_what_was_heard(monkeypatch):
    monkeypatch.setattr(index, "EXACT_LIMIT", 2000)
    rows = unit(8000, 32)
    heard = rows[::40] + 0.05 * unit(200, 32, 1)

    found = VectorIndex.build(blocks_of(rows), 32, len(rows))
    _, number, place = found.search(heard, 3)

    assert (number[:, 0] * 100 + place[:, 0] == np.arange(0, 8000, 40)).mean() > 0.97


def test_places_beyond_what_there_is_are_minus_one():
    found = VectorIndex.build(blocks_of(unit(3, 8)), 8, 3)

    score, number, place = found.search(unit(2, 8, 1), 5)

    assert (score[:, 3:] == -1).all()
    assert (number[:, 3:] == -1).all()
    assert (place[:, 3:] == -1).all()
    assert (place[:, :3] >= 0).all()
    assert VectorIndex.build([], 8, 0).search(unit(2, 8), 4)[1].tolist() == [[-1] * 4] * 2


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "x.faiss"
    VectorIndex.build(blocks_of(unit(500, 16)), 16, 500).write(path, STAMP)
    return path


def test_what_was_written_is_read_again(written):
    query = unit(1, 16, 3)

    found = VectorIndex.read(written, STAMP)

    assert len(found) == 500
    assert VectorIndex.written_from(written, STAMP)
    assert found.search(query, 3)[0] == pytest.approx(np.sort(query @ unit(500, 16).T)[:, ::-1][:, :3], abs=1e-3)
    assert [path.name for path in written.parent.iterdir()] == ["x.faiss"]


def test_damage_anywhere_in_a_file_is_known_before_faiss_reads_it(written):
    whole = written.read_bytes()
    for at in range(0, len(whole), 997):
        written.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with pytest.raises(LibraryError):
            VectorIndex.read(written, STAMP)
    for length in (0, 10, 1000, len(whole) - 1):
        written.write_bytes(whole[:length])
        with pytest.raises(LibraryError, match="cut short"):
            VectorIndex.read(written, STAMP)


def test_a_file_built_from_something_else_is_refused(written):
    with pytest.raises(LibraryError, match="another catalogue"):
        VectorIndex.read(written, bytes(32))
    assert not VectorIndex.written_from(written, bytes(32))
