"""Takes foreign libraries into ours: what of them we have, with times that fit the sound as it is decoded here.

Conventions
-----------
All of a library is written in one transaction, after everything that may fail. What has not changed since it was taken
in last is not decoded again.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..artifact import fingerprint
from ..errors import LibraryError
from ..library.catalogue import Catalogue
from ..library.cue_keys import Embedded, Marked, prepare
from ..library.own import OwnCue, OwnGrid, OwnList
from ..library.shelf import Lock, derive
from ..library.workers import Crash, Workers, cores
from .foreign import MOST_CUES, Cue, Library, Track, beats
from .match import Files


@dataclass
class Report:
    """What came in from one library."""

    source: str
    place: str
    tracks: int
    """That it has."""
    matched: int = 0
    """That our library has too."""
    moved: int = 0
    """Of those, found under another path."""
    cues: int = 0
    grids: int = 0
    playlists: int = 0
    sessions: int = 0
    plays: int = 0
    offsets: list[dict[str, object]] = field(default_factory=list)
    """Path and seconds, where the program's decoder is ahead of ours or behind."""
    not_indexed: list[str] = field(default_factory=list)
    """Files that are there, but not in our library."""
    not_found: list[str] = field(default_factory=list)
    """Files that are not on this disk."""
    failed: list[dict[str, str]] = field(default_factory=list)
    """Path and reason of files that could not be decoded."""


