"""Packets that no receiver should have to read: bombs that are known, and sane ones with something changed.

Run as a program it sends them: ``python tests/mutants.py PORT COUNT PER_SECOND``.
"""

import random
import socket
import struct
import sys
import time
from collections.abc import Iterator

from segue.daemon.osc.wire import BUNDLE_HEAD, encode_parts

PING = encode_parts("/segue/ping", "if", (1, 2.0))


def element(data: bytes, size: int | None = None) -> bytes:
    return struct.pack(">i", len(data) if size is None else size) + data


def bundle(*parts: bytes) -> bytes:
    return BUNDLE_HEAD + b"".join(element(part) for part in parts)


def nested(depth: int) -> bytes:
    data = PING
    for _ in range(depth):
        data = bundle(data)
    return data


BOMBS = {
    "an element of -4 bytes": BUNDLE_HEAD + struct.pack(">i", -4) + b"\0" * 4,
    "an element of 0 bytes": BUNDLE_HEAD + b"\0" * 8,
    "an element longer than the rest": BUNDLE_HEAD + element(PING, 400),
    "an element of odd size": BUNDLE_HEAD + element(PING, 7),
    "a whole message in an element of odd size": BUNDLE_HEAD + element(PING + b"\0" * 3) + element(PING + b"\0"),
    "an element of 2 GiB": BUNDLE_HEAD + element(PING, 2**31 - 4),
    "a size without an element": bundle(PING) + b"\0\0\0\4",
    "nested too deep": nested(5),
    "nested to the size of a packet": nested(60),
    "too many messages": bundle(*[encode_parts("/a", "", ())] * 65),
    "half a time tag": BUNDLE_HEAD[:12],
    "empty": b"",
    "no multiple of four": PING + b"\0",
    "too long": encode_parts("/segue/get", "s", ("x" * 1480,)),
    "an address that does not end": b"/abc" * 4,
    "an address that is not ASCII": "/ségue\0\0".encode(),
    "an address without a slash": encode_parts("segue/ping", "i", (1,)),
    "an address with a blank": encode_parts("/segue/pi ng", "i", (1,)),
    "only a slash": encode_parts("/", "i", (1,)),
    "tags without a comma": b"/abc\0\0\0\0ii\0\0" + b"\0" * 8,
    "tags that do not end": b"/abc\0\0\0\0,iii",
    "unclosed arrays": encode_parts("/abc", "", ())[:-4] + b",[[[[[[\0",
    "a blob of -4 bytes": b"/abc\0\0\0\0,b\0\0\xff\xff\xff\xfc",
    "unknown tags": b"/abc\0\0\0\0,qqqqqq\0",
    "65 arguments": b"/abc\0\0\0\0," + b"T" * 65 + b"\0\0",
    "fewer arguments than tags": b"/abc\0\0\0\0,ii\0" + b"\0" * 4,
    "a string that is not UTF-8": b"/abc\0\0\0\0,s\0\0\xff\xfe\xfd\0",
    "a string that does not end": b"/abc\0\0\0\0,s\0\0abcd",
}


COMMANDS = [
    encode_parts("/segue/ctl/energy", "f", (0.5,)),
    encode_parts("/segue/ctl/weight/key", "f", (0.25,)),
    encode_parts("/segue/ctl/weight", "sf", ("tempo", 0.5)),
    encode_parts("/segue/ctl/now", "s", ("/music/ü.flac",)),
    encode_parts("/segue/ctl/accept", "iii", (1, 5, 7)),
    encode_parts("/segue/ctl/exclude", "s", ("0123456789abcdef",)),
    encode_parts("/segue/ctl/include", "s", ("",)),
    encode_parts("/segue/ctl/lock", "ii", (2, 1)),
    encode_parts("/segue/ctl/count", "i", (8,)),
    encode_parts("/segue/ctl/bpm", "f", (128.0,)),
    encode_parts("/segue/ctl/tap", "", ()),
]
"""Without pause and refresh, which change how much work there is when the cost of a flood is measured."""


def mutants(count: int, seed: int = 7) -> Iterator[bytes]:
    """Give so many packets, each with one to three changes."""
    draw = random.Random(seed)
    sane = [PING, nested(4), bundle(*[PING] * 20), encode_parts("/segue/sub", "isfi", (9000, "num text", 20.0, 60))]
    seeds = [
        *sane * 8, *COMMANDS, encode_parts("/segue/get", "s", ("/segue/now/Ärtist",)), b"/segue/announce\0,TF\0",
        *BOMBS.values(),
    ]  # fmt: skip

    def one() -> bytes:
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(data) + 1)
            kind = draw.randrange(5)
            if kind == 0 and place < len(data):
                data[place] = draw.randrange(256)
            elif kind == 1:
                data[place : place + 4] = draw.randbytes(4)
            elif kind == 2:
                del data[place : place + 4 * draw.randint(1, 3)]
            elif kind == 3:
                data[place:place] = struct.pack(">i", draw.choice([-4, 0, 4, 2**31 - 1, -(2**31)]))
            else:
                data[place:place] = draw.choice([b"#bundle\0", b",ifs[\0\0\0", b"/*{a,b}[!x]\0", b"\0" * 4])
        return bytes(data)

    return (one() for _ in range(count))


def flood(port: int, count: int, per_s: float) -> None:
    """Send them evenly, twenty at a time."""
    packets = list(mutants(count, seed=count))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind(("127.0.0.1", 0))
        mouth.setblocking(False)
        start_s = time.monotonic()
        for first in range(0, count, 20):
            time.sleep(max(0.0, start_s + first / per_s - time.monotonic()))
            for packet in packets[first : first + 20]:
                mouth.sendto(packet, ("127.0.0.1", port))


if __name__ == "__main__":
    flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
