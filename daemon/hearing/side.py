"""One deck of the booth, as far as it can be heard: the record on it, and the ear that listens for it.

What the ear proposes is held against the sound, at several speeds and at both pitches; what agrees is the record.

Conventions
-----------
Times are seconds of the room, positions seconds of a record; likeness is that of ``likeness``.
"""

import math
from collections.abc import Collection, Sequence
from itertools import chain

import numpy as np

from ..library.snapshot import Snapshot
from ..signal.bands import BANDS, TICK_S, Floats
from .ear import Ear, Mixture, Step
from .likeness import TICKS, Place, alike, picture
from .lines import NEAR_S
from .play import Play
from .proposals import FEW, LINES, Proposals, Spot, guesses, places
from .removal import MEMORY, Fader
from .rival import Rival
from .survey import LARGE

LOOK = 40
"""Ticks that a proposal is held against: a record that is faded in has no more."""
SURE = 0.4
"""Likeness that names a record at once; one that is less like it must be so for two hops."""
ALONE = 1.3
"""How many times that likeness a record must have that nothing else covers: what is not in the library comes to .33 now
and then, and a record by itself is soon far above."""
EVERYWHERE, BY_CHANCE = 0.32, 0.135
"""Likeness that names a record whose place is the best of all places in the library; and what that place has by chance,
times the root of the part of the picture that is left."""
PLAIN = 0.5
"""Likeness of a record that is plainly there; with less, it may be elsewhere."""
EXPECTED, EXPECTED_BESIDE = 0.28, 0.34
"""Likeness that names a record of which another program says that it plays, wherever it may be: alone, and beside
another one, since what is left of a sound may be like anything somewhere."""
SAME = 0.5
"""Likeness of two records from which one passes for what is left of the other."""
GONE_S, SILENT_S = 1.0, 5.0
"""Seconds without it after which a record is off the deck; and if there is nothing to hear at all."""
MOVED_S = 3.0
"""Seconds of unexplained sound that a change of place stands for where the old one no longer fits: what plays goes on,
what is only like it goes here and there. Where the old one fits as well, it is music that repeats itself."""
FOUND_S = 8.0
"""Seconds after which a record should have been found where it is."""
TAKEN_S = 0.5
"""Seconds without its record after which a deck takes another one."""
BETTER, AS_GOOD, CLEARER = 0.08, 0.04, 1.3
"""By how much likeness must be better elsewhere for a record to be put there; or how little worse, where the evidence
is so many times that of where it is."""
PROMISING = 0.8
"""Part of the likeness that is wanted, from which the speed is closed in on."""
RATE_STEPS = (0.04, 0.02, 0.01, 0.005)
"""How the speed is closed in on; that of a record that is on the deck is known, within the smaller ones."""


