"""The fit of evidence: what it finds, and what it may not."""

import numpy as np
import pytest

from segue.daemon.advice import evidence
from segue.models.weighing import TERMS, Choice, bias, fit, names, shipped


def choices(worth, count=400, seed=0):
    """Draw candidates of random terms, and a truth by what the terms are worth."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        terms = rng.normal(size=(11, len(worth)))
        nats = terms @ worth + rng.gumbel(size=11)
        found.append(Choice(terms, int(nats.argmax())))
    return found


def test_what_terms_are_worth_is_found_again():
    worth = np.linspace(0.2, 1.2, len(shipped()))

    assert fit(choices(worth)) == pytest.approx(worth, abs=0.25)


def test_more_of_what_speaks_for_a_track_never_speaks_against_it():
    found = fit(choices(-np.ones(len(shipped()))))

    assert found.min() == 0.0


def test_little_to_learn_from_leaves_what_ships():
    nothing = [Choice(np.zeros((11, len(shipped()))), 0)]
    assert fit(nothing) == pytest.approx(shipped())


def test_the_bias_makes_the_sum_the_odds_of_one_among_ten():
    nothing = [Choice(np.zeros((41, len(shipped()))), 0)] * 20

    assert bias(nothing, shipped()) == pytest.approx(np.log(1 / 10), abs=0.01)


def test_what_ships_is_told_step_by_step():
    told = dict(zip(names(), shipped(), strict=True))

    assert len(told) == len(names()) == len(shipped())
    assert all(value >= 0 for value in told.values())
    assert set(TERMS) <= set(told)
    sure, sames = np.ones(1), np.zeros(1, np.int64)
    whole = evidence.key(sames, sure > 0, sure)[0] - evidence.key(sames + 9, sure > 0, sure)[0]
    assert sum(value for name, value in told.items() if name.startswith("key")) == pytest.approx(0.5 * whole)
