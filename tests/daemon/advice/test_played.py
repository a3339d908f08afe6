from dataclasses import replace

import pytest
from fakes import playing, track

from segue.daemon.advice.played import CERTAIN_S, DOUBT_S, EXACT_S, WANDERS_S, Played

HOP_S = 0.25
ID = track(0).id


class Ear:
    """Names track 0 hop by hop."""

    def __init__(self):
        self.played = Played()
        self.t, self.at_s = 0.0, 200.0

    def hear(self, seconds, confidence=0.9, beside=False):
        for _ in range(round(seconds / HOP_S)):
            self.t, self.at_s = self.t + HOP_S, self.at_s + HOP_S
            deck = replace(playing(track(0), self.at_s), confidence=confidence)
            self.played.heard([deck, playing(track(1), self.t)] if beside else [deck], self.t, HOP_S)
        return self

    def jump(self, by_s):
        self.at_s += by_s
        return self

    def wait(self, seconds):
        self.t += seconds
        return self

    @property
    def out(self):
        return ID in self.played.banned(self.t)


def test_a_track_that_was_followed_never_comes_back():
    assert Ear().hear(10).wait(10_000).out


def test_a_name_of_a_moment_keeps_a_track_out_for_a_while():
    ear = Ear().hear(3)

    assert ear.wait(DOUBT_S - 1).out
    assert not ear.wait(2).out


def test_a_name_that_jumps_about_because_its_place_no_longer_fits_may_come_next():
    ear = Ear()
    for _ in range(8):
        ear.hear(6, confidence=0.6).jump(-20)
    ear.hear(1)

    assert not ear.out
    assert ear.played.wandering() == {ID}


def test_a_name_that_is_little_like_its_track_may_come_next():
    assert not Ear().hear(WANDERS_S + 10, confidence=0.42).out


def test_a_name_that_fits_here_for_some_seconds_and_there_for_some_may_come_next():
    ear = Ear()
    for seconds in (11, 17, 16):
        ear.hear(seconds, confidence=0.75).jump(-20)
    ear.hear(1)

    assert not ear.out


@pytest.mark.parametrize("before", [(3, 3, 3), (4, 6, 6)])
def test_what_is_followed_exactly_has_played_wherever_it_was_looked_for_before(before):
    ear = Ear()
    for seconds in before:
        ear.hear(seconds, confidence=0.6).jump(-20)
    assert not ear.hear(1).out
    ear.hear(EXACT_S + 3, confidence=0.95)

    assert ear.out
    assert ear.wait(1000).out


def test_what_is_only_nearly_like_its_track_wipes_out_nothing():
    ear = Ear()
    for _ in range(5):
        ear.hear(3, confidence=0.6).jump(-20)
    for _ in range(4):
        ear.hear(3, confidence=0.95).hear(4, confidence=0.5)
        assert not ear.out
    assert not ear.jump(-20).hear(12, confidence=0.8).out


def test_a_name_that_was_looked_for_in_two_places_in_a_row_is_not_lost_for_that():
    ear = Ear().hear(5, confidence=0.5).jump(30).hear(4, confidence=0.5)

    assert ear.out


def test_loops_that_fit_in_more_than_one_place_are_still_their_own_record():
    ear = Ear()
    for _ in range(6):
        ear.hear(6, confidence=0.95).jump(-20)

    assert ear.wait(1000).out


def test_a_name_of_some_seconds_that_was_never_followed_may_come_next():
    ear = Ear()
    for _ in range(5):
        ear.hear(2, confidence=0.3).jump(40)

    assert not ear.out


def test_a_place_that_is_corrected_in_a_blend_is_not_held_against_a_record():
    ear = Ear()
    for _ in range(4):
        ear.hear(4, confidence=0.6, beside=True).jump(7)

    assert ear.hear(10).wait(1000).out


def test_what_was_followed_for_long_stays_played_when_the_dj_jumps_about_in_it():
    ear = Ear().hear(CERTAIN_S + 1)
    for _ in range(10):
        ear.hear(2, confidence=0.6).jump(-8)

    assert ear.wait(1000).out


def test_the_word_of_another_program_counts_as_hearing():
    played = Played()
    deck = replace(playing(track(0), -1.0), confidence=0.0, heard=False)
    for hop in range(60):
        played.heard([deck], hop * HOP_S, HOP_S)

    assert ID in played.banned(10_000.0)


def test_a_suspicion_counts_once_and_not_for_ever():
    played = Played()
    for second in range(60):
        played.suspect([ID], float(second))

    assert ID in played.banned(DOUBT_S - 1)
    assert ID not in played.banned(60.0)
