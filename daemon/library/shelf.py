"""A library's folder: who may write to it, and the indexes and the manifest that are derived from its catalogue.

Conventions
-----------
``catalogue.sqlite`` is the truth. ``ident.faiss``, ``entry.faiss`` and ``manifest.json`` are written as new files,
synced and renamed, the manifest last. A large library has ``ident.f16`` besides, all rows as they are, and
``late.faiss`` once tracks were added to it. The manifest lists which revision of which track stands where in the
indexes, and a stamp over its part of that list is in each file, so that parts of two builds are never taken for one.
Where they are missing, damaged or behind the catalogue they are made again; while another process is indexing, the last
whole build is used.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import LibraryError
from .catalogue import Catalogue, Row
from .cue_ins import CueIns, cue_ins
from .idents import Idents, Part
from .index import EXACT_LIMIT, CoarseIndex, Floats, Nearest, VectorIndex, beside
from .manifest import Held, Manifest, Order, stamp_of
from .sealed import check, sync

ENTRY, IDENT, LATE = "entry.faiss", "ident.faiss", "late.faiss"
LATE_ROWS = 100_000
"""Hops that may have come to a large library since its index was built; more, and it is built anew."""
GONE = 0.1
"""Part of a large library, in hops, that may have gone from it before that."""


class Lock:
    """The right to write to a library folder; the system takes it back when its holder dies.

    Raises
    ------
    LibraryError
        On entering, if another process has it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> "Lock":
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as exc:
            raise LibraryError(f"cannot write to the library {self._folder}: {exc.strerror}") from exc
        try:
            _lock(self._descriptor)
        except OSError as exc:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise LibraryError(
                f"another 'segue' (process {holder or 'unknown'}) is writing to {self._folder}; wait for it, or stop it"
            ) from exc
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class Indexes:
    """What finds rows in a library, and the tracks that it has."""

    idents: Idents
    """By number of a track."""
    entry: VectorIndex
    """By row of a cue-in, those of each track after each other."""
    order: Order
    """The tracks, by number."""
    own: str
    """Stamp of the DJ's cues that are among the cue-ins."""


def derive(folder: Path, catalogue: Catalogue, artifact: str, *, write: bool = True) -> Indexes:
    """Build the indexes from the catalogue; of a large one, what came since the last build goes into a part of its own.

    Parameters
    ----------
    artifact
        SHA-256; tracks of other artifacts are left out.
    write
        Also write the files (the caller holds the lock).
    """
    with catalogue.reading():
        rows = catalogue.tracks(artifact)
        order = [(row["id"], row["rev"]) for row in rows]
        keys, own = [found.keys for found in cue_ins(catalogue, rows)], catalogue.own.stamp
        tracks = [(row["id"], row["rev"], int(row["hops"])) for row in rows]
        try:
            built = _parts(folder, artifact, catalogue, tracks, write)
            entry = _entry(keys)
            if write:
                _write(folder, artifact, order, built, entry, own)
        except (OSError, RuntimeError) as exc:
            raise LibraryError(f"cannot write the indexes of {folder} ({exc}); is the disk full?") from exc
    return Indexes(_joined(built, order), entry, order, own)


def open_indexes(
    folder: Path, catalogue: Catalogue, artifact: str, now: Sequence[Row], cues: Sequence[CueIns], own: str
) -> Indexes:
    """Read the indexes, or build them where they cannot be used.

    Parameters
    ----------
    now
        The tracks that the catalogue holds at this moment.
    cues, own
        What `cue_ins` gives for them, and the stamp of the DJ's part of it.
    """
    wanted = [(row["id"], row["rev"]) for row in now]
    try:
        manifest = Manifest.read(folder, artifact)
        built = [_open(folder, artifact, tracks, bool(n)) for n, tracks in enumerate(manifest.parts)]
    except LibraryError:
        manifest = None
    if manifest is not None and manifest.order == wanted:
        with contextlib.suppress(LibraryError):
            entry = VectorIndex.read(folder / ENTRY, stamp_of(artifact + own, wanted))
            return Indexes(_joined(built, wanted), entry, wanted, own)
    try:
        with Lock(folder):
            return derive(folder, catalogue, artifact)
    except (LibraryError, OSError):
        # Somebody is indexing, or nobody may write here.
        if manifest is None:
            return derive(folder, catalogue, artifact, write=False)
    there = set(manifest.order)
    left = [n for n, track in enumerate(wanted) if track in there]
    order = [wanted[n] for n in left]
    return Indexes(_joined(built, order), _entry([cues[n].keys for n in left]), order, own)


