"""Who may see what is served: the checks of a request's Host, Origin and token.

Conventions
-----------
What is served to this machine alone must be asked for by such a name, since a page under a stranger's name that
resolves to 127.0.0.1 would otherwise read it (DNS rebinding). On the network the Host must be an address or this
machine's own name. The stage page there needs a token besides. It is compared in constant time, comes in the address
once, and is a cookie from then on, which holds a digest of it.

Source
------
OWASP, "WebSocket Security": a browser sends cookies with a stranger's websocket too, so its Origin must be our own.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from urllib.parse import urlsplit

from ..config import is_loopback
from ..osc.limits import Allowance

_TRIES, _TRIES_PER_S = 10, 0.5


class Admission:
    """Checks requests.

    Parameters
    ----------
    host
        Where the page is served.
    token
        What a browser must know; empty: nothing.
    """

    def __init__(self, host: str, token: str = "") -> None:
        self._local = is_loopback(host)
        machine = socket.gethostname().lower()
        self._names = {host.lower(), machine, machine.partition(".")[0], machine.partition(".")[0] + ".local"}
        self._token = token
        self._tries = Allowance(_TRIES, _TRIES_PER_S)
        self.ticket = hashlib.sha256(f"segue stage {token}".encode()).hexdigest() if token else ""
        """What the cookie holds; empty where none is needed."""

    def names_us(self, host: str) -> bool:
        """Tell whether a Host header means this machine; any port, since tunnels change it."""
        name = named(host) if _sane(host) else ""
        if is_loopback(name):
            return True
        return not self._local and (_is_address(name) or name in self._names)

    def own_page(self, origin: str, host: str) -> bool:
        """Tell whether an Origin header is that of a page that came from this Host."""
        return _sane(origin) and origin.partition("://")[2].lower() == host.lower() and bool(host)

    def knows(self, token: str, ticket: str) -> bool:
        """Tell whether a request may pass by what it brings in its address or as a cookie."""
        if not self._token:
            return True
        spoken = hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())
        return spoken or hmac.compare_digest(ticket.encode("utf-8", "replace"), self.ticket.encode())

    def may_try(self, caller: str, now_s: float) -> bool:
        """Tell whether a caller whose token was wrong may be told so once more, or guesses too fast."""
        return self._tries.take(caller, now_s)


def _sane(header: str) -> bool:
    return re.fullmatch(r"[a-z0-9.:/%_\[\]-]{1,255}", header, re.IGNORECASE | re.ASCII) is not None


def named(host: str) -> str:
    """Give the name or address in a Host header; empty if there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # a bracket that does not close
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
