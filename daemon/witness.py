"""Whether a record explains all that is heard, or only what it shares with the record that plays.

Music repeats itself, and versions of a song share their loops: for ten seconds another record may sound exactly like
the one that plays. But what plays goes on sounding like itself, while what shares a loop with it stops as soon as the
music moves on. So each record that was recognised is held to it: from then on, what it does not explain, and no other
record does, speaks against it.

Conventions
-----------
Likeness is the cosine of what is heard and the record's own ident on its line, the median of some seconds; a record's
level is the highest it has reached, because a booth takes as much from one second as from the next. Times are seconds.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .library import Snapshot
from .lines import Floats, Line

MEDIAN_S = 4.0
"""Seconds that a likeness is the median of: fewer would hear every drum that differs."""
DROP = 0.12
"""Likeness below a record's own level at which it no longer explains what is heard."""
OTHERS = 0.3
"""Evidence of another record that explains it instead, and the gap before: a blend is heard before it is known."""
BLEND_S = 20.0
"""Time constant of that gap."""
MEMORY_S = 60.0
"""Time constant of what was explained and what was not."""
BRIEF_S = 2.0
"""Sound explained that is too little to hold a record to: it may be coming in."""
LEAST_S = 4.0
"""Unexplained sound without which nothing is held against a record."""
REFUTED, CLEARED = 0.15, 0.05
"""Part of the sound, unexplained, from which a record is refuted, and under which it no longer is."""
PROVEN_S = 25.0
"""Sound explained, with less than ``CLEARED`` unexplained, from which a record has played whatever comes later."""
ABSENT_S = 30.0
"""Seconds without it after which a record is over: no more is held against it, and if it was not refuted it may start
anew."""


@dataclass(slots=True)
class Case:
    """What speaks for a record and against it."""

    likeness: deque[float]
    """Hop by hop, the last ``MEDIAN_S``."""
    level: float = 0.0
    explained_s: float = 0.0
    unexplained_s: float = 0.0
    absent_s: float = 0.0
    """Since it last explained anything."""
    gap_s: float = 0.0
    """Of what is unexplained, the part that is as recent as a blend."""
    proven: bool = False
    refuted: bool = False
    """Whether it is not what plays, however alike it may be just now."""


class Witness:
    """Hears every hop, and remembers what each recognised record made of it.

    Parameters
    ----------
    snapshot
        The library.
    hop_s
        Seconds a hop.
    recognised
        Evidence from which a record is held to what it sounds like.
    """

    def __init__(self, snapshot: Snapshot, hop_s: float, recognised: float) -> None:
        self._snapshot, self._hop_s, self._recognised = snapshot, hop_s, recognised
        self._cases: dict[int, Case] = {}
        self._forget = math.exp(-hop_s / MEMORY_S)
        self._fade = math.exp(-hop_s / BLEND_S)
        self._hops = round(MEDIAN_S / hop_s)
        self._proof_s = MEMORY_S * (1.0 - math.exp(-PROVEN_S / MEMORY_S))

    def refuted(self) -> set[int]:
        """Return the numbers of tracks that were recognised and do not play."""
        return {number for number, case in self._cases.items() if case.refuted}

    def step(self, t: float, ident: Floats, best: Sequence[Line]) -> None:
        """Hear one hop.

        Parameters
        ----------
        t
            Its end.
        ident
            Of the hop, (E,), unit length.
        best
            The best line of each track that has one.
        """
        lines = {line.number: line for line in best}
        refuted = self.refuted()
        explain = {n for n, line in lines.items() if line.evidence > OTHERS and n not in refuted}
        for number, line in lines.items():
            if number not in self._cases and line.evidence > self._recognised:
                self._cases[number] = Case(deque(maxlen=self._hops))
        for number, case in list(self._cases.items()):
            if case.proven:
                continue
            case.likeness.append(self._likeness(t, ident, lines[number]) if number in lines else 0.0)
            likeness = median(case.likeness)
            case.level = max(case.level, likeness)
            self._weigh(case, likeness >= case.level - DROP, bool(explain - {number}))
            brief = case.absent_s > 0.0 and case.explained_s < BRIEF_S
            if not case.refuted and (brief or case.absent_s >= ABSENT_S):
                del self._cases[number]

    def _weigh(self, case: Case, explained: bool, otherwise: bool) -> None:
        case.explained_s *= self._forget
        case.unexplained_s *= self._forget
        case.gap_s *= self._fade
        case.absent_s = 0.0 if explained else case.absent_s + self._hop_s
        if explained:
            case.explained_s += self._hop_s
        elif otherwise:
            case.unexplained_s = max(0.0, case.unexplained_s - case.gap_s)
            case.refuted &= case.gap_s == 0.0  # what is forgiven must not count towards clearing it
            case.gap_s = 0.0
        elif case.absent_s < ABSENT_S:
            case.unexplained_s += self._hop_s
            case.gap_s += self._hop_s
        heard_s = case.explained_s + case.unexplained_s
        if case.refuted:
            case.refuted = case.unexplained_s > CLEARED * heard_s
        else:
            case.refuted = case.unexplained_s > max(LEAST_S, REFUTED * heard_s)
        case.proven = case.explained_s >= self._proof_s and case.unexplained_s < CLEARED * heard_s

    def _likeness(self, t: float, ident: Floats, line: Line) -> float:
        """Return the cosine at a line's end, a hop to either side allowed: a line is no finer than that."""
        track = self._snapshot.ident(line.number)
        at = min(max(round(line.at(t) / self._hop_s) - 1, 0), len(track) - 1)
        return float((track[max(at - 1, 0) : at + 2] @ ident).max())