def take(
    folder: Path,
    artifact: Path,
    libraries: Sequence[Library],
    *,
    jobs: int | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> list[Report]:
    """Take libraries into ours.

    Parameters
    ----------
    folder
        Of our library.
    tell
        Called after every file that was decoded: how many, of how many.

    Raises
    ------
    LibraryError
        If there is no library, another process is writing to it, or another artifact built it.
    """
    sha256 = fingerprint(artifact)
    with Catalogue.open(folder) as catalogue, Lock(folder):
        if catalogue.artifact != sha256:
            raise LibraryError(f"the library {folder} was built by another artifact; run 'segue index' first")
        with catalogue.reading():
            durations_s = {row["id"]: float(row["duration_s"]) for row in catalogue.tracks(sha256)}
            files = list(catalogue.files().values())
        known = Files((f for f in files if f.track in durations_s), durations_s)
        every = Files(files, durations_s)
        taken = [_Taken(library, known, every, durations_s, catalogue, sha256) for library in libraries]
        work = [(each, marked) for each in taken for marked in each.work]
        workers: Workers[Marked, Embedded] = Workers(jobs or cores(), prepare, (str(artifact),))
        owner = {id(marked): each for each, marked in work}
        with contextlib.closing(workers.run([marked for _, marked in work])) as answers:
            for done, (marked, answer) in enumerate(answers, start=1):
                owner[id(marked)].hear(marked, answer)
                tell(done, len(work))
        with catalogue.transaction():
            for each in taken:
                each.write(catalogue)
        derive(folder, catalogue, sha256)
    return [each.report for each in taken]


class _Taken:
    """One library on its way in."""

    def __init__(
        self,
        library: Library,
        known: Files,
        every: Files,
        durations_s: dict[str, float],
        catalogue: Catalogue,
        sha256: str,
    ) -> None:
        self._library = library
        self._sha256 = sha256
        self._durations_s = durations_s
        matches = known.match(library.tracks)
        # A playlist keeps its place for what is hidden now: it may be on a drive that comes back.
        self._listed = {**every.match(library.tracks).ids, **matches.ids}
        self.report = Report(
            library.source, library.place, len(library.tracks), len(set(matches.ids.values())), len(matches.moved)
        )
        for n, track in enumerate(library.tracks):
            if n not in matches.ids and track.path:
                there = os.path.isfile(track.path)
                (self.report.not_indexed if there else self.report.not_found).append(track.path)
        self._tracks = {id_: library.tracks[n] for n, id_ in reversed(matches.ids.items())}
        self._cues: dict[str, tuple[OwnCue, ...]] = {}
        self._grids: dict[str, OwnGrid] = {}
        with catalogue.reading():
            self._before = catalogue.own.cues()
            paths = {row["id"]: row["path"] for row in catalogue.tracks(sha256)}
            said = ((id_, grid) for id_ in self._tracks for grid in catalogue.own.grids(id_))
            self._old_grids = {id_: grid for id_, grid in said if grid.source == library.source}
        self.work: list[Marked] = []
        for id_, track in sorted(self._tracks.items()):
            if not track.cues and not track.grid and not track.tempo_bpm:
                continue
            if not self._unchanged(id_, track):
                positions_s = tuple(cue.position_s for cue in track.cues[:MOST_CUES])
                self.work.append(Marked(id_, paths[id_], positions_s, beats(track.grid, durations_s[id_])))

    def _unchanged(self, id_: str, track: Track) -> bool:
        """Keep what was written last time, if the program still says the same."""
        grid = self._old_grids.get(id_)
        if grid is None:
            return False
        mine = self._mine(id_)
        inside = [c for c in track.cues[:MOST_CUES] if c.position_s + grid.offset_s < self._durations_s[id_]]
        same = len(mine) == len(inside) and all(
            cue == _own(said, grid.offset_s, self._sha256, cue.key) for cue, said in zip(mine, inside, strict=True)
        )
        made = self._gridded(id_, track, grid.offset_s)
        same = same and (made.tempo_bpm, made.key) == (grid.tempo_bpm, grid.key)
        if same := same and np.array_equal(made.beats_s, grid.beats_s):
            self._cues[id_], self._grids[id_] = mine, grid
        return same

    def _mine(self, id_: str) -> tuple[OwnCue, ...]:
        """What this program said of a track's cues last time."""
        said = (cue for cue in self._before.get(id_, ()) if cue.source == self._library.source)
        return tuple(replace(cue, source="") for cue in said)

    def hear(self, marked: Marked, answer: Embedded | Crash) -> None:
        """Take a worker's answer; where a file could not be decoded, what was said before stays."""
        id_, track = marked.track, self._tracks[marked.track]
        failure = answer.reason if isinstance(answer, Crash) else answer.failure
        if isinstance(answer, Crash) or failure:
            self.report.failed.append({"path": marked.path, "reason": failure})
            if (grid := self._old_grids.get(id_)) is not None:
                self._cues[id_], self._grids[id_] = self._mine(id_), grid
            return
        heard = zip(track.cues[:MOST_CUES], answer.keys, strict=True)
        self._cues[id_] = tuple(_own(cue, answer.offset_s, self._sha256, key) for cue, key in heard if key)
        self._grids[id_] = self._gridded(id_, track, answer.offset_s)
        if answer.offset_s:
            self.report.offsets.append({"path": marked.path, "offset_s": answer.offset_s})

    def _gridded(self, id_: str, track: Track, offset_s: float) -> OwnGrid:
        moved = tuple(replace(anchor, position_s=anchor.position_s + offset_s) for anchor in track.grid)
        return OwnGrid(track.tempo_bpm, track.key, offset_s, beats(moved, self._durations_s[id_]))

    def write(self, catalogue: Catalogue) -> None:
        """Write all of it (inside a transaction), and count it."""
        library, report = self._library, self.report
        lists = list(self._lists())
        catalogue.own.replace(
            library.source, self._cues, self._grids, lists, whole=library.whole, among=self._durations_s
        )
        report.cues = sum(map(len, self._cues.values()))
        report.grids = sum(len(grid.beats_s) > 0 for grid in self._grids.values())
        there = [(each.kind, sum(id_ in self._durations_s for id_, _ in each.tracks)) for each in lists]
        report.playlists = sum(kind == "playlist" and count > 0 for kind, count in there)
        report.sessions = sum(kind == "history" and count > 0 for kind, count in there)
        report.plays = sum(count for kind, count in there if kind == "history")

    def _lists(self) -> Iterable[OwnList]:
        """Give the lists with a track that we have or had, each under a name of its own."""
        used: set[tuple[str, str]] = set()
        every: list[tuple[str, str, Sequence[tuple[int, float | None]]]] = []
        for one in self._library.playlists:
            every.append(("playlist", one.name, [(n, None) for n in one.tracks]))
        for session in self._library.sessions:
            every.append(("history", session.name, session.plays))
        for kind, name, entries in every:
            tracks = tuple((self._listed[n], at_s) for n, at_s in entries if n in self._listed)
            if tracks:
                unique, more = name, 2
                while (kind, unique) in used:
                    unique, more = f"{name} ({more})", more + 1
                used.add((kind, unique))
                yield OwnList(kind, unique, tracks)


def _own(cue: Cue, offset_s: float, artifact: str, key: bytes) -> OwnCue:
    at_s = max(0.0, cue.position_s + offset_s)
    return OwnCue(cue.kind, cue.number, at_s, cue.length_s, cue.name, cue.colour, "", artifact, key)
