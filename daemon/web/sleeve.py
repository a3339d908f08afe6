"""What a track looks like: its waveform, cues and artwork, made when a browser first asks for them, and then kept.

Conventions
-----------
One thread beside the web's own makes them, one at a time, so that reading files and levels delays no frame. What is
kept is bounded; a track is known by its id in the library that stands.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..publish.decks import key_text
from .artwork import Artwork, artwork
from .overview import overview

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot
    from ..library.track import Cue, Track

KEPT = 64
"""Tracks that are kept."""
_ART_BYTES = 32 << 20
"""Pictures that are kept, together."""


class Sleeves:
    """Makes and keeps what tracks look like.

    Parameters
    ----------
    snapshot
        Gives the library that stands, None while there is none.
    """

    def __init__(self, snapshot: Callable[[], Snapshot | None]) -> None:
        self._snapshot = snapshot
        self._hand = ThreadPoolExecutor(1, "sleeves")
        self._library: Snapshot | None = None
        self._sleeves: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._pictures: OrderedDict[str, Artwork | None] = OrderedDict()

    async def sleeve(self, track_id: str) -> dict[str, Any] | None:
        """Describe a track for the page; None if the library has none of that id."""
        return await asyncio.get_running_loop().run_in_executor(self._hand, self._sleeve, track_id)

    async def picture(self, track_id: str) -> Artwork | None:
        """Give a track's artwork; None if it has none."""
        return await asyncio.get_running_loop().run_in_executor(self._hand, self._picture, track_id)

    def close(self) -> None:
        """Make no more."""
        self._hand.shutdown(wait=False, cancel_futures=True)

    def _track(self, track_id: str) -> Track | None:
        library = self._snapshot()
        if library is not self._library:
            self._library = library
            self._sleeves.clear()
            self._pictures.clear()
        return library.by_id.get(track_id) if library is not None else None

    def _sleeve(self, track_id: str) -> dict[str, Any] | None:
        track = self._track(track_id)
        if track is None or self._library is None:
            return None
        if track_id not in self._sleeves:
            self._sleeves[track_id] = _described(self._library, track, self._picture(track_id) is not None)
            if len(self._sleeves) > KEPT:
                self._sleeves.popitem(last=False)
        self._sleeves.move_to_end(track_id)
        return self._sleeves[track_id]

    def _picture(self, track_id: str) -> Artwork | None:
        track = self._track(track_id)
        if track is None:
            return None
        if track_id not in self._pictures:
            self._pictures[track_id] = artwork(track.path)
            while (len(self._pictures) > 1 and self._size() > _ART_BYTES) or len(self._pictures) > 2 * KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(track_id)
        return self._pictures[track_id]

    def _size(self) -> int:
        return sum(len(each.data) for each in self._pictures.values() if each is not None)


def _described(library: Snapshot, track: Track, pictured: bool) -> dict[str, Any]:
    return {
        "id": track.id,
        "length_s": round(track.duration_s, 3),
        "bpm": round(track.tempo_bpm, 2),
        "key": key_text(track),
        "energy": round(track.energy, 3),
        "artwork": pictured,
        "cues": [_cue(cue) for cue in track.cues],
        "mix_outs": [_cue(cue) for cue in track.mix_outs],
        "wave": [base64.b64encode(band.tobytes()).decode() for band in overview(library, track.number)],
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {"s": round(cue.position_s, 3), "kind": cue.kind, "name": cue.name, "colour": cue.colour}
