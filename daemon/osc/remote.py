"""Ableton Live, as far away as AbletonOSC is: a socket that asks on one port and hears the answers on another.

Conventions
-----------
AbletonOSC answers to port 11001 of whoever asked, so only one program of a machine can talk to it. One thread uses
this. What cannot be sent, and answers that are no sane OSC (*nil* for what a clip does not have), are passed over.
"""

import contextlib
import socket
from collections.abc import Sequence

from ..errors import OscError
from ..messages import Argument
from .packet import Incoming, parse
from .wire import encode_parts

PORT, ANSWERS_PORT = 11000, 11001
"""Where AbletonOSC listens, and where it answers."""
_PACKETS = 512
"""The most that one ``take`` reads."""


class Remote:
    """Talks to AbletonOSC on ``host``; a context manager."""

    def __init__(self, host: str, port: int = PORT, answers_port: int = ANSWERS_PORT) -> None:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except OSError as exc:
            raise OscError(f"no such host: {host!r}; name the one that runs Ableton Live") from exc
        self._address = address
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("", answers_port))
        except OSError as exc:
            self._socket.close()
            raise OscError(f"UDP port {answers_port} is taken; end the other program that talks to AbletonOSC") from exc
        self._socket.setblocking(False)

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, tags: str, args: Sequence[Argument]) -> None:
        """Send one message, a packet of its own."""
        with contextlib.suppress(OSError):
            self._socket.sendto(encode_parts(address, tags, args), self._address)

    def take(self) -> list[Incoming]:
        """Give what has come since the last time."""
        found: list[Incoming] = []
        for _ in range(_PACKETS):
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                break
            except OSError:  # on some systems: nobody listens there
                continue
            with contextlib.suppress(OscError):
                found += parse(data)
        return found