class Side:
    """A deck.

    Parameters
    ----------
    snapshot
        The library.
    step
        Steps the model.
    hop_s
        Seconds a hop.
    recognise
        Likeness from which a record is recognised.
    """

    def __init__(self, snapshot: Snapshot, step: Step, hop_s: float, recognise: float) -> None:
        self._snapshot, self._hop_s, self.recognise = snapshot, hop_s, recognise
        self.ear = Ear(snapshot, step, hop_s)
        self.play: Play | None = None
        self.added: Floats = np.zeros((TICKS, BANDS), np.float32)
        """What the record adds to the last ticks, (ticks, bands)."""
        self.moved = 0.0
        """How much it speaks against the record that it turned out to be elsewhere in the last hop, seconds."""
        self._fader = Fader()
        self._proposals = Proposals(snapshot, self.ear)
        self._rival = Rival(snapshot, hop_s)
        self._waiting: int | None = None
        self._large = snapshot.hops > LARGE

    def add(self, mixture: Mixture) -> None:
        """Find what the record adds to the newest hop."""
        ticks = len(mixture.spectrum)
        new: Floats = np.zeros((ticks, BANDS), np.float32)
        if self.play is not None:
            new = self._fader.step(mixture.power[-ticks:], self.play.powers(self._snapshot, mixture.t, ticks))
        self.added = np.concatenate([self.added[ticks:], new])

    def listen(
        self,
        mixture: Mixture,
        other: "Side",
        barred: Collection[int],
        expected: int | None = None,
        cued: Collection[Place] = (),
    ) -> None:
        """Hear a hop: correct the record that is on, put another one on, or take it off.

        Parameters
        ----------
        mixture
            The hop.
        other
            The other deck.
        barred
            Numbers of tracks that are not what plays, whatever they sound like.
        expected
            Number of the track that is said to play.
        cued
            What stands ready to be mixed in, where it stands at the hop's end.
        """
        beside = other.play
        self.moved = 0.0
        known = None if beside is None else (other.added, beside.number)
        self.ear.hear(mixture, known, ask=self._asks(round(mixture.t / self._hop_s), other))
        if self.play is not None:
            assert self.ear.picture is not None
            self.play.follow(self._snapshot, self.ear.picture, mixture.t, self._hop_s)
            self._relocate(self.play, mixture.t)
        found = None
        if self.play is not None and self.play.number != expected:
            found = self._version(self.play, mixture.t, barred, beside)
        recognised = {each.number for each in (self.play, beside) if each is not None}
        if found is None and expected is not None and expected not in recognised:
            found = self._look_for(expected, mixture.t, beside)
        if found is None and (self.play is None or self.play.absent_s >= TAKEN_S):
            found = self._search(mixture.t, beside, barred, cued)
        if found is not None:
            self._put_on(found, mixture)
        if self.play is not None and self.play.absent_s > GONE_S:
            self.take_off()

    def rest(self, mixture: Mixture) -> None:
        """Hear a hop of silence: a record that is silent there itself stays on."""
        if self.play is None:
            return
        silent = float(self.play.powers(self._snapshot, mixture.t, len(mixture.spectrum)).sum()) < 1e-6
        self.play.absent_s = 0.0 if silent else self.play.absent_s + self._hop_s
        if self.play.absent_s > SILENT_S:
            self.take_off()

    def take_off(self) -> None:
        """Empty the deck."""
        self.play = None
        self.added = np.zeros_like(self.added)

    def likeness(self, t: float, number: int) -> float:
        """Return how like a record that is not on the deck the sound is, where the ear's line has it; 0 without."""
        for line in self.ear.lines.best():
            if line.number == number and self.ear.picture is not None:
                return self._best(places(number, line.at(t), (line.rate,)), TICKS)[0]
        return 0.0

    def _plain(self) -> bool:
        """Whether its record is plainly there."""
        return self.play is not None and self.play.likeness >= PLAIN

    def _asks(self, hop: int, other: "Side") -> bool:
        """Whether its ear asks the library: less for a record that is plainly there, and a large one once a hop.

        There, a question is what costs most.
        """
        if not self._large:
            return not self._plain() or hop % 2 == 1
        return hop % 4 == 1 if self._plain() else not (other._plain() and hop % 4 == 1)

    def _put_on(self, play: Play, mixture: Mixture) -> None:
        self.play, self._fader = play, Fader()
        self._rival.forget()
        self.added = np.zeros_like(self.added)
        self.added[-MEMORY:] = self._fader.step(mixture.power[-MEMORY:], play.powers(self._snapshot, mixture.t, MEMORY))

    def _version(self, play: Play, t: float, barred: Collection[int], beside: Play | None) -> Play | None:
        """Return another version of the record, if it is that one."""
        assert self.ear.picture is not None
        others = barred if beside is None else {*barred, beside.number}
        return self._rival.hear(play, self.ear.picture, t, self.ear.lines.best()[:LINES], others)

    def _relocate(self, play: Play, t: float) -> None:
        """Put the record where it is better explained: it was taken for a place like it, or somebody jumped."""
        lines = self.ear.lines.best()[:LINES]
        spots = [(places(o.number, o.at(t), (o.rate, play.rate)), o.evidence) for o in lines if o.number == play.number]
        if play.likeness < PLAIN:
            alike = [answer.position_s for answer in self.ear.answers if answer.number == play.number][:FEW]
            spots += [([*places(play.number, s, (play.rate,)), *guesses(play.number, s)], 0.0) for s in alike]
        for near, evidence in spots:
            if abs(near[0].position_s - play.at(t)) < NEAR_S:
                continue
            likeness, place = self._best(near, TICKS)
            clearer = evidence > CLEARER * self.ear.lines.near(play.number, play.at(t), t) + 0.05
            better = likeness > play.likeness + BETTER
            if better or (clearer and likeness > play.likeness - AS_GOOD):
                likeness, place = self._closer(likeness, place, RATE_STEPS[1:])
                play.position_s, play.t, play.rate = place.position_s, t, place.rate
                play.key_lock, play.likeness = place.semitones == 0.0, likeness
                if better and play.settled and t - play.since_s > FOUND_S:
                    self.moved = MOVED_S
                play.steady_s = play.absent_s = 0.0

    def _look_for(self, number: int, t: float, beside: Play | None) -> Play | None:
        """Look for a record all through it; it may take the place of one that is no better, such as a copy of it."""
        lines = [line for line in self.ear.lines.best() if line.number == number]
        spots = [place for line in lines for place in places(number, line.at(t), (line.rate,))]
        spots += [place for position_s in self.ear.moments(number, FEW) for place in guesses(number, position_s)]
        if not spots:
            return None
        best, place = self._best(spots, LOOK)
        least = EXPECTED if beside is None else EXPECTED_BESIDE
        if best < max(least, self.play.likeness - AS_GOOD if self.play is not None else 0.0):
            return None
        best, place = self._closer(best, place)
        if beside is not None and self._left_over(place, beside, t):
            return None
        return Play(number, t, place.position_s, place.rate, place.semitones == 0.0, best, t)

    def _search(self, t: float, beside: Play | None, barred: Collection[int], cued: Collection[Place]) -> Play | None:
        """Look for a record that is what the ear hears."""
        assert self.ear.picture is not None
        best, least, place = 0.0, 0.0, None
        recognise = self.recognise * (ALONE if beside is None else 1.0)
        better = self.play.likeness + BETTER if self.play is not None else 0.0
        by_chance = BY_CHANCE / math.sqrt(self.ear.picture.weight[-LOOK:].mean())
        # A large library's rankings are due on every fourth hop.
        hurry = self._large and round(t / self._hop_s) % 4 == 0
        other = None if beside is None else beside.number
        ready = [Spot([place]) for place in cued if place.number != other]
        proposed = self._proposals.of(t, empty=self.play is None, beside=other, barred=barred, hurry=hurry)
        for spot in chain(ready, proposed):
            number = spot.tried[0].number
            if number in barred or (self.play is not None and number == self.play.number):
                continue
            likeness, found = self._best(spot.tried, LOOK)
            bar = max(recognise, better, *((EVERYWHERE, by_chance) if spot.everywhere else ()))
            if likeness > best:  # what a place is less like than a chance one may be there by chance itself
                best, least, place = likeness, bar, found
        waiting, self._waiting = self._waiting, None
        if place is None or best < PROMISING * least:
            return None
        best, place = self._closer(best, place)
        if best < least:
            return None
        if beside is not None and self._left_over(place, beside, t):
            return None
        if best < SURE and waiting != place.number:
            self._waiting = place.number
            return None
        return Play(place.number, t, place.position_s, place.rate, place.semitones == 0.0, best, t)

    def _closer(self, best: float, place: Place, steps: Sequence[float] = RATE_STEPS) -> tuple[float, Place]:
        """Close in on a record's speed."""
        for step in steps:
            near = (place.rate - step, place.rate + step)
            likeness, found = self._best(places(place.number, place.position_s, near), LOOK)
            if likeness > best:
                best, place = likeness, found
        return best, place

    def _best(self, tried: list[Place], ticks: int) -> tuple[float, Place]:
        """Return the likeness and the place, corrected, of the one that agrees best."""
        assert self.ear.picture is not None
        found = []
        for place in tried:
            likeness, lag_s = self.ear.picture.against(self._snapshot, place, ticks).best()
            position_s = place.position_s + lag_s * place.rate
            found.append((likeness, Place(place.number, position_s, place.rate, place.semitones)))
        return max(found, key=lambda each: each[0])

    def _left_over(self, place: Place, beside: Play, t: float) -> bool:
        """Whether a record is so like the one on the other deck that it may be what is left of that, or a copy."""
        age_s = TICK_S * np.arange(TICKS - 1, -1, -1)
        there = beside.place(t)
        other = picture(there.log_powers(self._snapshot, age_s))
        own = (place, Place(place.number, there.position_s, there.rate, there.semitones))
        return any(alike(picture(each.log_powers(self._snapshot, age_s)), other) > SAME for each in own)
