"""The library as the rest of the daemon sees it: tracks, their cues, and what can be asked of them.

Conventions
-----------
A `Snapshot` never changes; the daemon swaps a whole one for the next. Tracks are numbered by their row in it, so a
number means nothing in another snapshot, where an id does. Times are seconds from the start of a track. Row h of a
track's ident is the hop that ends at ``(h + 1) * hop_s``. All methods may be called from several threads.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from ..clock import HOP, SAMPLE_RATE
from ..errors import LibraryError
from .bandstore import Arrays, BandStore, Stored
from .catalogue import Catalogue, Row
from .cue_ins import CueIns, cue_ins, vectors
from .idents import Idents, Part
from .index import VectorIndex
from .own import OwnList, playlists, plays
from .shelf import open_indexes
from .track import Cue, Track

__all__ = ["Cue", "Curves", "Snapshot", "Track"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Derived = TypeVar("Derived")
_STORED = (
    "id", "path", "title", "artist", "album", "genre", "duration_s", "tempo_bpm", "tempo_confidence", "pitch_class",
    "mode", "key_confidence", "loudness_lufs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curves:
    """What a track has besides its `Track`, small enough to be held for all."""

    beats_s: npt.NDArray[np.float64]
    """(n,)."""
    downbeats: Ints
    """(m,), indexes into ``beats_s``."""
    energy: Floats
    """(seconds,), 0..1, one a second."""
    queries: Floats
    """(mix-outs, D): what the model expects next at each mix-out."""


class Snapshot:
    """An immutable library: what `load` reads from a folder, or `build` makes from values.

    Parameters
    ----------
    tracks
        ``tracks[n].number == n``.
    curves
        One a track.
    keys
        One array a track, (cue-ins, D).
    idents
        Over the same numbers.
    entry_index
        Over the rows of all keys.
    hop_s
        Seconds in a hop.
    bands
        Gives levels.
    lists
        The DJ's playlists and histories, by id of a track.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        curves: Sequence[Curves],
        keys: Sequence[Floats],
        idents: Idents,
        entry_index: VectorIndex,
        hop_s: float,
        bands: BandStore | None = None,
        lists: Sequence[OwnList] = (),
    ) -> None:
        self.tracks = tuple(tracks)
        self.by_id = {track.id: track for track in self.tracks}
        self.by_path = {track.path: track for track in self.tracks}
        self.hop_s = hop_s
        counts = [len(rows) for rows in keys]
        self.keys: Floats = np.concatenate([np.zeros((0, _width(keys)), np.float32), *(k for k in keys if len(k))])
        """(n_cues, D), one row per cue-in of every track."""
        self.key_track: Ints = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        """(n_cues,), the track number of each row."""
        self.key_cue: Ints = np.concatenate([np.zeros(0, np.int32), *(np.arange(n, dtype=np.int32) for n in counts)])
        """(n_cues,), the cue-in's index of each row."""
        self._first_key = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._curves = tuple(curves)
        self._idents = idents
        self._entry_index = entry_index
        self._bands = bands or BandStore(Arrays([]))
        self.plays = plays(lists, self.by_id)
        """The DJ's sessions, the oldest first: ids of what was played, in order."""
        self.playlists = playlists(lists, self.by_id)
        """Ids of the tracks of the DJ's playlists and crates, by name."""
        self._derived: dict[Callable[[Snapshot], object], object] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, artifact_sha256: str) -> "Snapshot":
        """Read a library folder.

        Indexes that are missing, damaged or older than the catalogue are made again from it.

        Raises
        ------
        LibraryError
            If there is no library, it cannot be read, or another artifact built it.
        """
        with Catalogue.open(folder) as catalogue:
            if catalogue.artifact not in ("", artifact_sha256):
                raise LibraryError(
                    f"the library {folder} was built by another artifact ({catalogue.artifact[:8]}, this is"
                    f" {artifact_sha256[:8]}); 'segue index --library {folder}' embeds its tracks again"
                )
            with catalogue.reading():
                now = catalogue.tracks(artifact_sha256)
                cues, own, lists = cue_ins(catalogue, now), catalogue.own.stamp, catalogue.own.lists()
            indexes = open_indexes(folder, catalogue, artifact_sha256, now, cues, own)
        found = {(row["id"], row["rev"]): (row, cues) for row, cues in zip(now, cues, strict=True)}
        if indexes.own != own or not found.keys() >= set(indexes.order):
            return cls.load(folder, artifact_sha256)  # the catalogue was written to between the two looks at it
        held = [found[track] for track in indexes.order]
        rows = [row for row, _ in held]
        tracks = [_track(number, row, cues) for number, (row, cues) in enumerate(held)]
        curves = [
            Curves(
                np.frombuffer(row["beats"], "<f8"),
                np.frombuffer(row["downbeats"], "<i4"),
                np.frombuffer(row["energy"], "<f4"),
                vectors(row["queries"], row["width"]),
            )
            for row in rows
        ]
        keys = [cues.keys for _, cues in held]
        hop_s = float(rows[0]["hop_s"]) if rows else HOP / SAMPLE_RATE
        bands = BandStore(Stored(folder, [track.id for track in tracks]))
        return cls(tracks, curves, keys, indexes.idents, indexes.entry, hop_s, bands, lists)

    @classmethod
    def build(
        cls,
        tracks: Sequence[Track],
        idents: Sequence[Floats],
        keys: Sequence[Floats],
        *,
        beats_s: Sequence[npt.ArrayLike] | None = None,
        downbeats: Sequence[npt.ArrayLike] | None = None,
        energy: Sequence[npt.ArrayLike] | None = None,
        queries: Sequence[Floats] | None = None,
        bands: Sequence[npt.NDArray[np.uint8]] = (),
        hop_s: float = HOP / SAMPLE_RATE,
        lists: Sequence[OwnList] = (),
    ) -> "Snapshot":
        """Make a library from values, searched exactly; for tests and doubles.

        Parameters
        ----------
        tracks
            ``tracks[n].number == n``.
        idents
            (hops, E) a track.
        keys
            (cue-ins, D) a track.
        beats_s, downbeats, energy
            One array a track; left out, beats follow the track's tempo from 0 with a downbeat every fourth, and the
            energy curve is flat.
        queries
            (mix-outs, D) a track; left out, zeros.
        bands
            (ticks, bands) a track; left out, silence.
        lists
            Playlists and histories, the oldest first.
        """
        curves = []
        for n, track in enumerate(tracks):
            period_s = 60 / track.tempo_bpm if track.tempo_bpm > 0 else np.inf
            beats = np.arange(0, track.duration_s, period_s) if beats_s is None else np.asarray(beats_s[n])
            bars = np.arange(0, len(beats), 4) if downbeats is None else downbeats[n]
            curve = np.full(round(track.duration_s), track.energy) if energy is None else energy[n]
            after = np.zeros((len(track.mix_outs), _width(keys)), np.float32) if queries is None else queries[n]
            curves.append(
                Curves(np.asarray(beats, np.float64), np.asarray(bars, np.int32), np.asarray(curve, np.float32), after)
            )
        whole = Part(VectorIndex.build(idents, _width(idents), half=False), list(map(len, idents)), range(len(tracks)))
        entry_index = VectorIndex.build(keys, _width(keys))
        store = BandStore(Arrays(list(bands)))
        return cls(tracks, curves, keys, Idents([whole]), entry_index, hop_s, store, lists)

    def __len__(self) -> int:
        return len(self.tracks)

    def __iter__(self) -> Iterator[Track]:
        return iter(self.tracks)

    @property
    def hops(self) -> int:
        """Hops of all tracks."""
        return len(self._idents)

    def derived(self, make: "Callable[[Snapshot], Derived]") -> Derived:
        """Give what is made of this library, which is made when it is first asked for and then kept with it."""
        with self._lock:
            if make not in self._derived:
                self._derived[make] = make(self)
            return cast("Derived", self._derived[make])

    def beats_s(self, number: int) -> npt.NDArray[np.float64]:
        """Beat times of a track, (n,) seconds."""
        return self._curves[number].beats_s

    def downbeats(self, number: int) -> Ints:
        """Which beats of a track start a bar, (m,) indexes into its beats."""
        return self._curves[number].downbeats

    def energy(self, number: int) -> Floats:
        """Energy curve of a track, (seconds,), 0..1."""
        return self._curves[number].energy

    def ident(self, number: int) -> Floats:
        """Ident of every hop of a track, (hops, E)."""
        return self._idents.of(number)

    def bands(self, number: int, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
        """Levels of a track (``bands.levels``) at some rows, (n, bands); beyond its ends, the outermost ones."""
        return self._bands.at(number, rows)

    def keys_of(self, number: int) -> Floats:
        """Keys of a track's cue-ins, (cue-ins, D)."""
        return self.keys[self._first_key[number] : self._first_key[number + 1]]

    def query_at(self, number: int, position_s: float) -> Floats:
        """What the model expects after a track's mix-out, (D,): that of the mix-out nearest to a position.

        A track without mix-outs gives zeros, which resemble nothing.
        """
        mix_outs = self.tracks[number].mix_outs
        if not mix_outs:
            return np.zeros(self.keys.shape[1], np.float32)
        nearest = min(range(len(mix_outs)), key=lambda i: abs(mix_outs[i].position_s - position_s))
        row: Floats = self._curves[number].queries[nearest]
        return row

    def search_ident(self, queries: Floats, k: int) -> tuple[Floats, Ints, Ints]:
        """Find the hops that sound most like each query, best first.

        Parameters
        ----------
        queries
            (q, E).

        Returns
        -------
        score, number, hop
            (q, k) each; -1 in all three where there are fewer than k.
        """
        return self._idents.search(queries, k)

    def search_entry(self, query: Floats, k: int) -> tuple[Floats, Ints]:
        """Find the cue-ins whose key answers a query best, best first.

        Parameters
        ----------
        query
            (D,).

        Returns
        -------
        score, row
            At most k each; rows of ``keys``, ``key_track`` and ``key_cue``. Scores are those of keys at half precision.
        """
        score, row = self._entry_index.search(query[None], k)
        there = row[0] >= 0
        return score[0][there], row[0][there].astype(np.int32)


def _width(arrays: Sequence[Floats]) -> int:
    return next((array.shape[1] for array in arrays if array.ndim == 2), 0)


def _track(number: int, row: Row, cues: CueIns) -> Track:
    stored = {name: row[name] for name in _STORED}
    return Track(number=number, **stored, energy=row["energy_mean"], cues=cues.cues, mix_outs=cues.mix_outs)
