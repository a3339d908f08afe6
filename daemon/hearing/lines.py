"""Where in which tracks the last seconds may lie: evidence from single hops, gathered along straight lines.

Every hop asks the library which moments sound like it. A record that plays at a steady speed answers with moments on a
line, ``position = offset + rate * time``; whatever else answers does not. The answers of the last seconds are kept, and
a line is fitted for the tracks with most of them.

Conventions
-----------
Time and positions are seconds; both name the end of a hop. Evidence is a share of hops, 0..1. Nothing is drawn at
random: the same hops give the same lines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..library.snapshot import Snapshot

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

NEIGHBOURS = 64
"""Moments that each hop asks the library for."""
TOLD = 16
"""Of these, the best are told."""
SHARPNESS = 20.0
"""How fast a moment's weight falls with its similarity, 1 per unit of cosine."""
NOTHING = 0.72
"""Cosine at which a track weighs as much as "nothing of the library": what the nearest of other tracks reaches."""
WINDOW_S = 12.0
"""Answers are kept for so long."""
FIT_S = 5.0
"""Time constant of an answer's pull on a line."""
EVIDENCE_S = 2.5
"""Time constant of an answer's part in the evidence."""
NEAR_S = 0.45
"""A moment this far from a line still lies on it."""
RATES = np.round(np.arange(0.90, 1.1001, 0.01), 3)
"""Playing speeds that a line is looked for at."""
CANDIDATES = 4
"""Tracks in which a line is looked for each hop."""
HEARD_S, TRACKS = 4.0, 6
"""Seconds of answers that say which tracks may be there at all, with a time constant of one; and how many are told."""
LINES = 8
"""Lines that are followed from hop to hop."""
STAY = 0.1
"""Evidence by which a new line of the same track must beat the one that is followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A moment of the library that sounds like one hop."""

    number: int
    """Of the track."""
    position_s: float
    score: float
    """Cosine."""


@dataclass(frozen=True, slots=True)
class Line:
    """A track at a steady speed: ``position = offset_s + rate * t``."""

    number: int
    offset_s: float
    rate: float
    evidence: float
    """Share of the recent hops that lies on it, weighted by recency."""
    bonus: float
    """What it has over a line that is only found now."""
    span_s: float
    """Seconds between the oldest and the newest answer on it."""

    def at(self, t: float) -> float:
        """Position at a time, seconds."""
        return self.offset_s + self.rate * t


class Answers:
    """The last seconds of answers, a row a hop, the oldest overwritten first."""

    def __init__(self, hops: int, neighbours: int) -> None:
        self.t: Doubles = np.full(hops, -1e9)
        self.number = np.full((hops, neighbours), -1, np.int32)
        self.position_s: Doubles = np.zeros((hops, neighbours))
        self.weight: Doubles = np.zeros((hops, neighbours))
        self._next = 0

    def add(self, t: float, number: NDArray[np.int32], position_s: Doubles, weight: Doubles) -> None:
        """Keep one hop's answers, (neighbours,) each."""
        row = self._next % len(self.t)
        self.t[row], self.number[row], self.position_s[row], self.weight[row] = t, number, position_s, weight
        self._next += 1

    def of(self, number: int) -> tuple[NDArray[np.intp], Doubles, Doubles]:
        """Return row, position and weight of each answer that names a track."""
        row, column = np.nonzero(self.number == number)
        return row, self.position_s[row, column], self.weight[row, column]


