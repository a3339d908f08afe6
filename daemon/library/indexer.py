"""The indexing job: folders of music in, a library out.

Conventions
-----------
Worker processes decode, analyse and embed, one thread each; this process alone writes to the catalogue, one
transaction a file, so that it can be killed at any moment and goes on from there when run again. A file is known by
path, size and mtime; if those changed, by the hash of its bytes; if those changed, by the hash of its sound.
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..analysis.edition import ANALYSIS
from ..artifact import fingerprint
from ..errors import LibraryError
from .catalogue import Catalogue, File
from .cue_keys import renew
from .examiner import Looked, file_of, prepare
from .scan import Found, content_hash, find, tags
from .shelf import Lock, current, derive
from .workers import Crash, Workers, cores, terminate_as_interrupt


@dataclass
class Report:
    """What an indexing run did."""

    library: str
    found: int = 0
    """Files that may be music."""
    indexed: int = 0
    """Files whose sound was looked at and is now in the library."""
    unchanged: int = 0
    moved: int = 0
    """Known content under a new name."""
    returned: int = 0
    """Files that were gone and are back."""
    removed: int = 0
    """Files that are gone."""
    failed: list[dict[str, str]] = field(default_factory=list)
    """Path and reason of each file that is not in the library."""
    duplicates: list[dict[str, str]] = field(default_factory=list)
    """Path of each file whose sound the library also has under another path, which is ``same_as``."""
    notes: list[dict[str, str]] = field(default_factory=list)
    """Path and remark of files that are in the library only in part."""
    interrupted: bool = False
    tracks: int = 0
    cues: int = 0
    hops: int = 0
    audio_s: float = 0.0
    """Sound that was decoded in this run."""
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    files_done: int
    files: int
    bytes_done: int
    """Of the files to look at."""
    bytes: int
    audio_s: float
    """Sound done."""
    path: str
    """The file that was done last."""
    failure: str = ""
    """Why it could not be indexed."""


def index(
    folder: Path,
    paths: Sequence[Path],
    artifact: Path,
    *,
    jobs: int | None = None,
    reanalyse: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """Bring a library up to date with what is on the disk.

    Parameters
    ----------
    folder
        The library's; made if it is missing.
    paths
        Files and folders to look at. Only below these can a file be found missing. Without any, what the library has
        is looked at again.
    artifact
        The model's ONNX file. What another one embedded is embedded again, wherever it is.
    jobs
        Worker processes; one per core if not said.
    reanalyse
        Analyse and embed again what is below ``paths``, or all of the library without any, though nothing has changed.
    tell
        Called after every file that took work, and for every one that failed.

    Raises
    ------
    LibraryError
        If another process is writing to the library, it is damaged, or there is nothing to index.
    ArtifactError
        If the artifact cannot be used.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise LibraryError(f"no file or folder at {path}")
    sha256 = fingerprint(artifact)
    start_s = time.monotonic()
    report = Report(str(folder.absolute()))
    with Lock(folder), Catalogue.create(folder) as catalogue:
        if not paths and not catalogue.files():
            raise LibraryError(f"the library {folder} is empty; 'segue index PATH --library {folder}' fills it")
        run = _Run(catalogue, artifact, sha256, report, tell)
        if reanalyse:
            run.distrust(paths)
        with terminate_as_interrupt():
            try:
                run.look(paths, jobs or cores())
                renew(catalogue, artifact, sha256, jobs or cores())
            except KeyboardInterrupt:
                report.interrupted = True
        now = catalogue.order(sha256)
        if not current(folder, sha256, now, catalogue.own.stamp):
            derive(folder, catalogue, sha256)
        report.tracks, report.cues, report.hops = catalogue.counts(sha256)
    report.wall_s = time.monotonic() - start_s
    return report


