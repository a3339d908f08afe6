"""One receiver of messages: which of a tick's messages it gets, and when.

Conventions
-----------
A target has its planes and its rate. Within 1/rate of stream time only the newest value of a paced address is kept;
events, texts and everything between ``/next/begin`` and ``/next/commit`` go at once. A host name is resolved once, in
the background; until then, and whenever the network says no, packets are counted and forgotten.
"""

import ipaddress
import socket
from collections.abc import Collection, Iterable, Sequence

from ..messages import PLANES, Message
from .wire import pack

Address = tuple[str | int, ...]
"""What the socket module takes: host, port and, for IPv6, two more."""

_TICK_SLACK_S = 0.001
_PACED_BY_TICKS_HZ = 20.0
"""At this rate and above nothing is ever held back: the ticks themselves are no faster."""


class Target:
    """A host and port with planes and rate.

    Parameters
    ----------
    host, port
        Where to.
    planes
        Any of ``num``, ``text``, ``event``.
    rate_hz
        Rounds of paced numbers per second of stream at most.
    """

    def __init__(self, host: str, port: int, planes: Collection[str] = PLANES, rate_hz: float = 20.0) -> None:
        self.host, self.port = host, port
        self.planes = frozenset(planes)
        self.rate_hz = rate_hz
        self.address: Address | None = None
        self.family = socket.AF_INET
        self.sent = 0
        """Packets handed to the network."""
        self.lost = 0
        """Packets that the network refused or that had no address yet."""
        self._period_s = 0.0 if rate_hz >= _PACED_BY_TICKS_HZ else 1.0 / rate_hz
        self._due_s = float("-inf")
        self._held: dict[str, bytes] = {}
        self._in_list = False
        self.literal = self._literal()

    def _literal(self) -> bool:
        try:
            version = ipaddress.ip_address(self.host).version
        except ValueError:
            return False
        self.family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.address = (self.host, self.port)
        return True

    def resolve(self) -> bool:
        """Look the host name up (this may take seconds) and tell whether it has an address."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return False
        best = min(found, key=lambda entry: entry[0] != socket.AF_INET)  # most programs hear IPv4 only
        self.family, self.address = best[0], (str(best[4][0]), *best[4][1:])
        return True

    def covers(self, other: "Target") -> bool:
        """Tell whether all that ``other`` is sent goes there from here too, as often."""
        return self.address == other.address and self.planes >= other.planes and self._period_s <= other._period_s

    def packets(self, t: float, messages: Iterable[tuple[Message, bytes]]) -> list[bytes]:
        """Give the packets for one instant of stream time.

        Parameters
        ----------
        t
            Stream time in seconds of all of ``messages``.
        messages
            What is sent at that time, each with its encoding.
        """
        now: list[bytes] = []
        for message, data in messages:
            if self.planes.isdisjoint(message.planes):
                continue
            if message.paced and self._period_s and not self._in_list:
                self._held.pop(message.address, None)
                self._held[message.address] = data
                continue
            if not message.paced:
                if message.address.endswith("/next/begin"):
                    self._in_list = True
                elif message.address.endswith("/next/commit"):
                    self._in_list = False
            elif self._held:
                self._held.pop(message.address, None)  # the list just sent a newer value
            now.append(data)
        restarted = t < self._due_s - 2 * self._period_s  # a new stream through the same sender
        if self._held and (restarted or t >= self._due_s - _TICK_SLACK_S):
            now += self._held.values()
            self._held = {}
            ahead = t if restarted else max(self._due_s, t - self._period_s / 2)
            self._due_s = ahead + self._period_s
        return pack(now)

    def choose(self, messages: Sequence[tuple[Message, bytes]]) -> list[bytes]:
        """Give packets of everything on the target's planes, at once and past any pacing."""
        return pack(data for message, data in messages if not self.planes.isdisjoint(message.planes))
