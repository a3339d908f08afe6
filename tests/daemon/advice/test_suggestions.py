from fakes import offer, track

from segue.daemon.advice.suggestions import Shortlist

HOLD_S = 8.0


def ranking(*evidence):
    """Offers 0, 1, 2 … with this evidence, best first."""
    return sorted((offer(n, value) for n, value in enumerate(evidence)), key=lambda each: -each.evidence)


def standing(shortlist):
    assert shortlist.standing is not None
    return [None if slot is None else slot.track.number for slot in shortlist.standing.slots]


def test_nothing_stands_before_the_first_ranking():
    assert Shortlist(3, HOLD_S).standing is None


def test_the_first_list_is_the_ranking_and_empty_places_stay_empty():
    shortlist = Shortlist(3, HOLD_S)
    shortlist.update(ranking(1.0, 2.0), 4.0)

    assert standing(shortlist) == [1, 0, None]
    assert shortlist.standing.rev == 1


def test_when_nothing_changes_nothing_is_said():
    shortlist = Shortlist(3, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0, 0.5), 4.0)
    before = shortlist.standing
    for second in range(30):
        jitter = 0.1 * (second % 3)
        shortlist.update(ranking(3.0 - jitter, 2.0 + jitter, 1.0, 0.95 + jitter), 5.0 + second)

    assert shortlist.standing is before


def test_a_newcomer_takes_a_place_only_after_being_better_for_long_enough():
    shortlist = Shortlist(3, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0, 0.0), 0.0)
    seen = []
    for second in range(1, 60):
        shortlist.update(ranking(3.0, 2.0, 1.0, 5.5), float(second))
        seen.append(standing(shortlist))

    assert seen[:15] == [[0, 1, 2]] * 15
    assert seen[-1] == [0, 1, 3]


def test_the_better_a_newcomer_the_sooner_it_has_a_place():
    def wait(evidence):
        shortlist = Shortlist(3, HOLD_S)
        shortlist.update(ranking(3.0, 2.0, 1.0), 0.0)
        for second in range(1, 60):
            shortlist.update(ranking(3.0, 2.0, 1.0, evidence), float(second))
            if 3 in standing(shortlist):
                return second
        return 60

    assert wait(12.0) <= 3
    assert wait(12.0) < wait(6.0) < wait(5.3) < wait(3.9) == 60


def test_the_first_place_is_won_with_less_than_another():
    def last(*evidence):
        shortlist = Shortlist(3, HOLD_S)
        shortlist.update(ranking(9.0, 5.0, 1.0), 0.0)
        for second in range(1, 90):
            shortlist.update(ranking(*evidence), float(second))
        return standing(shortlist)

    assert last(1.0, 4.5, 1.0) == [1, 0, 2]
    assert last(9.0, 1.0, 4.5) == [0, 1, 2]


def test_a_newcomer_takes_the_first_place_only_after_being_better_than_the_first_for_long_enough():
    shortlist = Shortlist(4, HOLD_S)
    shortlist.update(ranking(5.0, 3.0, 1.0, -4.0), 0.0)
    seen = []
    for second in range(1, 120):
        shortlist.update(ranking(5.0, 3.0, 1.0, -4.0, 8.1 + 0.4 * (second > 20)), float(second))
        seen.append(standing(shortlist))

    assert seen[0] == [0, 4, 2, 1]
    assert seen[20] == [0, 4, 2, 1]
    assert seen[-1][0] == 4


def test_being_better_now_and_then_is_not_enough():
    shortlist = Shortlist(2, HOLD_S)
    shortlist.update(ranking(2.0, 1.0, 0.0), 0.0)
    for second in range(1, 40):
        shortlist.update(ranking(2.0, 1.0, 0.0 if second % 4 else 3.0), float(second))

    assert standing(shortlist) == [0, 1]


def test_two_change_places_and_the_others_stay_where_they_are():
    shortlist = Shortlist(4, HOLD_S)
    shortlist.update(ranking(8.0, 4.0, 3.0, 2.0), 0.0)
    for second in range(1, 60):
        shortlist.update(ranking(8.0, 4.0, 3.0, 9.5), float(second))

    assert standing(shortlist) == [0, 3, 2, 1]


def test_a_track_that_plays_leaves_at_once_and_the_next_best_moves_in():
    shortlist = Shortlist(2, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0), 0.0)

    assert shortlist.drop({track(0).id})
    assert standing(shortlist) == [1, 2]
    assert shortlist.standing.rev == 2


def test_the_place_of_one_that_leaves_is_filled_and_the_others_stay_where_they_are():
    shortlist = Shortlist(4, HOLD_S)
    shortlist.update(ranking(6.0, 5.0, 4.0, 3.0, 2.0, 1.0), 0.0)

    shortlist.drop({track(1).id})
    assert standing(shortlist) == [0, 4, 2, 3]
    shortlist.drop({track(0).id})
    assert standing(shortlist) == [4, 5, 2, 3]
    shortlist.drop({track(4).id})
    assert standing(shortlist) == [5, 3, 2, None]


