import asyncio
import socket
import urllib.request

from aiohttp import web

from segue.daemon.web.serving import Serving, Site


def _hello() -> web.Application:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


def test_two_sites_are_served_on_ports_of_their_own_until_the_end() -> None:
    with Serving([Site("one", "127.0.0.1", 0, _hello), Site("two", "127.0.0.1", 0, _hello)]) as serving:
        assert serving.ready.wait(10)
        assert serving.ports["one"] != serving.ports["two"]
        for port in serving.ports.values():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert answer.read() == b"hello"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", serving.ports["one"])) != 0


def test_a_port_that_is_taken_is_reported_and_the_other_site_is_served() -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sites = [Site("stage page", "127.0.0.1", port, _hello), Site("two", "127.0.0.1", 0, _hello)]
        with Serving(sites, lambda level, text: said.append(text)) as serving:
            assert serving.ready.wait(10)
            assert list(serving.ports) == ["two"]
    assert len(said) == 2
    assert f"no stage page: cannot listen on 127.0.0.1:{port}" in said[0]
    assert said[1] == f"two: http://127.0.0.1:{serving.ports['two']}"


def test_other_threads_reach_the_loop_while_it_runs_and_do_no_harm_afterwards() -> None:
    heard: list[bool] = []
    with Serving([Site("one", "127.0.0.1", 0, _hello)]) as serving:
        assert serving.ready.wait(10)
        serving.call(lambda: heard.append(asyncio.get_running_loop().is_running()))
    serving.call(heard.append, False)
    assert heard == [True]
