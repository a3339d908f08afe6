"""Files that tell whether they are whole: what was written, its checksums, and what it was made from.

Conventions
-----------
A sealed file is its content, then a CRC-32 for each ``BLOCK`` bytes of it, then a footer (length of the content, CRC-32
of those checksums, stamp). It is written under another name, synced and renamed, so nobody ever sees half of one. A
reader that hands the file to other people's code checks every block; one that only takes numbers from it, of which a
wrong one does little harm, checks the ends and a sample, whatever its size.
"""

import os
import struct
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import LibraryError

BLOCK = 1 << 20
STAMP_BYTES = 32
SAMPLE = 16
"""Blocks that a sampled check reads."""
_FOOTER = struct.Struct(f"<8sQI{STAMP_BYTES}s")
_MAGIC = b"SEGUEIX2"


def fresh(path: Path) -> Path:
    """Name under which a file is written before it is sealed."""
    return path.with_name(path.name + ".new")


def seal(path: Path, stamp: bytes) -> None:
    """Close what was written to ``fresh(path)`` with its checksums and put it in its place.

    Parameters
    ----------
    stamp
        ``STAMP_BYTES`` bytes that tell what it was made from.
    """
    new = fresh(path)
    with new.open("r+b") as file:
        length = os.fstat(file.fileno()).st_size
        sums = b"".join(struct.pack("<I", zlib.crc32(_block(file, n, length))) for n in range(_blocks(length)))
        file.seek(length)
        file.write(sums + _FOOTER.pack(_MAGIC, length, zlib.crc32(sums), stamp))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def check(path: Path, stamp: bytes, *, blocks: int | None = None) -> int:
    """Tell the length of a sealed file's content, in bytes, once it has been found whole.

    Parameters
    ----------
    blocks
        How many to read, the first and the last among them; every one if None, and only the seal if 0.

    Raises
    ------
    LibraryError
        If the file is missing, damaged, or was made from something else.
    """
    try:
        with path.open("rb") as file:
            length, sums = _seal_of(file, path, stamp)
            count = _blocks(length)
            some = range(count) if blocks is None or blocks >= count else np.linspace(0, count - 1, blocks).astype(int)
            for n in some:
                if struct.pack("<I", zlib.crc32(_block(file, int(n), length))) != sums[4 * n : 4 * n + 4]:
                    raise LibraryError(f"{path} is damaged")
    except OSError as exc:
        raise LibraryError(f"{path} cannot be read ({exc})") from exc
    return length


def write_text(path: Path, text: str) -> None:
    """Write a text under another name, then put it in its place."""
    new = fresh(path)
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def sync(folder: Path) -> None:
    """Make renames last through a power cut, where the system lets a folder be synced."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _seal_of(file: BinaryIO, path: Path, stamp: bytes) -> tuple[int, bytes]:
    """Length of the content and its checksums, as the end of a file promises them."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - _FOOTER.size))
    footer = file.read(_FOOTER.size)
    if len(footer) < _FOOTER.size or footer[: len(_MAGIC)] != _MAGIC:
        raise LibraryError(f"{path} is cut short, or of another version")
    _, length, crc, found = _FOOTER.unpack(footer)
    if length + 4 * _blocks(length) + _FOOTER.size != size:
        raise LibraryError(f"{path} is {size} bytes long, which does not go with the {length} that it should hold")
    if found != stamp:
        raise LibraryError(f"{path} was built from another catalogue")
    file.seek(length)
    sums = file.read(4 * _blocks(length))
    if zlib.crc32(sums) != crc:
        raise LibraryError(f"{path} is damaged")
    return length, sums


def _blocks(length: int) -> int:
    return -(-length // BLOCK)


def _block(file: BinaryIO, number: int, length: int) -> bytes:
    start = number * BLOCK
    file.seek(start)
    return file.read(min(BLOCK, length - start))
