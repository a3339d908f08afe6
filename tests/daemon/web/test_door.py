"""The web's door: no stranger takes all connections, and nobody stands in it for ever."""

import socket
import urllib.request

import pytest
from aiohttp import web

from segue.daemon.osc.limits import Allowance
from segue.daemon.web import door
from segue.daemon.web.door import MOST, MOST_EACH, Door
from segue.daemon.web.serving import Serving, Site, _seldom


def _hello() -> web.Application:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


def test_an_address_of_the_network_has_so_many_connections_and_all_together_so_many() -> None:
    guard = Door()

    assert sum(guard.admit("10.0.0.1") for _ in range(1100)) == MOST_EACH
    assert sum(guard.admit(f"10.0.1.{n}") for n in range(200)) == MOST - MOST_EACH
    assert not guard.admit("10.0.2.1")
    guard.leave("10.0.0.1")
    assert guard.admit("10.0.2.1")


def test_this_machine_is_never_shut_out_by_the_network() -> None:
    guard = Door()
    for n in range(200):
        guard.admit(f"10.0.1.{n}")

    assert sum(guard.admit("127.0.0.1") for _ in range(200)) == MOST


def test_connections_beyond_that_are_closed_at_once_and_take_no_place() -> None:
    with Serving([Site("one", "127.0.0.1", 0, _hello)]) as serving:
        assert serving.ready.wait(10)
        port = serving.ports["one"]
        first = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(MOST)]
        for each in first:
            each.sendall(b"GET / HT")
        with socket.create_connection(("127.0.0.1", port), 5) as late:
            assert _closed(late)
        for each in first:
            each.close()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            assert answer.read() == b"hello"


def test_whoever_sends_no_whole_request_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.2)
    with Serving([Site("one", "127.0.0.1", 0, _hello)]) as serving:
        assert serving.ready.wait(10)
        with socket.create_connection(("127.0.0.1", serving.ports["one"]), 5) as mute:
            mute.sendall(b"GET / HT")
            assert _closed(mute)


def test_a_head_in_pieces_is_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 1.0)
    with Serving([Site("one", "127.0.0.1", 0, _hello)]) as serving:
        assert serving.ready.wait(10)
        with socket.create_connection(("127.0.0.1", serving.ports["one"]), 5) as slow:
            for piece in (b"GET / HTTP/1.1\r\nHost: x\r\n\r", b"\n"):
                slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                slow.sendall(piece)
            assert slow.recv(4096).startswith(b"HTTP/1.1 200")
            slow.settimeout(1.3)
            with pytest.raises(TimeoutError):
                slow.recv(1)


def test_the_loop_s_complaints_do_not_fill_the_log() -> None:
    class Loop:
        told = 0

        def time(self) -> float:
            return 5.0

        def default_exception_handler(self, context: dict[str, object]) -> None:
            self.told += 1

    loop, handle = Loop(), _seldom(Allowance(4, 1 / 60))
    for _ in range(10_000):
        handle(loop, {"message": "socket.accept() out of system resource"})  # type: ignore[arg-type]

    assert loop.told == 4


def _closed(client: socket.socket) -> bool:
    """Wait until the other side has closed."""
    client.settimeout(5)
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
