"""The browsers that watch: each is sent what changed, and one that falls behind is sent less often, never older things.

Conventions
-----------
Used in the web's thread alone. A browser says how many frames it has got; while more than ``WINDOW`` are on their way,
what changes is gathered for it (the newest value of each name stands, so this is bounded by the scene's size) and goes
out once it has caught up. Frames and answers wait in a bounded queue; answers that do not fit are dropped.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .scene import Changes

SCREENS = 16
"""Browsers at a time."""
WINDOW = 10
"""Frames on their way to a browser: half a second."""
GONE_S = 8.0
"""A browser that says nothing for so long while frames wait for it is let go."""
_ANSWERS = 32


class Screen:
    """One browser.

    Parameters
    ----------
    number
        Tells it from the others.
    whole
        What stands when it comes.
    now_s
        When that is.
    """

    def __init__(self, number: int, whole: Changes, now_s: float) -> None:
        self.number = number
        self._queue: asyncio.Queue[str] = asyncio.Queue(WINDOW + _ANSWERS)
        self._held: Changes = {}
        self._sent = self._seen = 0
        self._seen_s = now_s
        self._put(dump(whole))

    @property
    def behind(self) -> bool:
        """Whether as much is on its way as may be."""
        return self._sent - self._seen >= WINDOW or self._queue.qsize() >= WINDOW

    def offer(self, changes: Changes, text: str) -> None:
        """Give it a frame, of which ``text`` is the encoding."""
        if not (self.behind or self._held):
            self._put(text)
            return
        for section, values in changes.items():
            self._held.setdefault(section, {}).update(values)
        self._catch_up()

    def saw(self, frames: int, now_s: float) -> None:
        """Hear how many frames it has got since it came."""
        self._seen = max(self._seen, min(frames, self._sent))
        self._seen_s = now_s
        self._catch_up()

    def gone(self, now_s: float) -> bool:
        """Tell whether it has taken nothing for too long."""
        return self._sent > self._seen and now_s - self._seen_s > GONE_S

    def answer(self, answer: dict[str, Any]) -> None:
        """Tell it something that only it is to hear."""
        if self._queue.qsize() < _ANSWERS:
            self._queue.put_nowait(dump(answer))

    async def feed(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what is there to be sent, until cancelled."""
        while True:
            await send(await self._queue.get())

    def _catch_up(self) -> None:
        if self._held and not self.behind:
            held, self._held = self._held, {}
            self._put(dump(held))

    def _put(self, text: str) -> None:
        self._sent += 1
        self._queue.put_nowait(text)


class Audience:
    """All browsers."""

    def __init__(self) -> None:
        self._screens: dict[int, Screen] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._screens)

    def enter(self, whole: Changes, now_s: float) -> Screen | None:
        """Take one more in; None when the house is full."""
        if len(self._screens) >= SCREENS:
            return None
        self._number += 1
        screen = self._screens[self._number] = Screen(self._number, whole, now_s)
        return screen

    def leave(self, screen: Screen) -> None:
        """Forget one."""
        self._screens.pop(screen.number, None)

    def show(self, changes: Changes) -> None:
        """Send a frame to everybody."""
        text = dump(changes)
        for screen in self._screens.values():
            screen.offer(changes, text)

    def answer(self, number: int, answer: dict[str, Any]) -> None:
        """Tell one of them something, if it is still there."""
        if number in self._screens:
            self._screens[number].answer(answer)


def dump(values: object) -> str:
    """Encode for a browser, in ASCII: half a surrogate, which a file's name may hold, has no UTF-8."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False)
