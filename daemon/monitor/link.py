"""How well messages arrive: what a receiver can tell of the way to it from the messages alone.

Conventions
-----------
Times are seconds of the receiver's own clock. Nothing is known of the sender's clock, so a delay is told against the
quickest frame of the last half minute: it says how unevenly frames arrive, not how long they travel. What was lost is
told by what counts: ``/live/t_ms`` goes by ticks, ``/status/alive`` by seconds, the rev of the suggestions by ones.
"""

import math
from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

from ..messages import PLANES, SLOTS, TABLE, Argument, Spec

TICK_MS = 50
"""From one ``/live/t_ms`` to the next, for a receiver of 20 Hz or more."""
_ALIVE_MS = 1000
_RATE_S = 5.0
_DELAY_S = 30.0
_PACKETS, _FRAMES = 4096, 2048
_RESTART_MS = 60_000
"""A jump of the stream's clock by more than this is another stream."""

SPECS: dict[str, Spec] = {
    spec.address.replace("nK", f"n{slot}"): spec
    for spec in TABLE
    for slot in (range(1, SLOTS + 1) if "nK" in spec.address else (0,))
}
"""The rows of the namespace by address below the root."""

_KINDS: dict[str, type | tuple[type, ...]] = {"i": int, "f": (int, float), "s": str}


class Delay(NamedTuple):
    """How much later than the quickest frames came, ms."""

    middle_ms: float
    worst_ms: float
    """99 of 100 came sooner."""


def understood(address: str, args: Sequence[Argument]) -> bool:
    """Tell whether arguments are what the namespace says of an address below the root; no number in it is endless."""
    spec = SPECS.get(address)
    if spec is None or len(args) < len(spec.tags) or (len(args) > len(spec.tags) and not spec.repeat):
        return False
    if any(isinstance(arg, float) and not math.isfinite(arg) for arg in args):
        return False
    return all(isinstance(arg, _KINDS[tag]) for tag, arg in zip(spec.tags, args, strict=False))


class Link:
    """Counts what comes, packet by packet."""

    def __init__(self) -> None:
        self.frames = 0
        """Frames of ``/live`` that came."""
        self.frames_lost = 0
        """Frames that did not, by their clock."""
        self.alive_lost = 0
        """Seconds without their ``/status/alive``."""
        self.lists_lost = 0
        """Lists of suggestions that came in part or not at all."""
        self._packets: deque[tuple[float, Counter[str]]] = deque(maxlen=_PACKETS)
        self._start_s: float | None = None
        self._delays: deque[tuple[float, float]] = deque(maxlen=_FRAMES)
        self._frame_ms = self._alive_ms = self._begun = self._rev = -1

    def take(self, messages: Sequence[tuple[str, Sequence[Argument]]], at_s: float) -> None:
        """Count a packet in.

        Parameters
        ----------
        messages
            Addresses below the root, with their arguments, of those that are understood.
        at_s
            When it came.
        """
        counts: Counter[str] = Counter()
        for address, args in messages:
            planes = SPECS[address].planes
            counts[planes[0] if planes else ""] += 1
            if address == "/live/t_ms":
                self._frame(int(args[0]), at_s)
            elif address == "/status/alive":
                self._alive(int(args[1]))
            elif address == "/next/begin":
                self.lists_lost += self._begun >= 0
                self._begun = int(args[0])
            elif address == "/next/commit":
                self._commit(int(args[0]))
        if counts:
            self._start_s = at_s if self._start_s is None else self._start_s
            self._packets.append((at_s, counts))

    def rates(self, now_s: float) -> dict[str, float]:
        """Give messages a second of each plane, and of packets as ``packets``, over the last five seconds."""
        since_s = now_s - _RATE_S
        while self._packets and self._packets[0][0] < since_s:
            self._packets.popleft()
        passed_s = min(_RATE_S, max(1.0, now_s - (self._start_s if self._start_s is not None else now_s)))
        total: Counter[str] = Counter()
        for _, counts in self._packets:
            total.update(counts)
        rates = {plane: total[plane] / passed_s for plane in PLANES}
        return {**rates, "packets": len(self._packets) / passed_s}

    def delay(self, now_s: float) -> Delay | None:
        """Tell how unevenly frames came lately; None before there are enough."""
        while self._delays and self._delays[0][0] < now_s - _DELAY_S:
            self._delays.popleft()
        if len(self._delays) < 20:
            return None
        late = sorted(delay for _, delay in self._delays)
        middle, worst = late[len(late) // 2], late[len(late) * 99 // 100]
        return Delay(1000 * (middle - late[0]), 1000 * (worst - late[0]))

    def _frame(self, t_ms: int, at_s: float) -> None:
        step_ms = t_ms - self._frame_ms
        if self._frame_ms >= 0 and not 0 < step_ms <= _RESTART_MS:
            self._delays.clear()
            self._alive_ms = self._begun = self._rev = -1
        elif self._frame_ms >= 0:
            self.frames_lost += max(0, round(step_ms / TICK_MS) - 1)
        self._frame_ms = t_ms
        self.frames += 1
        self._delays.append((at_s, at_s - t_ms / 1000.0))

    def _alive(self, ms: int) -> None:
        if 0 <= self._alive_ms < ms <= self._alive_ms + _RESTART_MS:
            self.alive_lost += max(0, round((ms - self._alive_ms) / _ALIVE_MS) - 1)
        self._alive_ms = ms

    def _commit(self, rev: int) -> None:
        self.lists_lost += self._begun != rev
        if 0 <= self._rev < rev:
            self.lists_lost += rev - self._rev - 1
        self._begun, self._rev = -1, rev
