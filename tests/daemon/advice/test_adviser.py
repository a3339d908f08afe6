from dataclasses import replace

import numpy as np
import pytest
from fakes import DIM, IDENT_DIM, library, playing, track, unit

from segue.daemon.advice.adviser import Adviser, semitones
from segue.daemon.clock import HOP
from segue.daemon.config import Suggest
from segue.daemon.rhythm.rhythm import LiveBeat
from segue.daemon.rhythm.tonality_live import NO_KEY, KeyEstimate

HOP_S = 0.25
BEAT = LiveBeat(120.0, 0.8, 0.0, 0.0, 0.0, 0)


class Booth:
    """An adviser with a small library, stepped by hops."""

    def __init__(self, tracks=12, **settings):
        self.snapshot = library([track(n, tempo_bpm=118.0 + 0.3 * n) for n in range(tracks)])
        self.adviser = Adviser(Suggest(**settings), HOP_S, warmup_hops=4)
        self.adviser.use(self.snapshot)
        self.t = 0.0
        self.query = unit(np.ones(DIM))
        self.silence = np.zeros(HOP, np.float32)
        self.nothing = np.zeros(IDENT_DIM, np.float32)

    def hear(self, hops, now=None, now2=None, suspects=(), key=NO_KEY, silence=False, sure=0.9, idents=None):
        for hop in range(hops):
            self.t += HOP_S
            decks = [None if n is None else playing(self.snapshot.tracks[n], 10.0 + self.t) for n in (now, now2)]
            decks = [None if deck is None else replace(deck, confidence=sure) for deck in decks]
            ident = self.nothing if idents is None else idents[hop]
            ids = {self.snapshot.tracks[n].id for n in suspects}
            self.adviser.step(self.t, self.silence, self.query, ident, *decks, ids, BEAT, key, 0.5, silence)
        return self

    @property
    def numbers(self):
        standing = self.adviser.standing
        return None if standing is None else [None if s is None else s.track.number for s in standing.slots]


def test_there_is_a_full_list_after_the_warm_up():
    booth = Booth()

    assert booth.hear(3).numbers is None
    assert None not in booth.hear(1).numbers
    assert len(booth.numbers) == 8


def test_a_named_track_leaves_in_the_same_hop_and_stays_out():
    booth = Booth().hear(8)
    first = booth.numbers[0]

    assert first not in booth.hear(1, now=first).numbers
    booth.hear(40, now=first).hear(4 * 700)
    assert first not in booth.numbers
    assert len(set(booth.numbers)) == 8


def test_the_second_deck_and_suspects_leave_as_well():
    booth = Booth().hear(8)
    second, third = booth.numbers[1:3]

    numbers = booth.hear(1, now=booth.numbers[0], now2=second, suspects=[third]).numbers
    assert not {second, third} & set(numbers)
    assert not {second, third} & set(booth.hear(40).numbers)


def test_a_tempo_out_of_reach_is_out_of_reach_from_a_names_first_moment():
    tempos = [120.0] * 9 + [90.0] * 3
    snapshot = library([track(n, tempo_bpm=tempo) for n, tempo in enumerate(tempos)])
    booth = Booth()
    booth.adviser.use(snapshot)
    booth.snapshot = snapshot

    first = booth.hear(4, now=0, sure=0.15).numbers
    assert not {9, 10, 11} & set(first)
    assert booth.hear(40, now=0, sure=0.9).numbers == first


def test_what_plays_has_the_librarys_tempo_even_where_that_is_not_sure():
    tempos = [120.0] * 9 + [100.0] * 3
    snapshot = library([track(n, tempo_bpm=t, tempo_confidence=0.9 if n else 0.15) for n, t in enumerate(tempos)])
    booth = Booth()
    booth.adviser.use(snapshot)
    booth.snapshot = snapshot

    assert not {9, 10, 11} & set(booth.hear(40, now=0).numbers)


def test_what_stands_is_weighed_in_every_ranking():
    booth = Booth(tracks=60).hear(8)
    rank, told = booth.adviser._ranker.rank, []
    booth.adviser._ranker.rank = lambda *args: told.append(args[-1]) or rank(*args)
    standing = {slot.track.id for slot in booth.adviser.standing.slots}
    booth.hear(4)
    assert told == [standing]


def test_a_name_of_a_moment_comes_back_after_a_while():
    booth = Booth(tracks=8, count=8).hear(4)
    booth.hear(2, now=0).hear(60)
    assert 0 not in booth.numbers
    booth.hear(40)

    assert 0 in booth.numbers


def test_a_name_that_was_taken_back_may_be_suggested_at_once():
    booth = Booth(tracks=8, count=8).hear(4)
    booth.hear(60, now=3)
    assert 3 not in booth.numbers

    booth.adviser.acquit({booth.snapshot.tracks[3].id})
    booth.hear(8)

    assert sorted(booth.numbers) == list(range(8))


def test_a_played_library_runs_dry_without_repeats():
    booth = Booth(tracks=5, count=4)
    for number in range(5):
        booth.hear(60, now=number)

    assert booth.numbers == [None] * 4


def test_silence_leaves_the_list_as_it_is():
    booth = Booth().hear(8)
    before = booth.adviser.standing

    assert booth.hear(40, silence=True).adviser.standing is before


def test_a_known_track_has_a_mix_out_and_an_unknown_one_has_none():
    booth = Booth().hear(8)
    assert all(s.mix_out_position_s == -1.0 for s in booth.adviser.standing.slots)
    booth.hear(1, now=0)

    assert all(s.mix_out_position_s == 128.0 for s in booth.adviser.standing.slots)


