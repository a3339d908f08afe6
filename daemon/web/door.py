"""The door of the web: how many connections there may be, and how long one may stand in it without asking anything.

Conventions
-----------
One door for all sites, used in the web's thread alone. It stands before aiohttp, which knows no such bounds: a stranger
who only opens connections would otherwise take every file descriptor of the daemon. This machine's own connections are
counted apart, so that nobody on the network can shut it out.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

from ..config import is_loopback

MOST = 64
"""Connections from the network at a time, and as many from this machine."""
MOST_EACH = 16
"""Connections from one address of the network: two browsers."""
HEAD_S = 5.0
"""A connection that has sent no whole request head by then is closed."""
_END = b"\r\n\r\n"


class Door:
    """Counts who is in."""

    def __init__(self) -> None:
        self._inside: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._inside.total()

    def guard(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Put the door before what ``make`` makes for each connection."""
        return lambda: _Guest(self, make())

    def admit(self, host: str) -> bool:
        """Let a connection in, if there is room."""
        ours = is_loopback(host)
        there = sum(count for each, count in self._inside.items() if is_loopback(each) == ours)
        if there >= MOST or (not ours and self._inside[host] >= MOST_EACH):
            return False
        self._inside[host] += 1
        return True

    def leave(self, host: str) -> None:
        """Let it go."""
        self._inside[host] -= 1
        self._inside += Counter()  # forgets addresses that have none any more


class _Guest(asyncio.Protocol):
    """One connection; everything goes through to ``inner`` once it is admitted."""

    def __init__(self, door: Door, inner: asyncio.Protocol) -> None:
        self._door, self._inner = door, inner
        self._host: str | None = None
        self._seen = b""
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in or close it at once."""
        way = cast("asyncio.Transport", transport)
        peer = way.get_extra_info("peername")
        host = str(peer[0]) if peer else ""  # it may be gone already
        if not self._door.admit(host):
            way.abort()
            return
        self._host = host
        self._patience = asyncio.get_running_loop().call_later(HEAD_S, way.abort)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass it on; the first whole head ends the wait for one."""
        if self._patience is not None:
            self._seen = self._seen[-len(_END) + 1 :] + data
            if _END in self._seen:
                self._patience.cancel()
                self._patience, self._seen = None, b""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        if self._patience is not None:
            self._patience.cancel()
        if self._host is not None:
            self._door.leave(self._host)
            self._inner.connection_lost(exc)
