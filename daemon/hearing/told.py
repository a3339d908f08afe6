"""What another program says is playing, held against what is heard: the word counts until hearing contradicts it.

Conventions
-----------
Stepped in both halves of a hop (``hops``). Times are stream seconds, positions seconds of the track. A track that is
only told of has confidence 0, and a position only for as long as it can be carried on from where it was last heard.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import LibraryError
from .now import UNKNOWN, NowPlaying

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot, Track

CONTRADICTED_S = 20.0
"""How long another track, alone and settled, must be heard in a row before what was told lapses."""
CARRIED_S = 30.0
"""How long a playhead runs on by itself once its track is no longer heard."""
RESENT_S = 2.0
"""The same track told again within this is the same telling: some programs send each value over and over."""

Decks = tuple[NowPlaying | None, NowPlaying | None]


class Told:
    """Holds the track that was told of.

    Parameters
    ----------
    hop_s
        Seconds a hop.
    """

    def __init__(self, hop_s: float) -> None:
        self.track: Track | None = None
        """The track that is ``now`` whatever is heard; None: hearing decides."""
        self._hop_s = hop_s
        self._snapshot: Snapshot | None = None
        self._word, self._word_s = "", 0.0
        self._lapses: list[str] = []
        self._last: NowPlaying | None = None
        self._unheard_s = 0.0
        self._against_s = 0.0

    @property
    def number(self) -> int | None:
        """Of that track, in the library."""
        return None if self.track is None else self.track.number

    def use(self, snapshot: Snapshot) -> None:
        """Go on with another library; what it does not have is no longer told."""
        self._snapshot = snapshot
        if self.track is None:
            return
        before, self.track = self.track, snapshot.by_id.get(self.track.id)
        if self.track is None:
            self._lapses.append(f"{_name(before)} was told to be playing, and left the library: hearing decides")

    def tell(self, name: str, t: float) -> str:
        """Take a track for what plays, whatever is heard, until hearing contradicts it for long.

        Parameters
        ----------
        name
            Its id, or the absolute path of its file; empty to go by hearing again.
        t
            Now.

        Returns
        -------
        str
            What is so from now on.

        Raises
        ------
        LibraryError
            If the library has no such track, or is still being loaded.
        """
        track = self._find(name) if name else None
        word = "" if track is None else track.id
        repeated, self._word_s = word == self._word and t - self._word_s < RESENT_S, t
        self._word = word
        if track is None:
            self.track = None
            return "hearing decides"
        if repeated and self.track is None:
            return "another track is heard: hearing decides"
        if self.track is None or self.track.id != track.id:
            self.track, self._last = track, None
            self._unheard_s = self._against_s = 0.0
        return f"{_name(track)} is now"

    def lapses(self) -> list[str]:
        """Return why what was told counts no longer, once each."""
        lapses, self._lapses = self._lapses, []
        return lapses

    def step(self, now: NowPlaying | None, now2: NowPlaying | None, *, again: bool = False) -> Decks:
        """Advance one hop.

        Parameters
        ----------
        now, now2
            What is heard, the louder first.
        again
            Whether this is the same hop, heard more closely.

        Returns
        -------
        now, now2
            What is said: the track that was told of, and the loudest other one. After ``CONTRADICTED_S`` what is
            heard, and ``track`` is None.
        """
        told = self.track
        if told is None:
            return now, now2
        heard = next((deck for deck in (now, now2) if deck is not None and deck.track.id == told.id), None)
        if heard is not None:
            self._last, self._unheard_s, self._against_s = heard, 0.0, 0.0
            return heard, now2 if heard is now else now
        passed_s = 0.0 if again else self._hop_s
        self._unheard_s += passed_s
        if now is None or now2 is not None or not now.settled:
            self._against_s = 0.0
            return self._unheard(told), now
        self._against_s += passed_s
        if self._against_s < CONTRADICTED_S - self._hop_s / 2:
            return self._unheard(told), now
        self.track = None
        self._lapses.append(
            f"{_name(told)} was told to be playing, but {_name(now.track)} is heard alone for {CONTRADICTED_S:g} s: "
            "hearing decides"
        )
        return now, None

    def _find(self, name: str) -> Track:
        if self._snapshot is None:
            raise LibraryError("the library is still being loaded; say it again in a moment")
        track, path = self._snapshot.by_id.get(name.lower()), os.path.normpath(name)
        track = track or next((each for each in self._snapshot.tracks if str(each.path) == path), None)
        if track is None:
            raise LibraryError(f"the library has no track with the id or absolute path {name!r}; 'segue index' adds it")
        return track

    def _unheard(self, told: Track) -> NowPlaying:
        """Say what there is to say of a track that is not heard."""
        unknown = NowPlaying(told, 0.0, UNKNOWN, UNKNOWN, settled=False, level=0.0, heard=False)
        last = self._last
        if last is None or self._unheard_s > CARRIED_S:
            return unknown
        position_s = last.position_s + self._unheard_s * last.tempo_ratio
        if position_s > told.duration_s:
            return unknown
        return replace(unknown, track=told, position_s=position_s, tempo_ratio=last.tempo_ratio, key_lock=last.key_lock)


def _name(track: Track) -> str:
    return track.title or str(track.path)
