"""Where to look for a record that may be coming in, the likeliest first.

Conventions
-----------
Times are seconds of the room, positions seconds of a record. A spot is one position at several speeds and pitches.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..library.snapshot import Snapshot
from .ear import Ear
from .likeness import Place
from .play import pitch
from .survey import LARGE, Survey
from .sweep import Sweep

LINES = 4
"""Lines that are looked at each hop."""
FEW, MANY, MUCH = 2, 12, 0.12
"""Places that sound like the hop without having made a line: how many are looked at, and how many where more than this
part of the picture is left."""
NOTABLE = 0.02
"""Evidence of a line that is worth a look."""
GUESSED_RATES = (0.96, 1.0, 1.04)
"""Speeds at which a track is tried that has made no line, and its pitch with them: with key-lock, two seconds of it fit
at any of them."""
SURVEYED = 4
"""Places that are taken from a survey of the whole library."""
SWEPT, SWEEP_AGAIN_S = 2, 0.9
"""Places that are taken from a sweep through a track, and seconds until the next one through the same track."""
KEY_LOCK_TELLS = 0.1
"""Semitones from which key-lock makes a difference."""


class Spot(NamedTuple):
    """One position in a record, at several speeds and pitches."""

    tried: list[Place]
    everywhere: bool = False
    """Whether it is one of the best of all places there are: then chance alone makes it look rather alike."""


class Proposals:
    """What one ear proposes.

    Parameters
    ----------
    snapshot
        The library.
    ear
        It has heard the hop.
    """

    def __init__(self, snapshot: Snapshot, ear: Ear) -> None:
        self._ear, self._snapshot = ear, snapshot
        self._sweep = Sweep(snapshot)
        self._swept_s: dict[int, float] = {}

    def of(self, t: float, *, empty: bool, beside: int | None, barred: Collection[int], hurry: bool) -> Iterator[Spot]:
        """Return spots: those of lines, those this hop sounds like, those that look like it.

        Parameters
        ----------
        t
            End of the hop.
        empty
            Whether there is no record on the deck: otherwise, only a line is worth a look.
        beside
            Number of the one on the other deck.
        barred
            Numbers of tracks that are not what plays.
        hurry
            Whether there is time for the likeliest only.
        """
        looked: list[tuple[int, float]] = []
        for line in self._ear.lines.best()[:LINES]:
            if line.evidence >= NOTABLE:
                looked.append((line.number, line.at(t)))
                yield Spot(places(line.number, line.at(t), (line.rate,)))
        if not empty:
            return
        assert self._ear.picture is not None
        much = self._ear.picture.left() > MUCH and not hurry
        wanted = len(looked) + (MANY if much else FEW)
        for answer in self._ear.answers:
            if len(looked) == wanted:
                break
            if not any(n == answer.number and abs(at - answer.position_s) < 1.0 for n, at in looked):
                looked.append((answer.number, answer.position_s))
                yield Spot(guesses(answer.number, answer.position_s))
        if not much or beside is None:
            return
        if self._snapshot.hops > LARGE:
            yield from self._swept(t)
            return
        survey = self._snapshot.derived(Survey)
        for number, position_s in survey.places(self._ear.picture, SURVEYED, {beside, *barred}):
            yield Spot(guesses(number, position_s), everywhere=True)

    def _swept(self, t: float) -> Iterator[Spot]:
        """Places in the likeliest track that was not looked through just now."""
        assert self._ear.picture is not None
        self._swept_s = {number: s for number, s in self._swept_s.items() if t - s < SWEEP_AGAIN_S}
        for number in self._ear.lines.tracks(t):
            if number not in self._swept_s:
                self._swept_s[number] = t
                for position_s in self._sweep.places(self._ear.picture, number, SWEPT):
                    yield Spot(guesses(number, position_s))
                return


def places(number: int, position_s: float, rates: tuple[float, ...]) -> list[Place]:
    """Return a spot at some speeds, each with key-lock and without."""
    return [
        Place(number, position_s, rate, semitones)
        for rate in rates
        for semitones in ((0.0, pitch(rate)) if abs(pitch(rate)) > KEY_LOCK_TELLS else (0.0,))
    ]


def guesses(number: int, position_s: float) -> list[Place]:
    """Return a spot at speeds that nothing tells yet."""
    return [Place(number, position_s, rate, pitch(rate)) for rate in GUESSED_RATES]
