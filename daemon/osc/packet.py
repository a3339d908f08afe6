"""Bytes to messages: a packet is checked to the end before a parser sees any of it.

Conventions
-----------
``check`` walks the bundles itself and gives the bare messages, so that python-osc parses only single messages whose
size, address and type tags are known to be sane. One bad part refuses the whole packet. Time tags are ignored: what
comes in is meant now. ``True`` and ``False`` become 1 and 0, and an impulse (``I``) 1, since a button may send any.

Source
------
python-osc 1.10 hangs for ever on a bundle whose element size is -4, recurses without a limit and writes a warning for
every unknown tag; none of these reaches it from here.
"""

from typing import NamedTuple

from pythonosc.osc_message import OscMessage

from ..errors import OscError
from ..messages import Argument

PACKET_BYTES = 1472
"""The most that one Ethernet frame carries; longer packets are refused."""
MESSAGES = 64
DEPTH = 4
ARGUMENTS = 64
_BUNDLE = b"#bundle\0"
_TAGS = frozenset(b"ifshdTFI")
_PRINTABLE = frozenset(range(0x21, 0x7F))


class Incoming(NamedTuple):
    """One message as it came."""

    address: str
    args: tuple[Argument, ...]


def check(data: bytes) -> list[bytes]:
    """Take a packet apart into single messages.

    Raises
    ------
    OscError
        If it is longer, deeper or fuller than anything that a controller sends, or is not OSC.
    """
    if not 0 < len(data) <= PACKET_BYTES or len(data) % 4:
        raise OscError(f"a packet of {len(data)} bytes; wanted a multiple of 4, at most {PACKET_BYTES}")
    found: list[bytes] = []
    _walk(data, 0, found)
    return found


def _walk(data: bytes, depth: int, found: list[bytes]) -> None:
    if not data.startswith(_BUNDLE):
        _check_message(data)
        found.append(data)
        if len(found) > MESSAGES:
            raise OscError(f"more than {MESSAGES} messages in one packet")
        return
    if depth >= DEPTH:
        raise OscError(f"bundles nested deeper than {DEPTH}")
    place = len(_BUNDLE) + 8
    if len(data) < place:
        raise OscError("a bundle without its time tag")
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big", signed=True)
        place += 4
        if size <= 0 or size % 4 or place + size > len(data):
            raise OscError(f"a bundle element of {size} bytes where {len(data) - place} are left")
        _walk(data[place : place + size], depth + 1, found)
        place += size


def _check_message(data: bytes) -> None:
    end = data.find(b"\0")
    if end < 2 or data[:1] != b"/" or not _PRINTABLE.issuperset(data[:end]):
        raise OscError("an address that is not printable ASCII after '/'")
    tags_at = end // 4 * 4 + 4
    if tags_at == len(data):
        return  # no tags at all: an old sender's way to say no arguments
    end = data.find(b"\0", tags_at)
    if data[tags_at : tags_at + 1] != b"," or end < 0:
        raise OscError("type tags that do not start with ',' or do not end")
    tags = data[tags_at + 1 : end]
    if len(tags) > ARGUMENTS or not _TAGS.issuperset(tags):
        raise OscError("type tags other than i f s h d T F I, or too many of them")


def parse(data: bytes) -> list[Incoming]:
    """Give the messages of a packet in their order.

    Raises
    ------
    OscError
        If the packet fails ``check``, or an argument cannot be decoded.
    """
    return [_parse_message(part) for part in check(data)]


def _parse_message(data: bytes) -> Incoming:
    tags_at = data.find(b"\0") // 4 * 4 + 4
    end = data.find(b"\0", tags_at)
    if b"I" in data[tags_at:end]:  # which the parser does not know
        data = data[:tags_at] + data[tags_at:end].replace(b"I", b"T") + data[end:]
    try:
        message = OscMessage(data)
        args = tuple(int(value) if isinstance(value, bool) else value for value in message.params)
    except Exception as exc:  # the parser raises whatever its struct and codec calls raise
        raise OscError(f"arguments that cannot be decoded: {exc}") from exc
    return Incoming(message.address, args)
