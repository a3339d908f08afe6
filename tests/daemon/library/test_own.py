"""What the DJ's own programs say: kept apart from the analysis, and ahead of it."""

from dataclasses import replace

import numpy as np
import pytest
from filled import ARTIFACT, file, fill, record, unit

from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.own import OwnCue, OwnGrid, OwnList
from segue.daemon.library.snapshot import Snapshot

ONE, TWO, THREE = (f"{n:016x}" for n in (1, 2, 3))


def own(position_s, kind="hot", *, artifact=ARTIFACT, length_s=0.0, name="", number=0, seed=9):
    key = unit(1, 8, seed).astype("<f4").tobytes()
    return OwnCue(kind, number, position_s, length_s, name, "#ff8800", artifact=artifact, key=key)


def say(folder, cues=None, lists=(), *, source="mixxx", grids=None, whole=True, among=None):
    with Catalogue.open(folder) as catalogue, catalogue.transaction():
        catalogue.own.replace(source, cues or {}, grids or {}, lists, whole=whole, among=among)


def cues(snapshot, track=ONE):
    return [(cue.kind, cue.position_s) for cue in snapshot.by_id[track].cues]


def test_a_cue_of_the_djs_takes_the_place_of_one_within_a_beat_and_stands_beside_the_others(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(4.3, name="drop!"), own(7.5, "loop", length_s=1.9, number=1, seed=11)]})

    snapshot = Snapshot.load(tmp_path, ARTIFACT)

    assert cues(snapshot) == [("intro", 0.0), ("user", 4.3), ("user", 7.5)]
    first, second = snapshot.by_id[ONE].cues[1:]
    assert [first.index, second.index] == [1, 2]
    assert (first.name, first.colour, first.source, first.confidence) == ("drop!", "#ff8800", "mixxx", 1.0)
    assert second.length_s == 1.9
    assert first.beat == 9
    keys = snapshot.keys_of(snapshot.by_id[ONE].number)
    np.testing.assert_array_equal(keys, [unit(2, 8, 201)[0], unit(1, 8, 9)[0], unit(1, 8, 11)[0]])
    score, row = snapshot.search_entry(unit(1, 8, 9)[0], 1)
    assert (snapshot.key_cue[row[0]], round(float(score[0]), 3)) == (1, 1.0)


def test_a_running_daemon_sees_new_cues_though_the_analysis_is_the_same(tmp_path):
    fill(tmp_path, [1, 2])
    before = cues(Snapshot.load(tmp_path, ARTIFACT))

    say(tmp_path, {ONE: [own(4.3)]})
    snapshot = Snapshot.load(tmp_path, ARTIFACT)
    say(tmp_path)

    assert cues(snapshot) == [("intro", 0.0), ("user", 4.3)]
    score, _ = snapshot.search_entry(unit(1, 8, 9)[0], 1)
    assert round(float(score[0]), 3) == 1.0
    assert cues(Snapshot.load(tmp_path, ARTIFACT)) == before == [("intro", 0.0), ("drop", 4.0)]


def test_two_cues_at_one_place_are_one_and_the_loop_stays(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(6.0, "memory"), own(6.01, "hot"), own(6.02, "loop", length_s=2.0)]})
    say(tmp_path, {ONE: [own(5.98)]}, source="rekordbox")

    (cue,) = [cue for cue in Snapshot.load(tmp_path, ARTIFACT).by_id[ONE].cues if cue.kind == "user"]

    assert (cue.position_s, cue.length_s) == (6.02, 2.0)


def test_analysing_again_never_touches_what_the_dj_set(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(4.3)]}, [OwnList("playlist", "Night", ((ONE, None),))])

    fill(tmp_path, [1], seed=5)

    snapshot = Snapshot.load(tmp_path, ARTIFACT)
    assert cues(snapshot) == [("intro", 0.0), ("user", 4.3)]
    assert snapshot.playlists == {"Night": (ONE,)}


def test_a_cue_that_waits_to_be_embedded_by_a_new_artifact_is_not_asked_for(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(4.3, artifact="b" * 64)]})
    waiting = cues(Snapshot.load(tmp_path, ARTIFACT))

    with Catalogue.open(tmp_path) as catalogue, catalogue.transaction():
        catalogue.own.set_keys(ONE, ARTIFACT, {4.3: unit(1, 8, 9).astype("<f4").tobytes()})

    assert waiting == [("intro", 0.0), ("drop", 4.0)]
    assert cues(Snapshot.load(tmp_path, ARTIFACT)) == [("intro", 0.0), ("user", 4.3)]


