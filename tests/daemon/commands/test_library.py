import json
import os
import shutil
import sqlite3

import numpy as np
import pytest
from filled import ARTIFACT, file, fill, record, unit

from segue.daemon.errors import LibraryError
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.shelf import Lock, current
from segue.daemon.library.snapshot import Cue, Snapshot, Track


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "library", range(6))
    return tmp_path / "library"


def test_a_snapshot_has_what_was_catalogued(folder):
    snapshot = Snapshot.load(folder, ARTIFACT)

    track = snapshot.by_id[f"{3:016x}"]
    assert snapshot.tracks[track.number] is track is snapshot.by_path["/music/3.ogg"]
    assert (track.title, track.tempo_bpm, track.energy) == ("Title 3", 123.0, 0.25)
    assert track.cues == (Cue(0, "intro", 0.0, 0, 1.0), Cue(1, "drop", 4.0, 8, 0.75))
    assert [cue.kind for cue in track.mix_outs] == ["mix_out", "outro"]
    assert snapshot.beats_s(3).tolist() == (np.arange(20) * 0.5).tolist()
    assert snapshot.downbeats(3).tolist() == [0, 4, 8, 12, 16]
    assert len(snapshot.energy(3)) == 12
    assert np.array_equal(snapshot.ident(3), record(3).ident.astype(np.float32))
    assert np.array_equal(snapshot.keys_of(3), record(3).keys)
    assert np.array_equal(snapshot.query_at(3, 8.0), record(3).queries[1])
    assert snapshot.hops == 300
    assert snapshot.hop_s == 0.25


def test_both_searches_agree_with_brute_force(folder):
    snapshot = Snapshot.load(folder, ARTIFACT)
    idents = np.concatenate([snapshot.ident(n) for n in range(6)])
    queries, query = unit(4, 4, 1), unit(1, 8, 2)[0]

    score, number, hop = snapshot.search_ident(queries, 3)
    key_score, row = snapshot.search_entry(query, 4)

    truth = queries @ idents.T
    assert score == pytest.approx(np.sort(truth, axis=1)[:, ::-1][:, :3], abs=2e-3)
    assert np.take_along_axis(truth, 50 * number + hop, axis=1) == pytest.approx(score, abs=2e-3)
    assert row.tolist() == np.argsort(-(snapshot.keys @ query))[:4].tolist()
    assert key_score == pytest.approx(np.sort(snapshot.keys @ query)[::-1][:4], abs=5e-4)
    assert snapshot.key_cue[row[0]] == row[0] - 2 * snapshot.key_track[row[0]]


