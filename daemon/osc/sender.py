"""Messages to every receiver: the configured targets and the subscribers, over UDP, without ever waiting.

Conventions
-----------
``send`` is called by one thread, in stream order; the receiver's thread may subscribe and ask at any time. Nothing
that the network does reaches the caller: a packet that cannot go is counted in its target. What was retained is
remembered here, since only what has been sent can be said again.
"""

import itertools
import socket
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..clock import Clock, SteadyClock
from ..messages import Message
from .retained import Retained
from .subscriptions import Subscriptions
from .target import Target
from .wire import encode

if TYPE_CHECKING:
    from ..config import Target as TargetSettings

_RETRY_S = 5.0
"""Pause between two rounds of looking up host names that had no address."""


class Sender:
    """Sends what the publisher made.

    Parameters
    ----------
    targets
        ``[[osc.targets]]`` of the settings.
    root
        ``osc.root`` of the settings.
    clock
        For the end of subscriptions; a steady one by default.
    """

    def __init__(
        self,
        targets: "Iterable[TargetSettings]" = (),
        root: str = "/segue",
        clock: Clock | None = None,
    ) -> None:
        self.targets: tuple[Target, ...] = ()
        self.subscriptions = Subscriptions()
        self.retained = Retained(root)
        self._clock = clock or SteadyClock()
        self._sockets: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._resolver: threading.Thread | None = None
        self._aimed: dict[tuple[object, ...], Target] = {}
        self.aim(targets)

    def aim(self, targets: "Iterable[TargetSettings]") -> None:
        """Send to these targets from now on, beginning with what is retained where one is new.

        Called by the thread that sends.
        """
        wanted = {(t.host, t.port, tuple(t.planes), t.rate_hz): t for t in targets}
        fresh = {
            key: Target(t.host, t.port, t.planes, t.rate_hz) for key, t in wanted.items() if key not in self._aimed
        }
        self._aimed = {key: fresh.get(key) or self._aimed[key] for key in wanted}
        self.targets = tuple(self._aimed.values())
        names = [target for target in fresh.values() if not target.literal]
        if names:
            self._resolver = threading.Thread(target=self._resolve, args=(names,), name="osc-resolver", daemon=True)
            self._resolver.start()
        for target in fresh.values():
            self.repeat(target)

    def send(self, messages: Sequence[Message]) -> None:
        """Send the messages of one or more ticks, in order."""
        if not messages:
            return
        self.retained.update(messages)
        listeners = self._listeners()
        if not listeners:
            return
        for t, group in itertools.groupby(messages, key=lambda message: message.t):
            encoded = [(message, encode(message)) for message in group]
            for target in listeners:
                for packet in target.packets(t, encoded):
                    self._put(target, packet)

    def repeat(self, target: Target) -> int:
        """Send one target the retained state of its planes; give the number of messages."""
        state = [(message, encode(message)) for message in self.retained.state(planes=target.planes)]
        for packet in target.choose(state):
            self._put(target, packet)
        return len(state)

    def announce(self) -> int:
        """Send everybody the retained state again; give the number of receivers."""
        listeners = self._listeners()
        for target in listeners:
            self.repeat(target)
        return len(listeners)

    def close(self) -> None:
        """Close the sockets; sending afterwards only counts."""
        self._stop.set()
        with self._lock:
            for each in self._sockets.values():
                each.close()

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listeners(self) -> list[Target]:
        """Give everybody, once: who is a target already need not hear the same as a subscriber."""
        live = self.subscriptions.live(self._clock.now())
        return [*self.targets, *(each for each in live if not any(target.covers(each) for target in self.targets))]

    def _put(self, target: Target, packet: bytes) -> None:
        if target.address is None:
            target.lost += 1
            return
        try:
            self._socket(target.family).sendto(packet, target.address)
        except OSError:
            target.lost += 1
        else:
            target.sent += 1

    def _socket(self, family: int) -> socket.socket:
        found = self._sockets.get(family)
        if found is None:
            with self._lock:
                if family not in self._sockets:
                    made = socket.socket(family, socket.SOCK_DGRAM)
                    made.setblocking(False)
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                    if family == socket.AF_INET:
                        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                    self._sockets[family] = made
                found = self._sockets[family]
        return found

    def _resolve(self, names: list[Target]) -> None:
        while names and not self._stop.is_set():
            names = [target for target in names if not target.resolve()]
            if names:
                self._stop.wait(_RETRY_S)
