from fakes import heard, library, track

from segue.daemon.advice.history import History
from segue.daemon.advice.ranker import Ranker
from segue.daemon.config import Suggest

IDS = [track(n).id for n in range(8)]


def with_history(plays=(), playlists=None):
    snapshot = library([track(n) for n in range(8)])
    snapshot.plays, snapshot.playlists = list(plays), playlists or {}
    return snapshot


def test_a_library_without_history_says_nothing():
    assert not History(library([track(0)])).after(0)


def test_what_followed_often_says_more_and_only_in_that_order():
    history = History(with_history([[IDS[0], IDS[1], IDS[2]], [IDS[0], IDS[1]], [IDS[0], IDS[3]]]))

    after = history.after(0)
    assert after[1] > after[3] > 0
    assert 0 not in history.after(1)


def test_neighbours_in_a_playlist_count_less_than_plays_and_in_either_order():
    history = History(with_history([[IDS[0], IDS[1]]], {"a": [IDS[0], IDS[2]], "long": IDS * 60}))

    assert history.after(0)[1] > history.after(0)[2] > 0
    assert history.after(2)[0] == history.after(0)[2]
    assert 7 not in history.after(6), "nobody has thought of an order of 480 tracks"


def test_ids_that_the_library_does_not_have_are_passed_over():
    assert not History(with_history([[IDS[0], "gone", IDS[1]]])).after(0)


def test_a_track_that_followed_before_is_suggested_sooner_and_says_so():
    snapshot = with_history([[IDS[0], IDS[5]]] * 3)
    ranker = Ranker(Suggest(), snapshot)

    def place(number):
        found = ranker.rank(heard(number=number), {IDS[0]}, 8)
        return next((at, each.reasons) for at, each in enumerate(found) if each.track.number == 5)

    assert place(0)[0] <= place(-1)[0]
    assert "followed before" in place(0)[1]
    assert "followed before" not in place(-1)[1]
