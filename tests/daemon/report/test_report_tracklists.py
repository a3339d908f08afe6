"""Tracklists as programs and people write them, whole and damaged."""

import json

import pytest

from segue.daemon.errors import SegueError
from segue.daemon.report.reader import MOST_TRACKS, read

REKORDBOX_CUE = """REM DATE 2024-06-10 08:14 PM
REM RECORDED_BY "rekordbox-dj"
TITLE "Friday"
PERFORMER "DJ Ü"
FILE "01 Friday.wav" WAVE
	TRACK 01 AUDIO
		TITLE "Confusion"
		PERFORMER "Fickry"
		FILE "/music/Fickry - Confusion.mp3" WAVE
		INDEX 01 00:00:00
	TRACK 02 AUDIO
		TITLE "What's Luv"
		FILE "C:/music/luv.mp3" WAVE
		INDEX 01 00:04:12
	TRACK 03 AUDIO
		TITLE "Late"
		PERFORMER "Größe"
		INDEX 01 01:02:03
"""
REKORDBOX_TXT = (
    "#\tArtwork\tTrack Title\tArtist\tAlbum\tGenre\tBPM\tRating\tTime\tKey\tDate Added\r\n"
    '1\t\t12" Größe (Original Mix)\tBjörk, B\tA\tHouse\t126.00\t     \t06:01\t11A\t2022-10-01\r\n'
    "2\t\tIt's A Thing\tBlock & Crown\tC\tHouse\t126.00\t     \t06:01\t11A\t2022-10-01\r\n"
)
MIXXX_CSV = (
    '"#","Artist","Title","Album","Location","Duration"\r\n'
    '"1","Björk, B","A ""Größe""","","/music/a.flac","3:00"\r\n'
    '"2","","Untagged","","../b.mp3","3:00"\r\n'
)
MIXXX_TXT = "01. 0:00:00 Björk - Größe\n02. 0:04:10 808 State - In Yer Face - Live\n\n10. 1:04:10 X - Y\n"
M3U = "#EXTM3U\n#EXTINF:361,Björk - Größe\nC:\\Music\\a.mp3\n\n#EXTINF:10,Alone\n/music/b c.mp3\n/music/c.mp3\n"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<DJ_PLAYLISTS Version="1.0.0"><PRODUCT Name="rekordbox" Version="6.8.5" Company="AlphaTheta"/>
<COLLECTION Entries="2">
<TRACK TrackID="7" Name="Größe" Artist="Björk" Location="file://localhost/Users/me/a%20b.mp3"><TEMPO Bpm="120"/></TRACK>
<TRACK TrackID="8" Name="B" Location="file://localhost/C:/b.mp3"/></COLLECTION>
<PLAYLISTS><NODE Type="0" Name="ROOT" Count="2"><NODE Name="Empty" Type="1" KeyType="0" Entries="0"/>
<NODE Type="0" Name="Sets" Count="1"><NODE Name="Friday" Type="1" KeyType="0" Entries="3">
<TRACK Key="8"/><TRACK Key="7"/><TRACK Key="8"/></NODE></NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>
"""
TRUTH = json.dumps(
    {"duration": 90.0, "plays": [
        {"path": "b.flac", "start": 40.0, "end": 90, "track_start": 3.5, "rate": 1.02, "keylock": True},
        {"id": "a" * 16, "start": 0, "end": 48.0},
        {"artist": "Björk", "title": "Größe", "start_s": 88.0, "end_s": 90.0}], "transitions": []}
)  # fmt: skip
ALL = {"set.cue": REKORDBOX_CUE, "set.txt": REKORDBOX_TXT, "set.csv": MIXXX_CSV, "lines.txt": MIXXX_TXT,
       "set.m3u8": M3U, "set.xml": XML, "set.json": TRUTH}  # fmt: skip


def given(folder, text, name, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def names(tracklist):
    return [(entry.artist, entry.title) for entry in tracklist.entries]


def test_a_sheet_that_rekordbox_wrote_counts_in_hours_and_names_the_tracks_files(tmp_path):
    found = read(given(tmp_path, REKORDBOX_CUE, "set.cue"))

    assert (found.kind, found.timed, found.exact) == ("a cue sheet", True, False)
    assert names(found) == [("Fickry", "Confusion"), ("", "What's Luv"), ("Größe", "Late")]  # the DJ is no artist
    assert [entry.start_s for entry in found.entries] == [0.0, 252.0, 3723.0]
    assert [entry.path for entry in found.entries] == ["/music/Fickry - Confusion.mp3", "C:/music/luv.mp3", ""]


def test_two_tracks_that_rekordbox_saw_from_the_start_are_of_one_file(tmp_path):
    text = REKORDBOX_CUE.replace("00:04:12", "00:00:00")

    assert [entry.start_s for entry in read(given(tmp_path, text, "set.cue")).entries] == [0.0, 0.0, 3723.0]


def test_any_other_sheet_counts_in_frames(tmp_path):
    text = REKORDBOX_CUE.replace("REM RECORDED_BY", "REM LIKE")

    assert [entry.start_s for entry in read(given(tmp_path, text, "set.cue")).entries] == [
        0.0,
        4 + 12 / 75,
        62 + 3 / 75,
    ]


def test_a_sheet_of_several_files_is_read_for_the_one_that_is_heard(tmp_path):
    text = "".join(
        f'FILE "{n}.wav" WAVE\n'
        f"TRACK 01 AUDIO\nTITLE {n}1\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE {n}2\nINDEX 01 0:{n}:0\n"
        for n in (1, 2)
    )
    path = given(tmp_path, text, "set.cue")

    assert [(e.title, e.start_s) for e in read(path, "/music/2.flac").entries] == [("21", 0.0), ("22", 2.0)]
    with pytest.raises(SegueError, match=r"about 2 files .*none is called 'other.wav'"):
        read(path, "other.wav")


def test_a_history_of_rekordbox_is_a_table_whose_quotes_are_letters(tmp_path):
    found = read(given(tmp_path, REKORDBOX_TXT, "set.txt", "utf-16"))

    assert (found.kind, found.timed) == ("a rekordbox history", False)
    assert names(found) == [("Björk, B", '12" Größe (Original Mix)'), ("Block & Crown", "It's A Thing")]


def test_a_history_of_rekordbox_may_show_other_columns(tmp_path):
    text = "#\tTime\tTrack Title\tArtist\tLocation\n1\t06:31\tNew\tZ\t/path/a.mp3\n2\t07:11\tOld\n"

    found = read(given(tmp_path, text, "set.txt"))

    assert [(e.artist, e.title, e.path) for e in found.entries] == [("Z", "New", "/path/a.mp3"), ("", "Old", "")]


def test_histories_of_mixxx(tmp_path):
    table = read(given(tmp_path, MIXXX_CSV, "set.csv"))
    lines = read(given(tmp_path, MIXXX_TXT, "set.txt"))

    assert names(table) == [("Björk, B", 'A "Größe"'), ("", "Untagged")]
    assert [entry.path for entry in table.entries] == ["/music/a.flac", "../b.mp3"]
    assert names(lines) == [("Björk", "Größe"), ("808 State", "In Yer Face - Live"), ("X", "Y")]
    assert not lines.timed  # its times count from when the first track was entered


def test_a_playlist_has_files_and_perhaps_names(tmp_path):
    found = read(given(tmp_path, M3U, "set.m3u", "cp1252"))

    assert names(found) == [("Björk", "Größe"), ("", "Alone"), ("", "")]
    assert [entry.path for entry in found.entries] == ["C:\\Music\\a.mp3", "/music/b c.mp3", "/music/c.mp3"]


def test_the_playlist_of_an_xml_is_found(tmp_path):
    found = read(given(tmp_path, XML, "set.xml"))

    assert names(found) == [("", "B"), ("Björk", "Größe"), ("", "B")]
    assert found.entries[1].path == "file://localhost/Users/me/a%20b.mp3"


def test_a_truth_is_put_in_order(tmp_path):
    found = read(given(tmp_path, TRUTH, "set.json"))

    assert found.exact
    assert [(e.id or e.path or e.title, e.start_s, e.end_s) for e in found.entries] == [
        ("a" * 16, 0.0, 48.0),
        ("b.flac", 40.0, 90.0),
        ("Größe", 88.0, 90.0),
    ]
    assert (found.entries[1].track_start_s, found.entries[1].rate) == (3.5, 1.02)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_kind_is_read_in_any_encoding(tmp_path, name, encoding):
    found = read(given(tmp_path, ALL[name], name, encoding))

    assert any("Größe" in entry.title + entry.artist for entry in found.entries)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("set.cue", "TITLE x\nFILE a.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 oh:no:00\n", "no TRACK with an INDEX 01"),
        ("set.cue", REKORDBOX_CUE.replace("01:02:03", "00:01:00"), "track 3 .* starts before the one ahead"),
        ("set.cue", REKORDBOX_CUE.replace("01:02:03", "999999:02:03"), "a time that is none"),
        ("set.txt", "hello\nthere\n", "lists no tracks"),
        ("set.txt", "#\tTitolo\tArtista\n1\ta\tb\n", "columns #, Titolo, Artista; a column 'Track Title'"),
        ("set.txt", REKORDBOX_TXT.partition("\n")[0], "lists no tracks"),
        ("set.csv", '"Artist","BPM"\n"a","1"\n', "columns Artist, BPM"),
        ("set.csv", '"Title"\n"' + "x" * 200_000 + '"\n', "no table"),
        ("set.m3u", "#EXTM3U\n", "lists no tracks"),
        ("set.xml", XML[:300], "is no XML"),
        ("set.xml", XML.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1), "defines entities"),
        ("set.xml", XML.replace('Key="7"', 'Key="9"'), "plays 1 tracks that its collection lacks"),
        ("set.xml", XML.replace('Entries="0"/>', 'Entries="1"><TRACK Key="7"/></NODE>'),
         "2 playlists .*'Empty', 'Friday'"),
        ("set.json", TRUTH[:-9], "is no JSON, line 1"),
        ("set.json", "[" * 100_000, "is no JSON"),
        ("set.json", "[1, 2]", "no list called 'plays'"),
        ("set.json", '{"plays": [1]}', "no list called 'plays'"),
        ("set.json", '{"plays": []}', "lists no tracks"),
        ("set.json", '{"plays": [{"title": "a", "start": NaN}]}', "a time that is none"),
        ("set.json", '{"plays": [{"title": "a", "start": -1}]}', "a time that is none"),
        ("set.json", '{"plays": [{"title": "a", "start": 1' + "0" * 400 + "}]}", "a time that is none"),
        ("set.json", '{"plays": [{"title": "a", "start": "0:30"}]}', "'start' of play 1 .* is no number"),
        ("set.json", '{"plays": [{"title": 7}]}', "'title' of play 1 .* is no text"),
        ("set.json", '{"plays": [{"start": 1}]}', "neither title, path nor id"),
        ("set.json", '{"plays": [{"title": "a", "start": 5, "end": 5}]}', "ends before it starts, at 5.0 s"),
        ("set.json", '{"plays": [{"title": "a", "start": 5, "rate": 0}]}', "plays at 0.0 times its speed"),
        ("set.json", '{"plays": [{"title": "a", "start": 5}, {"title": "b"}]}', "no start for 1 of its tracks"),
        ("set.json", json.dumps({"plays": [{"id": "a"}] * (MOST_TRACKS + 1)}), "at most 2000"),
        ("set.cue", " \n", "is empty"),
        ("set.txt", b"", "is empty"),
        ("set.doc", "a", "of no kind that is known; wanted a .cue"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(tmp_path, name, text, told):
    path = given(tmp_path, text, name)

    with pytest.raises(SegueError, match=told) as caught:
        read(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ALL)
def test_noise_is_refused_or_read_but_never_breaks(tmp_path, name):
    whole = ALL[name].encode()
    for cut in range(0, len(whole), 37):
        for data in (whole[:cut], whole[:cut] + b"\0\xff\xfe" + whole[cut:], whole[cut:]):
            try:
                read(given(tmp_path, data, name))
            except SegueError as exc:
                assert "\n" not in str(exc)  # noqa: PT017


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(SegueError, match=r"gone.cue cannot be read: No such file"):
        read(tmp_path / "gone.cue")
    (tmp_path / "folder.cue").mkdir()
    with pytest.raises(SegueError, match=r"folder.cue cannot be read: Is a directory"):
        read(tmp_path / "folder.cue")
