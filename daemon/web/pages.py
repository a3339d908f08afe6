"""The stage page over HTTP: its files, its tracks' looks, and the websocket; every request is checked first.

Conventions
-----------
Runs in the web's thread. Nothing is read from disk by a name that a browser gave: the page's files are loaded once, and
tracks are looked up by id. Browsers may load nothing from anywhere else, nor show the page inside another.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from .admission import Admission
from .audience import SCREENS, Screen
from .sleeve import Sleeves

if TYPE_CHECKING:
    from ..clock import Clock
    from .stage import Stage

STATIC = Path(__file__).parent / "static"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_ID = r"{id:[0-9a-f]{16}}"
_COOKIE_S = 30 * 24 * 3600
_FULL, _SILENT = 4001, 4002
"""Codes with which a websocket is closed: too many browsers; it took nothing for too long."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(stage: Stage, admission: Admission, sleeves: Sleeves, clock: Clock) -> web.Application:
    """Make the application."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = _refused(request, admission, clock.now()) or await _handled(request, handler)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
            answer.headers["Content-Security-Policy"] = _policy(request.host)
        return answer

    async def entered(request: web.Request) -> web.StreamResponse:
        if "token" not in request.query or not admission.ticket:
            return _file(request, *files["index.html"])
        answer = web.Response(status=303, headers={"Location": "/"})  # the token is kept out of sight from here on
        answer.set_cookie(
            _cookie(request), admission.ticket, max_age=_COOKIE_S, path="/", httponly=True, samesite="Lax"
        )
        return answer

    async def file(request: web.Request) -> web.StreamResponse:
        found = files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return _file(request, *found)

    async def track(request: web.Request) -> web.StreamResponse:
        sleeve = await sleeves.sleeve(request.match_info["id"])
        if sleeve is None:
            raise web.HTTPNotFound
        return web.json_response(sleeve, headers={"Cache-Control": "no-store"})

    async def artwork(request: web.Request) -> web.StreamResponse:
        picture = await sleeves.picture(request.match_info["id"])
        if picture is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "private, max-age=3600"}
        return web.Response(body=picture.data, content_type=picture.kind, headers=headers)

    async def socket(request: web.Request) -> web.StreamResponse:
        if not admission.own_page(request.headers.get("Origin", ""), request.host):
            return web.Response(status=403, text="This websocket is for the page that comes from here.\n")
        return await _watch(request, stage, clock)

    async def end(_: web.Application) -> None:
        sleeves.close()

    files = _load()
    app = web.Application(middlewares=[guarded], client_max_size=1024)
    app.router.add_get("/", entered)
    app.router.add_get("/static/{name}", file)
    app.router.add_get(f"/track/{_ID}", track)
    app.router.add_get(f"/artwork/{_ID}", artwork)
    app.router.add_get("/socket", socket)
    app.on_cleanup.append(end)
    return app


async def _handled(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as exc:
        return web.Response(status=exc.status, text=f"{exc.reason}\n")


def _refused(request: web.Request, admission: Admission, now_s: float) -> web.Response | None:
    if not admission.names_us(request.host):
        return web.Response(status=403, text="This page is not served under that name; open it by its address.\n")
    if admission.knows(request.query.get("token", ""), request.cookies.get(_cookie(request), "")):
        return None
    if not admission.may_try(request.remote or "", now_s):
        return web.Response(status=429, text="Too many wrong tokens; wait a minute.\n")
    return web.Response(
        status=401, text="Open this page with its token, http://…/?token=…, as [stage] in config.toml names it.\n"
    )


def _cookie(request: web.Request) -> str:
    """Name the cookie; browsers share one among all ports of a host, and another daemon has another token."""
    return "segue_stage_" + (re.sub(r"\D", "", request.host.rpartition(":")[2]) or "80")


def _policy(host: str) -> str:
    own = f"'self' ws://{host} wss://{host}"  # older Safaris do not count a websocket as 'self'
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {own}; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _load() -> dict[str, tuple[str, bytes, str]]:
    """Read the page's files: type, bytes and tag by name."""
    found = {}
    for path in STATIC.iterdir():
        if path.suffix in _KINDS:
            data = path.read_bytes()
            found[path.name] = (_KINDS[path.suffix], data, hashlib.sha256(data).hexdigest()[:16])
    return found


def _file(request: web.Request, kind: str, data: bytes, tag: str) -> web.Response:
    headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"', "Content-Type": kind}
    if any(each.value == tag for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, headers=headers)


async def _watch(request: web.Request, stage: Stage, clock: Clock) -> web.WebSocketResponse:
    """Serve one browser until it goes, or takes nothing any more."""
    socket = web.WebSocketResponse(max_msg_size=4096, compress=False, timeout=0.5)
    await socket.prepare(request)
    screen = stage.enter()
    if screen is None:
        await socket.close(code=_FULL, message=f"{SCREENS} browsers watch already".encode())
        return socket
    feeding = asyncio.create_task(screen.feed(socket.send_str))
    minding = asyncio.create_task(_mind(socket, screen, clock))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                _hear(stage, screen, message.data, clock)
            else:
                break
    finally:
        stage.leave(screen)
        feeding.cancel()
        minding.cancel()
        await asyncio.gather(feeding, minding, return_exceptions=True)
    return socket


async def _mind(socket: web.WebSocketResponse, screen: Screen, clock: Clock) -> None:
    """Let a browser go that has gone without a word."""
    while not screen.gone(clock.now()):
        await asyncio.sleep(1.0)
    await socket.close(code=_SILENT)


def _hear(stage: Stage, screen: Screen, text: str, clock: Clock) -> None:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    frames = said.get("seen") if isinstance(said, dict) else None
    if type(frames) is int:
        screen.saw(frames, clock.now())
    else:
        stage.ask(screen, said)
