"""The catalogue: every track and file of a library, in one SQLite database. It is the truth; all else is derived.

Conventions
-----------
A *track* is a recording, known by a hash of its sound; a *file* is a path where it was seen. Two files with the same
sound are one track, and its first path in the alphabet speaks for it. A file that is gone keeps its row with
``present = 0`` (a tombstone), so that its return costs nothing. Each write is one transaction, so whatever kills the
process, a track is there whole or not at all. Nothing in a row depends on when or in which order it was written.
Arrays are stored as little-endian bytes: beats f8, downbeats i4, energy f4, keys and queries f4 (``width`` numbers a
row), ident f2 (``hops`` rows), bands u1 (``bands.BANDS`` a row).
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import LibraryError
from .own import Own
from .records import CueRow, File, Record
from .tables import FORMAT, TABLES, UPGRADES, VISIBLE

__all__ = ["FILE", "Catalogue", "CueRow", "File", "Record", "Row"]

Row = sqlite3.Row
"""A row whose columns are read by name."""

FILE = "catalogue.sqlite"


class Catalogue:
    """The database of one library folder. Use from one thread at a time; `close` when done."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path
        self.own = Own(connection)
        """What the DJ's own programs say; used inside `transaction` or `reading`."""

    @classmethod
    def open(cls, folder: Path) -> "Catalogue":
        """Open an existing library.

        Raises
        ------
        LibraryError
            If there is none, or it is damaged or of another format.
        """
        path = folder / FILE
        if not path.is_file():
            raise LibraryError(f"no library in {folder}; 'segue index PATH --library {folder}' makes one")
        with _translated(path):
            try:
                return cls._connect(path, "mode=rw")
            except sqlite3.OperationalError:
                # A folder that cannot be written to, such as a stick's: nobody else writes there either.
                return cls._connect(path, "mode=ro&immutable=1")

    @classmethod
    def create(cls, folder: Path) -> "Catalogue":
        """Open a library to write to it, and make it if there is none; the caller holds its lock."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise LibraryError(f"cannot make the library folder {folder}: {exc.strerror}") from exc
        path = folder / FILE
        if not path.exists():
            # Made beside its place and then put there, so that nobody ever opens one without tables.
            new = path.with_name(FILE + ".new")
            for old in (new, *(Path(f"{base}{end}") for base in (new, path) for end in ("-wal", "-shm"))):
                old.unlink(missing_ok=True)
            with _translated(path), contextlib.closing(sqlite3.connect(new, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")
            new.replace(path)
        with _translated(path):
            return cls._connect(path, "mode=rw", upgrade=True)

    @classmethod
    def _connect(cls, path: Path, how: str, *, upgrade: bool = False) -> "Catalogue":
        uri = f"{path.absolute().as_uri()}?{how}"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA busy_timeout = 10000")
            db.execute("PRAGMA foreign_keys = ON")
            # In WAL mode this loses nothing when the process dies, and no more than the last track in a power cut.
            db.execute("PRAGMA synchronous = NORMAL")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            while upgrade and version in UPGRADES:
                db.executescript(f"BEGIN; {UPGRADES[version]} PRAGMA user_version = {version + 1}; COMMIT;")
                version += 1
            if version in UPGRADES:
                raise LibraryError(f"{path} is of an older Segue; 'segue index --library {path.parent}' updates it")
            if version != FORMAT:
                raise LibraryError(
                    f"{path} has format {version}, this program reads {FORMAT}; index into a new folder with --library"
                )
        except BaseException:
            db.close()
            raise
        return cls(db, path)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen, or none."""
        with _translated(self.path):
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:  # Ctrl-C too, wherever it comes
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see one moment."""
        with _translated(self.path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    @property
    def artifact(self) -> str:
        """SHA-256 of the artifact that the library was last indexed with; empty if never."""
        row = self._one("SELECT value FROM meta WHERE key = 'artifact'")
        return str(row["value"]) if row else ""

    def set_artifact(self, sha256: str) -> None:
        """Bind the library to an artifact; tracks of another one are hidden until they are embedded again."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('artifact', ?)", (sha256,))

    def files(self) -> dict[str, File]:
        """Every file ever seen, by path."""
        with _translated(self.path):
            rows = self._db.execute("SELECT * FROM file ORDER BY path").fetchall()
        return {row["path"]: _file(row) for row in rows}

    def made(self) -> dict[str, tuple[str, int]]:
        """Artifact and analysis version of every track, by id."""
        with _translated(self.path):
            rows = self._db.execute("SELECT id, artifact, version FROM track").fetchall()
        return {row["id"]: (row["artifact"], row["version"]) for row in rows}

    def put_file(self, file: File) -> None:
        """Write a file's row (inside a transaction)."""
        self._db.execute(
            "INSERT OR REPLACE INTO file (path, size, mtime_ns, content, present, track, error, version,"
            " title, artist, album, genre) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(
                    file.path,
                    file.size,
                    file.mtime_ns,
                    file.content,
                    file.present,
                    file.track,
                    file.error,
                    file.version,
                ),
                *(file.title, file.artist, file.album, file.genre),
            ),
        )

    def hide_file(self, path: str) -> None:
        """Make a file's row a tombstone (inside a transaction)."""
        self._db.execute("UPDATE file SET present = 0 WHERE path = ?", (path,))

    def drop_file(self, path: str) -> None:
        """Forget a path, for one that was renamed (inside a transaction)."""
        self._db.execute("DELETE FROM file WHERE path = ?", (path,))

    def put_track(self, record: Record) -> None:
        """Write a track in place of what was known of it (inside a transaction)."""
        blobs = [
            np.ascontiguousarray(array, dtype).tobytes()
            for array, dtype in (
                (record.beats_s, "<f8"), (record.downbeats, "<i4"), (record.energy, "<f4"), (record.keys, "<f4"),
                (record.queries, "<f4"), (record.ident, "<f2"), (record.bands, "u1"),
            )
        ]  # fmt: skip
        rev = hashlib.blake2b(record.artifact.encode(), digest_size=8)
        for blob in blobs:
            rev.update(blob)
        # An update in place: a replacement would delete the row first, and with it what refers to it.
        columns = {
            "id": record.id, "artifact": record.artifact, "version": record.version, "rev": rev.hexdigest(),
            "duration_s": record.duration_s, "tempo_bpm": record.tempo_bpm,
            "tempo_confidence": record.tempo_confidence, "pitch_class": record.pitch_class, "mode": record.mode,
            "key_confidence": record.key_confidence, "loudness_lufs": record.loudness_lufs,
            "energy_mean": float(record.energy.mean()) if len(record.energy) else 0.0,
            "silence_start_s": record.silence_start_s, "silence_end_s": record.silence_end_s, "note": record.note,
            "hops": len(record.ident), "hop_s": record.hop_s,
            "width": record.keys.shape[1], "beats": blobs[0], "downbeats": blobs[1],
            "energy": blobs[2], "keys": blobs[3], "queries": blobs[4],
        }  # fmt: skip
        self._db.execute(
            f"INSERT INTO track ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}",
            tuple(columns.values()),
        )
        self._db.execute("INSERT OR REPLACE INTO ident VALUES (?, ?)", (record.id, blobs[5]))
        self._db.execute("INSERT OR REPLACE INTO bands VALUES (?, ?)", (record.id, blobs[6]))
        self._db.execute("DELETE FROM cue WHERE track = ?", (record.id,))
        self._db.execute("DELETE FROM section WHERE track = ?", (record.id,))
        self._db.executemany(
            "INSERT INTO cue VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (record.id, role, i, c.kind, c.position_s, c.beat, c.confidence, json.dumps(c.evidence, sort_keys=True))
                for role, cues in (("in", record.cues), ("out", record.mix_outs))
                for i, c in enumerate(cues)
            ],
        )
        self._db.executemany(
            "INSERT INTO section VALUES (?, ?, ?, ?, ?, ?)",
            [(record.id, i, *section) for i, section in enumerate(record.sections)],
        )

    def drop_track(self, track_id: str) -> None:
        """Forget a track and its files (inside a transaction)."""
        self._db.execute("DELETE FROM file WHERE track = ?", (track_id,))
        self._db.execute("DELETE FROM track WHERE id = ?", (track_id,))

    def order(self, artifact: str) -> list[tuple[str, str]]:
        """Id and revision of every visible track of an artifact, by id."""
        with _translated(self.path):
            rows = self._db.execute(f"SELECT t.id, t.rev {VISIBLE} WHERE t.artifact = ? ORDER BY t.id", (artifact,))
            return [(row["id"], row["rev"]) for row in rows]

    def counts(self, artifact: str) -> tuple[int, int, int]:
        """Visible tracks of an artifact, their cue-ins and their hops."""
        row = self._one(f"SELECT COUNT(*) AS tracks, TOTAL(t.hops) AS hops {VISIBLE} WHERE t.artifact = ?", artifact)
        cues = self._one(
            f"SELECT COUNT(*) AS cues {VISIBLE} JOIN cue c ON c.track = t.id WHERE t.artifact = ? AND c.role = 'in'",
            artifact,
        )
        return (int(row["tracks"]), int(cues["cues"]), int(row["hops"])) if row and cues else (0, 0, 0)

    def tracks(self, artifact: str | None = None) -> list[Row]:
        """Every visible track (of an artifact, or of all), by id, with the path and the tags of its first file."""
        where, arguments = ("WHERE t.artifact = ?", (artifact,)) if artifact is not None else ("", ())
        with _translated(self.path):
            query = f"SELECT t.*, f.path, f.title, f.artist, f.album, f.genre {VISIBLE} {where} ORDER BY t.id"
            return self._db.execute(query, arguments).fetchall()

    def cues(self) -> list[tuple[str, str, int, str, float, int, float]]:
        """Every cue of every track: track, role, idx, kind, position_s, beat, confidence; in that order."""
        with _translated(self.path):
            cursor = self._db.execute(
                "SELECT track, role, idx, kind, position_s, beat, confidence FROM cue ORDER BY track, role, idx"
            )
            cursor.row_factory = None
            return cursor.fetchall()

    def details(self, track_id: str) -> dict[str, Any]:
        """What `tracks` leaves out about one track: sections, evidence of cues, and all its files."""
        with _translated(self.path):
            sections = self._db.execute("SELECT * FROM section WHERE track = ? ORDER BY idx", (track_id,)).fetchall()
            cues = self._db.execute("SELECT * FROM cue WHERE track = ? ORDER BY role, idx", (track_id,)).fetchall()
            files = self._db.execute("SELECT * FROM file WHERE track = ? ORDER BY path", (track_id,)).fetchall()
        return {"sections": sections, "cues": cues, "files": [_file(row) for row in files]}

    def ident(self, track_id: str, rev: str | None = None) -> npt.NDArray[np.float16] | None:
        """Ident of a track, (hops, E); None if it is gone, or no longer the wanted revision."""
        row = self._one(
            "SELECT t.rev, t.hops AS n, i.hops FROM ident i JOIN track t ON t.id = i.track WHERE t.id = ?", track_id
        )
        if row is None or (rev is not None and row["rev"] != rev):
            return None
        return np.frombuffer(row["hops"], "<f2").reshape(row["n"], -1) if row["n"] else np.zeros((0, 0), np.float16)

    def open_bands(self, track_id: str) -> sqlite3.Blob | None:
        """Open a track's levels, to read some of them; None if it is gone. The caller closes it."""
        row = self._one("SELECT rowid FROM bands WHERE track = ?", track_id)
        with _translated(self.path):
            return None if row is None else self._db.blobopen("bands", "ticks", row["rowid"], readonly=True)

    def _one(self, query: str, *arguments: object) -> Row | None:
        with _translated(self.path):
            row: Row | None = self._db.execute(query, arguments).fetchone()
            return row


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as exc:
        raise LibraryError(f"{path} cannot be used ({exc}); is the disk full, or the folder write-protected?") from exc
    except sqlite3.DatabaseError as exc:
        raise LibraryError(f"{path} is damaged ({exc}); move it away and run 'segue index PATH' again") from exc


def _file(row: Row) -> File:
    values = dict(row)
    return File(**{**values, "present": bool(values["present"])})
