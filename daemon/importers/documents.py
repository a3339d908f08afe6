"""Opens the files of other programs: XML without its dangers, databases as copies, never the originals.

Conventions
-----------
A database is copied with its journal before it is opened, so that nothing is ever locked or written beside the
original; a program that is writing to it at that moment is found out by checking the copy.
"""

import contextlib
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from .foreign import ForeignError

MOST_XML_BYTES = 512_000_000
"""A collection of 200,000 tracks with their cues."""
MOST_DATABASE_BYTES = 8_000_000_000
MOST_TAG_BYTES = 16_000_000
_TORN = (sqlite3.Error, struct.error, ValueError, TypeError, LookupError, ArithmeticError)
"""What comes of rows that hold something else than they should."""


def read_bytes(path: Path, most: int = MOST_TAG_BYTES) -> bytes:
    """Read a file that has no more than so many bytes.

    Raises
    ------
    ForeignError
        If it has more, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as exc:
        raise ForeignError(f"{path} cannot be read: {exc.strerror or exc}; check its rights") from exc
    if len(data) > most:
        raise ForeignError(f"{path} has more than {most // 1_000_000} MB; that is no library that can be read")
    return data


def read_xml(path: Path, root: str) -> Element:
    """Read an XML document whose root has a certain name.

    Raises
    ------
    ForeignError
        If it is none, is cut off, has another root, or declares entities, which no such program does.
    """
    try:
        found: Element = fromstring(read_bytes(path, MOST_XML_BYTES), forbid_dtd=True)
    except DefusedXmlException as exc:
        raise ForeignError(f"{path} declares a document type, which no DJ program writes; it was not read") from exc
    except (ParseError, ValueError, LookupError, RecursionError) as exc:
        raise ForeignError(f"{path} is damaged or no XML ({exc}); export it again") from exc
    if found.tag != root:
        raise ForeignError(f"{path} is a document of <{found.tag[:40]}>, wanted <{root}>; export it again")
    return found


@contextlib.contextmanager
def database(path: Path, *tables: str) -> Iterator[sqlite3.Connection]:
    """Open a copy of an SQLite database that has certain tables; rows are read by name.

    Raises
    ------
    ForeignError
        If it is none, is damaged, or lacks a table.
    """
    with tempfile.TemporaryDirectory(prefix="segue-") as folder:
        copy = Path(folder) / "copy.sqlite"
        try:
            if path.stat().st_size > MOST_DATABASE_BYTES:
                raise ForeignError(f"{path} has more than {MOST_DATABASE_BYTES // 10**9} GB; that is no DJ's library")
            shutil.copyfile(path, copy)
            for end in ("-wal", "-journal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{end}", f"{copy}{end}")
        except OSError as exc:
            raise ForeignError(f"{path} cannot be read: {exc.strerror or exc}; check its rights") from exc
        try:
            with contextlib.closing(sqlite3.connect(copy)) as db:
                db.row_factory = sqlite3.Row
                db.text_factory = lambda data: data.decode("utf-8", "replace")
                (state,) = db.execute("PRAGMA quick_check(1)").fetchone()
                if state != "ok":
                    raise ForeignError(
                        f"{path} is damaged ({' '.join(state.split())}); close the program that uses it and try again"
                    )
                there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
                if missing := [name for name in tables if name not in there]:
                    raise ForeignError(f"{path} has no table '{missing[0]}'; it is another program's database")
                yield db
        except _TORN as exc:
            raise ForeignError(f"{path} is damaged, or of an edition that is not known ({exc})") from exc
