"""Reads what Serato wrote into a file: ``Serato Markers2``, ``Serato Markers_`` and ``Serato BeatGrid``.

Conventions
-----------
Cues and loops are in whole milliseconds, the grid in seconds as 4-byte floats. Serato itself believes ``Markers_``, the
older of the two, where they differ; names are in ``Markers2`` alone, and so are all but the first five cues.

Source: docs of Jan Holthuis' serato-tags.
"""

import struct
from collections.abc import Iterator, Mapping

from .foreign import Anchor, Cue, anchor, colour_of, cue
from .geob import unpacked

_ENTRY = struct.Struct(">B4sB4s6s4sBB")
_CUE, _LOOPS = (0, 1), 3


def cues(objects: Mapping[str, bytes]) -> tuple[Cue, ...]:
    """Give cues and loops of both tags, by kind and number."""
    old = list(_markers(objects.get("Serato Markers_", b"")))
    new = list(_markers2(objects.get("Serato Markers2", b"")))
    found = {(each.kind, each.number): each for each in new}
    for each in old:
        known = found.get((each.kind, each.number))
        if known is None:
            found[each.kind, each.number] = each
        elif (known.position_s, known.length_s) != (each.position_s, each.length_s):
            moved = cue("hot", each.position_s, end_s=each.position_s + each.length_s if each.length_s else None,
                        number=each.number, name=known.name, colour=known.colour)  # fmt: skip
            found[each.kind, each.number] = next(moved, known)
    return tuple(found[key] for key in sorted(found))


def grid(objects: Mapping[str, bytes]) -> tuple[Anchor, ...]:
    """Give the anchors of the grid; none where there is none."""
    data = objects.get("Serato BeatGrid", b"")
    count = int.from_bytes(data[2:6], "big") if data[:2] == b"\x01\x00" else 0
    if count == 0 or len(data) < 6 + 8 * count:
        return ()
    parts = [data[6 + 8 * n : 14 + 8 * n] for n in range(count)]
    starts = [struct.unpack(">f", part[:4])[0] for part in parts]
    found: list[Anchor] = []
    for n, part in enumerate(parts):
        if n == count - 1:
            (tempo,) = struct.unpack(">f", part[4:])
        else:
            length_s = starts[n + 1] - starts[n]
            tempo = 60.0 * int.from_bytes(part[4:], "big") / length_s if length_s > 0 else 0.0
        found += anchor(starts[n], tempo)
    return tuple(found)


def _markers2(data: bytes) -> Iterator[Cue]:
    """Read the newer tag: base64 of entries, each a name, a length and what it says."""
    if data[:2] != b"\x01\x01":
        return
    inner = unpacked(data[2:].partition(b"\x00")[0])
    at = 2
    while at < len(inner) and inner[at] != 0:
        name, _, _ = inner[at : at + 32].partition(b"\x00")
        at += len(name) + 1
        size = int.from_bytes(inner[at : at + 4], "big")
        entry, at = inner[at + 4 : at + 4 + size], at + 4 + size
        if name == b"CUE" and len(entry) >= 12:
            text, colour = entry[12:].partition(b"\x00")[0].decode("utf-8", "replace"), colour_of(*entry[7:10])
            start_s = int.from_bytes(entry[2:6], "big") / 1000
            yield from cue("hot", start_s, number=entry[1], name=text, colour=colour)
        elif name == b"LOOP" and len(entry) >= 10:
            start_s, end_s = (int.from_bytes(entry[a : a + 4], "big") / 1000 for a in (2, 6))
            colour = colour_of(*entry[15:18]) if len(entry) >= 20 else ""
            text = entry[20:].partition(b"\x00")[0].decode("utf-8", "replace")
            yield from cue("loop", start_s, end_s=end_s, number=entry[1], name=text, colour=colour)


def _markers(data: bytes) -> Iterator[Cue]:
    """Read the older tag: five cues, then loops, of 22 bytes each."""
    if data[:2] != b"\x02\x05":
        return
    count = min(int.from_bytes(data[2:6], "big"), 64)
    for n, at in enumerate(range(6, min(6 + count * _ENTRY.size, len(data) - _ENTRY.size + 1), _ENTRY.size)):
        started, start, ended, end, _, colour, kind, _ = _ENTRY.unpack_from(data, at)
        if started == 0x7F or start == b"\x7f" * 4:
            continue
        start_s = _seven(start) / 1000
        shade = _seven(colour)
        if kind in _CUE and n < 5:
            yield from cue("hot", start_s, number=n, colour=colour_of(shade >> 16, shade >> 8, shade))
        elif kind == _LOOPS and ended != 0x7F:
            yield from cue("loop", start_s, end_s=_seven(end) / 1000, number=n - 5)


def _seven(data: bytes) -> int:
    """Three bytes spread over four, seven bits in each."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 127
    return value & 0xFFFFFF
