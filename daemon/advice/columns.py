"""What a ranking needs of every track and cue-in of a library, as arrays: made once for each snapshot.

Conventions
-----------
Rows are cue-ins as in ``Snapshot.keys``. With a large library this takes seconds, so whoever loads a snapshot asks for
it first (``snapshot.derived(Columns)``), in a thread that nobody waits for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import evidence
from .history import History
from .matcher import Floats, Ints, Matcher
from .timbre import Entries

if TYPE_CHECKING:
    from ..library.snapshot import Snapshot, Track
    from .evidence import Flags

KINDS = ("intro", "mix_in", "drop", "breakdown", "user")
_LEAST_BARS_LEFT, _LEAST_LEFT_S = 16, 24.0
_VERSION = re.compile(
    r"[(\[][^)\]]*\b(mix|remix|edit|version|remaster(ed)?|live|instrumental|dub|radio|extended|original|acoustic)\b[^)\]]*[)\]]"
)
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")


class Columns:
    """The tracks and cue-ins of one snapshot; never changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.tracks = tracks = snapshot.tracks
        self.matcher = Matcher(snapshot)
        self.entries = Entries(snapshot)
        self.history = History(snapshot)
        self.keys: Floats = np.asarray(snapshot.keys, np.float32)
        self.row_track: Ints = np.asarray(snapshot.key_track, np.int64)

        self.bpm = np.array([track.tempo_bpm for track in tracks])
        self.bpm_confidence = np.array([track.tempo_confidence for track in tracks])
        self.pitch_class = np.array([track.pitch_class for track in tracks], np.int64)
        self.mode = np.array([track.mode for track in tracks], np.int64)
        self.key_confidence = np.array([track.key_confidence for track in tracks])
        self.energy = np.array([track.energy for track in tracks])
        self.songs = [names(track) for track in tracks]
        self.with_name: dict[str, list[int]] = {}
        """Tracks by each of their names as a song."""
        for number, found in enumerate(self.songs):
            for name in found:
                self.with_name.setdefault(name, []).append(number)
        self.number = {track.id: number for number, track in enumerate(tracks)}

        by_index = [{cue.index: cue for cue in track.cues} for track in tracks]
        self.cues = [
            by_index[track].get(cue) for track, cue in zip(self.row_track, np.asarray(snapshot.key_cue), strict=True)
        ]
        self.cue_nats = np.array(list(self._cue_nats(snapshot)))
        kinds = [KINDS.index(cue.kind) if cue and cue.kind in KINDS else -1 for cue in self.cues]
        self.kind = np.array(kinds, np.int64)
        self.enough_left = self._rows_with_enough_left()
        self.enterable = np.zeros(len(tracks), bool)
        """Tracks that have a cue-in to start from."""
        self.enterable[self.row_track[self.enough_left]] = True
        self.artists = [plain(track.artist) for track in tracks]

    def flags(self, track_ids: Set[str]) -> Flags:
        """Return which tracks these are, (tracks,); ids of other libraries count for nothing."""
        found = np.zeros(len(self.tracks), bool)
        found[[self.number[track_id] for track_id in track_ids if track_id in self.number]] = True
        return found

    def entries_of(self, number: int) -> Ints:
        """Return the rows from which a track may be entered."""
        first, last = np.searchsorted(self.row_track, [number, number + 1])
        found: Ints = first + np.flatnonzero(self.enough_left[first:last])
        return found

    def _cue_nats(self, snapshot: Snapshot) -> Iterator[float]:
        """Evidence of each cue-in by itself."""
        beats, of = np.zeros(0), -1
        for number, cue in zip(self.row_track.tolist(), self.cues, strict=True):
            if number != of:
                beats, of = snapshot.beats_s(number), number
            yield 0.0 if cue is None else evidence.cue(cue.confidence, _off_beats(beats, cue.position_s))

    def _rows_with_enough_left(self) -> NDArray[np.bool_]:
        """Cue-ins with enough music behind them; a short track keeps its first one, or it would never be suggested."""
        enough = np.zeros(len(self.cues), bool)
        first: dict[int, int] = {}
        served: set[int] = set()
        for row, (number, cue) in enumerate(zip(self.row_track.tolist(), self.cues, strict=True)):
            if cue is None or not 0 <= cue.position_s < self.tracks[number].duration_s:
                continue
            track = self.tracks[number]
            need_s = (
                max(_LEAST_BARS_LEFT * 240.0 / track.tempo_bpm, _LEAST_LEFT_S) if track.tempo_bpm > 0 else _LEAST_LEFT_S
            )
            if track.duration_s - cue.position_s >= need_s:
                enough[row] = True
                served.add(number)
            earliest = self.cues[first.setdefault(number, row)]
            if earliest is None or cue.position_s < earliest.position_s:
                first[number] = row
        for number, row in first.items():
            enough[row] |= number not in served
        return enough


def _off_beats(beats_s: NDArray[np.float64], position_s: float) -> float:
    """Return how far from the nearest beat a position lies, 0 to 0.5; 0 where there are no beats around it."""
    after = int(np.searchsorted(beats_s, position_s))
    if not 0 < after < len(beats_s):
        return 0.0
    before_s, after_s = beats_s[after - 1], beats_s[after]
    return float(min(position_s - before_s, after_s - position_s) / max(after_s - before_s, 1e-6))


def plain(text: str) -> str:
    """Return a text without case, accents, marks and doubled spaces, for comparison."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(kept.split())


def names(track: Track) -> frozenset[str]:
    """Return what versions of one song have in common: two tracks that share any of it are the same song.

    That is artist and title without "(… mix)" and its like; or without all that stands in brackets, if the lengths
    agree to a second or two as well (stems, instrumentals, other people's tags).
    """
    artist = plain(track.artist)
    title, bare = plain(_VERSION.sub(" ", track.title.casefold())), plain(_BRACKETS.sub(" ", track.title))
    # Without an artist, "Intro" is anybody's.
    found = {f"{title}\n{artist}"} if title and artist else set()
    if bare:
        second = round(track.duration_s)
        found |= {f"{bare}\n{artist}\n{second // 2}", f"{bare}\n{artist}\n{(second + 1) // 2}-"}
    return frozenset(found)
