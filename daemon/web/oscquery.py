"""OSCQuery: what OSC addresses there are, and what was sent on them, for programs that ask over HTTP.

Conventions
-----------
A sink like any other: ``send`` is called by the worker, remembers the last arguments of each address, and hands what
somebody listens to over to the web's thread, without waiting. Everything else happens there. It only tells; commands go
to the UDP port. A listener gets one message a frame, since Chataigne reads no bundles; one that reads too slowly loses
the oldest.

Source
------
The OSCQuery proposal (github.com/Vidvox/OSCQueryProposal).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..config import is_loopback
from ..osc.subscriptions import MOST_EACH
from ..osc.tree import ATTRIBUTES, READ, Tree
from ..osc.wire import encode
from .admission import Admission, named
from .serving import Site

if TYPE_CHECKING:
    from aiohttp import web

    from ..config import Osc
    from ..librarian import Report
    from ..messages import Argument, Message

MOST = 16
"""Listeners at a time."""
WAITING = 2048
"""Packets that wait for a slow listener: some seconds of everything."""
_COMMAND_BYTES = 4096
_HEARTBEAT_S = 20.0


@dataclass(eq=False, slots=True)
class _Listener:
    socket: web.WebSocketResponse
    host: str
    wanted: set[str] = field(default_factory=set)
    waiting: deque[bytes] = field(default_factory=lambda: deque(maxlen=WAITING))
    awake: asyncio.Event = field(default_factory=asyncio.Event)


class OscQuery:
    """Serves the tree.

    Parameters
    ----------
    settings
        ``[osc]``: where to serve, the root, and whether to announce it.
    report
        Hears of what cannot be announced, as level and text.
    """

    def __init__(self, settings: Osc, report: Report = lambda level, text: None) -> None:
        self._settings, self._report = settings, report
        self._admission = Admission(settings.listen_host)
        self._tree = Tree(settings.root)
        self._readable = self._tree.readable
        self._values: dict[str, tuple[Argument, ...]] = {}
        self._listeners: list[_Listener] = []
        self._wanted: frozenset[str] = frozenset()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def site(self) -> Site:
        """What ``Serving`` serves."""
        return Site("OSCQuery", self._settings.listen_host, self._settings.query_port, self.build)

    def send(self, messages: Sequence[Message]) -> None:
        """Take the messages of one or more ticks, in order."""
        self._values.update([(message.address, message.args) for message in messages])
        wanted, loop = self._wanted, self._loop
        if not wanted or loop is None:
            return
        heard = [(message.address, encode(message)) for message in messages if message.address in wanted]
        if heard:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._deliver, heard)

    def build(self) -> web.Application:
        """Make the application; called in the web's thread."""
        from aiohttp import web

        self._loop = asyncio.get_running_loop()
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        app.on_shutdown.append(self._close)
        if self._settings.announce:
            from .announce import announcement

            app.cleanup_ctx.append(announcement(self._settings, self._report))
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        if not self._admits(request):
            raise web.HTTPForbidden(text="not served under that name, or to that page; see osc.listen_host")
        if web.WebSocketResponse().can_prepare(request):
            return await self._listen(request)
        if "HOST_INFO" in request.query:
            return web.json_response(self._host_info(request))
        node = self._tree.nodes.get(request.path.rstrip("/") or "/")
        if node is None:
            raise web.HTTPNotFound(text=f"no address {request.path}")
        if not request.query:
            return web.json_response(node.json(self._values))
        if not request.query.keys() <= set(ATTRIBUTES):
            raise web.HTTPBadRequest(text=f"attributes are HOST_INFO, {', '.join(ATTRIBUTES)}")
        if "VALUE" in request.query and node.access != READ:
            return web.Response(status=204)
        told = node.json(self._values)
        return web.json_response({name: told[name] for name in request.query if name in told})

    def _admits(self, request: web.Request) -> bool:
        """Refuse strangers' names for this machine (DNS rebinding) and web pages from elsewhere."""
        if not self._admission.names_us(request.host):
            return False
        origin = request.headers.get("Origin")
        page = named(origin.partition("://")[2]) if origin is not None else ""
        return origin is None or is_loopback(page) or page == named(request.host)

    def _host_info(self, request: web.Request) -> dict[str, Any]:
        here = request.transport.get_extra_info("sockname") if request.transport is not None else None
        known = dict.fromkeys(("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "TYPE", "LISTEN"), True)
        return {
            "NAME": "Segue",
            "OSC_IP": here[0] if here else self._settings.listen_host,
            "OSC_PORT": self._settings.listen_port,
            "OSC_TRANSPORT": "UDP",
            "EXTENSIONS": known,
        }

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import WSMsgType, web

        host = request.remote or ""
        if len(self._listeners) >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} listeners already; one of them must leave first")
        if not is_loopback(host) and sum(each.host == host for each in self._listeners) >= MOST_EACH:
            raise web.HTTPServiceUnavailable(
                text=f"{MOST_EACH} listeners of {host} already; one of them must leave first"
            )
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=_COMMAND_BYTES)
        await socket.prepare(request)
        listener = _Listener(socket, host)
        self._listeners.append(listener)
        writer = asyncio.create_task(_write(listener))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._obey(listener, message.data)
        finally:
            writer.cancel()
            self._listeners.remove(listener)
            self._count()
        return socket

    def _obey(self, listener: _Listener, text: str) -> None:
        try:
            asked = json.loads(text)
        except (ValueError, RecursionError):
            return
        command, address = (asked.get("COMMAND"), asked.get("DATA")) if isinstance(asked, dict) else (None, None)
        if not isinstance(address, str) or address not in self._readable:
            return
        if command == "LISTEN":
            listener.wanted.add(address)
        elif command == "IGNORE":
            listener.wanted.discard(address)
        self._count()

    def _count(self) -> None:
        self._wanted = frozenset().union(*(listener.wanted for listener in self._listeners))

    def _deliver(self, heard: list[tuple[str, bytes]]) -> None:
        for listener in self._listeners:
            wanted = [packet for address, packet in heard if address in listener.wanted]
            if wanted:
                listener.waiting.extend(wanted)
                listener.awake.set()

    async def _close(self, _: web.Application) -> None:
        self._loop = None
        for listener in list(self._listeners):
            await listener.socket.close()


async def _write(listener: _Listener) -> None:
    with contextlib.suppress(ConnectionError):
        while not listener.socket.closed:
            await listener.awake.wait()
            listener.awake.clear()
            while listener.waiting:
                await listener.socket.send_bytes(listener.waiting.popleft())
