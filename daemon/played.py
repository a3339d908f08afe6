"""What this set has played or may have played: tracks that must not be suggested again.

Conventions
-----------
Tracks are kept by their id, which outlives a change of library snapshot. A track counts as played once it has been
named for ``PLAYED_S`` in all, or once the tracker finds notable evidence of it; a name that was shorter keeps it
out for ``DOUBT_S``.
"""

from collections.abc import Iterable

PLAYED_S = 8.0
"""Seconds under its name after which a track counts as played for the rest of the set."""
DOUBT_S = 600.0
"""Seconds for which a track stays out after a name that was too short to be sure of."""


class Played:
    """Remembers what was heard."""

    def __init__(self) -> None:
        self._named_s: dict[str, float] = {}
        self._last_s: dict[str, float] = {}
        self._for_good: set[str] = set()

    def heard(self, track_ids: Iterable[str], t: float, step_s: float) -> None:
        """Note the tracks that are named at stream time ``t``, for the ``step_s`` seconds since the last call."""
        for track_id in track_ids:
            named_s = self._named_s.get(track_id, 0.0) + step_s
            self._named_s[track_id] = named_s
            self._last_s[track_id] = t
            if named_s >= PLAYED_S:
                self._for_good.add(track_id)

    def suspect(self, track_ids: Iterable[str]) -> None:
        """Note tracks that may well be playing although none is named."""
        self._for_good.update(track_ids)

    def banned(self, t: float) -> set[str]:
        """Return the ids that must not be suggested at stream time ``t``."""
        recent = {track_id for track_id, last_s in self._last_s.items() if t - last_s < DOUBT_S}
        return self._for_good | recent
