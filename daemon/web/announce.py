"""Makes OSCQuery and the OSC port known on the network by mDNS, for programs that look for them.

Conventions
-----------
A task in the web's thread for as long as the site is served. zeroconf is LGPL and therefore an extra
(``segue[network]``); what cannot be announced is reported, and everything else goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from ..config import is_loopback

if TYPE_CHECKING:
    from aiohttp import web

    from ..config import Osc
    from ..librarian import Report

QUERY, UDP = "_oscjson._tcp.local.", "_osc._udp.local."
_ALL = ("0.0.0.0", "::")


def announcement(settings: Osc, report: Report) -> Callable[[web.Application], AsyncIterator[None]]:
    """Make what ``Application.cleanup_ctx`` takes: announces in the background, and takes it back at the end."""

    async def announce(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_announce(settings, report))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return announce


async def _announce(settings: Osc, report: Report) -> None:
    if is_loopback(settings.listen_host):
        report(2, f"nothing is announced: osc.listen_host {settings.listen_host} is for this machine alone")
        return
    try:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf
    except ImportError:
        report(2, "nothing is announced: osc.announce needs zeroconf; 'pip install segue[network]' brings it")
        return
    machine, where = socket.gethostname().partition(".")[0], addresses(settings.listen_host)
    try:
        async with AsyncZeroconf(interfaces=where) as voice:
            for kind, port in ((QUERY, settings.query_port), (UDP, settings.listen_port)):
                name, server = f"Segue on {machine}.{kind}", f"{machine}.local."
                service = AsyncServiceInfo(kind, name, port=port, parsed_addresses=where, server=server)
                await (await voice.async_register_service(service, allow_name_change=True))
            await asyncio.Event().wait()  # until cancelled; leaving takes everything back
    except (Error, OSError) as exc:
        report(2, f"nothing is announced: {exc or type(exc).__name__}")


def addresses(host: str) -> list[str]:
    """Give the addresses under which ``host`` is reached: for a wildcard those of every network."""
    if host not in _ALL:
        return [host]
    import ifaddr

    found = [str(ip.ip if ip.is_IPv4 else ip.ip[0]) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    usable = [ipaddress.ip_address(address) for address in found]
    return [str(a) for a in usable if not a.is_loopback and not a.is_link_local and (a.version == 4 or host == "::")]
