"""What a DJ program knows comes into the library: matched, shifted, embedded, all or nothing, and there it stays."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import foreign
import numpy as np
import pytest
import soundfile
import synth
from foreign import FIRST_S, HOT, LATE, LOOP, MEMORY, NAMES, TEMPO
from foreign_binary import ALL
from graphs import write_graph

from segue.daemon.__main__ import main
from segue.daemon.artifact import fingerprint
from segue.daemon.engine import Engine
from segue.daemon.importers.foreign import ForeignError, Library, Track
from segue.daemon.importers.intake import take
from segue.daemon.importers.places import reader_of
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.indexer import index
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode, mixdown

SECONDS, RATE = 90.5, 22_050


def drums(seed):
    """Kicks on the grid that every library of `foreign` has."""
    sound = synth.noise(SECONDS, level=0.01, seed=seed, rate=RATE)
    for at_s in np.arange(FIRST_S, SECONDS - 0.5, 60 / TEMPO):
        synth.place(synth.kick(rate=RATE), at_s, sound, gain=0.7, rate=RATE)
    return (sound * (1 if seed else 0.8)).clip(-1, 1)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return write_graph(tmp_path_factory.mktemp("graph") / "tiny.onnx")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory, artifact):
    """The two tracks of every library of `foreign`, and a third, indexed."""
    base = tmp_path_factory.mktemp("imports")
    (base / "My Music").mkdir()
    for seed, name in enumerate([*NAMES, "third.flac"]):
        kind = {"format": "MP3"} if name.endswith("mp3") else {"subtype": "PCM_16"}
        soundfile.write(base / "My Music" / name, drums(seed), RATE, **kind)
    index(base / "library", [base / "My Music"], artifact, jobs=2)
    return base


@pytest.fixture
def base(indexed, tmp_path):
    """A library to play with; the music stays where it is."""
    shutil.copytree(indexed / "library", tmp_path / "library")
    return tmp_path


def bring(base, path, artifact):
    (report,) = take(base / "library", artifact, [reader_of(path)(path)], jobs=1)
    return report


def load(base, artifact):
    snapshot = Snapshot.load(base / "library", fingerprint(artifact))
    return snapshot, {Path(track.path).name: track for track in snapshot.tracks}


def users(track):
    return [(cue.name, round(cue.position_s, 3), cue.length_s) for cue in track.cues if cue.kind == "user"]


@pytest.mark.parametrize("program", [name for name in ALL if name != "serato"])  # whose fixture writes the music itself
def test_every_program_s_cues_reach_the_snapshot_with_keys_of_what_starts_there(program, base, indexed, artifact):
    report = bring(base, ALL[program](base, indexed / "My Music"), artifact)

    assert (report.tracks, report.matched, report.not_indexed, report.not_found) == (2, 2, [], [])
    assert (report.cues, report.grids, report.playlists) == (4, 1, 2)
    snapshot, tracks = load(base, artifact)
    track = tracks[NAMES[0]]
    wanted = {MEMORY.position_s, HOT.position_s, LOOP.position_s, LATE.position_s}
    found = [cue for cue in track.cues if cue.kind == "user"]
    np.testing.assert_allclose([cue.position_s for cue in found], sorted(wanted), atol=0.005)
    assert [cue.source for cue in found] == [program] * 4
    assert found[2].length_s == pytest.approx(LOOP.length_s, abs=0.005)
    assert [cue.index for cue in track.cues] == list(range(len(track.cues)))
    sound = decode(track.path)
    mono = resample(mixdown(sound.samples), sound.rate)
    engine = Engine(artifact)
    keys = snapshot.keys_of(track.number)
    for cue in track.cues:
        np.testing.assert_allclose(keys[cue.index], engine.key_at(mono, round(cue.position_s * 16_000)), atol=1e-6)
    others = [cue.position_s for cue in track.cues if cue.kind != "user"]
    assert all(abs(one - other) > 60 / TEMPO for one in others for other in wanted)
    assert [len(ids) for ids in snapshot.playlists.values()] in ([1, 2], [2, 1])
    if program != "rekordbox":
        assert snapshot.plays == ((track.id, tracks[NAMES[1]].id),)


def test_times_of_a_decoder_that_keeps_the_encoder_s_samples_are_shifted_to_fit(base, indexed, artifact):
    path = foreign.traktor(base, indexed / "My Music")
    library = reader_of(path)(path)
    late = [1128 / RATE, 0.0]
    tracks = [_moved(track, shift_s) for track, shift_s in zip(library.tracks, late, strict=True)]

    (report,) = take(base / "library", artifact, [Library("traktor", "x", tuple(tracks))], jobs=1)

    assert [Path(each["path"]).name for each in report.offsets] == [NAMES[0]]
    _, tracks = load(base, artifact)
    positions = [at for _, at, _ in users(tracks[NAMES[0]])]
    np.testing.assert_allclose(positions, [16.5, HOT.position_s, LOOP.position_s, LATE.position_s], atol=0.005)
    with Catalogue.open(base / "library") as catalogue, catalogue.reading():
        (grid,) = catalogue.own.grids(tracks[NAMES[0]].id)
    assert grid.offset_s == pytest.approx(-1128 / RATE, abs=0.001)
    assert grid.beats_s[0] == pytest.approx(FIRST_S, abs=0.005)


def _moved(track, by_s):
    cues = tuple(replace(cue, position_s=cue.position_s + by_s) for cue in track.cues)
    return replace(track, cues=cues, grid=tuple(replace(a, position_s=a.position_s + by_s) for a in track.grid))


def test_what_has_not_changed_is_not_decoded_again_and_what_has_is(base, indexed, artifact):
    path = foreign.mixxx(base, indexed / "My Music")
    told = []
    read = reader_of(path)
    take(base / "library", artifact, [read(path)], jobs=1)
    _, before = load(base, artifact)

    take(base / "library", artifact, [read(path)], jobs=1, tell=lambda *_: told.append("again"))
    assert told == []
    assert load(base, artifact)[1][NAMES[0]].cues == before[NAMES[0]].cues
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM cues WHERE type = 4")
    take(base / "library", artifact, [read(path)], jobs=1, tell=lambda *_: told.append("again"))

    assert told == ["again"]
    assert [name for name, *_ in users(load(base, artifact)[1][NAMES[0]])] == ["", HOT.name, LATE.name]


def test_a_folder_that_has_moved_is_found_again_where_that_is_certain(base, indexed, artifact):
    gone = Path("/Volumes/Old Stick/Music")
    report = bring(base, foreign.rekordbox(base, gone), artifact)

    assert (report.matched, report.moved, report.not_found) == (2, 2, [])
    assert len(users(load(base, artifact)[1][NAMES[0]])) == 4


def test_what_is_missing_is_told_apart_from_what_is_not_indexed(base, indexed, artifact, tmp_path):
    (tmp_path / "new.mp3").write_bytes(b"x")
    library = Library("m3u", "x", (Track(str(tmp_path / "new.mp3")), Track("/gone/away.mp3")), whole=False)

    (report,) = take(base / "library", artifact, [library], jobs=1)

    assert (report.not_indexed, report.not_found) == ([str(tmp_path / "new.mp3")], ["/gone/away.mp3"])


def test_playlists_and_cue_sheets_come_in_one_by_one(base, indexed, artifact):
    music = indexed / "My Music"
    (base / "Sunday.m3u8").write_text(f"#EXTM3U\n#EXTINF:90,A - B\n{music / NAMES[1]}\nthird.flac\n", "utf-8")
    (base / "Monday.m3u").write_text(f"{music / NAMES[0]}\n", "utf-8")
    (base / "set.cue").write_text(
        f'TITLE "A night"\nFILE "{music / "third.flac"}" WAVE\n'
        f'  TRACK 01 AUDIO\n    TITLE "Title 1"\n    PERFORMER "x"\n'
        f'    FILE "{music / NAMES[1]}" WAVE\n    INDEX 01 00:00:00\n'
        f'  TRACK 02 AUDIO\n    TITLE "Two"\n    FILE "{music / NAMES[0]}" WAVE\n    INDEX 01 00:40:15\n',
        "utf-8",
    )
    for name in ("Sunday.m3u8", "Monday.m3u", "set.cue"):
        bring(base, base / name, artifact)

    snapshot, tracks = load(base, artifact)
    one, two, three = (tracks[name].id for name in (*NAMES, "third.flac"))
    assert snapshot.playlists == {"Monday": (one,), "Sunday": (two, three)}
    assert snapshot.plays == ((two, one),)
    assert users(tracks["third.flac"]) == [("Title 1", 0.0, 0.0), ("Two", 40.2, 0.0)]


def test_a_playlist_keeps_the_place_of_a_track_that_is_hidden_at_an_import(base, indexed, artifact):
    music = indexed / "My Music"
    path = foreign.mixxx(base, music)
    bring(base, path, artifact)
    before, hidden = load(base, artifact)[0].playlists, music / NAMES[1]
    away = hidden.rename(base / "away")
    index(base / "library", [music], artifact, jobs=1)
    bring(base, path, artifact)
    without = load(base, artifact)[0].playlists
    away.rename(hidden)
    index(base / "library", [music], artifact, jobs=1)

    assert sum(map(len, without.values())) == sum(map(len, before.values())) - 1
    assert load(base, artifact)[0].playlists == before


def test_neither_analysing_again_nor_another_artifact_takes_a_cue_away(base, indexed, artifact, tmp_path):
    bring(base, foreign.mixxx(base, indexed / "My Music"), artifact)
    before = users(load(base, artifact)[1][NAMES[0]])

    index(base / "library", [], artifact, reanalyse=True, jobs=1)
    assert users(load(base, artifact)[1][NAMES[0]]) == before
    other = write_graph(tmp_path / "other.onnx", seed=1)
    index(base / "library", [], other, jobs=1)

    snapshot, tracks = load(base, other)
    assert users(tracks[NAMES[0]]) == before
    sound = decode(tracks[NAMES[0]].path)
    mono = resample(mixdown(sound.samples), sound.rate)
    cue = next(cue for cue in tracks[NAMES[0]].cues if cue.name == HOT.name)
    key = Engine(other).key_at(mono, round(cue.position_s * 16_000))
    np.testing.assert_allclose(snapshot.keys_of(tracks[NAMES[0]].number)[cue.index], key, atol=1e-6)


@pytest.fixture
def segue(base, artifact, capsys, monkeypatch):
    config = base / "config.toml"
    config.write_text(f'[engine]\nartifact = "{artifact}"\n')
    monkeypatch.setattr("pathlib.Path.home", lambda: base)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main([*map(str, arguments), "--library", str(base / "library"), "--config", str(config)])
        return exit_.value.code, *capsys.readouterr()

    return run


def test_the_command_finds_the_library_tells_what_came_and_shows_it(segue, base, indexed):
    (base / ".mixxx").mkdir()
    foreign.mixxx(base / ".mixxx", indexed / "My Music")

    status, out, _ = segue("library", "import", "--jobs", 1)
    assert status == 0
    assert "mixxx" in out
    assert "2 2 4 1 2 1 2" in " ".join(out.split())  # a long place goes on in the next line
    _, out, _ = segue("library", "import", "--json", "--jobs", 1)
    assert json.loads(out)[0]["cues"] == 4
    _, out, _ = segue("library", "list", "--json")
    track = next(track for track in json.loads(out) if track["path"].endswith(NAMES[0]))
    cue = next(cue for cue in track["cues"] if cue.get("name") == HOT.name)
    assert (cue["kind"], cue["colour"], cue["source"]) == ("user", HOT.colour, "mixxx")
    _, out, _ = segue("library", "show", track["id"], "--json")
    assert json.loads(out)["grids"][0]["tempo_bpm"] == TEMPO
    _, out, _ = segue("library", "show", track["id"])
    assert f"mixxx {HOT.name} {HOT.colour}" in out


def test_a_torn_library_leaves_ours_as_it_was(segue, base, indexed, artifact):
    good, torn = foreign.traktor(base, indexed / "My Music"), base / "rekordbox.xml"
    segue("library", "import", good, "--jobs", 1)
    before = load(base, artifact)[0]
    foreign.rekordbox(base, indexed / "My Music")
    torn.write_bytes(torn.read_bytes()[:-40])

    status, _, err = segue("library", "import", base)

    assert status == 1
    assert "is damaged or no XML" in err
    assert len(err.strip().splitlines()) == 1
    after = load(base, artifact)[0]
    assert [track.cues for track in after.tracks] == [track.cues for track in before.tracks]
    assert (after.playlists, after.plays) == (before.playlists, before.plays)


def test_what_cannot_be_is_told_in_a_sentence(segue, base):
    assert segue("library", "import", "--from", "winamp")[0] == 2
    status, _, err = segue("library", "import")
    assert (status, "usual place" in err) == (1, True)
    assert segue("library", "import", base / "nowhere.xml")[0] == 1


def test_index_from_looks_at_the_tracks_of_that_library_alone_and_takes_in_its_cues(segue, base, indexed, artifact):
    shutil.rmtree(base / "library")
    path = foreign.virtualdj(base, indexed / "My Music")

    status, out, _ = segue("index", path, "--from", "virtualdj", "--json", "--jobs", 1)

    report = json.loads(out)
    assert (status, report["indexed"], report["imported"][0]["matched"]) == (0, 2, 2)
    _, tracks = load(base, artifact)
    assert sorted(tracks) == sorted(NAMES)
    assert len(users(tracks[NAMES[0]])) == 4


def test_rekordbox_s_own_database_says_what_to_install_where_it_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyrekordbox.masterdb", None)
    path = tmp_path / "master.db"
    path.write_bytes(b"locked" * 1000)

    with pytest.raises(ForeignError, match=r"segue\[rekordbox\]"):
        reader_of(path)(path)