def test_dropping_what_does_not_stand_changes_nothing_but_keeps_it_out():
    shortlist = Shortlist(2, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0), 0.0)

    assert not shortlist.drop({track(2).id})
    assert shortlist.standing.rev == 1
    shortlist.drop({track(1).id})
    assert standing(shortlist) == [0, None]


def test_another_track_makes_a_fresh_list():
    shortlist = Shortlist(2, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0), 0.0)
    shortlist.update(ranking(1.0, 2.0, 3.0), 1.0, fresh=True)

    assert standing(shortlist) == [2, 1]


def test_what_falls_out_of_the_ranking_stays_for_a_while():
    shortlist = Shortlist(1, HOLD_S)
    shortlist.update([offer(0, 1.0)], 0.0)
    shortlist.update([offer(1, 1.0)], 1.0)
    assert standing(shortlist) == [0]
    shortlist.update([offer(1, 1.0)], 9.0)

    assert standing(shortlist) == [1]


def test_one_that_fell_out_leaves_the_playing_track_where_the_others_do():
    shortlist = Shortlist(2, HOLD_S)
    shortlist.update([offer(0, 1.0, mix_len_beats=64), offer(1, 0.5)], 0.0)
    shortlist.update([offer(1, 0.5, mix_out_position_s=176.0)], 1.0)

    assert standing(shortlist) == [0, 1]
    assert [slot.mix_out_position_s for slot in shortlist.standing.slots] == [176.0, 176.0]
    assert [slot.mix_len_beats for slot in shortlist.standing.slots] == [32, 32]


def test_a_missed_mix_out_is_told_at_once_and_small_changes_are_not():
    shortlist = Shortlist(1, HOLD_S)
    shortlist.update([offer(0, 1.0)], 0.0)
    shortlist.update([offer(0, 1.1, tempo_ratio=1.002)], 10.0)
    assert shortlist.standing.rev == 1
    shortlist.update([offer(0, 1.1, mix_out_position_s=176.0)], 11.0)
    assert shortlist.standing.rev == 2
    shortlist.update([offer(0, 14.0, mix_out_position_s=176.0)], 15.0)
    assert shortlist.standing.rev == 2, "too soon after the last change"
    shortlist.update([offer(0, 14.0, mix_out_position_s=176.0)], 22.0)

    assert shortlist.standing.rev == 3


def test_one_that_is_kept_and_had_to_leave_comes_back_for_the_weakest():
    shortlist = Shortlist(3, HOLD_S)
    shortlist.lock({track(2).id})
    shortlist.update(ranking(3.0, 2.0, 1.0, 0.5), 0.0)
    shortlist.drop({track(2).id})
    assert standing(shortlist) == [0, 1, 3]
    shortlist.update(ranking(3.0, 2.0, -1.0, 0.5), 1.0)

    assert standing(shortlist) == [0, 1, 2]
    assert shortlist.standing.slots[2].locked


def test_a_pause_is_no_evidence():
    shortlist = Shortlist(3, HOLD_S)
    shortlist.update(ranking(3.0, 2.0, 1.0, 0.0), 0.0)
    shortlist.update(ranking(3.0, 2.0, 1.0, 4.0), 300.0)

    assert standing(shortlist) == [0, 1, 2]


def test_what_is_kept_stays_in_its_slot_whatever_changes_round_it():
    shortlist = Shortlist(4, HOLD_S)
    shortlist.update(ranking(6.0, 5.0, 4.0, 3.0, 2.0, 1.0), 0.0)
    shortlist.lock({track(1).id, track(3).id})
    shortlist.drop({track(0).id})
    assert standing(shortlist) == [2, 1, 4, 3]
    shortlist.update(ranking(0.0, 1.0, 2.0, 3.0, 4.0, 5.0), 1.0, fresh=True)

    assert standing(shortlist) == [5, 1, 4, 3]


def test_fewer_slots_keep_the_best_and_what_is_to_be_kept_and_more_are_filled():
    shortlist = Shortlist(4, HOLD_S)
    shortlist.update(ranking(5.0, 4.0, 3.0, 2.0, 1.0), 0.0)
    shortlist.lock({track(3).id})

    shortlist.resize(2)
    assert standing(shortlist) == [0, 3]
    shortlist.resize(1)
    assert standing(shortlist) == [3]
    shortlist.resize(5)
    assert standing(shortlist) == [3, 0, 1, 2, 4]


def test_a_number_of_slots_said_before_the_first_ranking_holds():
    shortlist = Shortlist(8, HOLD_S)
    shortlist.resize(2)
    assert shortlist.standing is None
    shortlist.update(ranking(3.0, 2.0, 1.0), 0.0)

    assert standing(shortlist) == [0, 1]
