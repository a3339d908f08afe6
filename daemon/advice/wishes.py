"""What the DJ has said while it plays: taken, turned down, kept, kept out, weighed, and where the set should go.

Conventions
-----------
Slots count from 1, as on the wire. Every wish answers in a few words what is so now, or raises ``WishError`` with a
code of the namespace (400 arguments, 404 unknown, 409 the list has changed since).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import WishError
from ..messages import SLOTS
from .taste import Choice, Taste

if TYPE_CHECKING:
    from ..config import Suggest
    from ..library.snapshot import Snapshot
    from .ranker import Suggestion
    from .suggestions import Shortlist, SuggestionList


class Wishes:
    """Holds them until the program ends; what was learnt goes on beyond it (``choices``).

    Parameters
    ----------
    settings
        What holds until something else is said.
    taste
        What was learnt before.
    shortlist
        Has the list that slots mean.
    """

    def __init__(self, settings: Suggest, taste: Taste, shortlist: Shortlist) -> None:
        self._shortlist = shortlist
        self.snapshot: Snapshot | None = None
        """The library that ids and paths mean."""
        self.stale = False
        """The list is to be made anew."""
        self.paused = False
        """Nothing moves on the outside, by the DJ's wish."""
        self.count = settings.count
        """Suggestions that are wanted."""
        self.direction = settings.energy
        """Where the set should go, -1 down to 1 up."""
        self.excluded: set[str] = set()
        self.locked: set[str] = set()
        self._taken: set[str] = set()
        self._weights: dict[str, float] = settings.weights.model_dump()
        self._learns, self._taste = settings.learn, taste
        self._choices: list[Choice] = []

    def adopt(self, old: Suggest, new: Suggest) -> None:
        """Go over to other settings; what the DJ has said stands where they are the same."""
        weights = old.weights.model_dump()
        self._weights |= {name: value for name, value in new.weights.model_dump().items() if value != weights[name]}
        if new.energy != old.energy:
            self.direction = new.energy
        if new.count != old.count:
            self.limit(new.count)
        self._learns = new.learn
        self.stale = self.stale or old != new.model_copy(update={"hold_s": old.hold_s, "count": old.count})

    def weights(self) -> dict[str, float]:
        """Return how much each term counts."""
        factors = self._taste.factors if self._learns else {}
        return {name: value * factors.get(name, 1.0) for name, value in self._weights.items()}

    @property
    def liking(self) -> Mapping[str, float]:
        """What past choices say for single tracks, nats by id."""
        return self._taste.liking if self._learns else {}

    def choices(self) -> list[Choice]:
        """Return the choices since the last call."""
        choices, self._choices = self._choices, []
        return choices

    def accept(self, slot: int, rev: int | None) -> str:
        """Take a suggestion: it stays in its slot, and its like is wanted more."""
        chosen = _at(self._shortlist.standing, slot, rev)
        self.locked.add(chosen.track.id)
        if chosen.track.id in self._taken:
            return f"{_name(chosen)} was taken before"
        self._learn(chosen, accepted=True)
        self._taken.add(chosen.track.id)
        return f"{_name(chosen)} is taken"

    def reject(self, slot: int, rev: int | None) -> str:
        """Turn a suggestion down: it is gone for this set, and its like is wanted less."""
        chosen = _at(self._shortlist.standing, slot, rev)
        if chosen.track.id in self.excluded:
            return f"{_name(chosen)} was out before"
        self._learn(chosen, accepted=False)
        self._taken.discard(chosen.track.id)
        self.locked.discard(chosen.track.id)
        self.excluded.add(chosen.track.id)
        return f"{_name(chosen)} is out"

    def lock(self, slot: int, on: bool) -> str:
        """Keep a suggestion whatever is better, or let it go."""
        chosen = _at(self._shortlist.standing, slot, None)
        (self.locked.add if on else self.locked.discard)(chosen.track.id)
        return f"{_name(chosen)} is {'kept' if on else 'let go'}"

    def exclude(self, which: str | int) -> str:
        """Keep a track out, by id, path or slot."""
        if isinstance(which, int):
            track_id = _at(self._shortlist.standing, which, None).track.id
        else:
            track_id = _known(self.snapshot, which)
        self.excluded.add(track_id)
        self.locked.discard(track_id)
        return f"{track_id} is out"

    def include(self, which: str) -> str:
        """Let a track in again, by id or path; an empty string lets in all."""
        if not which:
            self.excluded.clear()
            return "nothing is kept out"
        track_id = _known(self.snapshot, which)
        self.excluded.discard(track_id)
        return f"{track_id} may be suggested"

    def weigh(self, name: str, value: float) -> str:
        """Change a weight."""
        if name not in self._weights:
            raise WishError(404, f"no weight {name!r}; there are {', '.join(self._weights)}")
        if not 0.0 <= value <= 1.0:
            raise WishError(400, f"a weight is between 0 and 1, got {value}")
        self._weights[name] = value
        return f"{name} counts {value:g}"

    def limit(self, count: float) -> str:
        """Say how many suggestions are wanted, 1 to 8."""
        if count != count or not 1 <= count <= SLOTS or count != int(count):
            raise WishError(400, f"the number of suggestions is 1 to {SLOTS}, got {count:g}")
        self.count = int(count)
        self._shortlist.resize(self.count)
        return f"{self.count} suggestion{'s' * (self.count > 1)}"

    def pause(self) -> str:
        """Have everything stand still, or go on."""
        self.paused = not self.paused
        return "paused" if self.paused else "goes on"

    def refresh(self) -> str:
        """Make the list anew; what is locked stays."""
        self.stale = True
        return "the list is made anew"

    def steer(self, direction: float) -> str:
        """Say where the energy should go, -1 down to 1 up."""
        if not math.isfinite(direction) or not -1.0 <= direction <= 1.0:
            raise WishError(400, f"energy goes from -1 (down) to 1 (up), got {direction}")
        self.direction = direction
        return f"energy {direction:+.2f}"

    def _learn(self, chosen: Suggestion, *, accepted: bool) -> None:
        standing = self._shortlist.standing
        if not self._learns or standing is None:
            return
        others = [dict(each.terms) for each in standing.slots if each is not None and each is not chosen]
        names = [name for name, _ in chosen.terms if name in self._weights]
        mean = {name: sum(terms.get(name, 0.0) for terms in others) / max(len(others), 1) for name in names}
        # Next to nothing, nothing sets it apart.
        mean = mean if others else dict(chosen.terms)
        terms = {name: value for name, value in chosen.terms if name in self._weights}
        choice = Choice(accepted, chosen.track.id, chosen.track.title, terms, {n: round(v, 3) for n, v in mean.items()})
        self._taste.learn(choice)
        self._choices.append(choice)


def _at(standing: SuggestionList | None, slot: int, rev: int | None) -> Suggestion:
    if standing is None or not 1 <= slot <= len(standing.slots):
        raise WishError(404, f"no slot {slot}; there are {len(standing.slots) if standing is not None else 0}")
    if rev is not None and rev != standing.rev:
        raise WishError(409, f"the list is at rev {standing.rev}, not {rev}; look again")
    chosen = standing.slots[slot - 1]
    if chosen is None:
        raise WishError(404, f"slot {slot} is empty")
    return chosen


def _known(snapshot: Snapshot | None, name: str) -> str:
    if snapshot is not None:
        track = snapshot.by_id.get(name.lower()) or snapshot.by_path.get(name)
        if track is not None:
            return track.id
    raise WishError(404, f"the library has no track with the id or absolute path {name!r}")


def _name(suggestion: Suggestion) -> str:
    return suggestion.track.title or str(suggestion.track.path)
