"""One contract for every backend of nearest neighbours, and a table that measures what it says."""

import json
import sys

import numpy as np
import pytest

from segue.daemon.errors import SegueError
from segue.export.neighbours import BACKENDS, Annoy, Daemon, Flat, Hnsw, IvfPq, table
from segue.export.neighbours.faiss_backends import LEAST_FOR_CODES

KINDS = (Flat(), Daemon(), Hnsw(), IvfPq(again=8), IvfPq(probe=4), Annoy(trees=20))
DIM = 32


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def clustered(rows, seed=0):
    """Rows around 200 centres, and 60 queries near some of them, as hops lie around moments."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((200, DIM))
    vectors = unit(centres[rng.integers(200, size=rows)] + 0.5 * rng.standard_normal((rows, DIM)))
    picks = rng.integers(rows, size=60)
    return vectors, unit(vectors[picks] + 0.05 * rng.standard_normal((60, DIM))), picks


@pytest.fixture(params=KINDS, ids=lambda backend: backend.name)
def backend(request):
    if isinstance(request.param, Annoy):
        pytest.importorskip("annoy", exc_type=ImportError)
    return request.param


@pytest.fixture(scope="module")
def many():
    return clustered(LEAST_FOR_CODES + 500)


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def big(backend, many, kept):
    """An index of many, built once for all tests."""
    if backend.name not in kept:
        kept[backend.name] = backend.build(many[0])
    return kept[backend.name]


def test_most_of_the_nearest_are_found_and_best_comes_first(backend, big, many):
    vectors, queries, picks = many

    score, row = big.search(queries, 10)

    exact = np.sort(queries @ vectors.T, axis=1)[:, -10:]
    true = np.einsum("qkd,qd->qk", vectors[row], queries)
    bound = {"Flat": 1.0, "IVF-PQ 1/4": 0.4}.get(backend.name, 0.85)
    assert (true >= exact[:, :1] - 1e-5).mean() >= bound
    assert (row[:, 0] == picks).mean() >= (0.7 if bound < 0.5 else 0.95)
    assert (np.diff(score, axis=1) <= 1e-6).all()
    assert all(len(set(found)) == 10 for found in row.tolist())
    assert len(big) == len(vectors)
    assert big.dim == DIM


def test_scores_are_inner_products(backend):
    vectors, queries, _ = clustered(300)

    score, row = backend.build(vectors).search(queries, 5)

    assert score == pytest.approx(np.einsum("qkd,qd->qk", vectors[row], queries), abs=2e-3)


def test_more_neighbours_than_rows_are_missing_ones(backend):
    vectors, queries, _ = clustered(7)

    score, row = backend.build(vectors).search(queries[:3], 20)

    assert score.shape == row.shape == (3, 20)
    assert all(sorted(found[:7]) == list(range(7)) for found in row.tolist())
    assert (row[:, 7:] == -1).all()
    assert (score[:, 7:] == -1).all()


def test_what_a_careless_search_leaves_out_is_missing_and_not_made_up(backend, big, many):
    vectors, queries, _ = many

    score, row = big.search(queries[:2], 3000)

    found = row >= 0
    assert (score[~found] == -1).all()
    assert (row[~found] == -1).all()
    assert (score[found] > -1).all()
    assert row.max() < len(vectors)


def test_an_index_of_nothing_and_a_question_of_nothing_have_answers(backend, tmp_path):
    vectors, queries, _ = clustered(50)

    empty, some = backend.build(np.zeros((0, DIM))), backend.build(vectors)
    empty.save(tmp_path)

    for index in (empty, backend.load(tmp_path)):
        score, row = index.search(queries, 4)
        assert len(index) == 0
        assert (row == -1).all()
        assert (score == -1).all()
        assert row.shape == (60, 4)
    assert some.search(np.zeros((0, DIM)), 4)[1].shape == (0, 4)
    assert some.search(queries, 0)[1].shape == (60, 0)


def test_the_same_vectors_give_the_same_index_and_a_search_changes_nothing(backend, many):
    vectors, queries, _ = many

    one, two = backend.build(vectors[:2000]), backend.build(vectors[:2000].copy())
    first = one.search(queries, 10)

    for again in (one.search(queries, 10), two.search(queries, 10)):
        assert np.array_equal(first[0], again[0])
        assert np.array_equal(first[1], again[1])


def test_what_was_saved_answers_as_before_and_can_be_saved_over(backend, big, many, tmp_path):
    vectors, queries, _ = many
    before = big.search(queries, 10)

    size = big.save(tmp_path / "new" / "folder")
    loaded = backend.load(tmp_path / "new" / "folder")

    assert loaded.save(tmp_path / "other") == size
    assert big.save(tmp_path / "new" / "folder") == size
    assert size > len(vectors) * DIM / 4
    assert (len(loaded), loaded.dim) == (len(vectors), DIM)
    for heard in (big, loaded, backend.load(tmp_path / "other")):
        assert np.array_equal(heard.search(queries, 10)[1], before[1])
        assert heard.search(queries, 10)[0] == pytest.approx(before[0], abs=1e-6)


@pytest.mark.parametrize("what", ["cut", "changed", "gone", "about", "foreign"])
def test_a_damaged_or_foreign_index_is_told_and_not_read(backend, what, tmp_path):
    backend.build(clustered(300)[0]).save(tmp_path)
    data, about = tmp_path / "index.bin", tmp_path / "about.json"
    whole = data.read_bytes()
    match what:
        case "cut":
            data.write_bytes(whole[:-9])
        case "changed":
            data.write_bytes(whole[:-9] + b"x" + whole[-8:])
        case "gone":
            data.unlink()
        case "about":
            about.write_text("{", "utf-8")
        case "foreign":
            about.write_text(json.dumps(json.loads(about.read_text("utf-8")) | {"name": "Other"}), "utf-8")

    with pytest.raises(SegueError, match="build it again"):
        backend.load(tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 3.0])
def test_vectors_that_are_not_of_unit_length_are_refused(backend, value):
    vectors, queries, _ = clustered(20)
    index, broken = backend.build(vectors), vectors.copy()
    broken[13] = value

    with pytest.raises(SegueError, match="1 of 20 vectors are not of unit length, as row 13"):
        backend.build(broken)
    with pytest.raises(SegueError, match="unit length"):
        index.search(broken, 3)
    with pytest.raises(SegueError, match=r"shape \(60, 31\), wanted \(n, 32\)"):
        index.search(queries[:, :-1], 3)


def test_without_annoy_its_backend_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "annoy", None)

    with pytest.raises(SegueError, match=r"segue\[ann\]"):
        Annoy().build(clustered(20)[0])


def test_an_index_that_is_mapped_outlives_another_saved_over_it(tmp_path):
    pytest.importorskip("annoy", exc_type=ImportError)
    vectors, queries, _ = clustered(2000)
    forest = Annoy()
    forest.build(vectors).save(tmp_path)
    mapped = forest.load(tmp_path)
    before = mapped.search(queries, 5)[1]

    Flat().build(vectors[:1]).save(tmp_path)

    assert np.array_equal(mapped.search(queries, 5)[1], before)


def test_every_backend_of_the_table_has_its_own_name():
    assert len({backend.name for backend in BACKENDS}) == len(BACKENDS)


def test_a_table_knows_the_exact_from_the_careless(many):
    vectors, queries, _ = many

    exact, careless, careful = table(vectors, queries, (Flat(), IvfPq(probe=64), IvfPq(probe=2, again=8)))

    assert (exact.recall, exact.first) == (1, 1)
    assert exact.size_mb == pytest.approx(len(vectors) * DIM * 4 / 2**20, rel=0.01)
    assert careless.recall < 0.7 < 0.9 < careful.recall <= 1
    assert careless.size_mb < 0.2 * exact.size_mb
    for row in (exact, careless, careful):
        assert row.rows == len(vectors)
        assert 0 < row.median_ms <= row.p99_ms
        assert row.build_s > 0


def test_a_table_counts_rows_that_are_alike_as_the_same():
    vectors, queries, _ = clustered(40)

    (row,) = table(np.repeat(vectors, 30, axis=0), queries, (Hnsw(),))

    assert row.recall == 1


def test_a_table_of_nothing_is_refused():
    with pytest.raises(SegueError, match="0 queries"):
        next(table(clustered(10)[0], np.zeros((0, DIM)), (Flat(),)))
