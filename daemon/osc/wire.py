"""Messages to bytes: OSC 1.0 encoding of plain values, and packing of a tick's messages into packets.

Conventions
-----------
A packet has at most ``PACKET_BYTES`` and ``PACKET_MESSAGES``. One message travels as it is, several travel as one
bundle that is stamped *immediately*: receivers either hold a bundle with a later stamp or ignore the stamp, so time
travels as data. Our own few lines, because python-osc's builders guess types; its parser checks them in the tests.

Source
------
OSC 1.0 specification (Wright, 2002).
"""

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..messages import Argument, Message

PACKET_BYTES = 1200
PACKET_MESSAGES = 64
BUNDLE_HEAD = b"#bundle\0" + (1).to_bytes(8, "big")


def _padded(text: str) -> bytes:
    data = text.encode()
    return data + b"\0" * (4 - len(data) % 4)


@lru_cache(maxsize=1024)
def _head(address: str, tags: str) -> bytes:
    return _padded(address) + _padded("," + tags)


@lru_cache(maxsize=64)
def _layout(tags: str) -> struct.Struct | None:
    return None if "s" in tags else struct.Struct(">" + tags)


def encode_parts(address: str, tags: str, args: Sequence[Argument]) -> bytes:
    """Encode one message; ``tags`` are of ``i``, ``f``, ``s`` and the arguments have those types."""
    layout = _layout(tags)
    if layout is not None:
        return _head(address, tags) + layout.pack(*args)
    parts = [_head(address, tags)]
    for tag, value in zip(tags, args, strict=True):
        parts.append(_padded(str(value)) if tag == "s" else struct.pack(">" + tag, value))
    return b"".join(parts)


def encode(message: Message) -> bytes:
    """Encode one message of the table."""
    return encode_parts(message.address, message.tags, message.args)


def pack(encoded: Iterable[bytes]) -> list[bytes]:
    """Put encoded messages into as few packets as their order allows."""
    packets: list[bytes] = []
    waiting: list[bytes] = []
    size = len(BUNDLE_HEAD)
    for data in encoded:
        if waiting and (size + 4 + len(data) > PACKET_BYTES or len(waiting) == PACKET_MESSAGES):
            packets.append(_packet(waiting))
            waiting, size = [], len(BUNDLE_HEAD)
        waiting.append(data)
        size += 4 + len(data)
    if waiting:
        packets.append(_packet(waiting))
    return packets


def _packet(messages: list[bytes]) -> bytes:
    if len(messages) == 1:
        return messages[0]
    return BUNDLE_HEAD + b"".join([len(data).to_bytes(4, "big") + data for data in messages])
