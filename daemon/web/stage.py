"""The stage page: what plays and what could follow, live in a browser, and what the DJ says to it.

Conventions
-----------
``send`` is a sink: it puts messages into a bounded queue (the oldest go first) and wakes nobody, since a thread that is
woken takes the interpreter from the one that hears. All else happens in the web's thread, which looks into the queue 50
times a second. Frames go out 25 times a second at most, and twice a second when nothing changes, so that a browser
notices a lost connection.
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

    from ..advice.wishes import Wishes
    from ..config import Config
    from ..library.snapshot import Snapshot
    from ..messages import Message

NAME = "stage page"
_LOOK_S, _ALONE_S = 0.02, 0.25
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
        self.desk = Desk(config.osc.root, self._deliver)
        """What the page asks; a way in for ``Controls``."""
        self._waiting: deque[Sequence[Message]] = deque(maxlen=_WAITING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shown_s = 0.0
        self._library: Snapshot | None = None
        self._libraries = 0

    @property
    def site(self) -> Site:
        """What ``Serving`` serves."""
        return Site(NAME, self._settings.host, self._settings.port, self._build)

    def send(self, messages: Sequence[Message]) -> None:
        """Take messages; any one thread."""
        self._waiting.append(messages)

    def ask(self, screen: Screen, asked: object) -> None:
        """Hear a browser; only in the web's thread."""
        for answer in self.desk.ask(screen.number, asked, self._clock.now()):
            screen.answer(answer)

    def enter(self) -> Screen | None:
        """Take a browser in; only in the web's thread."""
        if not len(self._audience):
            self._show()  # while nobody watches, messages wait longer
        return self._audience.enter(self._scene.whole(), self._clock.now())

    def leave(self, screen: Screen) -> None:
        """Let a browser go; only in the web's thread."""
        self._audience.leave(screen)

    def _build(self) -> web.Application:
        from .pages import build

        sleeves = Sleeves(lambda: self._wishes.snapshot)
        app = build(self, Admission(self._settings.host, self._settings.token), sleeves, self._clock)
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._look)
        return app

    def _deliver(self, screen: int, answer: dict[str, Any]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has just been closed
                self._loop.call_soon_threadsafe(self._audience.answer, screen, answer)

    def _look(self) -> None:
        """Show what there is to show, and look again soon."""
        assert self._loop is not None
        self._loop.call_later(_LOOK_S if len(self._audience) else _ALONE_S, self._look)
        gone_s = self._clock.now() - self._shown_s
        if (self._waiting and gone_s >= _FRAME_S) or gone_s >= _IDLE_S:
            self._show()

    def _show(self) -> None:
        """Send everybody what changed."""
        while self._waiting:
            self._scene.take(self._waiting.popleft())
        if self._wishes.snapshot is not self._library:
            self._library, self._libraries = self._wishes.snapshot, self._libraries + 1
        self._scene.put("library", "number", self._libraries)
        self._scene.put("wishes", "energy", float(self._wishes.direction))
        self._shown_s = self._clock.now()
        self._audience.show(self._scene.changes())
