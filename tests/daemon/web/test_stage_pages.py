"""The stage page over HTTP and its websocket, as any client meets them; a real browser is in tests/real."""

import asyncio
import base64
import contextlib
import json
import socket

import aiohttp
import pytest
import soundfile
from booth import until
from stage_house import House, crate, png
from synth import noise

from segue.daemon.__main__ import main
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.web.audience import SCREENS
from segue.daemon.web.pages import STATIC

TOKEN = "eine Bühne für alle"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with House(tmp_path_factory.mktemp("music"), speed=20.0) as made:
        until(lambda: made.pipeline.adviser.standing is not None, 20, "suggestions")
        yield made


def meet(visit):
    """Run a visit of an HTTP client; gives what it gives."""

    async def whole():
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of addresses, too
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(10)) as client:
            return await visit(client)

    return asyncio.run(whole())


def get(house, path, **options):
    async def visit(client):
        async with client.get(house.address + path, allow_redirects=False, **options) as answer:
            return answer.status, answer.headers, await answer.read()

    return meet(visit)


def test_the_page_and_all_that_it_names_are_served_from_here_alone(house):
    status, headers, page = get(house, "/")

    assert status == 200
    named = [part.split('"')[0] for part in page.decode().split('="/static/')[1:]]
    assert len(named) >= 5
    for name in [*named, *(path.name for path in STATIC.glob("*.js"))]:
        assert get(house, f"/static/{name}")[0] == 200
    everything = b"".join(path.read_bytes() for path in STATIC.iterdir())
    assert b"https://" not in everything
    assert everything.count(b"http://") == everything.count(b"http://www.w3.org/")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert b"style=" not in page
    assert b"onclick" not in page


def test_a_file_that_has_not_changed_is_not_sent_again(house):
    _, headers, _ = get(house, "/static/main.js")

    assert get(house, "/static/main.js", headers={"If-None-Match": headers["ETag"]})[0] == 304


@pytest.mark.parametrize(
    "path",
    ["/static/../pages.py", "/static/%2e%2e%2fpages.py", "/static/x.js", "/track/" + "z" * 16, "/artwork/1", "/x"],
)
def test_nothing_else_is_served(house, path):
    assert get(house, path)[0] == 404


def test_a_track_s_look_is_small_and_has_its_waveform_and_cues(house):
    status, _, body = get(house, f"/track/{0:016x}")
    look = json.loads(body)

    assert status == 200
    assert len(body) < 8000
    assert look["artwork"] is True
    assert [cue["kind"] for cue in look["mix_outs"]] == ["mix_out", "outro"]
    assert [len(base64.b64decode(band)) for band in look["wave"]] == [1200] * 3
    assert get(house, f"/track/{'0' * 15}f")[0] == 200
    assert get(house, f"/track/{'f' * 16}")[0] == 404


def test_artwork_is_served_with_its_type_and_404_without(house):
    status, headers, body = get(house, f"/artwork/{0:016x}")

    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert body == png(colour=(0, 90, 160))
    assert get(house, f"/artwork/{1:016x}")[0] == 404


def test_a_stranger_s_name_for_this_machine_is_refused(house):
    assert get(house, "/", headers={"Host": "evil.example"})[0] == 403
    assert get(house, f"/track/{0:016x}", headers={"Host": "evil.example:17180"})[0] == 403


def watch(house, talk, origin=None, **options):
    async def visit(client):
        headers = {"Origin": origin or house.address}
        async with client.ws_connect(house.address + "/socket", headers=headers, **options) as ws:
            return await talk(ws)

    return meet(visit)


async def answered(ws, number):
    while True:
        said = json.loads((await ws.receive(5)).data)
        if said.get("answer") == number:
            return said


