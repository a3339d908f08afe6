"""The measure tells a space that knows from one that does not, and says how sure it is."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import unit

from segue.daemon.errors import SegueError
from segue.models.evaluation.baselines import baselines
from segue.models.evaluation.hubs import hubs, penalty
from segue.models.evaluation.identity import look_up
from segue.models.evaluation.intervals import Bootstrap
from segue.models.evaluation.queries import Music, Plan, plan, read
from segue.models.evaluation.retrieval import METRICS, answer, score
from segue.models.evaluation.spaces import Idents, Library

RATE = 16_000
EVERY = 4 * RATE


def laid_out(tracks=6, windows=20, queries=((2, 11), (5, 9), (0, 19))):
    keys = np.array([(t, n * EVERY) for t in range(tracks) for n in range(windows)])
    return Plan(8 * RATE, keys, np.array([(t, n * EVERY) for t, n in queries]))


def random_keys(n, dim=32, seed=0):
    return unit(np.random.default_rng(seed).standard_normal((n, dim)))


def test_a_perfect_query_scores_one_in_everything():
    protocol, keys = laid_out(), random_keys(120)

    answers = answer(keys[protocol.truth], keys, protocol)

    assert all(answers.metrics[name].tolist() == [1.0, 1.0, 1.0] for name in METRICS)


def test_a_wrong_query_is_counted_where_it_lands():
    protocol, keys = laid_out(queries=((2, 11),)), random_keys(120)
    lands = 100  # a window of another track
    query = unit(keys[[lands]] + 0.9 * keys[protocol.truth])

    answers = answer(query, keys, protocol)

    assert answers.found.tolist() == [lands]
    assert answers.metrics["recall@1"].tolist() == [0.0]
    assert answers.metrics["track@1"].tolist() == [0.0]
    assert answers.metrics["recall@5"].tolist() == answers.metrics["track@5"].tolist() == [1.0]
    assert answers.metrics["mrr"].tolist() == answers.metrics["track mrr"].tolist() == [0.5]


def test_another_place_of_the_same_track_costs_recall_but_not_the_track():
    protocol, keys = laid_out(queries=((2, 3),)), random_keys(120)
    query = unit(keys[[2 * 20 + 15]] + 0.9 * keys[protocol.truth])

    answers = answer(query, keys, protocol)

    assert answers.metrics["recall@1"].tolist() == [0.0]
    assert answers.metrics["track@1"].tolist() == [1.0]


def test_the_seconds_that_were_heard_are_no_rival_and_those_before_them_are():
    protocol, keys = laid_out(queries=((0, 12),)), np.eye(120, dtype=np.float32)

    heard = [answer(unit(keys[[12]] + 2 * keys[[n]]), keys, protocol).found[0] for n in (2, 3, 11)]

    assert heard == [2, 12, 12]  # window 2 ends where the 30 s start


def test_a_space_in_which_all_is_alike_scores_as_chance_does():
    protocol = laid_out()
    alike = np.tile(unit(np.ones(8)), (120, 1))

    metrics = answer(alike[:3], alike, protocol).metrics

    rivals = 120 - protocol.past.sum(1)
    np.testing.assert_allclose(metrics["recall@1"], 1 / rivals)
    np.testing.assert_allclose(metrics["recall@10"], 10 / rivals)
    np.testing.assert_allclose(metrics["track@1"], 1 / 6)
    np.testing.assert_allclose(metrics["track mrr"], np.mean(1 / np.arange(1, 7)))


def test_distances_to_the_truth_and_to_other_tracks_are_told():
    protocol, keys = laid_out(), np.eye(120, dtype=np.float32)
    query = unit(keys[protocol.truth] + keys[[60, 61, 62]])

    scores = score(answer(query, keys, protocol), None, Bootstrap(protocol.queries[:, 0], 1))

    assert scores.cosine.value == pytest.approx(0.5**0.5)
    assert scores.mse.value == pytest.approx((2 - 2 * 0.5**0.5) / 120)
    assert 0 < scores.cosine_other < 0.02
    assert scores.ahead is None


def test_an_interval_is_as_wide_as_tracks_differ_and_not_as_queries_do():
    tracks = np.repeat(np.arange(40), 4)
    by_track = np.repeat(np.arange(40) % 2, 4).astype(float)
    by_query = np.tile([0.0, 1.0, 0.0, 1.0], 40)
    bootstrap = Bootstrap(tracks, 1)

    wide, narrow = bootstrap.mean(by_track), bootstrap.mean(by_query)

    assert wide.value == narrow.value == 0.5
    assert wide.high - wide.low == pytest.approx(4 * 0.5 / 40**0.5, rel=0.1)
    assert narrow.high == narrow.low


def test_a_lead_that_every_track_shows_is_sure_where_the_figures_themselves_are_not():
    tracks = np.repeat(np.arange(20), 4)
    rng = np.random.default_rng(2)
    worse = np.repeat(rng.uniform(0, 0.8, 20), 4)
    bootstrap = Bootstrap(tracks, 1)

    lead = bootstrap.mean((worse + 0.1) - worse)

    assert bootstrap.mean(worse).high > bootstrap.mean(worse + 0.1).low
    assert lead.low > 0.09


def test_a_penalty_takes_a_hub_out_of_the_way_and_brings_lost_windows_back():
    protocol, keys, hub = laid_out(queries=((1, 11),)), random_keys(120), 70
    keys[hub] = middle = unit(np.ones(32))
    library = Library(keys, unit(random_keys(120, seed=9) + middle), protocol.keys[:, 0])
    query = unit(keys[protocol.truth] + middle)

    off = penalty(library, protocol)
    before, after = hubs(library, protocol), hubs(library, protocol, off)

    assert off.argmax() == hub
    assert before.largest == 100 / 10  # every query of another track finds it; the average is 10
    assert after.reachable > before.reachable + 0.2
    assert answer(query, keys, protocol).found[0] == hub
    assert answer(query, keys, protocol, off).found.tolist() == protocol.truth.tolist()


def idents_of(tracks=3, hops=200, seed=0):
    rows = random_keys(tracks * hops, 16, seed)
    places = np.array([(t, (h + 1) * 4000) for t in range(tracks) for h in range(hops)])
    return Idents(rows, places, 4000, 16)


def test_a_moment_is_found_by_its_sequence_where_its_last_hop_deceives():
    idents = idents_of()
    heard = idents.rows[200 + 100 - 31 : 200 + 101].copy()  # track 1, 8 s that end with hop 100
    heard[-1] = idents.rows[5]
    end = int(idents.places[300, 1])

    found = look_up([heard], [1.0], np.array([(1, end)]), idents)

    assert {s: v.tolist() for s, v in found.last_hop.items()} == {2.0: [1], 3.0: [1], 5.0: [1], 8.0: [0]}
    assert found.sequence[8.0].tolist() == [1]


def test_a_faster_record_is_expected_where_it_was_after_fewer_seconds():
    idents = idents_of()
    heard = idents.rows[400 + np.round(150 - 1.5 * np.arange(31, -1, -1)).astype(int)]
    end = int(idents.places[550, 1])

    right = look_up([heard], [1.5], np.array([(2, end)]), idents)
    wrong = look_up([heard], [1.0], np.array([(2, end)]), idents)

    assert right.last_hop[2.0].tolist() == [1]
    assert wrong.last_hop[2.0].tolist() == [0]


def test_a_sequence_does_not_run_on_from_one_track_into_the_next():
    idents = idents_of()
    seam = idents.rows[200 - 16 : 200 + 16]
    end = np.array([(1, 16 * 4000)])

    warmed_up = look_up([seam], [1.0], end, idents)
    from_the_start = look_up([seam], [1.0], end, replace(idents, warmup=0))

    assert warmed_up.sequence[8.0].tolist() == [1]  # 16 hops are left out, the rest lies in track 1
    assert from_the_start.sequence[8.0].tolist() == [0]


def noise(seconds, seed, tilt):
    rng = np.random.default_rng(seed)
    sound = np.convolve(rng.standard_normal(int(seconds * RATE)), [1, tilt], "same")
    return (np.clip(0.1 * sound, -1, 1) * 32767).astype(np.int16)


def test_a_window_on_file_and_the_same_seconds_asked_are_one_vector():
    music = Music(("a", "b"), (noise(40, 0, 0.9), noise(40, 1, -0.9)))
    protocol = plan(music, 8.0, 1)
    for space in baselines():
        library = space.file(music, protocol, lambda what, share: None)

        asked = space.ask(music.part(1, 8 * RATE, 16 * RATE), library).query

        row = int(np.flatnonzero((protocol.keys == (1, 8 * RATE)).all(1))[0])
        assert library.keys[row] @ asked > (0.9 if "chroma" in space.name else 0.99999), space.name
        assert np.median(library.keys[protocol.keys[:, 0] == 0] @ asked) < 0.5, space.name


def test_every_track_asks_equally_often_and_never_before_it_was_heard():
    music = Music(("a", "b"), (noise(70, 0, 0), noise(120, 1, 0)))

    drawn = plan(music, 8.0, 1)

    assert np.bincount(drawn.queries[:, 0]).tolist() == [4, 4]
    assert drawn.queries[:, 1].min() >= 30 * RATE
    assert (drawn.keys[drawn.truth] == drawn.queries).all()
    assert (plan(music, 8.0, 1).queries == drawn.queries).all()
    assert (plan(music, 8.0, 2).queries != drawn.queries).any()


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    import soundfile

    for folder, name in (("x", "song"), ("y", "song"), ("y", "other")):
        (tmp_path / folder).mkdir(exist_ok=True)
        soundfile.write(tmp_path / folder / f"{name}.wav", np.zeros(95 * 800) + 0.1, 800)

    music = read([tmp_path], 5, 1, lambda what, share: None)

    assert sorted(music.names) == ["other", "x/song", "y/song"]


def test_too_little_music_and_a_missing_folder_are_told(tmp_path):
    (tmp_path / "broken.mp3").write_bytes(b"no sound")

    with pytest.raises(SegueError, match="found 0 readable tracks"):
        read([tmp_path], 5, 1, lambda what, share: None)
    with pytest.raises(SegueError, match="no folder"):
        read([tmp_path / "gone"], 5, 1, lambda what, share: None)
