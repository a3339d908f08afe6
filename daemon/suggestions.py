"""The standing list of suggestions: what changes in it, when, and what never may stand in it.

Conventions
-----------
Slots are ordered, the best first. Times are stream seconds. On stage a list must not flicker: a suggestion keeps its
place until another has been better by ``MARGIN_NATS`` for ``hold_s``, small changes of its numbers are passed over,
and ``rev`` grows only when a slot differs. A track that turns out to be playing leaves at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ranker import Suggestion

MARGIN_NATS = 0.3
_SCORE_STEP = 0.08
_RATIO_STEP = 0.006
_RENEW_S = 4.0


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
        How long another must be better before it takes a place.
    """

    def __init__(self, count: int, hold_s: float) -> None:
        self._count = count
        self._hold_s = hold_s
        self._slots: list[Suggestion] = []
        self._renewed_s = -_RENEW_S
        self._better_since_s: dict[str, float] = {}
        self._gone_since_s: dict[str, float] = {}
        self._ranked: Sequence[Suggestion] = ()
        self._standing: SuggestionList | None = None

    @property
    def standing(self) -> SuggestionList | None:
        """What stands; None before the first ranking."""
        return self._standing

    def update(self, ranked: Sequence[Suggestion], t: float, *, fresh: bool = False) -> None:
        """Take in a new ranking.

        Parameters
        ----------
        ranked
            Best first, more than there are slots, so that a standing suggestion is still among them.
        t
            Stream time.
        fresh
            Another track plays: what stood was meant for the last one, so nothing is held.
        """
        self._ranked = ranked
        new = {suggestion.track.id: suggestion for suggestion in ranked}
        if fresh:
            self._slots = []
            self._better_since_s.clear()
            self._gone_since_s.clear()
        self._let_go(new, t)
        self._renew(new, t)
        self._challenge(ranked, new, t)
        self._fill()
        self._publish()

    def drop(self, track_ids: Set[str]) -> bool:
        """Take tracks out at once and fill their places from the last ranking; tell whether any stood there."""
        self._ranked = [suggestion for suggestion in self._ranked if suggestion.track.id not in track_ids]
        kept = [slot for slot in self._slots if slot.track.id not in track_ids]
        if len(kept) == len(self._slots):
            return False
        self._slots = kept
        self._fill()
        self._publish()
        return True

    def _let_go(self, new: Mapping[str, Suggestion], t: float) -> None:
        """Take out what the ranking has not had for long enough (a tempo that left the range, a track removed)."""
        for track_id in [each for each in self._gone_since_s if each in new]:
            del self._gone_since_s[track_id]
        kept = []
        for slot in self._slots:
            if slot.track.id in new or t - self._gone_since_s.setdefault(slot.track.id, t) < self._hold_s:
                kept.append(slot)
            else:
                del self._gone_since_s[slot.track.id]
        self._slots = kept

    def _renew(self, new: Mapping[str, Suggestion], t: float) -> None:
        """Take over new readings: a new mix-out at once, the rest all together and only now and then."""
        first = next(iter(new.values()), None)
        pairs = [(old, new.get(old.track.id) or _leaving_as(old, first)) for old in self._slots]
        due = t - self._renewed_s >= _RENEW_S
        renewed = [new if _moved(old, new) or (due and _differs(old, new)) else old for old, new in pairs]
        if due and renewed != self._slots:
            self._renewed_s = t
        self._slots = renewed

    def _challenge(self, ranked: Sequence[Suggestion], new: Mapping[str, Suggestion], t: float) -> None:
        """Move those up that have been better than somebody above them for long enough."""
        evidence = [new.get(slot.track.id, slot).evidence for slot in self._slots]
        ids = [slot.track.id for slot in self._slots]
        ready: list[Suggestion] = []
        for suggestion in ranked:
            track_id = suggestion.track.id
            above = ids.index(track_id) if track_id in ids else len(ids)
            if above == len(ids) and len(ids) < self._count:
                continue
            if any(suggestion.evidence > value + MARGIN_NATS for value in evidence[:above]):
                if t - self._better_since_s.setdefault(track_id, t) >= self._hold_s:
                    ready.append(suggestion)
            else:
                self._better_since_s.pop(track_id, None)
        for track_id in [each for each in self._better_since_s if each not in new and each not in ids]:
            del self._better_since_s[track_id]
        for suggestion in ready:
            self._promote(suggestion, new)

    def _promote(self, suggestion: Suggestion, new: Mapping[str, Suggestion]) -> None:
        track_id = suggestion.track.id
        standing = next((slot for slot in self._slots if slot.track.id == track_id), suggestion)
        rest = [slot for slot in self._slots if slot.track.id != track_id]
        place = next(
            (
                k
                for k, slot in enumerate(rest)
                if suggestion.evidence > new.get(slot.track.id, slot).evidence + MARGIN_NATS
            ),
            None,
        )
        self._better_since_s.pop(track_id, None)
        if place is not None:
            self._slots = [*rest[:place], standing, *rest[place:]][: self._count]

    def _fill(self) -> None:
        """Give empty places, the last ones, to the best that do not stand yet."""
        ids = {slot.track.id for slot in self._slots}
        for suggestion in self._ranked:
            if len(self._slots) >= self._count:
                break
            if suggestion.track.id not in ids:
                self._slots.append(suggestion)
                ids.add(suggestion.track.id)

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
    return old.mix_out_position_s != new.mix_out_position_s


def _differs(old: Suggestion, new: Suggestion) -> bool:
    """Tell whether anybody would see a difference."""
    return (
        (old.cue.index, old.key_relation) != (new.cue.index, new.key_relation)
        or abs(old.score - new.score) > _SCORE_STEP
        or abs(old.tempo_ratio / new.tempo_ratio - 1.0) > _RATIO_STEP
    )
