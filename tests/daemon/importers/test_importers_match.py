"""Which of our tracks a foreign library means: its path, or what is known of it and of no other."""

import unicodedata

from segue.daemon.importers.foreign import Track
from segue.daemon.importers.match import Files
from segue.daemon.library.records import File

OURS = [
    File(f"/{disc}/01.mp3", size, 1, "", f"id{size}", title="Intro", artist="Anna")
    for disc, size in (("a", 10), ("b", 20))
]
DURATIONS_S = {"id10": 60.0, "id20": 60.5}


def test_a_path_is_the_same_in_another_case_and_with_accents_in_two_parts():
    ours = Files([File("/Musik/Größe.mp3", 1, 1, "", "id")], {})
    written = [unicodedata.normalize("NFD", "/Musik/Größe.mp3"), "/MUSIK/größe.MP3", "/Musik/x/../Größe.mp3"]

    found = ours.match(map(Track, written))

    assert (found.ids, found.moved) == ({0: "id", 1: "id", 2: "id"}, [])


def test_two_files_that_differ_in_case_alone_are_two():
    ours = Files([File(f"/m/{name}.mp3", 1, 1, "", name) for name in ("Track", "track")], {})

    found = ours.match([Track("/m/Track.mp3"), Track("/m/track.mp3"), Track("/m/TRACK.mp3")])

    assert found.ids == {0: "Track", 1: "track"}


def test_a_name_that_two_files_have_is_no_match_unless_the_size_tells_them_apart():
    same_name, by_size = Track("/gone/01.mp3", duration_s=60.0), Track("/gone/01.mp3", size=20)

    found = Files(OURS, DURATIONS_S).match([same_name, by_size])

    assert (found.ids, found.moved) == ({1: "id20"}, [1])
    assert Files(OURS[:1], DURATIONS_S).match([same_name]).ids == {0: "id10"}


def test_a_file_of_another_length_is_no_match():
    found = Files(OURS[:1], DURATIONS_S).match([Track("/gone/01.mp3", duration_s=40.0), Track("/gone/01.MP3")])

    assert found.ids == {1: "id10"}


def test_a_line_without_a_path_is_known_by_artist_and_title():
    line = Track("", "intro", "ANNA")

    assert Files(OURS[:1], DURATIONS_S).match([line, Track("", "", "")]).ids == {0: "id10"}
    assert Files(OURS, DURATIONS_S).match([line]).ids == {}


def test_a_path_from_windows_is_compared_by_its_name():
    assert Files(OURS[:1], DURATIONS_S).match([Track("D:\\Music\\01.mp3", size=10)]).ids == {0: "id10"}