def test_the_query_of_a_known_track_is_the_one_at_its_mix_out():
    booth = Booth(tracks=30)
    want = booth.snapshot.query_at(0, 128.0)
    nearest = int(np.argmax(booth.snapshot.keys @ want))
    owner = int(booth.snapshot.key_track[nearest])
    booth.snapshot.keys[nearest] = want
    booth.query = -want * 0.1 + unit(np.eye(DIM)[0]) * 0.1

    booth.adviser.use(booth.snapshot)
    booth.hear(8, now=0)

    assert booth.numbers[0] == owner


def test_the_list_stands_when_the_playing_track_is_lost():
    booth = Booth().hear(8, now=0)

    for _ in range(28):
        assert None not in booth.hear(1).numbers


def test_what_is_coming_in_leaves_while_the_named_track_is_being_left():
    booth = Booth().hear(40, now=0)
    coming = booth.numbers[3]
    idents = booth.snapshot.ident(coming)[100:]

    booth.hear(12, now=0, idents=idents)
    assert coming in booth.numbers, "nothing is being left"
    booth.hear(12, now=0, sure=0.5, idents=idents[12:])
    assert coming not in booth.numbers
    assert None not in booth.numbers
    booth.hear(20, idents=idents[24:])
    assert coming not in booth.numbers


def test_a_name_of_a_moment_is_not_left_for_anything():
    booth = Booth().hear(8)
    like = booth.numbers[3]

    booth.hear(2, now=booth.numbers[0], sure=0.5).hear(20, idents=booth.snapshot.ident(like)[100:])

    assert like in booth.numbers


def test_of_unknown_music_nothing_is_taken_for_coming_in():
    booth = Booth().hear(8)
    alike = booth.numbers[3]

    booth.hear(40, idents=booth.snapshot.ident(alike)[100:])

    assert alike in booth.numbers


def test_an_exchanged_library_keeps_what_was_played():
    booth = Booth().hear(60, now=3)
    booth.adviser.use(library([track(n) for n in range(12)], seed=9))
    booth.hear(2)

    assert 3 not in booth.numbers
    assert len(set(booth.numbers)) == 8


def test_a_key_that_moved_with_the_speed_says_vinyl():
    booth = Booth()
    deck = playing(booth.snapshot.tracks[0], 20.0, tempo_ratio=1.06)

    def relation_of(pitch_class):
        booth.adviser._watch_pitch(deck, KeyEstimate(pitch_class, 0, 1, 0.9))
        heard = booth.adviser._heard(deck, BEAT, NO_KEY)
        return heard.pitch_class, heard.pitch_moves

    booth.hear(4)
    assert relation_of(10) == (10, True)
    assert relation_of(9) == (9, False)


@pytest.mark.parametrize(("ratio", "moved"), [(1.0, 0), (1.06, 1), (0.94, -1), (1.02, 0), (0.0, 0)])
def test_speed_in_semitones(ratio, moved):
    assert semitones(ratio) == moved


def test_a_rejected_suggestion_is_gone_within_a_hop_and_its_place_is_filled():
    booth = Booth().hear(8)
    out = booth.numbers[2]
    booth.adviser.wishes.reject(3, booth.adviser.standing.rev)

    assert out not in booth.hear(1).numbers
    assert None not in booth.hear(8).numbers
    assert out not in booth.hear(4 * 60, now=0).numbers


def test_an_accepted_suggestion_stays_whatever_plays_until_it_plays_itself():
    booth = Booth(tracks=40).hear(8)
    kept = booth.numbers[4]
    booth.adviser.wishes.accept(5, None)
    others = [n for n in range(40) if n != kept]

    for number in others[:5]:
        assert kept in booth.hear(60, now=number).numbers
    assert [slot.locked for slot in booth.adviser.standing.slots].count(True) == 1
    assert kept not in booth.hear(1, now=kept).numbers


def test_the_direction_of_the_set_moves_the_list():
    snapshot = library([track(n, energy=n / 20) for n in range(20)])

    def mean_energy(direction):
        booth = Booth()
        booth.snapshot = snapshot
        booth.adviser.wishes.steer(direction)
        booth.adviser.wishes.weigh("energy", 1.0)
        booth.adviser.use(snapshot)
        booth.hear(8)
        return np.mean([slot.track.energy for slot in booth.adviser.standing.slots])

    assert mean_energy(1.0) > mean_energy(0.0) + 0.05 > mean_energy(-1.0) + 0.1


def test_a_smaller_library_may_come_while_a_suggestion_is_kept():
    booth = Booth(tracks=14).hear(8, now=0)
    kept, gone = (next(n for n in booth.numbers if low <= n < high) for low, high in ((1, 9), (9, 14)))
    for number in (kept, gone):
        booth.adviser.wishes.accept(booth.numbers.index(number) + 1, None)

    booth.snapshot = library([track(n) for n in range(9)])
    booth.adviser.use(booth.snapshot)
    booth.hear(12, sure=0.5, now=0)

    standing = {slot.track.id: slot.track for slot in booth.adviser.standing.slots if slot is not None}
    assert track(kept).id in standing
    assert track(gone).id not in standing
    assert all(each is booth.snapshot.by_id[each.id] for each in standing.values())


def test_a_suggestion_that_is_taken_is_not_kept_out_for_being_like_what_comes_in():
    booth = Booth().hear(8, now=0)
    taken = booth.numbers[3]
    booth.adviser.wishes.accept(4, None)

    booth.hear(24, now=0, sure=0.5, idents=booth.snapshot.ident(taken)[100:])

    assert taken in booth.numbers