class Lines:
    """Follows the likeliest lines from hop to hop, at most ``LINES``."""

    def __init__(self, snapshot: Snapshot, hop_s: float) -> None:
        self._snapshot, self._hop_s = snapshot, hop_s
        self._answers = Answers(round(WINDOW_S / hop_s), NEIGHBOURS)
        self._whole = 1 / (1 - np.exp(-hop_s / EVIDENCE_S))
        self._lines: list[Line] = []

    def ask(self, t: float, ident: Floats, known: int | None = None) -> list[Answer]:
        """Ask the library for what sounds like a hop; a track counts once, however often it repeats itself.

        Parameters
        ----------
        t
            End of the hop.
        ident
            Of the hop, (E,), unit length.
        known
            A track that is not asked for.

        Returns
        -------
        The best answers, best first.
        """
        score, number, hop = (rows[0] for rows in self._snapshot.search_ident(ident[None], NEIGHBOURS))
        if known is not None:
            number = np.where(number == known, -1, number).astype(np.int32)
        weight = np.where(number >= 0, np.exp(SHARPNESS * (score.astype(np.float64) - NOTHING)), 0.0)
        first = np.unique(number, return_index=True)[1]  # the answers come best first
        position_s = (hop + 1) * self._hop_s
        self._answers.add(t, number, position_s, weight / (1 + weight[first].sum()))
        best = np.flatnonzero(number >= 0)[:TOLD]
        return [Answer(int(number[i]), float(position_s[i]), float(score[i])) for i in best]

    def follow(self, t: float) -> None:
        """Bring the lines up to date with the newest answers, and look for new ones."""
        age = self._answers.t - t
        live = (age > -WINDOW_S)[:, None] & (self._answers.number >= 0)
        if not live.any():
            self._lines = []
            return
        recent = self._answers.weight * np.exp(age / EVIDENCE_S)[:, None]
        total = np.bincount(self._answers.number[live], recent[live])
        wanted = [int(n) for n in np.argsort(-total, kind="stable")[:CANDIDATES] if total[n] > 0]
        fresh: list[Line] = []
        for number in dict.fromkeys([*wanted, *(line.number for line in self._lines)]):
            row, position, weight = self._answers.of(number)
            keep = age[row] > -WINDOW_S
            if not keep.any():
                continue
            part = row[keep], age[row[keep]], position[keep], weight[keep]
            found = [(line.at(t), line.rate, STAY) for line in self._lines if line.number == number]
            if number in wanted:
                found.append((*_search(*part[1:]), 0.0))
            for at, rate, bonus in found:
                line = self._fit(number, t, at, rate, bonus, part)
                if line and not any(o.number == number and abs(o.at(t) - line.at(t)) < 0.8 for o in fresh):
                    fresh.append(line)
        fresh.sort(key=lambda line: -line.evidence - line.bonus)
        self._lines = fresh[:LINES]

    def _fit(
        self,
        number: int,
        t: float,
        at: float,
        rate: float,
        bonus: float,
        part: tuple[NDArray[np.intp], Doubles, Doubles, Doubles],
    ) -> Line | None:
        """Straighten a line on the answers near it; ``part`` has their rows, ages (negative), positions and weights."""
        row, age, position, weight = part
        pull = weight * np.exp(age / FIT_S)
        for _ in range(2):
            near = np.abs(position - (at + rate * age)) < NEAR_S
            w = pull[near]
            total = w.sum()
            if total <= 0:
                return None
            x, y = age[near], position[near]
            mx, my = (w @ x) / total, (w @ y) / total
            spread = w @ (x - mx) ** 2 + 0.6 * total  # the prior: a speed is not read off a second or two
            slope = rate + (w @ ((x - mx) * (y - my - rate * (x - mx)))) / spread
            rate = float(np.clip(slope, RATES[0], RATES[-1]))
            at = float(my - rate * mx)
        share = np.zeros(len(self._answers.t))
        np.maximum.at(share, row[near], weight[near] * np.exp(age[near] / EVIDENCE_S))
        return Line(number, at - rate * t, rate, float(share.sum() / self._whole), bonus, float(-x.min()))

    def tracks(self, t: float) -> list[int]:
        """Return the tracks that the last second or so sounds like, wherever in them, best first."""
        age = self._answers.t - t
        live = (age > -HEARD_S)[:, None] & (self._answers.number >= 0)
        recent = self._answers.weight * np.exp(age)[:, None]
        total = np.bincount(self._answers.number[live], recent[live])
        best = np.argsort(-total, kind="stable")[:TRACKS]
        return [int(number) for number in best if total[number] > 0]

    def near(self, number: int, position_s: float, t: float) -> float:
        """Return the evidence that a track is at a position."""
        near = (o.evidence for o in self._lines if o.number == number and abs(o.at(t) - position_s) < NEAR_S)
        return max(near, default=0.0)

    def best(self) -> list[Line]:
        """Return the best line of each track, best first."""
        best: dict[int, Line] = {}
        for line in self._lines:
            best.setdefault(line.number, line)
        return list(best.values())


def _search(age: Doubles, position: Doubles, weight: Doubles) -> tuple[float, float]:
    """Find the line with most weight near it; return its position now and its rate."""
    bins = np.floor((position[:, None] - age[:, None] * RATES) / (NEAR_S / 2)).astype(np.int64)
    low = int(bins.min())
    width = int(bins.max()) - low + 4
    cell = bins - low + np.arange(len(RATES)) * width
    count = np.bincount(cell.ravel(), np.repeat(weight, len(RATES)), width * len(RATES))
    near = count.copy()
    for step in (1, 2, 3):
        near[:-step] += count[step:]
    r, c = divmod(int(near.argmax()), width)
    return (low + c + 2) * NEAR_S / 2, float(RATES[r])
