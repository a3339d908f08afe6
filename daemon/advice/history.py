"""What followed what: in the sets that the DJ has played, and beside each other in playlists.

Conventions
-----------
Made once for a snapshot. Libraries that tell of no plays and no playlists have no history, which is no fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from . import evidence

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot

_BESIDE = 0.5
"""What two neighbours in a playlist count, in plays; in either order, since many playlists are sorted by something."""
_MOST_PLAYLIST = 300
"""Tracks of a playlist that can still be an order somebody thought of."""


class History:
    """Transitions by track."""

    def __init__(self, snapshot: Snapshot) -> None:
        number = {track.id: track.number for track in snapshot.tracks}
        times: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for session in snapshot.plays:
            for here, there in _neighbours(session, number):
                times[here][there] += 1.0
        for listed in snapshot.playlists.values():
            if len(listed) <= _MOST_PLAYLIST:
                for here, there in _neighbours(listed, number):
                    times[here][there] += _BESIDE
                    times[there][here] += _BESIDE
        self._nats = {
            here: {there: evidence.history(count) for there, count in after.items()} for here, after in times.items()
        }

    def after(self, number: int) -> Mapping[int, float]:
        """Return what speaks for each track that came after one, nats by number."""
        return self._nats.get(number, {})


def _neighbours(ids: Sequence[str], number: Mapping[str, int]) -> Iterable[tuple[int, int]]:
    for here, there in pairwise(ids):
        if here in number and there in number and here != there:
            yield number[here], number[there]
