"""Records that share a loop with what plays: how like them the sound was, second by second, and who is refuted."""

from segue.daemon.hearing.witness import Witness

HOP_S = 0.25


def refuted(*parts):
    """Who is refuted at the end; PARTS: (seconds, likeness of each record that is heard)."""
    witness = Witness(HOP_S)
    for seconds, likeness in parts:
        for _ in range(round(seconds / HOP_S)):
            witness.step({**dict.fromkeys(witness.held(), 0.0), **likeness})
    return witness.refuted()


def test_a_record_that_shares_a_loop_with_what_plays_is_refuted():
    assert refuted((12, {3: 0.8})) == set(), "at first nobody can tell"
    assert refuted((12, {3: 0.8}), (12, {}), (12, {3: 0.8})) == {3}


def test_what_has_played_for_long_stays_what_played():
    assert refuted((60, {3: 0.8}), (30, {})) == set()


def test_a_short_gap_refutes_nobody():
    assert refuted((15, {3: 0.8}), (3, {}), (20, {3: 0.8})) == set()


def test_a_gap_that_the_next_record_fills_speaks_against_nobody():
    assert refuted((20, {3: 0.8}), (8, {})) == {3}
    assert refuted((20, {3: 0.8}), (3, {}), (15, {7: 0.7})) == set()


def test_a_record_under_another_one_still_explains_its_part():
    assert refuted((12, {3: 0.8}), (20, {3: 0.4, 7: 0.6})) == set()


def test_a_refuted_record_is_cleared_once_it_really_plays():
    assert refuted((12, {3: 0.8}), (12, {}), (10, {3: 0.8})) == {3}
    assert refuted((12, {3: 0.8}), (12, {}), (120, {3: 0.8})) == set()
