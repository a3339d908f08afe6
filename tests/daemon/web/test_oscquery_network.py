"""OSCQuery on the network: whom it answers, and how many places one machine has."""

import asyncio
import http.client
import json
import urllib.request

import aiohttp
import pytest

from segue.daemon.config import Osc
from segue.daemon.osc.subscriptions import MOST_EACH
from segue.daemon.web import oscquery
from segue.daemon.web.oscquery import OscQuery
from segue.daemon.web.serving import Serving

SETTINGS = Osc(listen_host="0.0.0.0", query_port=0)


def asked(port: int, **headers: str) -> int:
    """Ask for the root; gives the code of the answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/segue", headers=headers)
        return client.getresponse().status
    finally:
        client.close()


def test_its_own_names_are_answered_but_no_stranger_s_and_no_page_from_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "booth")
    with Serving([OscQuery(SETTINGS).site]) as serving:
        assert serving.ready.wait(10)
        port = serving.ports["OSCQuery"]

        assert asked(port, Host="booth.local:17181") == 200
        assert asked(port, Host="192.168.1.7:17181") == 200
        assert asked(port, Host="booth.local", Origin="http://booth.local:17180") == 200
        assert asked(port, Host="booth.local", Origin="http://evil.example") == 403
        assert asked(port, Host="evil.example", Origin="http://evil.example") == 403, "DNS rebinding"
        assert asked(port, Host="evil.example") == 403


def test_it_says_where_the_question_came_in() -> None:
    with Serving([OscQuery(SETTINGS).site]) as serving:
        assert serving.ready.wait(10)
        with urllib.request.urlopen(f"http://127.0.0.1:{serving.ports['OSCQuery']}/?HOST_INFO", timeout=5) as answer:
            assert json.load(answer)["OSC_IP"] == "127.0.0.1"


def test_another_machine_has_four_listeners_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oscquery, "is_loopback", lambda host: False)

    async def scene(url: str) -> int:
        async with aiohttp.ClientSession() as client:
            sockets = [await client.ws_connect(url) for _ in range(MOST_EACH)]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await client.ws_connect(url)
            for socket in sockets:
                await socket.close()
            return refusal.value.status

    with Serving([OscQuery(SETTINGS).site]) as serving:
        assert serving.ready.wait(10)
        assert asyncio.run(scene(f"http://127.0.0.1:{serving.ports['OSCQuery']}/")) == 503
