"""A program that speaks OSC with addresses of its own: a socket that tells it things and hears its answers.

Conventions
-----------
Every message is a packet of its own, since not every program opens bundles. One thread uses this. What cannot be sent,
and answers that are no sane OSC (AbletonOSC says *nil* for what a clip does not have), are passed over.
"""

import contextlib
import socket
from collections.abc import Sequence

from ..errors import OscError
from ..messages import Argument
from .packet import Incoming, parse
from .wire import encode_parts

_PACKETS = 512
"""The most that one ``take`` reads."""


class Remote:
    """Talks to ``host:port`` and hears on ``answers_port``, any free one by default; a context manager.

    Raises
    ------
    OscError
        If there is no such host, or the port for the answers is taken.
    """

    def __init__(self, host: str, port: int, answers_port: int = 0) -> None:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except OSError as exc:
            raise OscError(f"no such host: {host!r}; name the computer by its address, such as 192.168.1.20") from exc
        self._address = address
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("", answers_port))
        except OSError as exc:
            self._socket.close()
            raise OscError(f"UDP port {answers_port} is taken; end the other program that hears answers there") from exc
        self._socket.setblocking(False)

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, tags: str, args: Sequence[Argument]) -> None:
        """Send one message."""
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
