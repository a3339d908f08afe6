"""The measure tells a model that knows from one that does not."""

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.errors import SegueError
from segue.models.evaluate import _score, evaluate

RATE = 16_000


def test_a_perfect_query_scores_one_and_a_random_one_does_not():
    rng = np.random.default_rng(0)
    table = np.array([(n, s * 4 * RATE) for n in range(6) for s in range(20)])
    keys = rng.standard_normal((len(table), 32)).astype(np.float32)
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    at = [40 + 11, 100 + 9, 19]
    queries = [tuple(table[i]) for i in at]

    perfect = _score("x", "clean", keys[at], keys, table, queries, None)
    random = _score("x", "clean", keys[[3, 50, 70]], keys, table, queries, None)

    assert (perfect.recall_1, perfect.recall_10, perfect.cross_1) == (1.0, 1.0, 1.0)
    assert random.recall_1 < 0.5


def test_the_seconds_that_were_heard_are_no_rival():
    table = np.array([(0, s * 4 * RATE) for s in range(20)])
    keys = np.eye(20, dtype=np.float32)
    query = (keys[12] + 2 * keys[10])[None]  # sounds most like what it has just heard

    assert _score("x", "clean", query, keys, table, [(0, 12 * 4 * RATE)], None).recall_1 == 1.0


def test_the_command_measures_a_folder(tmp_path):
    rng = np.random.default_rng(1)
    t = np.arange(95 * RATE) / RATE
    for n in range(2):
        notes = 2 ** (np.floor(t * 2) % (5 + n) / 12) * (200 + 90 * n)
        sound = 0.3 * np.sin(2 * np.pi * np.cumsum(notes) / RATE) + 0.01 * rng.standard_normal(len(t))
        soundfile.write(tmp_path / f"{n}.wav", sound, RATE)

    done = CliRunner().invoke(build(), ["evaluate", str(tmp_path), "--json"])

    assert done.exit_code == 0, done.output
    assert '"heard": "booth"' in done.output


def test_too_little_music_is_told(tmp_path):
    with pytest.raises(SegueError, match="0 readable tracks"):
        evaluate([tmp_path], [], 5)
