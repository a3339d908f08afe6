"""Which records play, and where in them: two decks, each heard without the other, and the louder one has the name.

A record is recognised when its own picture lies on what an ear hears. From then on it is followed by its picture,
taken out of what the other ear hears, and held to what it should explain: sound that it does not refutes it.

Conventions
-----------
Time and positions are seconds; both name the end of a hop. Nothing is drawn at random: the same hops give the same
answers.
"""

import math
from collections.abc import Collection
from typing import Protocol

import numpy as np

from ..engine import Embedding, State
from ..library.snapshot import Snapshot
from ..signal.bands import BANDS, LEAST, Bands, Floats
from .balance import Balance
from .ear import Mixture
from .likeness import TICKS, Place
from .now import NowPlaying
from .play import Play, pitch
from .side import Side
from .witness import Witness

CERTAIN = 0.9
"""Likeness that counts as confidence 1."""
ASKED = 0.72
"""Likeness that a record must have to be named where confidence 1 is asked for."""
BACK = 0.1
"""How far over a half the level of a record that had the name must be to get it back."""
KNOWN_S = 0.25
"""Seconds for which it must be known before its level is trusted."""
NOTABLE = 0.12
"""Evidence that makes a track plausible for the rest of the session, while another one is named or was just now: what
is like a named record is being mixed in, what is like unknown music may be anything."""
BLEND_S = 20.0
"""How long after a name another track may still have been mixed in."""
_SILENT = 1e-9
_ENOUGH = 40
"""Ticks with sound, of those that are compared, without which nothing is recognised."""
_FEW = 10


class Model(Protocol):
    """What a tracker asks of the model (``engine.Engine``)."""

    def step(self, samples: Floats, state: State) -> tuple[Embedding, State]:
        """Advance one hop."""


