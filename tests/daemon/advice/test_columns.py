from fakes import track

from segue.daemon.advice.columns import names


def same_song(one, two):
    return bool(names(track(0, **one)) & names(track(1, **two)))


def test_songs_are_compared_without_version_case_and_accents():
    assert same_song({"title": "Café (Club Mix)", "artist": "Björk"}, {"title": "cafe", "artist": "BJORK"})
    assert not same_song({"title": "Cafe", "artist": "A"}, {"title": "Cafe", "artist": "B"})


def test_what_stands_in_brackets_counts_unless_the_lengths_agree():
    parts = [{"title": f"Theme (Part {n})", "artist": "A", "duration_s": 200.0 + 30 * n} for n in range(2)]
    stems = [{"title": f"Theme (fof {name})", "artist": "A", "duration_s": 200.6} for name in ("guitar", "rhythm")]

    assert not same_song(*parts)
    assert same_song(*stems)


def test_a_title_alone_needs_the_same_length():
    assert same_song({"title": "Intro", "artist": ""}, {"title": "intro", "artist": ""})
    assert not same_song({"title": "Intro", "artist": ""}, {"title": "intro", "artist": "", "duration_s": 100.0})


def test_a_track_without_a_title_is_no_version_of_another():
    assert names(track(0, title="")) == frozenset()
