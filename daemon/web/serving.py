"""The web's own thread: one event loop that serves every page, apart from the sound.

Conventions
-----------
aiohttp is imported in the thread, since it takes longer than everything else at the start. Sites are built there too.
A port that cannot be had is reported and passed over: no page is a pity, no suggestions would be a disaster.
Other threads reach the loop by ``call`` alone, which never waits. Connections are bounded (``door``), and so are the
loop's own complaints: without a free file descriptor it would fill the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..osc.limits import Allowance
from .door import Door

if TYPE_CHECKING:
    from aiohttp import web

    from ..librarian import Report

_ALL = ("0.0.0.0", "::")
_CLOSE_S = 0.5
"""How long open connections may take to end."""
_IDLE_S = 15.0
"""How long a connection stays open for another request."""
_BACKLOG = 16
_COMPLAINTS, _COMPLAINTS_PER_S = 4, 1 / 60


class Site(NamedTuple):
    """One server of the thread."""

    name: str
    """For messages: ``stage page``."""
    host: str
    port: int
    """0 takes a free one."""
    build: Callable[[], web.Application]
    """Makes the application; called in the web's thread."""


class Serving:
    """Serves ``sites`` from ``start`` to ``stop``; a context manager.

    Parameters
    ----------
    sites
        What to serve.
    report
        Hears where each site is, and of ports that cannot be had, as level and text.
    """

    def __init__(self, sites: Sequence[Site], report: Report = lambda level, text: None) -> None:
        self._sites = sites
        self._report = report
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self.ready = threading.Event()
        """Set once every site is served or reported."""
        self.ports: dict[str, int] = {}
        """Which port each served site has got."""

    def start(self) -> None:
        """Begin to serve, in the background."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all connections; harmless when nothing is served."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self.ready.wait()
        stop = self._stop
        if stop is not None:
            self.call(stop.set)
        thread.join(4 * _CLOSE_S)

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Have the loop call a function soon; any thread. Nothing happens before the start and after the end."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(function, *args)

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self) -> None:
        from aiohttp import web

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_seldom(Allowance(_COMPLAINTS, _COMPLAINTS_PER_S)))
        self._stop = asyncio.Event()
        door, runners, open_sites = Door(), [], []
        try:
            for site in self._sites:
                runner = web.AppRunner(
                    site.build(), access_log=None, keepalive_timeout=_IDLE_S, shutdown_timeout=_CLOSE_S
                )
                runners.append(runner)
                await runner.setup()
                assert runner.server is not None
                opened = await self._open(site, door.guard(runner.server))
                open_sites += [opened] if opened is not None else []
            self._loop = loop
            self.ready.set()
            await self._stop.wait()
        finally:
            self._loop = None
            self.ready.set()
            for server in open_sites:
                server.close()
            for runner in runners:
                await runner.cleanup()

    async def _open(self, site: Site, make: Callable[[], asyncio.Protocol]) -> asyncio.Server | None:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(make, site.host, site.port, reuse_address=True, backlog=_BACKLOG)
        except (OSError, socket.gaierror) as exc:
            self._report(2, f"no {site.name}: cannot listen on {site.host}:{site.port} ({exc.strerror or exc})")
            return None
        self.ports[site.name] = port = server.sockets[0].getsockname()[1]
        host = socket.gethostname() if site.host in _ALL else f"[{site.host}]" if ":" in site.host else site.host
        self._report(1, f"{site.name}: http://{host}:{port}")
        return server


def _seldom(allowance: Allowance) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """Make a loop's exception handler that passes on only as many as a log can take."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if allowance.take("", loop.time()):
            loop.default_exception_handler(context)

    return handle
