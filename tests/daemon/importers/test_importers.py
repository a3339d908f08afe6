"""Every reader of a DJ program's library, on that library in its real layout: one truth, one answer."""

import shutil
import sqlite3

import foreign
import foreign_binary
import numpy as np
import pytest
from foreign import GRID, HOT, LATE, LOOP, MEMORY, NAMES, PLAYED_S, TEMPO
from foreign_binary import ALL

from segue.daemon.importers import serato_tags
from segue.daemon.importers.foreign import Anchor, ForeignError, beats
from segue.daemon.importers.geob import objects
from segue.daemon.importers.places import find, reader_of, usual

every = pytest.mark.parametrize("program", ALL)


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "My Music"
    folder.mkdir()
    return folder


def read(path):
    return reader_of(path)(path)


@every
def test_tracks_come_with_what_the_program_knows(program, tmp_path, music):
    library = read(ALL[program](tmp_path, music))

    assert library.source == program
    assert library.whole
    assert [track.path for track in library.tracks] == [str(music / name) for name in NAMES]
    first, second = library.tracks
    assert [(t.title, t.artist) for t in library.tracks] == [("Title 1", "Ärtist"), ("Title 2", "Ärtist")]
    assert first.tempo_bpm == pytest.approx(TEMPO, abs=0.005)
    assert first.duration_s == pytest.approx(90.5, abs=0.51)
    assert first.key in ("Am", "8A")
    assert second.cues == ()


@every
def test_cues_are_within_5_ms_with_kind_pad_name_colour_and_length(program, tmp_path, music):
    track = read(ALL[program](tmp_path, music)).tracks[0]

    found = sorted(track.cues, key=lambda cue: cue.position_s)
    wanted = [HOT, LOOP, LATE] if program == "serato" else [MEMORY, HOT, LOOP, LATE]  # Serato has no memory cues
    assert [(cue.kind, cue.number, cue.name) for cue in found] == [(cue.kind, cue.number, cue.name) for cue in wanted]
    assert [cue.colour for cue in found if cue.kind != "memory"] == [HOT.colour, LOOP.colour, LATE.colour]
    for one, other in zip(found, wanted, strict=True):
        assert abs(one.position_s - other.position_s) < 0.001
        assert abs(one.length_s - other.length_s) < 0.0015


@every
def test_the_grid_is_within_5_ms_from_the_first_beat_to_the_last(program, tmp_path, music):
    track = read(ALL[program](tmp_path, music)).tracks[0]

    found, wanted = beats(track.grid, 90.5), beats(GRID, 90.5)
    assert len(found) == len(wanted) > 180
    np.testing.assert_allclose(found, wanted, atol=0.002)


@every
def test_playlists_keep_their_order_and_their_folders(program, tmp_path, music):
    library = read(ALL[program](tmp_path, music))

    peak = {"mixxx": "Peak", "rekordbox": "Crates/Peak", "virtualdj": "Crates.Peak"}.get(program, "Crates/Peak")
    assert {each.name: each.tracks for each in library.playlists} == {"Warm up": (1, 0), peak: (0,)}


@pytest.mark.parametrize("program", [name for name in ALL if name != "rekordbox"])  # its XML tells no history
def test_a_history_tells_what_was_played_and_when(program, tmp_path, music):
    (session,) = read(ALL[program](tmp_path, music)).sessions

    assert session.plays == ((0, PLAYED_S), (1, PLAYED_S + 300))


@every
def test_a_file_that_is_cut_off_is_refused_in_one_sentence(program, tmp_path, music):
    path = ALL[program](tmp_path, music)
    data = path.read_bytes()
    for part in (0.5, 0.97):
        path.write_bytes(data[: int(len(data) * part)])

        with pytest.raises(ForeignError) as told:
            read(path)
        assert "\n" not in str(told.value)


@every
def test_any_byte_may_be_wrong_and_nothing_but_our_own_error_comes_of_it(program, tmp_path, music):
    path = ALL[program](tmp_path, music)
    data = path.read_bytes()
    rng = np.random.default_rng(4)
    for _ in range(40):
        torn = bytearray(data)
        for at in rng.integers(0, len(data), 30):
            torn[at] = rng.integers(0, 256)
        path.write_bytes(torn)
        try:
            library = read(path)
        except ForeignError:
            continue
        for track in library.tracks:
            assert all(np.isfinite(cue.position_s) for cue in track.cues)
            assert np.isfinite(beats(track.grid, 90.5)).all()


@every
def test_reading_leaves_no_trace_beside_the_library(program, tmp_path, music):
    path = ALL[program](tmp_path, music)
    before = {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in tmp_path.rglob("*")}

    read(path)

    assert {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in tmp_path.rglob("*")} == before


