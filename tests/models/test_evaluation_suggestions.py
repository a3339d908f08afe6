"""Figures of suggestions on libraries where the answer is known: the truth found, hidden, and told by a playlist."""

import numpy as np
import pytest
from fakes import DIM, heard, library, track, unit
from graphs import write_graph

from segue.daemon.config import Weights
from segue.daemon.signal.bands import BANDS
from segue.models.evaluation.advice import Advice, measure
from segue.models.evaluation.advice_tables import tables
from segue.models.evaluation.halves import Halves, Trial, cut, ranks
from segue.models.evaluation.order import order
from segue.models.evaluation.queries import Music

TRACKS = [track(n, tempo_bpm=100.0 + 4 * n, pitch_class=n % 12) for n in range(12)]


def halves(known=True):
    """Twelve trials whose query is (or, hidden, is far from) the key of the true track, at its tempo and in its key."""
    snapshot = library(TRACKS)
    rng = np.random.default_rng(3)
    baseline = rng.standard_normal((12, 6)).astype(np.float32)
    trials = tuple(
        Trial(
            n,
            ((n, (n + 1) % 12) if known else ((n + 1) % 12,)),
            heard(
                query=snapshot.keys_of(n)[0] if known else unit(rng.standard_normal(DIM)),
                bpm=TRACKS[n].tempo_bpm if known else 0.0, pitch_class=n if known else -1, energy=-1.0,
            ),
            np.full((400, BANDS), 100, np.uint8),
            baseline[n] if known else rng.standard_normal(6).astype(np.float32),
        )
        for n in range(12)
    )  # fmt: skip
    return Halves(snapshot, trials, baseline, tuple(each.title for each in TRACKS))


@pytest.fixture(scope="module")
def found() -> Advice:
    return measure(halves(), 1)


def test_a_known_truth_is_found_and_an_unknown_one_is_not(found):
    assert found.hits["the list that stood"] == (1.0, 1.0)
    assert found.hits["the ranking, nothing kept out"] == (1.0, 1.0)
    assert found.hits["log-mel statistics"] == (1.0, 1.0)
    assert measure(halves(known=False), 1).hits["the ranking, nothing kept out"][0] < 0.6


def test_each_term_is_switched_off_in_turn_and_what_tells_is_missed(found):
    assert set(found.off) == {"", *Weights.model_fields}
    assert found.off["continuation"][2] <= found.off[""][2]
    assert found.fitted["continuation"] > 0
    assert all(value >= 0 for name, value in found.fitted.items() if name != "bias")


def test_worse_scores_lower(found):
    assert {name: share for name, (share, _) in found.checks.items()} == {
        "a semitone up": 1.0, "half a beat off": 1.0, "20 % faster": 1.0,
    }  # fmt: skip
    assert all(count == 12 for _, count in found.checks.values())


def test_figures_go_on_the_terminal_and_into_json(found):
    assert len(tables(found)) == 5
    document = found.document()
    assert document["trials"] == 12
    assert document["without"]["nothing"]["hit@1"] == 1.0
    assert 0 <= document["brier"] <= 1


def test_ranks_count_what_is_ahead():
    assert ranks(np.array([[0.1, 0.9], [0.1, 0.9]], np.float32), [0, 1]).tolist() == [1, 0]


def test_an_order_that_follows_the_sound_is_found_and_its_reverse_is_not():
    snapshot = library([track(n) for n in range(10)])
    for n in range(9):
        snapshot._curves[n].queries[:] = snapshot.keys_of(n + 1)[0]
    snapshot.playlists = {"in order": [track(n).id for n in range(10)]}

    told = order(snapshot, 1)

    assert told["transitions"] == 9
    assert told["hit@1"] > 0.8
    assert told["over reversed"] > 0.7
    assert told["clicks"] == 0.0
    assert order(library(TRACKS), 1) == {}


def test_music_is_cut_indexed_and_heard_by_the_whole_program(tmp_path):
    t = np.arange(100 * 16_000) / 16_000

    def tune(hertz, period):
        beat = np.exp(-8 * (t % period) / period)
        return (12_000 * beat * np.sin(2 * np.pi * hertz * t)).astype(np.int16)

    music = Music(("one", "two"), (tune(220, 0.5), tune(330, 0.45)))
    heard_of = cut(music, write_graph(tmp_path / "tiny.onnx"), tmp_path, 1, lambda what, share: None)

    assert len(heard_of.snapshot) == 2
    assert sorted(trial.truth for trial in heard_of.trials) == [0, 1]
    assert heard_of.log_mel.shape[0] == 2
    assert measure(heard_of, 1).trials == 2
