"""What the DJ's own programs say of tracks: cues, grids, playlists and plays, each with the program that said it.

Conventions
-----------
These rows belong to the DJ: an import replaces what the same program said before, and no analysis touches them. Times
are seconds of the sound as it is decoded here, so a library's offset is already taken off. A cue's ``key`` is what the
artifact of that hash makes of the track there, and waits to be made again where the hash is another one. ``stamp``
changes whenever cue-ins do. All methods are called inside a transaction of the catalogue's.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Own", "OwnCue", "OwnGrid", "OwnList", "playlists", "plays"]


@dataclass(frozen=True, slots=True)
class OwnCue:
    """A cue that the DJ set."""

    kind: str
    """hot, memory or loop."""
    number: int
    """Of its pad or slot, from 0; -1 without one."""
    position_s: float
    length_s: float
    """Of a loop; 0 for none."""
    name: str
    colour: str
    """``#rrggbb``, or nothing."""
    source: str = ""
    """The program."""
    artifact: str = ""
    """SHA-256 of the artifact that made the key."""
    key: bytes = b""
    """Little-endian f4, (D,)."""


@dataclass(frozen=True, slots=True)
class OwnGrid:
    """The beats that the DJ sees."""

    tempo_bpm: float
    """0 unknown."""
    key: str
    """As the program writes it."""
    offset_s: float
    """What was added to the program's times to meet the sound as it is decoded here."""
    beats_s: npt.NDArray[np.float64]
    """(n,); empty where the program has none."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class OwnList:
    """A playlist or crate, or the history of one session."""

    kind: str
    """playlist or history."""
    name: str
    tracks: tuple[tuple[str, float | None], ...]
    """Id, and when it was played (seconds since 1970), in order."""
    source: str = ""


class Own:
    """The DJ's tables of a catalogue."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @property
    def stamp(self) -> str:
        """Tells one state of all cues from another; empty before the first import."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'own'").fetchone()
        return str(row[0]) if row else ""

    def replace(
        self,
        source: str,
        cues: Mapping[str, Sequence[OwnCue]],
        grids: Mapping[str, OwnGrid],
        lists: Iterable[OwnList],
        *,
        whole: bool = True,
        among: Collection[str] | None = None,
    ) -> None:
        """Write what a program says in place of what it said before.

        Parameters
        ----------
        cues, grids
            By id of a track.
        whole
            This is all that the program says. If not, only the same tracks and lists are replaced.
        among
            The tracks that the program was asked about; cues and grids of others, which are hidden now, stay. All
            if left out.
        """
        lists = list(lists)
        if whole:
            self._db.execute("DELETE FROM own_list WHERE source = ?", (source,))
            for table in ("own_cue", "own_grid"):
                if among is None:
                    self._db.execute(f"DELETE FROM {table} WHERE source = ?", (source,))
                else:
                    rows = ((source, track) for track in among)
                    self._db.executemany(f"DELETE FROM {table} WHERE source = ? AND track = ?", rows)
        for track in cues:
            self._db.execute("DELETE FROM own_cue WHERE source = ? AND track = ?", (source, track))
        for each in lists:
            self._db.execute(
                "DELETE FROM own_list WHERE source = ? AND kind = ? AND name = ?", (source, each.kind, each.name)
            )
        self._db.executemany(
            "INSERT INTO own_cue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (track, source, i, c.kind, c.number, c.position_s, c.length_s, c.name, c.colour, c.artifact, c.key)
                for track, found in cues.items()
                for i, c in enumerate(found)
            ),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO own_grid VALUES (?, ?, ?, ?, ?, ?)",
            (
                (track, source, g.tempo_bpm, g.key, g.offset_s, np.ascontiguousarray(g.beats_s, "<f8").tobytes())
                for track, g in grids.items()
            ),
        )
        self._db.executemany(
            "INSERT INTO own_list VALUES (?, ?, ?, ?, ?, ?)",
            (
                (source, each.kind, each.name, i, track, at_s)
                for each in lists
                for i, (track, at_s) in enumerate(each.tracks)
            ),
        )
        self._restamp(source, sorted(cues.items()))

    def set_keys(self, track: str, artifact: str, keys: Mapping[float, bytes]) -> None:
        """Write what another artifact makes of a track's cues, by their position."""
        self._db.executemany(
            "UPDATE own_cue SET artifact = ?, key = ? WHERE track = ? AND position_s = ?",
            ((artifact, key, track, position_s) for position_s, key in keys.items()),
        )
        self._restamp(track, artifact, sorted(keys.items()))

    def cues(self) -> dict[str, list[OwnCue]]:
        """Every cue, by id of its track; of each program in its own order."""
        found: dict[str, list[OwnCue]] = {}
        rows = self._db.execute(
            "SELECT track, kind, number, position_s, length_s, name, colour, source, artifact, key FROM own_cue"
            " ORDER BY track, source, idx"
        )
        for track, *values in rows:
            found.setdefault(track, []).append(OwnCue(*values))
        return found

    def grids(self, track: str) -> list[OwnGrid]:
        """What each program has for a track's grid."""
        rows = self._db.execute(
            "SELECT tempo_bpm, key, offset_s, beats, source FROM own_grid WHERE track = ? ORDER BY source", (track,)
        )
        return [OwnGrid(bpm, key, off, np.frombuffer(beats, "<f8"), source) for bpm, key, off, beats, source in rows]

    def lists(self) -> list[OwnList]:
        """Every playlist by name, then every history, the oldest first."""
        found: dict[tuple[str, str, str], list[tuple[str, float | None]]] = {}
        rows = self._db.execute(
            "SELECT kind, name, source, track, at_s FROM own_list ORDER BY kind DESC, name, source, idx"
        )
        for kind, name, source, track, at_s in rows:
            found.setdefault((kind, name, source), []).append((track, at_s))
        lists = [OwnList(kind, name, tuple(tracks), source) for (kind, name, source), tracks in found.items()]
        return sorted(lists, key=lambda each: (each.kind != "playlist", _began(each)))

    def _restamp(self, *written: object) -> None:
        """Make the stamp anew of the last one and what was written, which is all that there was to read."""
        stamp = hashlib.blake2b(repr((self.stamp, written)).encode(), digest_size=8).hexdigest()
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('own', ?)", (stamp,))


def plays(lists: Iterable[OwnList], known: Container[str]) -> tuple[tuple[str, ...], ...]:
    """Give the ids of each history, of those tracks that are known."""
    found = (tuple(id_ for id_, _ in each.tracks if id_ in known) for each in lists if each.kind == "history")
    return tuple(ids for ids in found if ids)


def playlists(lists: Iterable[OwnList], known: Container[str]) -> dict[str, tuple[str, ...]]:
    """Give the ids of each playlist by its name, of those tracks that are known.

    Where two programs have one of the same name, the later says which program it is.
    """
    found: dict[str, tuple[str, ...]] = {}
    for each in lists:
        if each.kind == "playlist":
            name = f"{each.name} ({each.source})" if each.name in found else each.name
            found[name] = tuple(id_ for id_, _ in each.tracks if id_ in known)
    return found


def _began(history: OwnList) -> float:
    times = [at_s for _, at_s in history.tracks if at_s is not None]
    return min(times) if times and history.kind == "history" else 0.0
