"""Tensors out of a TensorFlow checkpoint, by numpy alone.

A checkpoint of format V2 is two files: ``NAME.index``, a sorted table from the names of variables to where they lie,
and ``NAME.data-00000-of-00001``, their bytes one after the other.

Conventions
-----------
The table is LevelDB's: blocks of entries whose keys share a prefix with the one before, each block followed by five
bytes (compression, CRC), and a footer of 48 bytes that says where the block of blocks is. A value is a protocol buffer
``BundleEntryProto``. Integers are little-endian base-128 ("varints").

Source: github.com/tensorflow/tensorflow, tensor_bundle.proto; github.com/google/leveldb, doc/table_format.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...daemon.errors import SegueError

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48
KINDS = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 10: "?"}
"""TensorFlow's numbers of types (types.proto) that a network's variables have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one variable lies in the data file."""

    kind: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    """Bytes."""


def read_tensors(index: bytes, data: bytes) -> dict[str, NDArray[np.generic]]:
    """Return every variable of a checkpoint in one shard, by name.

    Parameters
    ----------
    index, data
        What the two files hold.

    Raises
    ------
    SegueError
        If they are no such checkpoint, or are cut short.
    """
    tensors = {}
    for name, entry in read_index(index).items():
        if entry.kind not in KINDS or entry.shard:
            raise SegueError(f"the checkpoint's '{name}' is of kind {entry.kind} in shard {entry.shard}: not read here")
        kind = np.dtype(KINDS[entry.kind])
        raw = data[entry.offset : entry.offset + entry.size]
        if len(raw) != entry.size or entry.size != kind.itemsize * int(np.prod(entry.shape)):
            raise SegueError(f"the checkpoint's '{name}' has {len(raw)} bytes for {entry.shape}: get the file again")
        tensors[name] = np.frombuffer(raw, kind).reshape(entry.shape)
    return tensors


def read_index(table: bytes) -> dict[str, Entry]:
    """Return what ``NAME.index`` lists; the table's own header, under the empty name, is left out."""
    if len(table) < FOOTER or table[-8:] != MAGIC:
        raise SegueError("this is no index of a TensorFlow checkpoint: wanted NAME.index of format V2")
    try:
        _, at = _handle(table, len(table) - FOOTER)
        (offset, size), _ = _handle(table, at)
        entries = {}
        for _, value in _entries(_block(table, offset, size)):
            handle, _ = _handle(value, 0)
            entries.update({key.decode(): _entry(proto) for key, proto in _entries(_block(table, *handle)) if key})
        return entries
    except (IndexError, ValueError) as exc:
        raise SegueError(f"the index of the checkpoint is damaged ({exc}): get the file again") from exc


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return the number that starts at ``at`` and where the next thing starts."""
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Return a block's (offset, size) in the file, and where the next thing starts."""
    offset, at = _varint(raw, at)
    size, at = _varint(raw, at)
    return (offset, size), at


def _block(table: bytes, offset: int, size: int) -> bytes:
    block = table[offset : offset + size]
    if len(block) != size:
        raise ValueError("a block is cut short")
    if table[offset + size]:
        raise ValueError("a block is compressed, which TensorFlow does not do")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the (key, value) pairs of a block; its tail lists restart points, which only a search needs."""
    restarts = int.from_bytes(block[-4:], "little")
    at, end, key = 0, len(block) - 4 * (restarts + 1), b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        yield key, block[at + fresh : at + fresh + length]
        at += fresh + length


def _fields(proto: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (number, value) of each field of a protocol buffer: an int, or bytes of a string or a message."""
    at = 0
    while at < len(proto):
        tag, at = _varint(proto, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(proto, at)
            yield number, value
        elif wire == 2:
            length, at = _varint(proto, at)
            yield number, proto[at : at + length]
            at += length
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            yield number, int.from_bytes(proto[at : at + length], "little")
            at += length
        else:
            raise ValueError(f"wire type {wire}")


def _entry(proto: bytes) -> Entry:
    """Read ``BundleEntryProto``: dtype 1, shape 2, shard_id 3, offset 4, size 5 (crc32c 6 is not checked)."""
    got = dict(_fields(proto))

    def number(field: int) -> int:
        value = got.get(field, 0)
        if not isinstance(value, int):
            raise ValueError(f"field {field} is no number")
        return value

    shape = got.get(2, b"")
    if not isinstance(shape, bytes):
        raise ValueError("a shape is no message")
    return Entry(number(1), tuple(_dims(shape)), number(3), number(4), number(5))


def _dims(shape: bytes) -> Iterator[int]:
    """Yield the sizes of ``TensorShapeProto``: each a message under 2 with the size under 1, left out where it is 0."""
    for field, dim in _fields(shape):
        if field == 2 and isinstance(dim, bytes):
            size = dict(_fields(dim)).get(1, 0)
            yield size if isinstance(size, int) else 0