def test_a_websocket_from_another_page_is_refused(house):
    for origin in ("http://evil.example", "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            watch(house, lambda ws: ws.receive(), origin=origin)
        assert refused.value.status == 403


def test_a_browser_gets_all_that_stands_and_then_what_changes(house):
    async def talk(ws):
        return [json.loads((await ws.receive(5)).data) for _ in range(8)]

    whole, *later = watch(house, talk)
    assert {"live", "status", "now", "next", "wishes"} <= set(whole)
    assert all("status" not in frame or len(frame["status"]) < 3 for frame in later)
    assert sorted(len(json.dumps(frame)) for frame in later)[3] < 1500  # a new list is larger, and seldom


def test_requests_are_done_or_refused_with_the_reason(house):
    async def talk(ws):
        await ws.send_str(json.dumps({"id": 1, "ask": "/ctl/energy", "args": [0.5]}))
        done = await answered(ws, 1)
        await ws.send_str(json.dumps({"id": 2, "ask": "/ctl/accept", "args": [1, -5]}))
        stale = await answered(ws, 2)
        await ws.send_str("{no json")
        odd = await answered(ws, 0)
        await ws.send_str("[" * 3000)
        deep = await answered(ws, 0)
        return done, stale, odd, deep

    done, stale, odd, deep = watch(house, talk)
    assert (done["code"], done["text"]) == (0, "energy +0.50")
    assert stale["code"] == 409
    assert odd["code"] == deep["code"] == 400
    assert house.pipeline.wishes.direction == 0.5


def test_half_a_surrogate_is_refused_and_breaks_nothing(house):
    async def talk(ws):
        await ws.send_str('{"id": 1, "ask": "/\\ud800", "args": []}')
        address = await answered(ws, 1)
        await ws.send_str('{"id": 2, "ask": "/ctl/now", "args": ["\\ud800"]}')
        return address, await answered(ws, 2), (await ws.receive(5)).type

    address, argument, kind = watch(house, talk)
    assert address["code"] == argument["code"] == 400
    assert kind is aiohttp.WSMsgType.TEXT


def test_another_library_of_as_many_tracks_is_told_apart(house, tmp_path):
    async def talk(ws):
        first = json.loads((await ws.receive(5)).data)["library"]["number"]
        wishes, before = house.pipeline.wishes, house.pipeline.wishes.snapshot
        wishes.snapshot = crate(tmp_path)
        try:
            while True:
                frame = json.loads((await ws.receive(5)).data)
                if "library" in frame:
                    return frame["library"]["number"] - first
        finally:
            wishes.snapshot = before

    assert watch(house, talk) == 1


def test_a_message_that_is_too_long_ends_the_connection_and_nothing_else(house):
    async def talk(ws):
        await ws.send_str("x" * 100_000)
        while True:
            said = await ws.receive(5)
            if said.type is not aiohttp.WSMsgType.TEXT:
                return ws.close_code

    assert watch(house, talk) == 1009
    assert get(house, "/")[0] == 200


def test_the_seventeenth_browser_is_told_that_the_house_is_full(house):
    async def visit(client):
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(SCREENS):
                way = client.ws_connect(house.address + "/socket", headers={"Origin": house.address})
                await (await stack.enter_async_context(way)).receive(5)
            async with client.ws_connect(house.address + "/socket", headers={"Origin": house.address}) as late:
                await late.receive(5)
                return late.close_code

    assert meet(visit) == 4001


def test_on_the_network_the_token_opens_the_page_once_and_the_cookie_from_then_on(tmp_path):
    async def visit(client):
        statuses = []
        for path in ("/", "/?token=wrong", "/static/main.js", "/socket"):
            async with client.get(house.address + path, allow_redirects=False) as answer:
                statuses.append(answer.status)
        async with client.get(house.address, params={"token": TOKEN}, allow_redirects=False) as answer:
            statuses.append(answer.status)
            cookie, place = answer.headers["Set-Cookie"], answer.headers["Location"]
        async with client.get(house.address + place) as answer:
            statuses.append(answer.status)
        async with client.ws_connect(house.address + "/socket", headers={"Origin": house.address}) as ws:
            whole = await ws.receive(5)
        async with client.get(house.address, headers={"Host": "evil.example"}) as answer:
            statuses.append(answer.status)
        return statuses, cookie, place, whole

    with House(tmp_path, host="0.0.0.0", token=TOKEN) as house:
        statuses, cookie, place, whole = meet(visit)
        guesses = [get(house, f"/?token={n}")[0] for n in range(12)]
    assert statuses == [401, 401, 401, 401, 303, 200, 403]
    assert place == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Bühne" not in cookie
    assert whole.type is aiohttp.WSMsgType.TEXT
    assert guesses[-1] == 429


def test_a_replay_shows_its_page_where_it_says(tmp_path, capsys):
    soundfile.write(tmp_path / "set.wav", noise(2.0), 16_000)
    Catalogue.create(tmp_path / "library").close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "c.toml").write_text(f"[stage]\nport = {port}\n")
    options = ["--library", str(tmp_path / "library"), "--config", str(tmp_path / "c.toml"), "--speed", "max"]
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(tmp_path / "set.wav"), "--stage", *options])

    assert ended.value.code == 0
    assert f"stage page: http://127.0.0.1:{port}" in capsys.readouterr().err
