"""A UDP socket towards one other computer, which hears that computer alone.

Conventions
-----------
Towards this very computer the socket is bound to the loopback address, which nobody else can reach; towards another
one, what comes from a third is dropped. The sender's port may be any: a daemon sends from another than it
hears on.
"""

import ipaddress
import socket

from ..errors import OscError

_BYTES = 65536


class Peer:
    """The socket; ``port`` is this side's own, any free one by default.

    Raises
    ------
    OscError
        If there is no such host (``advice`` says what to do then), or the port is taken.
    """

    def __init__(self, host: str, to_port: int, port: int = 0, *, advice: str) -> None:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, to_port, type=socket.SOCK_DGRAM)[0]
        except OSError as exc:
            raise OscError(f"no such host: {host!r}; {advice}") from exc
        self._address = address
        self._local = ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind((str(address[0]) if self._local else "", port))
        except OSError as exc:
            self._socket.close()
            raise OscError(f"UDP port {port} is taken; end the other program that hears answers there") from exc
        self.port = int(self._socket.getsockname()[1])

    def send(self, packet: bytes) -> None:
        """Send one packet; OSError if it cannot be sent."""
        self._socket.sendto(packet, self._address)

    def receive(self, timeout_s: float) -> bytes | None:
        """Give the next packet, None for one of somebody else; BlockingIOError or TimeoutError when none comes."""
        self._socket.settimeout(timeout_s)
        data, sender = self._socket.recvfrom(_BYTES)
        return data if self._local or sender[0] == self._address[0] else None

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
