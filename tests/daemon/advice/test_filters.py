import numpy as np
from fakes import heard, library, numbers, track

from segue.daemon.advice.filters import Gates
from segue.daemon.advice.ranker import Ranker
from segue.daemon.config import Filters, Suggest

TRACKS = [track(n, genre="Deep House" if n % 2 else "Techno", tempo_bpm=118.0 + n, pitch_class=n) for n in range(8)]


def passing(**wanted):
    snapshot = library(TRACKS)
    snapshot.playlists = {"Friday": [track(1).id, track(5).id], "Other": [track(2).id]}
    flags, widened = Gates(Filters(**wanted), snapshot).open(np.ones(8, bool))
    return np.flatnonzero(flags).tolist(), widened


def test_nothing_wanted_lets_everything_through():
    assert passing() == (list(range(8)), "")


def test_each_filter_keeps_to_what_is_wanted():
    assert passing(genres=["house"]) == ([1, 3, 5, 7], "")
    assert passing(tempo_bpm=[119.0, 121.0]) == ([1, 2, 3], "")
    assert passing(playlists=["friday"]) == ([1, 5], "")
    assert passing(exclude=[track(0).id, "/music/1.flac"]) == (list(range(2, 8)), "")
    assert passing(exclude=["/music"]) == ([], "")


def test_keys_are_camelot_names():
    assert passing(keys=["5A", "12A"]) == ([0, 1], "")


def test_filters_that_leave_nothing_open_the_last_first_and_are_named():
    assert passing(playlists=["Friday"], keys=["5A"]) == ([1, 5], "the keys")
    assert passing(playlists=["no such"]) == (list(range(8)), "the playlists")


def test_a_filter_that_had_to_be_opened_is_the_first_reason():
    settings = Suggest(filters=Filters(genres=["polka"]))

    found = Ranker(settings, library(TRACKS)).rank(heard(), frozenset(), 8)

    assert len(found) == 8
    assert all(suggestion.reasons.startswith("outside the genres; ") for suggestion in found)


def test_a_filter_is_kept_while_anything_passes_it():
    settings = Suggest(filters=Filters(genres=["house"]))

    assert sorted(numbers(Ranker(settings, library(TRACKS)).rank(heard(), frozenset(), 8))) == [1, 3, 5, 7]
