"""Where to look for a record that may be coming in, the likeliest first.

Conventions
-----------
Times are seconds of the room, positions seconds of a record. A spot is one position at several speeds and pitches.
"""

from collections.abc import Iterator

from ..library.snapshot import Snapshot
from .ear import Ear
from .likeness import Place
from .play import pitch
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
SWEPT, SWEEP_AGAIN_S = 2, 0.9
"""Places that are taken from a sweep through a track, and seconds until the next one through the same track."""
KEY_LOCK_TELLS = 0.1
"""Semitones from which key-lock makes a difference."""


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
        self._ear = ear
        self._sweep = Sweep(snapshot)
        self._swept_s: dict[int, float] = {}

    def of(self, t: float, *, empty: bool, blend: bool, hurry: bool) -> Iterator[list[Place]]:
        """Return spots, each at several speeds and pitches: those of lines, those this hop sounds like, a sweep's.

        Parameters
        ----------
        t
            End of the hop.
        empty
            Whether there is no record on the deck: otherwise, only a line is worth a look.
        blend
            Whether there is one on the other deck.
        hurry
            Whether there is time for the likeliest only.
        """
        looked: list[tuple[int, float]] = []
        for line in self._ear.lines.best()[:LINES]:
            if line.evidence >= NOTABLE:
                looked.append((line.number, line.at(t)))
                yield places(line.number, line.at(t), (line.rate,))
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
                yield guesses(answer.number, answer.position_s)
        if much and blend:
            yield from self._swept(t)

    def _swept(self, t: float) -> Iterator[list[Place]]:
        """Places in the likeliest track that was not looked through just now."""
        assert self._ear.picture is not None
        self._swept_s = {number: s for number, s in self._swept_s.items() if t - s < SWEEP_AGAIN_S}
        for number in self._ear.lines.tracks(t):
            if number not in self._swept_s:
                self._swept_s[number] = t
                for position_s in self._sweep.places(self._ear.picture, number, SWEPT):
                    yield guesses(number, position_s)
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