def current(folder: Path, artifact: str, now: Order, own: str = "") -> bool:
    """Tell whether the derived files are those of what the catalogue holds now, without reading the indexes."""
    try:
        manifest = Manifest.read(folder, artifact)
        check(folder / ENTRY, stamp_of(artifact + own, now), blocks=0)
        for n, tracks in enumerate(manifest.parts):
            for path in _files(folder, tracks, bool(n)):
                check(path, stamp_of(artifact, tracks), blocks=0)
    except LibraryError:
        return False
    return manifest.order == now


@dataclass(frozen=True, slots=True)
class _Built:
    index: Nearest
    tracks: Held
    late: bool = False
    new: bool = True
    """It is not on disk yet."""


def _joined(parts: Sequence[_Built], order: Order) -> Idents:
    number = {track: n for n, track in enumerate(order)}
    joined = []
    for part in parts:
        numbers = [number.get((track_id, rev), -1) for track_id, rev, _ in part.tracks]
        joined.append(Part(part.index, [hops for *_, hops in part.tracks], numbers))
    return Idents(joined)


def _parts(folder: Path, artifact: str, catalogue: Catalogue, tracks: Held, write: bool) -> list[_Built]:
    """Build what is not there yet: everything, or a late part beside a large one that will do."""
    try:
        base = Manifest.read(folder, artifact).parts[0]
        there = set(base)
        late = [track for track in tracks if track not in there]
        gone = _hops(base) + _hops(late) - _hops(tracks)
        if _hops(base) > EXACT_LIMIT and _hops(late) <= LATE_ROWS and gone <= GONE * _hops(base):
            old = _open(folder, artifact, base, late=False)
            added = _Built(VectorIndex.build(_blocks(catalogue, late), old.index.dim), late, late=True)
            return [old, added] if late else [old]
    except LibraryError:
        pass  # there is nothing to build on
    width = next((rows.shape[1] for rows in _blocks(catalogue, tracks) if len(rows)), 0)
    blocks = _blocks(catalogue, tracks)
    if _hops(tracks) > EXACT_LIMIT:
        return [_Built(CoarseIndex.build(blocks, width, folder / IDENT if write else None), tracks)]
    return [_Built(VectorIndex.build(blocks, width), tracks)]


def _blocks(catalogue: Catalogue, tracks: Held) -> Iterator[npt.NDArray[np.float16]]:
    for track_id, rev, count in tracks:
        rows = catalogue.ident(track_id, rev)
        if rows is None or len(rows) != count:
            raise LibraryError(f"{catalogue.path} is damaged: track {track_id} has not the {count} hops that it names")
        yield rows


def _entry(keys: Sequence[Floats]) -> VectorIndex:
    return VectorIndex.build(keys, keys[0].shape[1] if keys else 0)


def _hops(tracks: Held) -> int:
    return sum(hops for *_, hops in tracks)


def _files(folder: Path, tracks: Held, late: bool) -> list[Path]:
    path = folder / (LATE if late else IDENT)
    return [path, beside(path)] if _hops(tracks) > EXACT_LIMIT else [path]


def _open(folder: Path, artifact: str, tracks: Held, late: bool) -> _Built:
    path, *rows = _files(folder, tracks, late)
    index = (CoarseIndex if rows else VectorIndex).read(path, stamp_of(artifact, tracks))
    return _Built(index, tracks, late, new=False)


def _write(folder: Path, artifact: str, order: Order, parts: Sequence[_Built], entry: VectorIndex, own: str) -> None:
    kept: set[str] = set()
    for part in parts:
        files = _files(folder, part.tracks, part.late)
        kept |= {path.name for path in files}
        if part.new:
            part.index.write(files[0], stamp_of(artifact, part.tracks))
    entry.write(folder / ENTRY, stamp_of(artifact + own, order))
    Manifest(order, [part.tracks for part in parts]).write(folder, artifact, len(entry))
    for name in {LATE, beside(folder / IDENT).name} - kept:
        (folder / name).unlink(missing_ok=True)
    sync(folder)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
