import numpy as np
import pytest
from graphs import DIM, HOP, IDENT_DIM, write_graph

from segue.daemon.artifact import default_artifact
from segue.daemon.engine import Engine
from segue.daemon.errors import ArtifactError


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_graph(tmp_path_factory.mktemp("graph") / "tiny.onnx")


@pytest.fixture
def engine(path):
    return Engine(path)


def sound(hops, seed=1):
    return np.random.default_rng(seed).standard_normal(hops * HOP).astype(np.float32) * np.float32(0.1)


def test_the_metadata_says_what_the_artifact_is(engine):
    artifact = engine.artifact

    assert (artifact.hop, artifact.sample_rate, artifact.key_window_hops, artifact.warmup_hops) == (HOP, 16000, 8, 2)
    assert (artifact.query_dim, artifact.ident_dim, artifact.training) == (DIM, IDENT_DIM, {"steps": 0})
    assert len(artifact.sha256) == 64


def test_a_recording_embeds_as_its_hops_one_by_one(engine):
    mono = sound(5)[:-7]

    whole = engine.run(mono)
    state = engine.init_state()
    for h in range(4):
        embedding, state = engine.step(mono[h * HOP : (h + 1) * HOP], state)
        assert np.array_equal(embedding.query, whole.query[h])
        assert np.array_equal(embedding.ident, whole.ident[h])
    assert whole.query.shape == (4, DIM)
    assert np.linalg.norm(whole.ident, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_step_leaves_the_state_it_was_given_alone(engine):
    _, state = engine.step(sound(1), engine.init_state())
    before = {name: array.copy() for name, array in state.items()}

    first, _ = engine.step(sound(1, 2), state)
    again, _ = engine.step(sound(1, 2), state)

    assert np.array_equal(first.query, again.query)
    assert all(np.array_equal(before[name], state[name]) for name in state)


def test_a_key_hears_one_window_from_a_fresh_state(engine):
    mono = sound(20)
    start = 3 * HOP + 11

    key = engine.key_at(mono, start)

    assert np.array_equal(key, engine.run(mono[start : start + 8 * HOP]).key[-1])


def test_silence_follows_a_window_that_reaches_over_the_end(engine):
    mono = sound(10)

    key = engine.key_at(mono, 9 * HOP)

    padded = np.concatenate([mono[9 * HOP :], np.zeros(7 * HOP, np.float32)])
    assert np.array_equal(key, engine.run(padded).key[-1])
    assert np.isfinite(engine.key_at(mono, 99 * HOP)).all()


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_heard_as_silence(engine, poison):
    mono = sound(1)
    mono[100:200] = 0
    bad = mono.copy()
    bad[100:200] = poison

    embedding, _ = engine.step(bad, engine.init_state())

    assert np.array_equal(embedding.query, engine.step(mono, engine.init_state())[0].query)
    assert engine.resets == 0


def test_an_outcome_that_is_not_finite_resets_the_state_and_is_counted(engine):
    state = {"memory": np.full((1, 16), np.nan, np.float32)}

    embedding, state = engine.step(sound(1), state)

    assert engine.resets == 1
    assert not embedding.query.any()
    assert not state["memory"].any()


def test_denormals_are_zero_so_that_silence_costs_no_more_than_music(engine):
    _, state = engine.step(sound(1), engine.init_state())
    for _ in range(138):  # 2^-138 of what was heard would be a denormal number
        _, state = engine.step(np.zeros(HOP, np.float32), state)

    assert not state["memory"].any()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hop": None}, "segue.hop"),
        ({"format": "9"}, "format '9'"),
        ({"hop": "8000"}, r"\[1, 8000\]"),
        ({"hop": "many"}, "cannot be read"),
        ({"warmup_hops": "-1"}, "not positive"),
        ({"normalise": False}, "length"),
        ({"next_name": "memory_later"}, "memory_next"),
    ],
)
def test_a_graph_that_breaks_the_contract_is_refused_by_name(tmp_path, change, said):
    path = write_graph(tmp_path / "bad.onnx", **change)

    with pytest.raises(ArtifactError, match=said):
        Engine(path)


def test_a_file_that_is_no_graph_is_refused(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_text("hello")

    with pytest.raises(ArtifactError, match="no ONNX graph"):
        Engine(path)
    with pytest.raises(ArtifactError, match="no artifact at"):
        Engine(tmp_path / "missing.onnx")


def test_a_block_of_another_length_is_refused_in_one_sentence(engine):
    with pytest.raises(ArtifactError, match=r"\(100,\) samples"):
        engine.step(np.zeros(100, np.float32), engine.init_state())


def test_the_artifact_that_ships_keeps_the_contract():
    engine = Engine(default_artifact())

    assert engine.artifact.sample_rate == 16000
    assert np.linalg.norm(engine.run(sound(2)).query, axis=1) == pytest.approx(1, abs=1e-3)
