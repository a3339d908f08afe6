"""A library's folder: who may write to it, and the two indexes and the manifest that are derived from its catalogue.

Conventions
-----------
``catalogue.sqlite`` is the truth. ``ident.faiss``, ``entry.faiss`` and ``manifest.json`` are written as new files,
synced and renamed, the manifest last. The manifest lists which revision of which track stands at which number of the
indexes, and a stamp over that list is in all three, so that parts of two builds are never taken for one. Where they
are missing, damaged or behind the catalogue they are made again; while another process is indexing, the last whole
build is used.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .catalogue import Catalogue
from .errors import LibraryError
from .index import VectorIndex

Floats = npt.NDArray[np.float32]
Order = list[tuple[str, str]]
"""Id and revision of each track, by number."""

FORMAT = 1


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
    """The two indexes, and how their numbers relate to those of the visible tracks."""

    ident: VectorIndex
    entry: VectorIndex
    renumber: npt.NDArray[np.int64] | None = None
    """For each number in the indexes, the track's number now (-1 gone); None if they are the same."""


def derive(folder: Path, catalogue: Catalogue, artifact: str, *, write: bool = True) -> tuple[Indexes, Order]:
    """Build both indexes from the catalogue.

    Parameters
    ----------
    artifact
        SHA-256; tracks of other artifacts are left out.
    write
        Also write the three files (the caller holds the lock).
    """
    with catalogue.reading():
        rows = catalogue.tracks(artifact)
        order = [(row["id"], row["rev"]) for row in rows]
        keys = [vectors(row["keys"], row["width"]) for row in rows]
        blocks = _Idents(catalogue, [track_id for track_id, _ in order])
        ident = VectorIndex.build(blocks, blocks.width, sum(row["hops"] for row in rows))
    entry = VectorIndex.build(list(enumerate(keys)), keys[0].shape[1] if keys else 0, sum(map(len, keys)), exact=True)
    if write:
        try:
            _write(folder, artifact, order, ident, entry)
        except (OSError, RuntimeError) as exc:
            raise LibraryError(f"cannot write the indexes of {folder} ({exc}); is the disk full?") from exc
    return Indexes(ident, entry), order


def open_indexes(folder: Path, catalogue: Catalogue, artifact: str, now: Order) -> tuple[Indexes, Order]:
    """Read the indexes, or build them where they cannot be used.

    Parameters
    ----------
    now
        What the catalogue holds at this moment.

    Returns
    -------
    The indexes, and the tracks that a snapshot of them has.
    """
    try:
        built, stamp = _read_manifest(folder, artifact)
        ident = VectorIndex.read(folder / "ident.faiss", stamp)
        entry = VectorIndex.read(folder / "entry.faiss", stamp)
    except LibraryError:
        built = None
    if built == now:
        return Indexes(ident, entry), now
    try:
        with Lock(folder):
            return derive(folder, catalogue, artifact)
    except (LibraryError, OSError):
        # Somebody is indexing, or nobody may write here.
        if built is None:
            return derive(folder, catalogue, artifact, write=False)
    there = set(now)
    left = [track for track in built if track in there]
    number = {track: n for n, track in enumerate(left)}
    return Indexes(ident, entry, np.array([number.get(track, -1) for track in built], np.int64)), left


def current(folder: Path, artifact: str, now: Order) -> bool:
    """Tell whether the derived files are those of what the catalogue holds now, without reading the indexes."""
    try:
        return _read_manifest(folder, artifact)[0] == now and all(
            VectorIndex.written_from(folder / name, stamp_of(artifact, now)) for name in ("ident.faiss", "entry.faiss")
        )
    except LibraryError:
        return False


def stamp_of(artifact: str, order: Order) -> bytes:
    """32 bytes that tell one build from another."""
    return hashlib.sha256(json.dumps([artifact, order]).encode()).digest()


def vectors(blob: bytes, width: int) -> Floats:
    """Stored vectors as rows, (n, width)."""
    return np.frombuffer(blob, "<f4").reshape(-1, width) if width else np.zeros((0, 0), np.float32)


class _Idents:
    """The ident of each track, read from the catalogue as it is wanted, as often as it is wanted."""

    def __init__(self, catalogue: Catalogue, ids: Sequence[str]) -> None:
        self._catalogue = catalogue
        self._ids = ids
        self.width = next((rows.shape[1] for _, rows in self if len(rows)), 0)

    def __iter__(self) -> Iterator[tuple[int, Floats]]:
        for number, track_id in enumerate(self._ids):
            rows = self._catalogue.ident(track_id)
            yield number, np.zeros((0, 0), np.float32) if rows is None else rows.astype(np.float32)


def _read_manifest(folder: Path, artifact: str) -> tuple[Order, bytes]:
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT or manifest["artifact_sha256"] != artifact:
            raise LibraryError(f"{path} belongs to another build")
        order = [(track_id, rev) for track_id, rev in (track.split(" ") for track in manifest["order"])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise LibraryError(f"{path} cannot be read ({exc})") from exc
    stamp = stamp_of(artifact, order)
    if manifest.get("stamp") != stamp.hex():
        raise LibraryError(f"{path} is damaged")
    return order, stamp


def _write(folder: Path, artifact: str, order: Order, ident: VectorIndex, entry: VectorIndex) -> None:
    stamp = stamp_of(artifact, order)
    ident.write(folder / "ident.faiss", stamp)
    entry.write(folder / "entry.faiss", stamp)
    counts = {"tracks": len(order), "cues": len(entry), "hops": len(ident)}
    built = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {"format": FORMAT, "artifact_sha256": artifact, **counts, "built": built, "stamp": stamp.hex()}
    _write_text(
        folder / "manifest.json", json.dumps({**manifest, "order": [" ".join(track) for track in order]}, indent=1)
    )
    _sync_folder(folder)


def _write_text(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _sync_folder(folder: Path) -> None:
    """Make renames last through a power cut, where the system lets a folder be synced."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