class _Run:
    """One pass over the disk."""

    def __init__(
        self, catalogue: Catalogue, artifact: Path, sha256: str, report: Report, tell: Callable[[Progress], None]
    ) -> None:
        self._catalogue = catalogue
        self._artifact = artifact
        self._sha256 = sha256
        self._report = report
        self._tell = tell
        self._files: dict[str, File] = {}
        self._by_size: dict[int, set[str]] = {}
        self._by_track: dict[str, set[str]] = {}
        for file in catalogue.files().values():
            self._know(file)
        self._gone: set[str] = set()
        self._made = {track for track, by in catalogue.made().items() if by == (sha256, ANALYSIS)}
        self._distrusted: set[str] = set()
        self._progress = Progress(0, 0, 0, 0, 0.0, "")

    def distrust(self, paths: Sequence[Path]) -> None:
        """Take what is known of the files below ``paths``, or of all without any, for out of date."""
        roots = {os.path.abspath(path) for path in paths}
        self._distrusted = {path for path in self._files if not paths or _below(path, roots)}
        self._made -= {self._files[path].track for path in self._distrusted}

    def look(self, paths: Sequence[Path], jobs: int) -> None:
        if self._catalogue.artifact != self._sha256:
            self._catalogue.set_artifact(self._sha256)
        found, refused = find(paths)
        self._report.found = len(found)
        for path, reason in refused:
            self._fail(path, reason)
        self._bury({f.path for f in found}, paths)
        found += self._outdated({f.path for f in found}, paths)
        work = [f for f in found if not self._settled(f)]
        work = [f for f in work if not self._recognised(f)]
        # The longest first, so that no worker is left alone with one at the end.
        work.sort(key=lambda f: (-f.size, f.path))
        self._progress = Progress(0, len(work), 0, sum(f.size for f in work), 0.0, "")
        workers: Workers[Found, Looked] = Workers(jobs, prepare, (str(self._artifact), frozenset(self._made)))
        with contextlib.closing(workers.run(work)) as answers:
            for f, answer in answers:
                if isinstance(answer, Crash):
                    file = File(f.path, f.size, f.mtime_ns, "", None, answer.reason, ANALYSIS)
                    answer = Looked(file, 0.0)
                self._keep(answer)
                p = self._progress
                self._progress = replace(
                    p,
                    files_done=p.files_done + 1,
                    bytes_done=p.bytes_done + f.size,
                    audio_s=p.audio_s + answer.audio_s,
                    path=f.path,
                )
                self._report.audio_s = self._progress.audio_s
                self._tell(replace(self._progress, failure=answer.file.error))

    def _bury(self, there: set[str], paths: Sequence[Path]) -> None:
        """Make tombstones of known files that are no longer where we looked."""
        roots = {os.path.abspath(path) for path in paths}
        gone = [
            file.path
            for file in self._files.values()
            if file.present and file.path not in there and _below(file.path, roots)
            and not os.path.exists(file.path)
        ]  # fmt: skip
        if gone:
            with self._catalogue.transaction():
                for path in gone:
                    self._catalogue.hide_file(path)
                    self._know(replace(self._files[path], present=False))
        self._gone = {path for path in gone if self._files[path].track}
        self._report.removed = len(self._gone)

    def _outdated(self, there: set[str], paths: Sequence[Path]) -> list[Found]:
        """Known files elsewhere that must be looked at again, since another artifact or analysis made their tracks."""
        again = []
        for file in self._files.values():
            if file.present and file.path not in there and file.track and (not paths or file.track not in self._made):
                try:
                    status = os.stat(file.path)
                except OSError:
                    if file.track not in self._made:
                        self._fail(file.path, "is not there now, and waits to be embedded again until it is")
                    continue
                again.append(Found(file.path, status.st_size, status.st_mtime_ns))
        return again

    def _settled(self, f: Found) -> bool:
        """Take a file whose path, size and mtime are known, if nothing is to be done for it."""
        file = self._files.get(f.path)
        if file is None or (file.size, file.mtime_ns) != (f.size, f.mtime_ns) or not self._usable(file):
            return False
        if not file.present:
            self._put(replace(file, present=True))
            self._report.returned += 1
        elif file.track:
            self._report.unchanged += 1
        if file.error:
            self._fail(f.path, file.error)
        return True

    def _recognised(self, f: Found) -> bool:
        """Take a file whose bytes are known under another path, or with another mtime."""
        sized = [self._files[path] for path in sorted(self._by_size.get(f.size, ()))]
        sized = [file for file in sized if file.track and self._usable(file)]
        if not sized:
            return False
        try:
            content = content_hash(f.path)
        except OSError:
            return False
        twins = [file for file in sized if file.content == content]
        if not twins:
            return False
        others = [file for file in twins if file.path != f.path]
        there = [file for file in others if os.path.exists(file.path)]
        touched = len(others) < len(twins)
        file = file_of(f, content, twins[0].track, ANALYSIS, tags(f.path))
        with self._catalogue.transaction():
            for other in others:
                if other not in there:
                    self._catalogue.drop_file(other.path)
            self._catalogue.put_file(file)
        for other in others:
            if other not in there:
                self._forget(other)
        self._know(file)
        if touched:
            self._report.unchanged += 1
        elif there:
            self._report.duplicates.append({"path": f.path, "same_as": there[0].path})
        else:
            self._report.moved += 1
        return True

    def _keep(self, answer: Looked) -> None:
        """Write a worker's answer."""
        file, record = answer.file, answer.record
        if record is not None and record.id in self._made:  # the same sound twice in one run
            record = None
        with self._catalogue.transaction():
            if record is not None:
                self._catalogue.put_track(record)
            self._catalogue.put_file(file)
        if record is not None:
            self._made.add(record.id)
            if record.note:
                self._report.notes.append({"path": file.path, "note": record.note})
        self._know(file)
        if not file.track:
            self._report.failed.append({"path": file.path, "reason": file.error})
            return
        self._report.indexed += 1
        twins = sorted(p for p in self._by_track[file.track] if p != file.path and self._files[p].present)
        if twins:
            self._report.duplicates.append({"path": file.path, "same_as": twins[0]})

    def _know(self, file: File) -> None:
        if file.path in self._files:
            self._forget(self._files[file.path])
        self._files[file.path] = file
        self._by_size.setdefault(file.size, set()).add(file.path)
        if file.track:
            self._by_track.setdefault(file.track, set()).add(file.path)

    def _forget(self, file: File) -> None:
        del self._files[file.path]
        self._by_size[file.size].discard(file.path)
        if file.track:
            self._by_track[file.track].discard(file.path)
        if file.path in self._gone:
            self._gone.remove(file.path)
            self._report.removed = len(self._gone)

    def _usable(self, file: File) -> bool:
        if file.track:
            return file.track in self._made
        return bool(file.error) and file.version == ANALYSIS and file.path not in self._distrusted

    def _put(self, file: File) -> None:
        with self._catalogue.transaction():
            self._catalogue.put_file(file)
        self._know(file)

    def _fail(self, path: str, reason: str) -> None:
        self._report.failed.append({"path": path, "reason": reason})
        self._tell(replace(self._progress, path=path, failure=reason))


def _below(path: str, roots: Set[str]) -> bool:
    """Tell whether a path is one of some, or lies in one of them; a DJ program's library may name thousands."""
    while path not in roots:
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above
    return True
