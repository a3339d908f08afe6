"""What accepting and rejecting says about taste: small, bounded steps on the weights, and on single tracks.

Conventions
-----------
Pure: a taste is what its choices made of it, one after the other, so the log of them (``tastelog``) is all there is to
keep. Factors multiply the weights of the settings and stay positive, so that more evidence never counts for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STEP, LEAST_FACTOR, MOST_FACTOR = 0.05, 0.5, 1.5
"""What one choice moves a factor by at most, and how far all of them together can."""
LIKING_STEP, MOST_LIKING = 0.25, 0.75
"""The same of the evidence for a single track, nats."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion that was taken or turned down."""

    accepted: bool
    track: str
    """Its id."""
    title: str
    terms: Mapping[str, float]
    """Its evidence by name, nats."""
    others: Mapping[str, float]
    """The mean of what else stood in the list."""


class Taste:
    """Learns.

    Parameters
    ----------
    choices
        In their order.
    """

    def __init__(self, choices: Iterable[Choice] = ()) -> None:
        self._factors: dict[str, float] = {}
        self._liking: dict[str, float] = {}
        for choice in choices:
            self.learn(choice)

    @property
    def factors(self) -> Mapping[str, float]:
        """What each weight is multiplied by; 1 for what is missing."""
        return self._factors

    @property
    def liking(self) -> Mapping[str, float]:
        """Evidence for single tracks by id, nats."""
        return self._liking

    def learn(self, choice: Choice) -> None:
        """Take in a choice: what set the track apart from the others counts for more if it was taken, else for less."""
        sign = 1.0 if choice.accepted else -1.0
        for name, value in choice.terms.items():
            apart = min(max(value - choice.others.get(name, 0.0), -1.0), 1.0)
            factor = self._factors.get(name, 1.0) + sign * STEP * apart
            self._factors[name] = min(max(factor, LEAST_FACTOR), MOST_FACTOR)
        liking = self._liking.get(choice.track, 0.0) + sign * LIKING_STEP
        self._liking[choice.track] = min(max(liking, -MOST_LIKING), MOST_LIKING)
