"""What this set has played or may have played: tracks that must not be suggested again.

A name alone does not say that a track plays. Music repeats itself, and what shares its loops with a track of the
library may bear that track's name for a minute; but then it is found now here, now there in the track, or is little
like it. What plays is followed straight on.

Conventions
-----------
Tracks are kept by their id, which outlives a change of library snapshot. Times are stream seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..hearing.now import NowPlaying

PLAYED_S = 8.0
"""Seconds heard straight on after which a track has played, as long as what comes after does not speak against it."""
CERTAIN_S = 30.0
"""The same, whatever comes after: the records of a set have them within 45 s of their start."""
JUMP_S = 10.0
"""What is taken from those seconds when the track, alone, is heard elsewhere because its place no longer fits."""
FITS = 0.8
"""Confidence of a place that fits as well as the next one: loops change theirs with every right."""
FAINT, CLEAR = 0.4, 0.7
"""Confidence up to which a second does not count, and from which it counts in full."""
EXACT_S, EXACT = 6.0, 0.85
"""Seconds straight on, and how like the record, that wipe out what is owed from before them: loops are often named in
the wrong place at first. Of a track that was followed for longer than that, now here, now there, they prove nothing."""
DOUBT_S = 20.0
"""Seconds for which a track stays out after a name, or a suspicion, that was too little to be sure of."""
WANDERS_S, WANDERS = 20.0, 0.45
"""Seconds under its name after which a track that was followed for less than this part of them does not play: what is
heard only repeats parts of it, and it may well be what comes next."""
LOST_S, LOST = 8.0, -10.0
"""The same of one that owes a jump and was not followed at all."""
_NEAR_S = 1.0
_MOST_DEBT_S = 20.0


@dataclass(slots=True)
class _Case:
    """What is known of one track."""

    last_s: float
    """When it was last named or suspected."""
    named_s: float = 0.0
    followed_s: float = 0.0
    """Seconds heard straight on, less what jumps took; below 0 it is jumped about in."""
    position_s: float = -1.0
    """Where it was at ``last_s``; -1 if that is not known."""
    confidence: float = 0.0
    """How sure that was."""
    exact_s: float = 0.0
    """Seconds straight on up to ``last_s`` that were as like as ``EXACT``, less those that were not."""

    def hear(self, deck: NowPlaying, t: float, step_s: float, *, alone: bool) -> None:
        """Hear it named for another ``step_s`` seconds."""
        straight = self._straight(deck, t, step_s)
        self.followed_s = max(self.followed_s + self._followed(deck, step_s, straight, alone), -_MOST_DEBT_S)
        self.named_s += step_s
        exact_s = step_s if deck.confidence >= EXACT else -step_s
        self.exact_s = max(self.exact_s + exact_s, 0.0) if straight else 0.0
        if self.exact_s >= EXACT_S and self.exact_s > self.followed_s:
            self.followed_s = self.named_s = self.exact_s
        self.last_s, self.position_s, self.confidence = t, deck.position_s, deck.confidence

    @property
    def wanders(self) -> bool:
        """Whether it was named for long without being followed."""
        lost = self.named_s >= LOST_S and self.followed_s <= LOST
        return lost or (self.named_s >= WANDERS_S and self.followed_s < WANDERS * self.named_s)

    def _straight(self, deck: NowPlaying, t: float, step_s: float) -> bool | None:
        """Tell whether it goes on where it was, hop by hop; None where nothing can be said."""
        if not deck.heard or self.position_s < 0.0 or t - self.last_s > 2 * step_s:
            return None
        return abs(deck.position_s - self.position_s - (t - self.last_s) * deck.tempo_ratio) <= _NEAR_S

    def _followed(self, deck: NowPlaying, step_s: float, straight: bool | None, alone: bool) -> float:
        """Return how much a hop under its name says that it plays, seconds."""
        if not deck.heard:  # another program says so
            return step_s
        if straight is None:
            return 0.0
        if not straight:
            return -JUMP_S if alone and self.confidence < FITS else 0.0
        return step_s * min(max((deck.confidence - FAINT) / (CLEAR - FAINT), 0.0), 1.0)


class Played:
    """Remembers what was heard."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}
        self._suspects: set[str] = set()
        self._for_good: set[str] = set()

    def heard(self, decks: Collection[NowPlaying], t: float, step_s: float) -> None:
        """Note what is named at stream time ``t``, for the ``step_s`` seconds since the last call."""
        for deck in decks:
            case = self._cases.setdefault(deck.track.id, _Case(t))
            case.hear(deck, t, step_s, alone=len(decks) == 1)
            if case.followed_s >= CERTAIN_S:
                self._for_good.add(deck.track.id)

    def suspect(self, track_ids: Iterable[str], t: float) -> None:
        """Note tracks that may be coming in at ``t`` although they are not named; those noted before change nothing."""
        for track_id in set(track_ids) - self._suspects:
            self._suspects.add(track_id)
            self._cases.setdefault(track_id, _Case(t)).last_s = t

    def follows(self, track_id: str) -> bool:
        """Tell whether a track was followed for long enough to be left for another one."""
        case = self._cases.get(track_id)
        return track_id in self._for_good or (case is not None and case.followed_s >= PLAYED_S and not case.wanders)

    def wandering(self) -> set[str]:
        """Return the ids of tracks that were named for long without being followed."""
        return {track_id for track_id, case in self._cases.items() if case.wanders} - self._for_good

    def banned(self, t: float) -> set[str]:
        """Return the ids that must not be suggested at stream time ``t``."""
        out = {
            track_id
            for track_id, case in self._cases.items()
            if not case.wanders and (case.followed_s >= PLAYED_S or t - case.last_s < DOUBT_S)
        }
        return self._for_good | out
