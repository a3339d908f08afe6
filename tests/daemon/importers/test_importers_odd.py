"""Libraries of DJ programs as they are met in the wild: two of one program, odd names, folders without end."""

import sqlite3

import foreign
import foreign_binary
import pytest
from foreign import NAMES

from segue.daemon.commands.imports import found
from segue.daemon.importers.foreign import ForeignError
from segue.daemon.importers.places import reader_of


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "My Music"
    folder.mkdir()
    return folder


def read(path):
    return reader_of(path)(path)


def test_of_a_program_s_libraries_the_first_that_can_be_read_is_taken_and_the_others_tell_why(
    tmp_path, music, monkeypatch, capsys
):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    (tmp_path / "Library/Pioneer/rekordbox").mkdir(parents=True)
    (tmp_path / "Library/Pioneer/rekordbox/master.db").write_bytes(b"locked" * 1000)
    for folder in (".mixxx", ".var/app/org.mixxx.Mixxx/.mixxx"):
        (tmp_path / folder).mkdir(parents=True)
        foreign.mixxx(tmp_path / folder, music)
    with pytest.raises(ForeignError, match=r"master\.db"):
        found("rekordbox", [])
    (tmp_path / "Documents").mkdir()
    export = foreign.rekordbox(tmp_path / "Documents", music)

    libraries = found(None, [])

    assert [each.place for each in libraries] == [str(tmp_path / ".mixxx/mixxxdb.sqlite"), str(export)]
    assert "master.db" in capsys.readouterr().err


def test_a_playlist_may_name_any_file(tmp_path):
    path = tmp_path / "list.m3u8"
    path.write_text("/m/a\u00a0b\u3000c.mp3\nfile:///C:/Music/a%20b.mp3\nfile:///m/d.mp3\n", "utf-8")

    assert [track.path for track in read(path).tracks] == ["/m/a\u00a0b\u3000c.mp3", "C:/Music/a b.mp3", "/m/d.mp3"]
    path.write_text("file:///m/a%00.mp3\n", "utf-8")
    with pytest.raises(ForeignError, match="lists no tracks"):
        read(path)


def test_traktor_s_volume_is_where_macos_has_it(tmp_path, music, monkeypatch):
    path = foreign.traktor(tmp_path, music)
    volumes = tmp_path / "Volumes"
    volumes.mkdir()
    monkeypatch.setattr("segue.daemon.importers.traktor._VOLUMES", volumes)
    (volumes / "Macintosh HD").symlink_to("/")
    assert read(path).tracks[0].path == str(music / NAMES[0])

    (volumes / "Macintosh HD").unlink()
    (volumes / "Macintosh HD").mkdir()
    assert read(path).tracks[0].path == f"{volumes}/Macintosh HD{music / NAMES[0]}"


def test_traktor_s_folders_may_be_too_deep_to_follow(tmp_path, music):
    path = foreign.traktor(tmp_path, music)
    root = '<NODE TYPE="FOLDER" NAME="$ROOT"><SUBNODES>'
    deep = root * 3000 + "</SUBNODES></NODE>" * 3000
    path.write_text(path.read_text("utf-8").replace("</PLAYLISTS>", f"{deep}</PLAYLISTS>"), "utf-8")

    assert len(read(path).playlists) == 2


def test_mixxx_may_have_a_list_without_a_name_and_a_pad_of_no_number(tmp_path, music):
    path = foreign.mixxx(tmp_path, music)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE Playlists SET name = NULL")
        db.execute("UPDATE cues SET hotcue = 1e300")

    library = read(path)
    assert library.playlists[0].name == ""
    assert {cue.number for cue in library.tracks[0].cues} == {-1}


def test_a_path_of_serato_s_ends_at_its_first_zero(tmp_path, music):
    path = foreign_binary.serato(tmp_path, music)
    path.write_bytes(path.read_bytes().replace("b side".encode("utf-16-be"), "b\0side".encode("utf-16-be")))

    assert read(path).tracks[1].path == str(music / "b")


def test_an_unreadable_history_of_engine_leaves_its_tracks_and_cues(tmp_path, music, capsys):
    path = foreign_binary.engine(tmp_path, music)
    whole = read(path)
    path.with_name("hm.db").write_bytes(b"no database" * 1000)

    (library,) = found("engine", [path])

    assert (library.tracks, library.playlists, library.sessions) == (whole.tracks, whole.playlists, ())
    assert not library.whole  # or the plays that came in before would be gone
    assert "hm.db" in (told := capsys.readouterr().err)
    assert "all but the history was read" in told


def test_what_engine_played_is_found_by_its_first_home_where_the_file_has_moved(tmp_path, music):
    path = foreign_binary.engine(tmp_path, music)
    (session,) = read(path).sessions
    with sqlite3.connect(path.with_name("hm.db")) as db:
        db.execute("UPDATE Track SET path = '../Stick/' || filename")

    assert read(path).sessions == (session,)
