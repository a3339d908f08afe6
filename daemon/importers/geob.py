"""Finds what a program has hidden in the tags of a file: ID3's encapsulated objects, and free fields of FLAC and MP4.

Conventions
-----------
Only the tag is read, and no more of it than `MOST_TAG_BYTES`. A tag that is cut off or damaged gives what could be
read of it. An object comes with its description, such as ``Serato Markers2``.

Source: id3.org, "ID3 tag version 2.3.0" and "2.4.0"; the free fields as TinyTag gives them.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

from tinytag import TinyTag

from .documents import MOST_TAG_BYTES
from .foreign import ForeignError

_OCTETS = b"application/octet-stream\x00"


def objects(path: Path) -> dict[str, bytes]:
    """Give the encapsulated objects of a file by their description; none where there are none.

    Raises
    ------
    ForeignError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:3] == b"ID3":
                file.seek(0)
                return dict(_objects(file.read(MOST_TAG_BYTES)))
            if head[:4] in (b"RIFF", b"FORM"):
                big = head[:4] == b"FORM"
                while len(chunk := file.read(8)) == 8:
                    size = int.from_bytes(chunk[4:], "big" if big else "little")
                    if chunk[:4].upper() == b"ID3 ":
                        return dict(_objects(file.read(min(size, MOST_TAG_BYTES))))
                    file.seek(size + size % 2, 1)
                return {}
    except OSError as exc:
        raise ForeignError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    return dict(_fields(path)) if head[:4] == b"fLaC" or head[4:8] == b"ftyp" else {}


def _objects(tag: bytes) -> Iterator[tuple[str, bytes]]:
    """Read the GEOB frames of an ID3 tag, 2.3 or 2.4."""
    if len(tag) < 10 or tag[3] not in (3, 4):
        return
    edition, flags, body = tag[3], tag[5], tag[10 : 10 + _safe(tag[6:10])]
    if flags & 0x80 and edition == 3:  # the whole tag has 00 behind each FF, and sizes count what it is without
        body = body.replace(b"\xff\x00", b"\xff")
    at = 0
    if flags & 0x40:
        at = _safe(body[:4]) if edition == 4 else 4 + int.from_bytes(body[:4], "big")
    while at + 10 <= len(body) and body[at] != 0:
        name, rest = body[at : at + 4], body[at + 4 : at + 8]
        size = _safe(rest) if edition == 4 else int.from_bytes(rest, "big")
        marks, at = body[at + 9], at + 10
        data, at = body[at : at + size], at + size
        if name != b"GEOB" or len(data) < size or marks & (0x0C if edition == 4 else 0xC0):  # packed or locked
            continue
        if edition == 4:
            data = data[4:] if marks & 0x01 else data
            data = data.replace(b"\xff\x00", b"\xff") if marks & 0x02 else data
        wide = data[:1] in (b"\x01", b"\x02")
        _, _, rest = data[1:].partition(b"\x00")  # what kind of data it is
        _, rest = _text(rest, wide)  # its file's name
        description, content = _text(rest, wide)
        yield description, content


def _text(data: bytes, wide: bool) -> tuple[str, bytes]:
    """Split off a text that ends with a zero, of one byte or two."""
    if not wide:
        text, _, rest = data.partition(b"\x00")
        return text.decode("utf-8", "replace"), rest
    end = next((n for n in range(0, len(data) - 1, 2) if data[n : n + 2] == b"\x00\x00"), len(data))
    return data[:end].decode("utf-16", "replace"), data[end + 2 :]


def _safe(data: bytes) -> int:
    """A number of four times seven bits."""
    return sum((byte & 127) << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=False))


def _fields(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read free fields that hold an object as base64: its kind, an empty file's name, its description, its content."""
    try:
        fields = TinyTag.get(str(path), duration=False).other
    except Exception:  # tags are strangers' bytes
        return
    for values in fields.values():
        for value in values if isinstance(values, list) else [values]:
            data = unpacked(str(value).encode())
            if data.startswith(_OCTETS):
                _, _, rest = data.removeprefix(_OCTETS).partition(b"\x00")
                description, _, content = rest.partition(b"\x00")
                yield description.decode("utf-8", "replace"), content


def unpacked(text: bytes) -> bytes:
    """Decode base64 as Serato writes it: in lines, without padding, now and then a letter short."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    letters += b"A" * (len(letters) % 4 == 1)
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""
