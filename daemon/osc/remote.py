"""A program that speaks OSC with addresses of its own: a socket that tells it things and hears its answers.

Conventions
-----------
Every message is a packet of its own, since not every program opens bundles. One thread uses this. What cannot be sent,
and answers that are no sane OSC (AbletonOSC says *nil* for what a clip does not have), are passed over.
"""

import contextlib
from collections.abc import Sequence

from ..errors import OscError
from ..messages import Argument
from .packet import Incoming, parse
from .peer import Peer
from .wire import encode_parts

_PACKETS = 512
"""The most that one ``take`` reads."""


class Remote:
    """Talks to ``host:port`` and hears it on ``answers_port``, any free one by default; a context manager.

    Raises
    ------
    OscError
        If there is no such host, or the port for the answers is taken.
    """

    def __init__(self, host: str, port: int, answers_port: int = 0) -> None:
        self._peer = Peer(host, port, answers_port, advice="name the computer by its address, such as 192.168.1.20")

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *_: object) -> None:
        self._peer.close()

    def send(self, address: str, tags: str, args: Sequence[Argument]) -> None:
        """Send one message."""
        with contextlib.suppress(OSError):
            self._peer.send(encode_parts(address, tags, args))

    def take(self) -> list[Incoming]:
        """Give what has come since the last time."""
        found: list[Incoming] = []
        for _ in range(_PACKETS):
            try:
                data = self._peer.receive(0.0)
            except BlockingIOError:
                break
            except OSError:  # on some systems: nobody listens there
                continue
            with contextlib.suppress(OscError):
                found += parse(data) if data is not None else []
        return found
