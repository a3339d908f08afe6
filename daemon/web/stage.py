"""The stage page: what plays and what could follow, live in a browser, and what the DJ says to it.

Conventions
-----------
``send`` is a sink: it is called in the worker's thread, puts messages into a bounded queue (the oldest go first) and
wakes the web's thread, in microseconds. All else happens in the web's thread. Frames go out at most 25 times a second,
and twice a second when nothing changes, so that a browser notices a lost connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from .admission import Admission
from .audience import Audience, Screen
from .desk import Desk
from .scene import Scene
from .serving import Site
from .sleeve import Sleeves

if TYPE_CHECKING:
    from aiohttp import web

    from ..config import Config
    from ..messages import Message
    from ..wishes import Wishes

NAME = "stage page"
_FRAME_S = 0.04
_IDLE_S = 0.5
_WAITING = 512
"""Batches of messages that wait for the web's thread: 25 s of live sound."""


class Stage:
    """A sink, and the site that shows what it took.

    Parameters
    ----------
    config
        Says where it is served, and with which token.
    wishes
        Has the library and the direction of the energy; only read.
    clock
        Steady.
    """

    def __init__(self, config: Config, wishes: Wishes, clock: Clock) -> None:
        self._settings = config.stage
        self._wishes, self._clock = wishes, clock
        self._scene, self._audience = Scene(config.osc.root), Audience()
        self.desk = Desk(config.osc.root, lambda *answer: self._call(self._audience.answer, *answer))
        """What the page asks; a way in for ``Controls``."""
        self._waiting: deque[Sequence[Message]] = deque(maxlen=_WAITING)
        self._woken = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shown_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def site(self) -> Site:
        """What ``Serving`` serves."""
        return Site(NAME, self._settings.host, self._settings.port, self._build)

    def send(self, messages: Sequence[Message]) -> None:
        """Take messages; any one thread."""
        self._waiting.append(messages)
        if not self._woken:
            self._woken = True
            self._call(self._wake)

    @property
    def screens(self) -> int:
        """Browsers that watch."""
        return len(self._audience)

    def ask(self, screen: Screen, asked: object) -> None:
        """Hear a browser; only in the web's thread."""
        for answer in self.desk.ask(screen.number, asked, self._clock.now()):
            screen.answer(answer)

    def enter(self) -> Screen | None:
        """Take a browser in; only in the web's thread."""
        return self._audience.enter(self._scene.whole(), self._clock.now())

    def leave(self, screen: Screen) -> None:
        """Let a browser go; only in the web's thread."""
        self._audience.leave(screen)

    def _build(self) -> web.Application:
        from .pages import build

        sleeves = Sleeves(lambda: self._wishes.snapshot)
        app = build(self, Admission(self._settings.host, self._settings.token), sleeves, self._clock)
        self._loop = asyncio.get_running_loop()
        self._call(self._show)
        return app

    def _call(self, function: Any, *args: Any) -> None:
        loop = self._loop
        if loop is None:
            self._woken = False  # not served yet: the next message tries again
            return
        with contextlib.suppress(RuntimeError):  # it has just been closed
            loop.call_soon_threadsafe(function, *args)

    def _wake(self) -> None:
        due_s = self._shown_s + _FRAME_S - self._clock.now()
        if due_s <= 0:
            self._show()
        else:
            self._later(due_s)

    def _later(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._timer = self._loop.call_later(seconds, self._show)

    def _show(self) -> None:
        """Take what waits and send what changed."""
        self._woken = False  # before taking, so that nothing is left lying
        while self._waiting:
            self._scene.take(self._waiting.popleft())
        self._scene.put("wishes", "energy", float(self._wishes.direction))
        self._shown_s = self._clock.now()
        self._audience.show(self._scene.changes())
        self._later(_IDLE_S)
