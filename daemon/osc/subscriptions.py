"""Receivers that asked for messages themselves, until they stop renewing.

Conventions
-----------
A subscriber is known by host and port; asking again renews it and may change its planes and rate. Time is whatever
steady clock the caller reads, in seconds. One thread changes the list, another reads ``live``: the list is replaced,
never altered.
"""

from dataclasses import dataclass

from ..config import is_loopback
from ..errors import OscError
from .target import Target

MOST = 16
"""Subscribers at a time."""
MOST_EACH = 4
"""Of them for another machine, so that one cannot take the place of all others."""
TTL_S = (1.0, 3600.0)
RATE_HZ = (1.0, 60.0)


@dataclass(frozen=True, slots=True)
class _Subscription:
    target: Target
    until_s: float


class Subscriptions:
    """At most ``MOST`` targets, each with an end."""

    def __init__(self) -> None:
        self._all: tuple[_Subscription, ...] = ()

    def add(self, host: str, port: int, planes: frozenset[str], rate_hz: float, ttl_s: float, now_s: float) -> Target:
        """Register or renew.

        Raises
        ------
        OscError
            If there are ``MOST`` others, or ``MOST_EACH`` of that host.
        """
        self.expire(now_s)
        rate_hz = min(max(rate_hz, RATE_HZ[0]), RATE_HZ[1])
        until_s = now_s + min(max(ttl_s, TTL_S[0]), TTL_S[1])
        others = tuple(s for s in self._all if (s.target.host, s.target.port) != (host, port))
        if len(others) >= MOST:
            raise OscError(f"{MOST} subscribers already; one of them must leave or end first")
        if not is_loopback(host) and sum(s.target.host == host for s in others) >= MOST_EACH:
            raise OscError(f"{MOST_EACH} subscribers of {host} already; one of them must leave or end first")
        same = [s.target for s in self._all if (s.target.host, s.target.port) == (host, port)]
        target = same[0] if same else Target(host, port, planes, rate_hz)
        if target.planes != planes or target.rate_hz != rate_hz:
            target = Target(host, port, planes, rate_hz)
        self._all = (*others, _Subscription(target, until_s))
        return target

    def remove(self, host: str, port: int) -> bool:
        """Forget one; tell whether it was there."""
        kept = tuple(s for s in self._all if (s.target.host, s.target.port) != (host, port))
        found = len(kept) < len(self._all)
        self._all = kept
        return found

    def expire(self, now_s: float) -> None:
        """Forget those that did not renew in time."""
        if any(s.until_s <= now_s for s in self._all):
            self._all = tuple(s for s in self._all if s.until_s > now_s)

    def live(self, now_s: float) -> list[Target]:
        """Give those that still hear us, in the order of their last renewal."""
        return [s.target for s in self._all if s.until_s > now_s]
