"""Which track of a library a line of a tracklist means."""

from pathlib import Path

import pytest
from fakes import track

from segue.daemon.report.matching import Matcher, plain
from segue.daemon.report.tracklist import Entry

TRACKS = [
    track(0, path="/music/Ärger.flac", artist="Björk", title="Größe (Original Mix)"),
    track(1, path="/music/dub.flac", artist="Björk", title="Größe (Dub)"),
    track(2, path="/music/a/01.mp3", artist="Block & Crown", title="It's A Thing (feat. Ann)"),
    track(3, path="/music/b/01.mp3", artist="", title="ingame 08"),
    track(4, path="/music/b/02.mp3", artist="", title="ingame 27"),
    track(5, path="/music/only.mp3", artist="Someone", title="The Long and Winding Tunnel"),
    track(6, path="/music/x1.mp3", artist="Twin", title="Twice"),
    track(7, path="/music/x2.mp3", artist="TWIN", title="twice"),
]


def found(*, folder="/lists", **said):
    return [t.number for t in Matcher(TRACKS, {}).find(Entry(**said), Path(folder)).tracks]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"id": f"{3:016x}", "title": "anything"}, [3]),
        ({"path": "/music/dub.flac", "artist": "Wrong", "title": "Wrong"}, [1]),
        ({"path": "../music/./dub.flac"}, [1]),
        ({"path": "file://localhost/music/%C3%84rger.flac"}, [0]),
        ({"path": "file:///music/%C3%84rger.flac"}, [0]),
        ({"path": "D:\\elsewhere\\ONLY.MP3"}, [5]),
        ({"path": "file://localhost/D:/elsewhere/only.mp3"}, [5]),
        ({"path": "D:\\elsewhere\\01.mp3"}, []),  # two are called so
        ({"artist": "BJORK", "title": "grosse"}, [0]),
        ({"artist": "Björk", "title": "Größe [Extended Mix]"}, [0]),
        ({"artist": "Björk", "title": "Größe (dub)"}, [1]),
        ({"artist": "Björk", "title": "Größe (Live)"}, []),
        ({"artist": "Block and Crown", "title": "Its a thing ft. Ann"}, [2]),
        ({"title": "Größe (Dub)"}, [1]),
        ({"artist": "Widelands", "title": "ingame_27"}, [4]),
        ({"title": "ingame 28"}, []),
        ({"artist": "Someone", "title": "The Long an Winding Tunel"}, [5]),
        ({"artist": "Someone", "title": "The Long and Winding Tunnel 2"}, []),
        ({"artist": "Someone", "title": "The Long and Winding Tunnel (Dub)"}, []),
        ({"artist": "Someone", "title": "Another Tunnel"}, []),
        ({"artist": "Twin", "title": "Twice"}, [6, 7]),
        ({"artist": "Twin", "title": "???"}, []),
        ({"artist": "", "title": "(feat. )"}, []),
    ],
)
def test_a_line_means(said, wanted):
    assert found(**said) == wanted


def test_what_is_only_alike_is_marked():
    matcher = Matcher(TRACKS, {})

    assert matcher.find(Entry(artist="Someone", title="The Long an Winding Tunel"), Path()).alike
    assert not matcher.find(Entry(artist="Someone", title="The long and winding tunnel"), Path()).alike


def test_a_link_to_a_file_is_the_file(tmp_path):
    (tmp_path / "real.mp3").touch()
    (tmp_path / "link.mp3").symlink_to(tmp_path / "real.mp3")
    matcher = Matcher([track(0, path=str(tmp_path / "real.mp3"))], {})

    assert matcher.find(Entry(path="link.mp3"), tmp_path).tracks[0].number == 0


def test_a_copy_of_a_file_is_the_same_track():
    matcher = Matcher(TRACKS, {"/backup/x.mp3": TRACKS[3].id, "/music/dub.flac": TRACKS[3].id, "/gone.mp3": "?"})

    assert [t.number for t in matcher.find(Entry(path="/backup/x.mp3"), Path()).tracks] == [3]
    assert [t.number for t in matcher.find(Entry(path="/music/dub.flac"), Path()).tracks] == [1]  # its own first
    assert matcher.find(Entry(path="/gone.mp3"), Path()).tracks == ()


@pytest.mark.parametrize("path", ["\0", "x" * 10_000, "file://%00", "//", "C:", "\ufffd"])
def test_a_path_that_is_none_is_not_found(path):
    assert found(path=path) == []


def test_a_name_without_end_is_compared_no_longer():
    assert found(artist="Someone", title="The Long and Winding Tunnel " * 20_000) == []


def test_names_in_other_scripts_keep_their_words():
    assert plain("椎名林檎 丸の内サディスティック") == "椎名林檎 丸の内サディスティック"
    assert plain("Café (Official Video)") == plain("CAFE\N{COMBINING ACUTE ACCENT}")
