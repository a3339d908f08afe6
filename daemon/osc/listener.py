"""A receiver of our own: subscribes to a running daemon, keeps renewing, and gives what comes.

Conventions
-----------
One thread uses it. It asks again at a third of the time to live, and every two seconds while nothing comes, so it
survives a daemon that starts later or starts anew.
"""

import contextlib

from ..clock import Clock, SteadyClock
from ..errors import OscError
from ..messages import PLANES
from .packet import Incoming, parse
from .peer import Peer
from .wire import encode_parts

TTL_S = 60
_AGAIN_S = 2.0
_PING_S = 1.0
_PINGS = 1 << 20


class Listener:
    """Subscribes at ``host:port`` with ``root``; a context manager."""

    def __init__(self, host: str, port: int, root: str = "/segue", clock: Clock | None = None) -> None:
        self._clock = clock or SteadyClock()
        self._root = root
        self._peer = Peer(host, port, advice="name the one that runs 'segue run'")
        self._asked_s = self._heard_s = self._pinged_s = float("-inf")
        self._start_s = self._clock.now()
        self._ping = 0
        self.round_trip_s: float | None = None
        """How long the last ``/ping`` took to come back; None before one has."""

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._peer.send(encode_parts(f"{self._root}/unsub", "i", (self._peer.port,)))
        self._peer.close()

    def silent_s(self) -> float:
        """Tell for how many seconds nothing has come."""
        return self._clock.now() - max(self._heard_s, self._start_s)

    def hear(self, timeout_s: float) -> list[Incoming]:
        """Give the messages of the next packet, or none when ``timeout_s`` is over."""
        self._ask()
        try:
            data = self._peer.receive(timeout_s)
            found = parse(data) if data is not None else []
        except (OSError, OscError):
            return []
        if not found:
            return []
        now_s = self._clock.now()
        pongs = [message for message in found if message.address == f"{self._root}/pong"]
        if pongs:  # a sign that the daemon is there, not that it speaks
            self.round_trip_s = now_s - self._pinged_s if pongs[-1].args == (self._ping,) else None
            return []
        self._heard_s = now_s
        return found

    def ping(self) -> None:
        """Ask how long an answer takes, once a second at most; ``hear`` finds it."""
        now_s = self._clock.now()
        if now_s - self._pinged_s < _PING_S:
            return
        self._pinged_s, self._ping = now_s, (self._ping + 1) % _PINGS
        with contextlib.suppress(OSError):
            self._peer.send(encode_parts(f"{self._root}/ping", "i", (self._ping,)))

    def _ask(self) -> None:
        now_s = self._clock.now()
        every_s = TTL_S / 3 if self.silent_s() < _AGAIN_S else _AGAIN_S
        if now_s - self._asked_s >= every_s:
            self._asked_s = now_s
            args = (self._peer.port, " ".join(PLANES), 20.0, TTL_S)
            with contextlib.suppress(OSError):
                self._peer.send(encode_parts(f"{self._root}/sub", "isfi", args))