@every
def test_a_library_is_known_by_its_content_and_found_in_its_folder(program, tmp_path, music):
    path = ALL[program](tmp_path, music)
    elsewhere = path if program in ("engine", "traktor", "virtualdj", "serato") else path.rename(tmp_path / "copy")

    assert reader_of(elsewhere)(elsewhere).source == program
    if elsewhere is path:
        folder = tmp_path / "Music" if program == "serato" else tmp_path
        assert [each for each, _ in find(folder, None)] == [path]
        assert [each for each, _ in find(folder, program)] == [path]


def test_each_program_is_looked_for_where_it_keeps_its_library(tmp_path, music, monkeypatch):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    (tmp_path / ".mixxx").mkdir()
    mixxx = foreign.mixxx(tmp_path / ".mixxx", music)
    serato = foreign_binary.serato(tmp_path, music)
    native = tmp_path / "Documents" / "Native Instruments"
    for edition in ("Traktor 3.4", "Traktor 3.11.1"):
        (native / edition).mkdir(parents=True)
        newest = foreign.traktor(native / edition, music)
    older = native / "Traktor 3.4" / newest.name

    assert usual(None) == {"mixxx": [mixxx], "traktor": [newest, older], "serato": [serato]}
    with pytest.raises(ForeignError, match="no library of engine"):
        usual("engine")


def test_another_programs_database_is_told_from_a_djs(tmp_path):
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE moz_places (id INTEGER)")

    with pytest.raises(ForeignError, match="another program's database"):
        read(path)
    (tmp_path / "page.html").write_text("<html></html>")
    with pytest.raises(ForeignError, match="no library that is known"):
        read(tmp_path / "page.html")


def test_a_document_that_declares_entities_is_not_opened(tmp_path):
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><DJ_PLAYLISTS>&b;</DJ_PLAYLISTS>'
    )
    path = tmp_path / "rekordbox.xml"
    path.write_text(bomb)

    with pytest.raises(ForeignError, match="document type"):
        read(path)


def test_mixxx_is_read_while_it_writes(tmp_path, music):
    path = foreign.mixxx(tmp_path, music)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE library SET title = 'New' WHERE id = 1")
        db.commit()

        assert read(path).tracks[0].title == "New"


def test_every_beat_of_mixxx_is_kept_where_it_found_no_even_grid(tmp_path, music):
    path = foreign.mixxx(tmp_path, music)
    frames = [-500, 20_000, 41_000, 60_500, 82_000]
    with sqlite3.connect(path) as db:
        parts = [b"\x08" + foreign._varint(at % 2**64) for at in frames]
        blob = b"".join(b"\x0a" + foreign._varint(len(part)) + part for part in parts)
        db.execute("UPDATE library SET beats = ?, beats_version = 'BeatMap-1.0' WHERE id = 1", (blob,))

    grid = read(path).tracks[0].grid
    np.testing.assert_allclose([anchor.position_s for anchor in grid], np.array(frames) / 44_100)
    np.testing.assert_allclose(beats(grid, 1.9), np.array(frames[1:]) / 44_100)


def test_a_grid_runs_from_the_first_sound_to_the_last_and_changes_tempo_at_its_anchors():
    grid = (Anchor(2.0, 120.0), Anchor(5.0, 60.0))

    assert beats(grid, 8.5).tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0]
    assert len(beats((Anchor(0.0, 500.0),), 86_400.0)) == 200_000


def test_rekordbox_from_windows_has_a_drive(tmp_path, music):
    path = foreign.rekordbox(tmp_path, music)
    path.write_text(path.read_text("utf-8").replace(str(music).replace(" ", "%20"), "/C:/Musik"), "utf-8")

    assert read(path).tracks[0].path == f"C:/Musik/{NAMES[0]}"


@pytest.mark.parametrize("edition", [3, 4])
def test_serato_tags_are_found_in_mp3_and_wav(edition, tmp_path, music):
    path = foreign_binary.serato(tmp_path, music)
    tag = foreign_binary.id3(foreign_binary.serato_objects(), edition)
    wave = b"RIFF" + (0).to_bytes(4, "little") + b"WAVEfmt " + (3).to_bytes(4, "little") + b"abc\0"
    for whole in (tag + b"\xff\xfb" * 50, wave + b"id3 " + len(tag).to_bytes(4, "little") + tag):
        (music / NAMES[0]).write_bytes(whole)

        track = read(path).tracks[0]
        assert [cue.name for cue in track.cues] == ["Drop – ä", "Vocal", "Roll"]
        assert len(track.grid) == 2
    shutil.rmtree(music)
    assert read(path).tracks[0].cues == ()


@pytest.mark.parametrize("kind", ["flac", "m4a"])
def test_serato_tags_are_found_in_flac_and_mp4(kind, tmp_path):
    make = {"flac": foreign_binary.flac, "m4a": foreign_binary.mp4}[kind]
    path = tmp_path / f"x.{kind}"
    path.write_bytes(make(foreign_binary.serato_objects()))

    assert objects(path) == foreign_binary.serato_objects()
    path.write_bytes(path.read_bytes()[:200])
    assert serato_tags.cues(objects(path)) == ()
