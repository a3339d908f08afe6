from pathlib import Path

import numpy as np
import pytest

from segue.daemon.errors import LibraryError
from segue.daemon.library.index import CoarseIndex, VectorIndex

STAMP = bytes(range(32))


def unit(n, dim, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def music(n, dim, seed=0):
    """Rows that lie in clusters, as those of tracks do."""
    centres = unit(max(1, n // 50), dim, seed)
    rows = np.repeat(centres, 50, axis=0)[:n] + 0.7 * unit(n, dim, seed + 1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def disturbed(rows, cosine, seed=2):
    """Rows turned away until they are no more alike than that."""
    noise = unit(len(rows), rows.shape[1], seed)
    noise -= (noise * rows).sum(1, keepdims=True) * rows
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return (cosine * rows + np.sqrt(1 - cosine**2) * noise).astype(np.float32)


def pieces(rows, size=100):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@pytest.mark.parametrize("half", [True, False])
def test_a_search_finds_what_brute_force_finds(half):
    rows, queries = unit(1000, 64), unit(20, 64, 1)

    found = VectorIndex.build(pieces(rows), 64, half=half)
    score, row = found.search(queries, 5)

    truth = queries @ rows.T
    assert score == pytest.approx(np.sort(truth, axis=1)[:, ::-1][:, :5], abs=1e-3 if half else 1e-6)
    assert np.take_along_axis(truth, row, axis=1) == pytest.approx(score, abs=1e-3)
    assert found.rows(300, 310) == pytest.approx(rows[300:310], abs=1e-3 if half else 0)


@pytest.fixture(scope="module")
def large():
    """So many rows that not all are compared, in an index of its own."""
    rows = music(200_000, 64)
    return rows, CoarseIndex.build(pieces(rows, 5000), 64)


@pytest.mark.parametrize("cosine", [0.8, 0.95])
def test_a_large_index_finds_nearly_all_that_brute_force_finds_near_a_disturbed_play(large, cosine):
    rows, index = large
    heard = disturbed(rows[::2000], cosine)

    score, row = index.search(heard, 64)

    truth = heard @ rows.T
    nearest = np.argpartition(-truth, 10, axis=1)[:, :10]
    found = [len(set(a[:10]) & set(b)) / 10 for a, b in zip(row.tolist(), nearest.tolist(), strict=True)]
    assert np.mean(found) > 0.95
    assert (score[:, 0] > truth.max(axis=1) - 1e-3).mean() > 0.98
    assert np.take_along_axis(truth, row, axis=1) == pytest.approx(score, abs=1e-3)
    assert (np.diff(score, axis=1) <= 0).all()


def test_a_large_index_gives_rows_as_they_were_stored(large):
    rows, index = large

    assert len(index) == len(rows)
    assert np.array_equal(index.rows(199_990, 200_000), rows[-10:].astype(np.float16).astype(np.float32))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what is resident")
def test_rows_that_were_looked_at_do_not_stay_in_memory(large, monkeypatch):
    rows, index = large
    monkeypatch.setattr("segue.daemon.library.index._KEPT_BYTES", 1 << 22)

    def mapped():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(("RssFile", "RssShmem"))) / 1024

    before = mapped()
    for start in range(0, len(rows), 1000):
        index.rows(start, start + 1000)

    assert mapped() - before < 12  # MB, of 25 that were read


def test_places_beyond_what_there_is_are_minus_one():
    found = VectorIndex.build([unit(3, 8)], 8)

    score, row = found.search(unit(2, 8, 1), 5)

    assert (score[:, 3:] == -1).all()
    assert (row[:, 3:] == -1).all()
    assert (row[:, :3] >= 0).all()
    assert VectorIndex.build([], 8).search(unit(2, 8), 4)[1].tolist() == [[-1] * 4] * 2


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "x.faiss"
    VectorIndex.build(pieces(unit(500, 16)), 16).write(path, STAMP)
    return path


def test_what_was_written_is_read_again(written):
    query = unit(1, 16, 3)

    found = VectorIndex.read(written, STAMP)

    assert len(found) == 500
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


@pytest.fixture
def coarse(tmp_path):
    path = tmp_path / "x.faiss"
    CoarseIndex.build(pieces(music(20_000, 16)), 16, path).write(path, STAMP)
    return path


def test_a_large_index_that_was_written_answers_as_before(coarse):
    rows = music(20_000, 16)
    heard = disturbed(rows[::500], 0.9)

    read, built = CoarseIndex.read(coarse, STAMP), CoarseIndex.build(pieces(rows), 16)

    assert np.array_equal(read.search(heard, 20), built.search(heard, 20))
    assert np.array_equal(read.rows(0, 20_000), built.rows(0, 20_000))
    assert sorted(path.name for path in coarse.parent.iterdir()) == ["x.f16", "x.faiss"]


def test_a_large_index_whose_rows_are_cut_short_damaged_or_of_another_build_is_refused(coarse):
    rows = coarse.with_suffix(".f16")
    whole = rows.read_bytes()
    for bad in (b"", whole[:1000], whole[:-1], b"\x55" + whole[1:], whole[:600_000] + b"\x55\x55" + whole[600_002:]):
        rows.write_bytes(bad)
        with pytest.raises(LibraryError):
            CoarseIndex.read(coarse, STAMP)
    CoarseIndex.build(pieces(music(20_000, 16, 5)), 16, coarse).write(coarse, bytes(32))
    rows.write_bytes(whole)
    with pytest.raises(LibraryError, match="another catalogue"):
        CoarseIndex.read(coarse, bytes(32))
