"""Whether a record explains all that is heard, or only what it shares with the record that plays.

Music repeats itself, and versions of a song share their loops: for ten seconds another record may sound exactly like
the one that plays. But what plays goes on sounding like itself, while what shares a loop with it stops as soon as the
music moves on. So each record that was recognised is held to it: from then on, what it does not explain, and no other
record does, speaks against it.

Conventions
-----------
Likeness is that of ``likeness``: of the last seconds and of the record where it should be. Times are seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

KEEP = 0.15
"""Likeness of a record that explains anything."""
ALONE, BESIDE = 0.65, 0.25
"""Of the highest likeness that a record has had: below it, it no longer explains what is heard, alone or beside another
record."""
OTHERS = 0.3
"""Likeness of another record that explains it instead, and the gap before: a blend is heard before it is known."""
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
    hop_s
        Seconds a hop.
    """

    def __init__(self, hop_s: float) -> None:
        self._hop_s = hop_s
        self._cases: dict[int, Case] = {}
        self._forget = math.exp(-hop_s / MEMORY_S)
        self._fade = math.exp(-hop_s / BLEND_S)
        self._proof_s = MEMORY_S * (1.0 - math.exp(-PROVEN_S / MEMORY_S))

    def held(self) -> set[int]:
        """Return the numbers of tracks whose likeness the next hop wants to know."""
        return {number for number, case in self._cases.items() if not case.proven}

    def refuted(self) -> set[int]:
        """Return the numbers of tracks that were recognised and do not play."""
        return {number for number, case in self._cases.items() if case.refuted}

    def step(self, likeness: Mapping[int, float], moved: Mapping[int, float] | None = None) -> None:
        """Hear one hop.

        Parameters
        ----------
        likeness
            Of each track that is held to it, and of each that was recognised just now.
        moved
            For tracks that are now heard at another place than where they were going, how many seconds that counts.
        """
        explain = {number for number, value in likeness.items() if value > OTHERS} - self.refuted()
        for number in likeness:
            self._cases.setdefault(number, Case())
        for number, case in list(self._cases.items()):
            if case.proven:
                continue
            value = likeness.get(number, 0.0)
            case.level = max(case.level, value)
            beside = bool(explain - {number})
            case.unexplained_s += (moved or {}).get(number, 0.0)
            self._weigh(case, value > max(KEEP, (BESIDE if beside else ALONE) * case.level), beside)
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
