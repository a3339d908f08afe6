"""Which tracks the DJ wants to hear of at all: crates, genres, tempos, keys, and what is kept out.

Conventions
-----------
A filter is (name, flags over the snapshot's tracks). What is excluded stays out whatever happens; the other filters
open one after the other, the last first, if between them they leave nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..signal.tonality import camelot_name

if TYPE_CHECKING:
    from ..config import Filters
    from ..library.snapshot import Snapshot, Track

Flags = NDArray[np.bool_]


class Gates:
    """The filters of the settings, over one snapshot.

    Parameters
    ----------
    settings
        What is wanted; an empty list wants everything.
    snapshot
        Of which tracks.
    """

    def __init__(self, settings: Filters, snapshot: Snapshot) -> None:
        tracks = snapshot.tracks
        self.excluded: Flags = _flags(tracks, lambda track: _named(track, settings.exclude))
        self.gates: list[tuple[str, Flags]] = []
        if settings.playlists:
            wanted = {name.casefold() for name in settings.playlists}
            ids = {each for name, listed in snapshot.playlists.items() if name.casefold() in wanted for each in listed}
            self.gates.append(("the playlists", _flags(tracks, lambda track: track.id in ids)))
        if settings.genres:
            genres = [name.casefold() for name in settings.genres]
            found = _flags(tracks, lambda track: any(name in track.genre.casefold() for name in genres))
            self.gates.append(("the genres", found))
        if settings.tempo_bpm:
            low, high = settings.tempo_bpm
            # A tempo that nobody knows is not known to be outside.
            found = _flags(tracks, lambda track: track.tempo_bpm <= 0 or low <= track.tempo_bpm <= high)
            self.gates.append(("the tempos", found))
        if settings.keys:
            keys = {name.upper() for name in settings.keys}
            found = _flags(tracks, lambda track: camelot_name(track.pitch_class, track.mode) in keys | {""})
            self.gates.append(("the keys", found))

    def open(self, admissible: Flags) -> tuple[Flags, str]:
        """Return which tracks pass, and what had to be opened for that any does (empty: nothing)."""
        for kept in range(len(self.gates), -1, -1):
            passing = admissible & ~self.excluded
            for _, flags in self.gates[:kept]:
                passing = passing & flags
            if passing.any():
                return passing, " and ".join(name for name, _ in self.gates[kept:])
        return admissible & ~self.excluded, ""


def _flags(tracks: Sequence[Track], wanted: Callable[[Track], bool]) -> Flags:
    return np.array([wanted(track) for track in tracks], bool)


def _named(track: Track, names: Sequence[str]) -> bool:
    """Tell whether a track is among ids, paths and folders."""
    path = PurePath(track.path)
    return any(track.id == name or path == PurePath(name) or PurePath(name) in path.parents for name in names)
