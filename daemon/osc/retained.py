"""What a receiver that comes late must know: the newest message of every retained address.

Conventions
-----------
One thread updates, another asks; a lock is held for the length of a copy. ``/now/none`` takes the place of the track
that it ends. Slots are sent one by one as they change, so their stored ``rev`` may be older than the list's: they are
given out with the rev of the last commit, which they still belong to.
"""

import threading
from collections.abc import Collection, Iterable

from ..messages import PLANES, Message


class Retained:
    """The retained state below one root."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._next = f"{root}/next/"
        self._state: dict[str, Message] = {}
        self._lock = threading.Lock()

    def update(self, messages: Iterable[Message]) -> None:
        """Remember the retained messages among those that were sent."""
        with self._lock:
            state = self._state
            for message in messages:
                address = message.address
                if message.retained:
                    state[address] = message
                    if address.endswith("/track"):
                        state.pop(address[:-5] + "none", None)
                elif address.endswith("/none"):
                    state[address] = message
                    for gone in ("track", "path"):
                        state.pop(address[:-4] + gone, None)

    def state(self, prefix: str = "", planes: Collection[str] = PLANES) -> list[Message]:
        """Give what is retained below ``prefix`` (whole parts of an address) on the planes, in an order to act on."""
        with self._lock:
            known = dict(self._state)
        wanted = [m for m in known.values() if _below(m.address, prefix) and any(p in planes for p in m.planes)]
        commit = known.get(f"{self._next}commit")
        return [self._stamped(m, commit) for m in sorted(wanted, key=self._place)]

    def _place(self, message: Message) -> tuple[int, str]:
        """Everything else first, then the list of suggestions from its begin to its commit."""
        if not message.address.startswith(self._next):
            return 0, ""
        rest = message.address[len(self._next) :]
        return (1, "") if rest == "begin" else (3, "") if rest == "commit" else (2, rest)

    def _stamped(self, message: Message, commit: Message | None) -> Message:
        slot = message.address.startswith(f"{self._next}n") and message.planes == ("text",)
        if commit is None or not slot:
            return message
        return message._replace(args=(commit.args[0], *message.args[1:]))


def _below(address: str, prefix: str) -> bool:
    prefix = prefix.rstrip("/")
    return not prefix or address == prefix or address.startswith(prefix + "/")
