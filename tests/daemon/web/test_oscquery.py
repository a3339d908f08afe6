"""OSCQuery as its clients use it: the tree, single attributes, who is let in, and listening over a websocket."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from frames import BUILDER, one_of_each
from pythonosc.osc_message import OscMessage

from segue.daemon.config import Osc
from segue.daemon.messages import TABLE, Message
from segue.daemon.osc.tree import Tree
from segue.daemon.web import oscquery
from segue.daemon.web.oscquery import MOST, OscQuery
from segue.daemon.web.serving import Serving

SETTINGS = Osc(query_port=0, listen_port=17999)


class Served:
    """A query server on a free port, and a client."""

    def __init__(self, query: OscQuery, port: int) -> None:
        self.query, self.port = query, port

    def get(self, path: str, **headers: str) -> Any:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=5) as answer:
            body = answer.read()
            return json.loads(body) if answer.status == 200 else answer.status

    def code(self, path: str, **headers: str) -> int:
        try:
            self.get(path, **headers)
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code
        return 200

    def on_socket(self, play: Callable[..., Awaitable[Any]], **headers: str) -> Any:
        """Run a scene with a websocket that is open."""

        async def scene() -> Any:
            import aiohttp

            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(f"http://127.0.0.1:{self.port}/", headers=headers) as socket,
            ):
                return await asyncio.wait_for(play(socket), 20)

        return asyncio.run(scene())


@pytest.fixture
def served() -> Iterator[Served]:
    query = OscQuery(SETTINGS)
    with Serving([query.site]) as serving:
        assert serving.ready.wait(10)
        yield Served(query, serving.ports["OSCQuery"])


def number(address: str, value: float, t: float = 0.0) -> Message:
    return BUILDER.number(address)(t, value)


async def listened(query: OscQuery, *addresses: str) -> None:
    """Wait until the server knows of it."""
    for _ in range(2000):
        if set(addresses) == query._wanted:
            return
        await asyncio.sleep(0.002)
    raise AssertionError(f"{query._wanted} is listened to, not {addresses}")


def test_the_whole_tree_is_served_from_the_root_on(served: Served) -> None:
    tree = served.get("/")

    def walk(node: dict[str, Any]) -> Iterator[str]:
        yield node["FULL_PATH"]
        for name, part in node.get("CONTENTS", {}).items():
            assert part["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"
            yield from walk(part)

    assert set(walk(tree)) == set(Tree().nodes)
    assert tree["CONTENTS"]["segue"]["CONTENTS"]["live"]["CONTENTS"]["bpm_conf"] == {
        "FULL_PATH": "/segue/live/bpm_conf",
        "ACCESS": 1,
        "DESCRIPTION": "how sure the tempo is",
        "TYPE": "f",
        "RANGE": [{"MIN": 0, "MAX": 1}],
    }
    assert served.get("/segue/ctl/energy/") == {
        "FULL_PATH": "/segue/ctl/energy",
        "ACCESS": 2,
        "DESCRIPTION": "where the set should go: down, on, up",
        "TYPE": "f",
        "RANGE": [{"MIN": -1, "MAX": 1}],
    }
    assert served.get("/segue/ctl/pause")["TYPE"] == "I"
    assert served.get("/segue/ctl/accept")["TYPE"] == "i"
    assert set(served.get("/segue/ctl/weight")["CONTENTS"]) >= {"key", "tempo"}


def test_a_value_is_what_was_sent_last(served: Served) -> None:
    served.query.send([number("/live/bpm", 124.5), BUILDER.message(0, "/now/track", 3, "id", "Ärtist 🎛", "t", "8A")])
    served.query.send([number("/live/bpm", 125.0)])

    assert served.get("/segue/live/bpm")["VALUE"] == [125.0]
    assert served.get("/segue/live/bpm?VALUE") == {"VALUE": [125.0]}
    assert served.get("/segue/now/track?VALUE") == {"VALUE": [3, "id", "Ärtist 🎛", "t", "8A"]}
    assert served.get("/segue/now/path?VALUE") == {}, "nothing was sent yet"


def test_values_are_bounded_by_the_table(served: Served) -> None:
    for _ in range(20):
        served.query.send(one_of_each())

    assert len(served.query._values) == len(TABLE)


def test_single_attributes_are_served_and_what_is_not_there_has_its_code(served: Served) -> None:
    assert served.get("/segue/live/key?RANGE") == {"RANGE": [{"MIN": 0, "MAX": 11}]}
    assert served.get("/segue/live/key?TYPE&ACCESS") == {"TYPE": "i", "ACCESS": 1}
    assert served.get("/segue/live?TYPE") == {}
    assert served.get("/segue/live/key?FULL_PATH") == {"FULL_PATH": "/segue/live/key"}
    assert served.get("/segue/ctl/energy?VALUE") == 204
    assert served.get("/segue?VALUE") == 204
    assert served.code("/segue/live/key?COLOUR") == 400
    assert served.code("/segue/nothing") == 404
    assert served.code("/segue/nothing?VALUE") == 404
    assert served.code("/segue/live/%00") == 404


@pytest.mark.parametrize("path", ["/?HOST_INFO", "?HOST_INFO", "/segue/live?HOST_INFO", "/nowhere?HOST_INFO"])
def test_host_info_says_where_the_osc_port_is_and_what_is_known(served: Served, path: str) -> None:
    told = served.get(path)

    assert (told["NAME"], told["OSC_IP"], told["OSC_PORT"], told["OSC_TRANSPORT"]) == (
        "Segue", "127.0.0.1", 17999, "UDP",
    )  # fmt: skip
    for name in ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "LISTEN"):
        assert told["EXTENSIONS"][name] is True
    assert "WS_PORT" not in told, "the same port"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:17181"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "192.168.1.7"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "localhost:17181"}, 200),
        ({"Host": "[::1]:17181"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:17180"}, 200),
    ],
)
def test_strangers_names_and_pages_are_refused(served: Served, headers: dict[str, str], code: int) -> None:
    assert served.code("/segue", **headers) == code
    assert served.code("/?HOST_INFO", **headers) == code


def test_a_page_from_elsewhere_may_not_listen(served: Served) -> None:
    import aiohttp

    async def nothing(_: Any) -> None:
        raise AssertionError

    with pytest.raises(aiohttp.WSServerHandshakeError):
        served.on_socket(nothing, Origin="https://evil.example")


def test_who_listens_gets_each_message_of_that_address_alone_until_it_ignores_it(served: Served) -> None:
    async def play(socket: Any) -> list[tuple[str, list[Any]]]:
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/segue/live/bpm"})
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/segue/now/path"})
        await listened(served.query, "/segue/live/bpm", "/segue/now/path")
        served.query.send([
            number("/live/bpm", 120.0), number("/live/phase", 0.5), BUILDER.message(0, "/now/path", 1, "/m/ü 🎛.flac"),
        ])  # fmt: skip
        heard = [await socket.receive_bytes() for _ in range(2)]
        await socket.send_json({"COMMAND": "IGNORE", "DATA": "/segue/live/bpm"})
        await listened(served.query, "/segue/now/path")
        served.query.send([number("/live/bpm", 121.0), BUILDER.message(0, "/now/path", 2, "/2")])
        heard.append(await socket.receive_bytes())
        return [(m.address, m.params) for m in map(OscMessage, heard)]

    assert served.on_socket(play) == [
        ("/segue/live/bpm", [120.0]),
        ("/segue/now/path", [1, "/m/ü 🎛.flac"]),
        ("/segue/now/path", [2, "/2"]),
    ]


def test_what_makes_no_sense_on_the_socket_is_passed_over(served: Served) -> None:
    nonsense = [
        "", "[", "[]", "7", "null", '"LISTEN"', "{}", '{"COMMAND": "LISTEN"}', '{"COMMAND": "LISTEN", "DATA": 7}',
        '{"COMMAND": "LISTEN", "DATA": "/nowhere"}', '{"COMMAND": "LISTEN", "DATA": "/segue/ctl/pause"}',
        '{"COMMAND": "LISTEN", "DATA": "/segue/live"}', '{"COMMAND": ["LISTEN"], "DATA": "/segue/live/bpm"}',
        "[" * 4000,
    ]  # fmt: skip

    async def play(socket: Any) -> None:
        for each in nonsense:
            await socket.send_str(each)
        await socket.send_bytes(b"/segue/ctl/pause\0\0\0\0,I\0\0")
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/segue/live/bpm"})
        await listened(served.query, "/segue/live/bpm")

    served.on_socket(play)


def test_a_listener_that_leaves_costs_nothing_more(served: Served) -> None:
    async def play(socket: Any) -> None:
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/segue/live/bpm"})
        await listened(served.query, "/segue/live/bpm")

    served.on_socket(play)
    asyncio.run(listened(served.query))
    assert served.query._listeners == []


def test_there_are_at_most_sixteen_listeners(served: Served) -> None:
    import aiohttp

    async def scene() -> int:
        async with aiohttp.ClientSession() as client:
            sockets = [await client.ws_connect(f"http://127.0.0.1:{served.port}/") for _ in range(MOST)]
            try:
                await client.ws_connect(f"http://127.0.0.1:{served.port}/")
            except aiohttp.WSServerHandshakeError as refusal:
                return refusal.status
            finally:
                for socket in sockets:
                    await socket.close()
        return 200

    assert asyncio.run(scene()) == 503


def test_a_listener_that_does_not_read_loses_the_oldest_and_holds_up_nobody(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oscquery, "_write", lambda listener: asyncio.sleep(60))  # a socket that takes nothing

    async def play(socket: Any) -> list[bytes]:
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/segue/live/t_ms"})
        await listened(served.query, "/segue/live/t_ms")
        for k in range(oscquery.WAITING + 100):
            served.query.send([number("/live/t_ms", k)])
        served.get("/segue/live")  # answered after what was sent
        return list(served.query._listeners[0].waiting)

    waiting = served.on_socket(play)
    assert len(waiting) == oscquery.WAITING
    assert OscMessage(waiting[0]).params == [100]


def test_sending_before_the_start_and_after_the_end_does_no_harm() -> None:
    query = OscQuery(SETTINGS)
    query.send([number("/live/bpm", 120.0)])
    query._wanted = frozenset(["/segue/live/bpm"])
    query.send([number("/live/bpm", 120.0)])
    with Serving([query.site]) as serving:
        assert serving.ready.wait(10)
    query._wanted = frozenset(["/segue/live/bpm"])
    query.send([number("/live/bpm", 120.0)])

    assert "web" not in {thread.name for thread in threading.enumerate()}
