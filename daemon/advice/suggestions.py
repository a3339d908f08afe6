"""The standing list of suggestions: what changes in it, when, and what never may stand in it.

Conventions
-----------
Slots begin in order, the best first. Times are stream seconds. On stage a list must not flicker: evidence is taken
over some seconds; a suggestion keeps its place until another has been better by more than a margin for
``hold_s``, or by much more for less long; then the two change places and the others stay where they are. Small changes
of numbers are passed over, and ``rev`` grows only when a slot differs. A track that turns out to be playing leaves at
once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .evidence import BIAS, probability

if TYPE_CHECKING:
    from ..library.snapshot import Track
    from .ranker import Suggestion

FIRST_NATS, MARGIN_NATS, NEW_NATS = 3.0, 4.0, 3.0
"""Evidence that one in the list may have more than the first for ever without taking its place; than another above it;
and one that is not in the list, than the weakest."""
SMOOTHING_S = 12.0
"""Time constant of evidence."""
_MOST_PASSED_S = 2.0  # a longer gap, as silence makes one, is no evidence
_SCORE_STEP = 0.08
_RATIO_STEP = 0.006
_RENEW_S = 10.0


@dataclass(frozen=True, slots=True)
class SuggestionList:
    """What stands."""

    rev: int
    """Grows with every change, 1 first."""
    slots: tuple[Suggestion | None, ...]
    """Best first; as many as are wanted, None where there is nothing to suggest."""


class Shortlist:
    """Keeps the standing list steady.

    Parameters
    ----------
    count
        Slots.
    hold_s
        How long another must be better, by a nat beyond the margin, before it takes a place.
    """

    def __init__(self, count: int, hold_s: float) -> None:
        self._count = count
        self.hold_s = hold_s
        self._slots: list[Suggestion] = []
        self._renewed_s = -_RENEW_S
        self._evidence: dict[str, float] = {}
        self._lead: dict[str, float] = {}
        """How long, and by how much, one has been better than another above it, nats times seconds."""
        self._over_first: dict[str, float] = {}
        """The same over the first."""
        self._ranked_s = 0.0
        self._gone_since_s: dict[str, float] = {}
        self._locked: set[str] = set()
        self._ranked: Sequence[Suggestion] = ()
        self._standing: SuggestionList | None = None

    @property
    def standing(self) -> SuggestionList | None:
        """What stands; None before the first ranking."""
        return self._standing

    @property
    def track_ids(self) -> set[str]:
        """Ids of the tracks that stand."""
        return {slot.track.id for slot in self._slots}

    def update(self, ranked: Sequence[Suggestion], t: float, *, fresh: bool = False) -> None:
        """Take in a new ranking.

        Parameters
        ----------
        ranked
            Best first, more than there are slots; what stands is among them unless it may be suggested no more.
        t
            Stream time.
        fresh
            Another track plays: what stood was meant for the last one, so nothing is held.
        """
        self._ranked = ranked
        places = self._kept_places()
        new = {suggestion.track.id: suggestion for suggestion in ranked}
        if fresh:
            self._slots = [slot for slot in self._slots if slot.track.id in self._locked]
            self._evidence.clear()
            self._lead.clear()
            self._over_first.clear()
            self._gone_since_s.clear()
        passed_s, self._ranked_s = min(max(t - self._ranked_s, 0.0), _MOST_PASSED_S), t
        self._weigh(new, passed_s)
        self._let_go(new, t)
        self._renew(new, t)
        self._challenge(ranked, passed_s)
        self._fill()
        self._readmit(ranked)
        self._settle(places)
        self._publish()

    def lock(self, track_ids: Set[str]) -> None:
        """Keep these in the list whatever is better, and no others."""
        if track_ids != self._locked:
            self._locked = set(track_ids)
            self._slots = [replace(slot, locked=slot.track.id in track_ids) for slot in self._slots]
            self._publish()

    def resize(self, count: int) -> None:
        """Go over to another number of slots; what is to be kept leaves last."""
        self._count = count
        while len(self._slots) > count:
            free = [at for at, slot in enumerate(self._slots) if slot.track.id not in self._locked]
            del self._slots[free[-1] if free else -1]
        self._fill()
        if self._standing is not None:
            self._publish()

    def move(self, tracks: Mapping[str, Track]) -> None:
        """Go over to another library, its tracks by id: what it lacks leaves, the rest goes by its own entries."""
        self.drop({each.track.id for each in (*self._slots, *self._ranked)} - tracks.keys())
        self._ranked = [replace(each, track=tracks[each.track.id]) for each in self._ranked]
        self._slots = [replace(each, track=tracks[each.track.id]) for each in self._slots]
        if self._standing is not None:
            self._publish()

    def drop(self, track_ids: Set[str]) -> bool:
        """Take tracks out at once and fill their places from the last ranking; tell whether any stood there."""
        self._ranked = [suggestion for suggestion in self._ranked if suggestion.track.id not in track_ids]
        gone = self.track_ids & track_ids
        if not gone:
            return False
        places = self._kept_places()
        self._vacate(gone)
        self._fill()
        self._settle(places)
        self._publish()
        return True

    def _let_go(self, new: Mapping[str, Suggestion], t: float) -> None:
        """Take out what may not be suggested any more, and that for long enough (its tempo left the range)."""
        for track_id in [each for each in self._gone_since_s if each in new]:
            del self._gone_since_s[track_id]
        missing = self.track_ids - new.keys() - self._locked
        since = {track_id: self._gone_since_s.setdefault(track_id, t) for track_id in missing}
        gone = {track_id for track_id, since_s in since.items() if t - since_s >= self.hold_s}
        for track_id in gone:
            del self._gone_since_s[track_id]
        self._vacate(gone)

    def _renew(self, new: Mapping[str, Suggestion], t: float) -> None:
        """Take over new readings: a new mix-out at once, the rest all together and only now and then."""
        first = next(iter(new.values()), None)
        current = [new.get(old.track.id) or _leaving_as(old, first) for old in self._slots]
        pairs = [(old, self._smoothed(each)) for old, each in zip(self._slots, current, strict=True)]
        due = t - self._renewed_s >= _RENEW_S
        renewed = [new if _moved(old, new) or (due and _differs(old, new)) else old for old, new in pairs]
        if due and renewed != self._slots:
            self._renewed_s = t
        self._slots = renewed

    def _weigh(self, new: Mapping[str, Suggestion], passed_s: float) -> None:
        """Take in the evidence of a ranking; what it does not have keeps what it had while it stands."""
        share = 1.0 - math.exp(-passed_s / SMOOTHING_S)
        standing = {slot.track.id: slot.evidence for slot in self._slots}
        before = {**standing, **self._evidence}
        self._evidence = {each: before[each] for each in standing}
        for track_id, suggestion in new.items():
            old = before.get(track_id, suggestion.evidence)
            self._evidence[track_id] = old + share * (suggestion.evidence - old)

    def _smoothed(self, suggestion: Suggestion) -> Suggestion:
        """Give a suggestion the score of its evidence over the last seconds."""
        nats = self._evidence.get(suggestion.track.id, suggestion.evidence)
        locked = suggestion.track.id in self._locked
        return replace(suggestion, score=probability(BIAS + nats), locked=locked)

    def _readmit(self, ranked: Sequence[Suggestion]) -> None:
        """Give those that are to be kept, and were out for a while, the weakest places that may be taken."""
        ids = self.track_ids
        for suggestion in ranked:
            weakest = self._weakest()
            if weakest >= 0 and suggestion.track.id in self._locked - ids:
                self._slots[weakest] = self._smoothed(suggestion)

    def _challenge(self, ranked: Sequence[Suggestion], passed_s: float) -> None:
        """Give a better place to those that have been better than somebody above them for long enough."""
        lead, self._lead = self._lead, {}
        over_first, self._over_first = self._over_first, {}
        for suggestion in ranked:
            track_id = suggestion.track.id
            ids = [slot.track.id for slot in self._slots]
            at = ids.index(track_id) if track_id in ids else len(ids)
            if track_id in self._locked or at == 0 or (at == len(ids) and len(ids) < self._count):
                continue
            own = self._evidence[track_id]
            by = [-math.inf if each in self._locked else own - self._evidence[each] for each in ids[:at]]
            beyond = [nats - (MARGIN_NATS if place else FIRST_NATS) for place, nats in enumerate(by)]
            most = max(beyond) if at < len(ids) else max(by) - NEW_NATS
            if most > 0.0:
                self._lead[track_id] = lead.get(track_id, 0.0) + most * passed_s
            if beyond[0] > 0.0:
                self._over_first[track_id] = over_first.get(track_id, 0.0) + beyond[0] * passed_s
            if self._lead.get(track_id, 0.0) >= self.hold_s:
                if self._over_first.get(track_id, 0.0) < self.hold_s:
                    beyond[0] = -math.inf
                del self._lead[track_id]
                self._promote(suggestion, at, next((place for place, nats in enumerate(beyond) if nats > 0.0), -1))

    def _promote(self, suggestion: Suggestion, at: int, to: int) -> None:
        """Let a suggestion change places with another (-1: none); one that is new takes the weakest's first."""
        if at == len(self._slots):
            at = self._weakest()
            self._slots[at] = suggestion
        if to >= 0:
            self._slots[to], self._slots[at] = self._slots[at], self._slots[to]

    def _weakest(self) -> int:
        """Return the place of the weakest that may be taken; -1 if there is none."""
        free = [at for at, slot in enumerate(self._slots) if slot.track.id not in self._locked]
        return min(free, key=lambda at: self._evidence[self._slots[at].track.id], default=-1)

    def _vacate(self, gone: Set[str]) -> None:
        """Take tracks out; the next of the ranking takes the place of each, but nobody new begins as the first."""
        ids = self.track_ids
        spare = iter([suggestion for suggestion in self._ranked if suggestion.track.id not in ids | gone])
        slots: list[Suggestion | None] = [None if slot.track.id in gone else slot for slot in self._slots]
        free = [at for at, slot in enumerate(slots) if slot is not None and slot.track.id not in self._locked]
        second = free[0] if free else 0
        if slots and slots[0] is None:
            slots[0], slots[second] = slots[second], None
        slots = [slot if slot is not None else next(spare, None) for slot in slots]
        while None in slots:  # nothing is left: the last ones fill the gaps, so that the others stay where they are
            last = slots.pop()
            if last is not None:
                slots[slots.index(None)] = last
        self._slots = [slot for slot in slots if slot is not None]

    def _fill(self) -> None:
        """Give empty places, the last ones, to the best that do not stand yet."""
        ids = self.track_ids
        for suggestion in self._ranked:
            if len(self._slots) >= self._count:
                break
            if suggestion.track.id not in ids:
                self._slots.append(suggestion)
                ids.add(suggestion.track.id)

    def _kept_places(self) -> dict[str, int]:
        return {slot.track.id: at for at, slot in enumerate(self._slots) if slot.track.id in self._locked}

    def _settle(self, places: Mapping[str, int]) -> None:
        """Put those that are to be kept back into their own places."""
        kept = [slot for slot in self._slots if slot.track.id in places]
        self._slots = [slot for slot in self._slots if slot.track.id not in places]
        for slot in sorted(kept, key=lambda slot: places[slot.track.id]):
            self._slots.insert(places[slot.track.id], slot)

    def _publish(self) -> None:
        slots = (*self._slots, *[None] * (self._count - len(self._slots)))
        if self._standing is None or slots != self._standing.slots:
            self._standing = SuggestionList(1 if self._standing is None else self._standing.rev + 1, slots)


def _leaving_as(old: Suggestion, new: Suggestion | None) -> Suggestion:
    """Let one that the ranking no longer has leave the playing track where the others do."""
    if new is None or not _moved(old, new):
        return old
    length = min(old.mix_len_beats, new.mix_len_beats)
    return replace(old, mix_out_position_s=new.mix_out_position_s, mix_len_beats=length)


def _moved(old: Suggestion, new: Suggestion) -> bool:
    """Tell whether the playing track is to be left elsewhere."""
    return (old.mix_out_position_s, old.locked) != (new.mix_out_position_s, new.locked)


def _differs(old: Suggestion, new: Suggestion) -> bool:
    """Tell whether anybody would see a difference."""
    return (
        (old.cue.index, old.key_relation) != (new.cue.index, new.key_relation)
        or abs(old.score - new.score) > _SCORE_STEP
        or abs(old.tempo_ratio / new.tempo_ratio - 1.0) > _RATIO_STEP
    )
