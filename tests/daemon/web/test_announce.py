"""The announcement: found by a browser of the network, taken back at the end, and never a reason to stop."""

import asyncio
import builtins
import ipaddress
from typing import Any

import pytest

from segue.daemon.config import Osc
from segue.daemon.web.announce import QUERY, UDP, addresses
from segue.daemon.web.oscquery import OscQuery
from segue.daemon.web.serving import Serving


def own_address() -> str:
    found = addresses("0.0.0.0")
    if not found:
        pytest.skip("this machine is on no network")
    return found[0]


def test_a_wildcard_means_every_address_but_those_of_this_machine_alone() -> None:
    assert addresses("192.168.1.7") == ["192.168.1.7"]
    assert not [address for address in addresses("::") if ipaddress.ip_address(address).is_loopback]
    assert set(addresses("0.0.0.0")) <= set(addresses("::"))


def test_both_ports_are_found_on_the_network_and_leave_it_at_the_end() -> None:
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    where = own_address()
    said: list[str] = []
    settings = Osc(listen_host=where, query_port=18181, listen_port=18100, announce=True)

    async def scene() -> dict[str, Any]:
        found: dict[str, Any] = {}
        gone: set[str] = set()

        def hear(zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:
            if name.startswith("Segue on ") and state_change.name == "Removed":
                gone.add(service_type)
            elif name.startswith("Segue on "):
                found.setdefault(service_type, name)

        async def until(done: Any) -> None:
            for _ in range(800):
                if done():
                    return
                await asyncio.sleep(0.02)

        async with AsyncZeroconf(interfaces=[where]) as voice:
            browser = AsyncServiceBrowser(voice.zeroconf, [QUERY, UDP], handlers=[hear])
            with Serving([OscQuery(settings, lambda level, text: said.append(text)).site]) as serving:
                assert serving.ready.wait(10)
                await until(lambda: len(found) == 2)
                for kind in list(found):
                    info = AsyncServiceInfo(kind, found[kind])
                    await info.async_request(voice.zeroconf, 3000)
                    found[kind] = (info.port, info.parsed_addresses())
                await asyncio.to_thread(serving.stop)
            await until(lambda: len(gone) == 2)
            await browser.async_cancel()
        return {**found, "gone": gone}

    told = asyncio.run(scene())

    assert said == []
    assert told[QUERY] == (18181, [where])
    assert told[UDP] == (18100, [where])
    assert told["gone"] == {QUERY, UDP}


@pytest.mark.parametrize("missing", [True, False])
def test_what_cannot_be_announced_is_said_and_served_all_the_same(
    missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if missing and name.startswith("zeroconf"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    said: list[str] = []
    query = OscQuery(
        Osc(listen_host="0.0.0.0" if missing else "127.0.0.1", query_port=0, announce=True),
        lambda level, text: said.append(f"{level} {text}"),
    )
    with Serving([query.site]) as serving:
        assert serving.ready.wait(10)
        assert serving.ports["OSCQuery"]
        for _ in range(500):
            if said:
                break
            serving._thread.join(0.01)

    assert len(said) == 1
    assert said[0].startswith("2 nothing is announced: ")
    assert ("pip install segue[network]" if missing else "for this machine alone") in said[0]