@pytest.mark.parametrize("name", ["ident.faiss", "entry.faiss", "manifest.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "flipped"])
def test_derived_files_are_made_again_when_they_are_damaged(folder, name, damage):
    whole = Snapshot.load(folder, ARTIFACT)
    path = folder / name
    good = path.read_bytes()
    middle = len(good) // 2
    bad = {"empty": b"", "half": good[:middle], "flipped": good[:middle] + b"\xff\xff\xff\xff" + good[middle + 4 :]}
    path.unlink() if damage == "missing" else path.write_bytes(bad[damage])

    again = Snapshot.load(folder, ARTIFACT)

    query = unit(1, 4, 1)
    assert again.tracks == whole.tracks
    assert np.array_equal(again.search_ident(query, 5)[1], whole.search_ident(query, 5)[1])
    assert current(folder, ARTIFACT, [(track.id, _rev(folder, track.id)) for track in again])


def _rev(folder, track_id):
    with Catalogue.open(folder) as catalogue:
        return dict(catalogue.order(ARTIFACT))[track_id]


def test_parts_of_two_builds_are_never_taken_for_one(folder):
    Snapshot.load(folder, ARTIFACT)
    old = (folder / "ident.faiss").read_bytes()
    fill(folder, range(6), seed=50)
    Snapshot.load(folder, ARTIFACT)
    (folder / "ident.faiss").write_bytes(old)

    snapshot = Snapshot.load(folder, ARTIFACT)

    score, number, hop = snapshot.search_ident(snapshot.ident(2)[7:8], 1)
    assert (number[0, 0], hop[0, 0]) == (2, 7)
    assert score[0, 0] > 0.999


def test_an_index_behind_the_catalogue_is_made_again(folder):
    Snapshot.load(folder, ARTIFACT)
    fill(folder, range(6, 8))

    snapshot = Snapshot.load(folder, ARTIFACT)

    assert len(snapshot) == 8
    assert json.loads((folder / "manifest.json").read_text())["tracks"] == 8


def test_while_somebody_indexes_the_last_whole_build_is_read_without_what_has_gone(folder):
    Snapshot.load(folder, ARTIFACT)
    with Catalogue.open(folder) as catalogue, catalogue.transaction():
        catalogue.drop_track(f"{1:016x}")
    fill(folder, [9])

    with Lock(folder):
        snapshot = Snapshot.load(folder, ARTIFACT)

    assert [track.id[-1] for track in snapshot] == list("02345")
    for number in range(5):
        _, found, hop = snapshot.search_ident(snapshot.ident(number)[5:6], 1)
        assert (found[0, 0], hop[0, 0]) == (number, 5)
        assert snapshot.search_entry(snapshot.keys_of(number)[1], 1)[1].tolist() == [2 * number + 1]
    gone = record(1).ident[5:6].astype(np.float32)
    assert snapshot.search_ident(gone, 1)[1].tolist() == [[-1]]


def test_a_first_index_run_that_is_still_at_work_can_be_read(folder):
    with Lock(folder):
        snapshot = Snapshot.load(folder, ARTIFACT)

    assert len(snapshot) == 6
    assert not (folder / "manifest.json").exists()


def test_two_writers_are_one_too_many(folder):
    with Lock(folder), pytest.raises(LibraryError, match=f"process {os.getpid()}"), Lock(folder):
        pass
    with Lock(folder):
        pass


def test_a_library_of_another_artifact_is_refused_with_the_command_that_helps(folder):
    with pytest.raises(LibraryError, match=r"another artifact.*segue index --library"):
        Snapshot.load(folder, "b" * 64)


def test_tracks_that_wait_to_be_embedded_again_are_hidden(folder):
    with Catalogue.open(folder) as catalogue:
        catalogue.set_artifact("b" * 64)
        with catalogue.transaction():
            catalogue.put_track(record(2, artifact="b" * 64))

    assert [track.id for track in Snapshot.load(folder, "b" * 64)] == [f"{2:016x}"]


def test_no_library_and_a_damaged_one_are_said_in_one_sentence(tmp_path, folder):
    with pytest.raises(LibraryError, match="no library in"):
        Snapshot.load(tmp_path / "nowhere", ARTIFACT)
    (folder / "catalogue.sqlite").write_bytes(b"not a database, whatever the name says" * 100)
    with pytest.raises(LibraryError, match="damaged"):
        Snapshot.load(folder, ARTIFACT)


def test_a_library_of_a_later_format_is_refused(folder):
    db = sqlite3.connect(folder / "catalogue.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(LibraryError, match="format 99"):
        Snapshot.load(folder, ARTIFACT)


def test_an_empty_library_has_no_tracks_and_no_trouble(tmp_path):
    fill(tmp_path, [])

    snapshot = Snapshot.load(tmp_path, ARTIFACT)

    assert len(snapshot) == 0
    assert snapshot.search_ident(unit(1, 4, 0), 3)[1].tolist() == [[-1, -1, -1]]
    assert len(snapshot.search_entry(unit(1, 8, 0)[0], 3)[0]) == 0


def test_one_track_in_two_files_goes_by_its_first_path_and_outlives_it(folder):
    with Catalogue.open(folder) as catalogue, catalogue.transaction():
        catalogue.put_file(file(3, "/another/3.flac"))
    assert Snapshot.load(folder, ARTIFACT).by_id[f"{3:016x}"].path == "/another/3.flac"

    with Catalogue.open(folder) as catalogue, catalogue.transaction():
        catalogue.hide_file("/another/3.flac")
    assert Snapshot.load(folder, ARTIFACT).by_id[f"{3:016x}"].path == "/music/3.ogg"


def test_a_snapshot_lives_on_when_its_library_does_not(folder):
    snapshot = Snapshot.load(folder, ARTIFACT)
    shutil.rmtree(folder)

    for number in range(6):
        assert np.array_equal(snapshot.ident(number), record(number).ident.astype(np.float32))
        _, found, hop = snapshot.search_ident(snapshot.ident(number)[5:6], 1)
        assert (found[0, 0], hop[0, 0]) == (number, 5)


def write_half(catalogue):
    with catalogue.transaction():
        catalogue.put_track(record(7))
        catalogue.put_file(file(7))
        raise KeyboardInterrupt


def test_a_transaction_that_fails_leaves_nothing(folder):
    with Catalogue.open(folder) as catalogue:
        before = catalogue.order(ARTIFACT)
        with pytest.raises(KeyboardInterrupt):
            write_half(catalogue)
        assert catalogue.order(ARTIFACT) == before
        assert len(catalogue.files()) == 6


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_can_be_read(folder):
    Snapshot.load(folder, ARTIFACT)
    folder.chmod(0o555)
    try:
        assert len(Snapshot.load(folder, ARTIFACT)) == 6
    finally:
        folder.chmod(0o755)


def test_a_built_snapshot_answers_as_a_loaded_one_does(folder):
    loaded = Snapshot.load(folder, ARTIFACT)
    records = [record(n) for n in range(6)]

    built = Snapshot.build(
        loaded.tracks,
        [r.ident.astype(np.float32) for r in records],
        [r.keys for r in records],
        beats_s=[r.beats_s for r in records],
        downbeats=[r.downbeats for r in records],
        energy=[r.energy for r in records],
        queries=[r.queries for r in records],
    )

    query = unit(3, 4, 9)
    assert np.array_equal(built.search_ident(query, 4)[1:], loaded.search_ident(query, 4)[1:])
    assert np.array_equal(built.keys, loaded.keys)
    assert np.array_equal(built.query_at(2, 0.0), loaded.query_at(2, 0.0))
    assert np.array_equal(built.beats_s(5), loaded.beats_s(5))


def test_a_track_without_cues_or_mix_outs_answers_with_nothing():
    track = Track(0, "0" * 16, "/x", "", "", "", "", 10.0, 0.0, 0.0, -1, -1, 0.0, -70.0, 0.0, (), ())

    snapshot = Snapshot.build([track], [unit(40, 4, 0)], [np.zeros((0, 8), np.float32)])

    assert not snapshot.query_at(0, 5.0).any()
    assert snapshot.keys.shape == (0, 8)
    assert len(snapshot.search_entry(unit(1, 8, 0)[0], 3)[1]) == 0
