"""Real processes on small files: what a user would meet when indexing."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
import synth
from graphs import write_graph

from segue.daemon.artifact import fingerprint
from segue.daemon.errors import ArtifactError, LibraryError
from segue.daemon.library import examiner
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.indexer import index
from segue.daemon.library.scan import find
from segue.daemon.library.shelf import Lock
from segue.daemon.library.snapshot import Snapshot

EMOJI = '🎧 it\'s "live" [bold].flac'


def write(path, seed, seconds=5.0, rate=16000, channels=1):
    sound = synth.noise(seconds, level=0.02, seed=seed, rate=rate) + synth.clicks(110 + 5 * seed, seconds, rate=rate)
    soundfile.write(path, np.tile(sound[:, None], channels).clip(-1, 1), rate, subtype="PCM_16")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return write_graph(tmp_path_factory.mktemp("graph") / "tiny.onnx")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory, artifact):
    """Six files, one in a sub-folder, indexed; and the report."""
    base = tmp_path_factory.mktemp("indexed")
    (base / "music" / "more").mkdir(parents=True)
    for n, name in enumerate(["a.wav", "b.wav", "c.flac", "d.aiff", EMOJI, "more/f.wav"]):
        write(base / "music" / name, n)
    return base, index(base / "library", [base / "music"], artifact, jobs=2)


@pytest.fixture
def copy(indexed, tmp_path):
    """The same, to play with: paths are absolute, so the files take the old place of a library made for it."""
    base = tmp_path / "copy"
    shutil.copytree(indexed[0], base)
    old, new = str(indexed[0]), str(base)
    db = sqlite3.connect(base / "library" / "catalogue.sqlite")
    db.execute("UPDATE file SET path = replace(path, ?, ?)", (old, new))
    db.commit()
    db.close()
    return base


def no_work(monkeypatch):
    """Fail if a run decodes anything."""

    def refuse(*_):
        raise AssertionError("a worker was asked for")

    monkeypatch.setattr("segue.daemon.library.workers.Workers._start", refuse)


def dump(folder):
    """Everything in a catalogue, row by row."""
    db = sqlite3.connect(folder / "catalogue.sqlite")
    tables = ("meta", "track", "ident", "cue", "section", "file")
    rows = {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}
    db.close()
    return rows


def test_every_file_is_indexed_whatever_its_name(indexed, artifact):
    base, report = indexed

    snapshot = Snapshot.load(base / "library", fingerprint(artifact))
    assert (report.found, report.indexed, report.tracks, report.failed) == (6, 6, 6, [])
    assert str(base / "music" / EMOJI) in snapshot.by_path
    assert report.hops == snapshot.hops == 6 * 20
    assert report.audio_s == pytest.approx(30, abs=0.1)
    for track in snapshot:
        assert len(snapshot.keys_of(track.number)) == len(track.cues)
        score, number, hop = snapshot.search_ident(snapshot.ident(track.number)[9:10], 1)
        assert (number[0, 0], hop[0, 0]) == (track.number, 9)
        assert score[0, 0] > 0.999


def test_keys_and_queries_are_those_of_the_engine(indexed, artifact):
    from segue.daemon.engine import Engine
    from segue.daemon.sound.decode import decode

    base, _ = indexed
    engine = Engine(artifact)
    snapshot = Snapshot.load(base / "library", fingerprint(artifact))
    track = snapshot.by_path[str(base / "music" / "b.wav")]
    mono = decode(track.path).samples[:, 0]

    heard = engine.run(mono)

    assert snapshot.ident(track.number) == pytest.approx(heard.ident, abs=1e-3)
    for cue, key in zip(track.cues, snapshot.keys_of(track.number), strict=True):
        assert np.array_equal(key, engine.key_at(mono, round(cue.position_s * 16000)))
    for cue in track.mix_outs:
        query = snapshot.query_at(track.number, cue.position_s)
        assert np.array_equal(query, heard.query[max(0, int(cue.position_s / 0.25) - 1)])


def test_a_second_run_on_an_unchanged_folder_does_nothing(copy, artifact, monkeypatch):
    no_work(monkeypatch)
    index(copy / "library", [copy / "music"], artifact)
    before = dump(copy / "library"), (copy / "library" / "ident.faiss").stat().st_mtime_ns

    report = index(copy / "library", [copy / "music"], artifact)

    assert (report.found, report.unchanged, report.indexed, report.removed) == (6, 6, 0, 0)
    assert (dump(copy / "library"), (copy / "library" / "ident.faiss").stat().st_mtime_ns) == before


def test_a_moved_file_keeps_its_id_and_a_touched_one_is_not_decoded(copy, artifact, monkeypatch):
    no_work(monkeypatch)
    before = Snapshot.load(copy / "library", fingerprint(artifact))
    old, new = copy / "music" / "a.wav", copy / "music" / "more" / "Renamed - Now.wav"
    old.rename(new)
    os.utime(copy / "music" / "b.wav", (1, 1))

    report = index(copy / "library", [copy / "music"], artifact)

    after = Snapshot.load(copy / "library", fingerprint(artifact))
    assert (report.moved, report.removed, report.unchanged) == (1, 0, 5)
    assert after.by_path[str(new)].id == before.by_path[str(old)].id
    assert (after.by_path[str(new)].artist, after.by_path[str(new)].title) == ("Renamed", "Now")
    assert len(after) == 6
    with Catalogue.open(copy / "library") as catalogue:
        assert str(old) not in catalogue.files()


def test_a_removed_file_is_hidden_and_its_return_costs_nothing(copy, artifact, monkeypatch):
    no_work(monkeypatch)
    path, away = copy / "music" / "c.flac", copy / "c.flac"
    before = dump(copy / "library")
    path.rename(away)

    report = index(copy / "library", [copy / "music"], artifact)
    assert (report.removed, report.tracks) == (1, 5)
    assert str(path) not in Snapshot.load(copy / "library", fingerprint(artifact)).by_path

    away.rename(path)
    report = index(copy / "library", [copy / "music"], artifact)
    assert (report.returned, report.tracks) == (1, 6)
    assert dump(copy / "library") == before


def test_only_what_was_looked_at_can_be_found_missing(copy, artifact, monkeypatch):
    no_work(monkeypatch)
    (copy / "music" / "a.wav").unlink()

    report = index(copy / "library", [copy / "music" / "more"], artifact)

    assert (report.removed, report.tracks) == (0, 6)


def test_the_same_file_twice_is_one_track(copy, artifact, monkeypatch):
    no_work(monkeypatch)
    shutil.copy(copy / "music" / "b.wav", copy / "music" / "z.wav")

    report = index(copy / "library", [copy / "music"], artifact)

    assert report.tracks == 6
    assert report.duplicates == [{"path": str(copy / "music/z.wav"), "same_as": str(copy / "music/b.wav")}]


def test_damaged_files_are_named_with_their_reason_and_the_rest_is_unharmed(copy, artifact):
    music = copy / "music"
    (music / "empty.mp3").write_bytes(b"")
    (music / "text.flac").write_text("this is a text file, whatever its name says\n" * 50)
    soundfile.write(music / "blip.wav", np.full(3000, 0.1), 16000)
    soundfile.write(music / "silent.wav", np.zeros(40000), 16000)
    write(music / "two.wav", 7, seconds=2.0)
    write(music / "wide.wav", 8, rate=96000, channels=6)
    whole = (music / "c.flac").read_bytes()
    (music / "torn.flac").write_bytes(whole[: len(whole) // 2])
    shutil.copy(music / "d.aiff", music / "same sound.aiff")
    sound, rate = soundfile.read(music / "a.wav", dtype="int16")
    with soundfile.SoundFile(music / "a as flac.flac", "w", rate, 1) as tagged:
        tagged.title, tagged.artist = "Known [sound]", "Ärtist"
        tagged.write(sound)

    report = index(copy / "library", [music], artifact, jobs=2)

    reasons = {os.path.basename(failure["path"]): failure["reason"] for failure in report.failed}
    assert set(reasons) == {"empty.mp3", "text.flac", "blip.wav", "silent.wav"}
    assert "empty" in reasons["empty.mp3"]
    assert "no audio file" in reasons["text.flac"]
    assert reasons["blip.wav"] == "has only 0.19 s of sound, wanted at least 1"
    assert reasons["silent.wav"] == "holds only silence"
    assert report.tracks == 6 + 3
    assert {os.path.basename(twin["path"]) for twin in report.duplicates} == {"same sound.aiff", "a as flac.flac"}

    track = Snapshot.load(copy / "library", fingerprint(artifact)).by_path[str(music / "a as flac.flac")]
    assert (track.title, track.artist) == ("Known [sound]", "Ärtist")

    again = index(copy / "library", [music], artifact)
    assert sorted(again.failed, key=str) == sorted(report.failed, key=str)
    assert again.indexed == 0


def test_of_a_long_file_only_the_first_part_is_indexed_and_that_is_said(tmp_path, artifact, monkeypatch):
    monkeypatch.setattr(examiner, "LIMIT_S", 3.0)
    write(tmp_path / "long.wav", 1)
    look = examiner.prepare(str(artifact), frozenset())

    answer = look(find([tmp_path])[0][0])

    assert answer.record.note == "only its first 0:03 of 0:05"
    assert (answer.record.duration_s, len(answer.record.ident)) == (3.0, 12)


def test_another_artifact_embeds_everything_again_without_being_told_where(copy, tmp_path):
    other = write_graph(tmp_path / "other.onnx", seed=1)
    before = {row[0]: row for row in dump(copy / "library")["ident"]}

    report = index(copy / "library", [], other, jobs=2)

    after = {row[0]: row for row in dump(copy / "library")["ident"]}
    assert report.indexed == 6
    assert before.keys() == after.keys()
    assert all(before[track] != after[track] for track in before)
    assert len(Snapshot.load(copy / "library", fingerprint(other))) == 6


def test_what_cannot_be_done_is_said_before_anything_is_done(tmp_path, copy, artifact):
    with pytest.raises(LibraryError, match="no file or folder at"):
        index(tmp_path / "new", [tmp_path / "nowhere"], artifact)
    assert not (tmp_path / "new").exists()
    with pytest.raises(LibraryError, match="is empty"):
        index(tmp_path / "new", [], artifact)
    with pytest.raises(ArtifactError, match="no artifact"):
        index(copy / "library", [copy / "music"], tmp_path / "none.onnx")
    with Lock(copy / "library"), pytest.raises(LibraryError, match="is writing to"):
        index(copy / "library", [copy / "music"], artifact)


def command(*arguments):
    code = "from segue.daemon.__main__ import main; main()"
    return [sys.executable, "-c", code, *map(str, arguments)]


@pytest.fixture
def config(tmp_path, artifact):
    path = tmp_path / "config.toml"
    path.write_text(f"[engine]\nartifact = {json.dumps(str(artifact))}\n")
    return path


def tracks_in(folder):
    if not (folder / "catalogue.sqlite").exists():
        return 0
    try:
        with Catalogue.open(folder) as catalogue:
            return len(catalogue.files())
    except LibraryError:
        return 0


def test_killed_at_any_moment_and_run_again_gives_the_same_library(tmp_path, config, artifact):
    music, whole, broken = tmp_path / "music", tmp_path / "whole", tmp_path / "broken"
    music.mkdir()
    for n in range(28):
        write(music / f"{n}.wav", n, seconds=6.0)
    (music / "bad.ogg").write_text("no sound")
    index(whole, [music], artifact, jobs=2)
    arguments = command("index", music, "--library", broken, "--config", config)
    rng = random.Random(7)
    seen = []
    for jobs, least in enumerate((0, 1, 6, 12, 18)):
        command_line = [*arguments, "--jobs", str(1 + jobs % 2)]
        process = subprocess.Popen(command_line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and tracks_in(broken) < least:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.04))
        process.kill()
        process.wait()
        seen.append(tracks_in(broken))

    done = subprocess.run(
        [*arguments, "--jobs", "2", "--json"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert len({count for count in seen if 0 < count < 29}) >= 2, seen
    a, b = dump(whole), dump(broken)
    assert [table for table in a if a[table] != b[table]] == []
    assert [f["reason"] for f in json.loads(done.stdout)["failed"]]
    a, b = (Snapshot.load(folder, fingerprint(artifact)) for folder in (whole, broken))
    queries = a.ident(3)
    assert a.tracks == b.tracks
    assert np.array_equal(a.search_ident(queries, 4)[1:], b.search_ident(queries, 4)[1:])


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_keeps_what_is_done_and_goes_on_later(tmp_path, config, artifact, stop):
    music, library = tmp_path / "music", tmp_path / "library"
    music.mkdir()
    for n in range(12):
        write(music / f"{n}.wav", n, seconds=6.0)
    arguments = command("index", music, "--library", library, "--jobs", 1, "--config", config, "--json")
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and tracks_in(library) < 1:
        time.sleep(0.005)
    process.send_signal(stop)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    assert "goes on from here" in err
    report = json.loads(out)
    assert report["interrupted"]
    assert 0 < report["tracks"] < 12
    assert len(Snapshot.load(library, fingerprint(artifact))) == report["tracks"]