class Tracker:
    """Names what plays, hop by hop.

    Parameters
    ----------
    snapshot
        The library.
    model
        Steps for what each ear hears.
    hop_s
        Seconds a hop.
    confidence
        0..1: how sure it must be before it names a track.
    blend
        Whether there may be two records at once.
    """

    def __init__(
        self, snapshot: Snapshot, model: Model, hop_s: float, confidence: float = 0.375, blend: bool = True
    ) -> None:
        self._snapshot, self._hop_s, self._blend = snapshot, hop_s, blend
        self._bands = Bands()
        self._power: Floats = np.full((TICKS, BANDS), LEAST, np.float32)
        self._sides = [Side(snapshot, model.step, hop_s, confidence * ASKED) for _ in range(2)]
        self._balance = Balance(snapshot)
        self._witness = Witness(hop_s)
        self._refuted: set[int] = set()
        self._expected: int | None = None
        self._cued: list[Place] = []
        self._hops = 0
        self._louder = 0
        self._vacant: list[Side] = []
        self._decks: tuple[NowPlaying | None, NowPlaying | None] = (None, None)
        self._unheard: Mixture | None = None
        self._named_s = -math.inf
        self._plausible: set[int] = set()

    def demand(self, confidence: float) -> None:
        """Be so sure, 0..1, from now on before a track is named."""
        for side in self._sides:
            side.recognise = confidence * ASKED

    def plausible(self) -> set[int]:
        """Return the numbers of all tracks that may have been mixed in, whether or not they were named."""
        return self._plausible - self.refuted()

    def refuted(self) -> set[int]:
        """Return the numbers of tracks that were taken for what plays, and are not."""
        return self._refuted - {self._expected}

    def expect(self, number: int | None) -> None:
        """Look for a track first, and believe it more easily: another program says that it plays. None: for none."""
        self._expected = number

    def suspect(self, cued: Collection[NowPlaying]) -> None:
        """Look in each hop for what stands ready beside the mixture, and where it stands."""
        self._cued = []
        for each in cued:
            semitones = 0.0 if each.key_lock else pitch(each.tempo_ratio)
            self._cued.append(Place(each.track.number, each.position_s, each.tempo_ratio, semitones))

    def step(
        self, samples: Floats, heard: Embedding, state: State, silence: bool
    ) -> tuple[NowPlaying | None, NowPlaying | None]:
        """Advance one hop: follow the records that are known.

        Parameters
        ----------
        samples
            The hop's sound, mono at 16 kHz.
        heard, state
            What the model made of it, and its state after it.
        silence
            Whether there is nothing to hear.

        Returns
        -------
        now, now2
            The track that is loudest, and the one beside it in a blend; None where there is none.
        """
        self.search()
        self._hops += 1
        t = self._hops * self._hop_s
        spectrum, power = self._bands.step(samples)
        self._power = np.concatenate([self._power[len(power) :], power])
        sounding = self._sounding()
        mixture = Mixture(t, spectrum, self._power, sounding, heard.ident, state)
        for side in self._sides:
            side.add(mixture)
        if silence or sounding[-2 * _FEW :].sum() < _FEW:
            for side in self._sides:
                side.rest(mixture)
        elif len(self._snapshot) and sounding.sum() >= _ENOUGH:
            self._vacant = [side for side in self._sides if side.play is None]
            self._unheard = mixture
            for side, other in self._pairs():
                if side not in self._vacant:
                    side.listen(mixture, other, self.refuted(), self._expected, self._cued)
        self._decks = self._named(t)
        return self._decks

    def search(self) -> tuple[NowPlaying | None, NowPlaying | None]:
        """End the hop: look for records that are not known yet, which takes longer than to follow those that are.

        Returns
        -------
        now, now2
            As of the same hop's end.
        """
        mixture, self._unheard = self._unheard, None
        if mixture is not None:
            known = [side.play for side in self._sides]
            self._look(mixture)
            if any(side.play is not play for side, play in zip(self._sides, known, strict=True)):
                self._decks = self._named(mixture.t)
        return self._decks

    def _pairs(self) -> tuple[tuple[Side, Side], tuple[Side, Side]]:
        first, second = self._sides
        return (first, second), (second, first)

    def _look(self, mixture: Mixture) -> None:
        second = self._sides[1]
        for side, other in self._pairs():
            if side not in self._vacant:
                continue
            if side is not second or (self._blend and other.play is not None):
                side.listen(mixture, other, self.refuted(), self._expected, self._cued)
            elif side.ear.picture is not None:
                side.ear.forget()
        recognised = {side.play.number for side in self._sides if side.play is not None}
        moved = {side.play.number: side.moved for side in self._sides if side.play is not None}
        held = recognised | self._witness.held()
        self._witness.step({number: self._likeness(mixture.t, number) for number in held}, moved)
        self._refuted = self._witness.refuted()
        barred = self.refuted()
        for side in self._sides:
            if side.play is not None and side.play.number in barred:
                side.take_off()
        if mixture.t - self._named_s < BLEND_S:
            lines = [line for side in self._sides for line in side.ear.lines.best() if line.evidence > NOTABLE]
            self._plausible.update(line.number for line in lines)

    def _sounding(self) -> Floats:
        """Return 1 for ticks with sound, 0 for silence, (ticks, 1)."""
        sounding: Floats = (self._power.sum(axis=1, keepdims=True) > _SILENT).astype(np.float32)
        return sounding

    def _likeness(self, t: float, number: int) -> float:
        """Return how like a record the sound is: where it plays, or else where it seems to."""
        for side in self._sides:
            if side.play is not None and side.play.number == number:
                return side.play.likeness
        return max(side.likeness(t, number) for side in self._sides)

    def _named(self, t: float) -> tuple[NowPlaying | None, NowPlaying | None]:
        here, there = self._sides[self._louder], self._sides[1 - self._louder]
        level = 1.0
        if here.play is not None and there.play is not None:
            level = self._balance.step(t, self._power, here.play, there.play)
        lead = BACK if there.play is not None and there.play.named else 0.0
        sure = there.play is not None and t - there.play.since_s >= KNOWN_S
        if there.play is not None and (here.play is None or (sure and level < 0.5 - lead)):
            here, there, self._louder = there, here, 1 - self._louder
            level = 1 - level if there.play is not None else 1.0
        if here.play is None:
            return None, None
        self._named_s, here.play.named = t, True
        beside = None if there.play is None else self._playing(t, there.play, 1 - level)
        return self._playing(t, here.play, level), beside

    def _playing(self, t: float, play: Play, level: float) -> NowPlaying:
        track = self._snapshot.tracks[play.number]
        return NowPlaying(
            track=track,
            confidence=min(max(play.likeness / CERTAIN, 0.0), 1.0),
            position_s=float(np.clip(play.at(t), 0, track.duration_s)),
            tempo_ratio=play.rate,
            settled=play.settled,
            level=level,
            key_lock=play.key_lock,
        )