def test_playlists_and_plays_name_the_tracks_that_are_there(tmp_path):
    fill(tmp_path, [1, 2, 3])
    lists = [
        OwnList("history", "Friday", ((TWO, 200.0), (ONE, 300.0))),
        OwnList("history", "Thursday", ((ONE, 100.0), (THREE, 150.0))),
        OwnList("playlist", "Warm up", ((THREE, None), (ONE, None), (THREE, None))),
    ]
    say(tmp_path, None, lists)
    say(tmp_path, None, [OwnList("playlist", "Warm up", ((TWO, None),))], source="rekordbox")

    with Catalogue.open(tmp_path) as catalogue, catalogue.transaction():
        catalogue.drop_track(THREE)

    snapshot = Snapshot.load(tmp_path, ARTIFACT)
    assert snapshot.plays == ((ONE,), (TWO, ONE))
    assert snapshot.playlists == {"Warm up": (ONE,), "Warm up (rekordbox)": (TWO,)}


def test_an_import_replaces_what_the_same_program_said_and_no_other(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(4.3)]}, [OwnList("playlist", "Old", ((ONE, None),))])
    say(tmp_path, {ONE: [own(8.0)]}, [OwnList("playlist", "Theirs", ((ONE, None),))], source="traktor")

    say(tmp_path, {ONE: [own(9.0)]}, [OwnList("playlist", "New", ((ONE, None),))])

    snapshot = Snapshot.load(tmp_path, ARTIFACT)
    assert [at for kind, at in cues(snapshot) if kind == "user"] == [8.0, 9.0]
    assert list(snapshot.playlists) == ["New", "Theirs"]


def test_one_more_playlist_leaves_the_others(tmp_path):
    fill(tmp_path, [1])
    for name in ("One", "Two", "One"):
        say(tmp_path, None, [OwnList("playlist", name, ((ONE, None),))], source="m3u", whole=False)

    assert list(Snapshot.load(tmp_path, ARTIFACT).playlists) == ["One", "Two"]


def test_a_grid_comes_back_as_it_was(tmp_path):
    fill(tmp_path, [1])
    beats_s = 0.123456789 + np.arange(30) * 60 / 128

    say(tmp_path, grids={ONE: OwnGrid(128.0, "8A", -0.026, beats_s)})

    with Catalogue.open(tmp_path) as catalogue, catalogue.reading():
        (grid,) = catalogue.own.grids(ONE)
    assert (grid.tempo_bpm, grid.key, grid.offset_s, grid.source) == (128.0, "8A", -0.026, "mixxx")
    np.testing.assert_array_equal(grid.beats_s, beats_s)


def test_an_import_that_fails_half_way_leaves_all_as_it_was(tmp_path):
    fill(tmp_path, [1])
    say(tmp_path, {ONE: [own(4.3)]})

    with pytest.raises(Exception, match="FOREIGN KEY"):
        say(tmp_path, {ONE: [own(9.0)], "no such track": [own(1.0)]})

    assert cues(Snapshot.load(tmp_path, ARTIFACT)) == [("intro", 0.0), ("user", 4.3)]


def test_a_track_without_beats_takes_cues_all_the_same(tmp_path):
    with Catalogue.create(tmp_path) as catalogue:
        catalogue.set_artifact(ARTIFACT)
        with catalogue.transaction():
            catalogue.put_track(replace(record(1), beats_s=np.zeros(0), downbeats=np.zeros(0, np.int32), tempo_bpm=0.0))
            catalogue.put_file(file(1))
    say(tmp_path, {ONE: [own(4.3)]})

    assert Snapshot.load(tmp_path, ARTIFACT).by_id[ONE].cues[-1].beat == -1


def test_an_import_leaves_what_was_said_of_a_track_that_it_could_not_see(tmp_path):
    fill(tmp_path, [1, 2])
    say(tmp_path, {ONE: [own(4.3)], TWO: [own(4.3)]})

    say(tmp_path, among=[TWO])

    snapshot = Snapshot.load(tmp_path, ARTIFACT)
    assert cues(snapshot, ONE) == [("intro", 0.0), ("user", 4.3)]
    assert cues(snapshot, TWO) == [("intro", 0.0), ("drop", 4.0)]
