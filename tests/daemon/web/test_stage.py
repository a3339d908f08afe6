"""The stage page's parts, without a browser: what is gathered, who is admitted, who is sent what."""

import json

import numpy as np
import pytest
from frames import BUILDER, a_list, frame, playing, suggestion
from stage_house import crate, png, tagged

from segue.daemon.config import Config, parse
from segue.daemon.errors import ConfigError
from segue.daemon.osc.requests import RequestError
from segue.daemon.publish.publisher import Publisher
from segue.daemon.web import overview as drawing
from segue.daemon.web.admission import Admission
from segue.daemon.web.artwork import MOST_BYTES, artwork
from segue.daemon.web.audience import GONE_S, SCREENS, WINDOW, Audience
from segue.daemon.web.desk import Desk
from segue.daemon.web.overview import overview
from segue.daemon.web.scene import Scene
from segue.daemon.web.stage import Stage


def told(scene, *messages):
    scene.take([BUILDER.message(1.0, *each) for each in messages])
    return scene.changes()


def test_a_scene_gives_only_what_changed_and_the_page_reads():
    scene = Scene("/segue")

    assert told(scene, ("/live/bpm", 124.01234), ("/live/low", 0.5)) == {"live": {"bpm": 124.012, "low": 0.5}}
    assert told(scene, ("/live/bpm", 124.01234), ("/live/low", 0.6)) == {"live": {"low": 0.6}}
    assert told(scene, ("/live/bpm_conf", 0.9), ("/status/load", 0.2), ("/status/xruns", 3)) == {}
    assert scene.whole() == {"live": {"bpm": 124.012, "low": 0.6}}


def test_half_a_list_is_never_shown():
    scene = Scene("/segue")

    track = ("/next/n1/track", 3, "a" * 16, "Artist", "Title", "8A", "same key")
    assert told(scene, ("/next/begin", 3, 1), ("/next/n1/score", 0.8), track) == {}
    shown = told(scene, ("/next/commit", 3, 1))
    assert shown["n1"] == {
        "score": 0.8, "id": "a" * 16, "artist": "Artist", "title": "Title", "key": "8A", "reasons": "same key"
    }  # fmt: skip
    assert shown["next"] == {"rev": 3}
    assert told(scene, ("/next/n1/mix_out_beats", 31.0)) == {"n1": {"mix_out_beats": 31.0}}


def test_what_a_publisher_says_reaches_the_scene_whole():
    scene, publisher = Scene("/segue"), Publisher(Config(), version="1", source="Deck", library="2 tracks")
    publisher.log(2, "input 'Deck' has gone")
    scene.take(publisher.step(frame(0, now=playing("a"), now2=playing("b"), next=a_list(1, suggestion("c"), None))))
    whole = scene.whole()

    assert whole["now"]["title"] == "Title a"
    assert whole["now"]["level"] == 1.0
    assert whole["now2"]["valid"] == 1
    assert whole["now2"]["mix_out_beats"] == 240.0
    assert whole["n1"]["reasons"] == "tempo +1.6%; key 8A>9A"
    assert whole["n2"]["score"] == 0.0
    assert whole["log"]["text"] == "input 'Deck' has gone"
    assert whole["status"]["input"] == "Deck"
    assert len(json.dumps(whole)) < 3000


def test_a_track_that_is_no_longer_known_is_gone():
    scene = Scene("/segue")
    told(scene, ("/now/track", 1, "a" * 16, "Artist", "Title", "8A"))

    assert told(scene, ("/now/none", 2)) == {"now": {"valid": 0}}


def waiting(screen):
    frames = []
    while not screen._queue.empty():
        frames.append(json.loads(screen._queue.get_nowait()))
    return frames


def test_a_browser_that_lies_about_what_it_has_got_harms_nobody():
    audience = Audience()
    liar, other = audience.enter({}, 0.0), audience.enter({}, 0.0)
    for n in range(500):
        audience.show({"live": {"t": n}})
        liar.saw(10**6, 0.0)
        other.saw(len(waiting(other)) + n, 0.0)

    assert liar._queue.qsize() <= WINDOW


def test_a_browser_that_is_behind_gets_the_newest_of_everything_at_once():
    audience = Audience()
    screen, other, seen = audience.enter({}, 0.0), audience.enter({}, 0.0), 0
    for n in range(WINDOW + 50):
        audience.show({"live": {"t": n}, "now": {f"x{n % 3}": n}})
        seen += len(waiting(other))
        other.saw(seen, 0.0)

    assert seen == 1 + WINDOW + 50  # what stood when it came, and every frame
    frames = waiting(screen)
    assert len(frames) == WINDOW
    screen.saw(WINDOW, 1.0)
    frames = waiting(screen)
    assert len(frames) == 1
    assert frames[-1] == {"live": {"t": 59}, "now": {"x0": 57, "x1": 58, "x2": 59}}


def test_a_browser_that_takes_nothing_is_let_go_and_answers_beyond_its_room_are_dropped():
    screen = Audience().enter({}, 0.0)

    assert not screen.gone(GONE_S - 0.1)
    assert screen.gone(GONE_S + 0.1)
    screen.saw(1, 20.0)
    assert not screen.gone(100.0)
    for n in range(100):
        screen.answer({"answer": n})
    assert len(waiting(screen)) < 40


def test_a_full_house_takes_nobody_in_until_somebody_leaves():
    audience = Audience()
    screens = [audience.enter({}, 0.0) for _ in range(SCREENS)]

    assert audience.enter({}, 0.0) is None
    audience.leave(screens[3])
    assert audience.enter({}, 0.0) is not None


@pytest.mark.parametrize("name", ["127.0.0.1:17180", "localhost:8080", "[::1]:17180", "LOCALHOST"])
def test_a_local_page_is_named_by_this_machine_s_own_names(name):
    assert Admission("127.0.0.1", "").names_us(name)


@pytest.mark.parametrize(
    "name",
    ["evil.example:17180", "127.0.0.1.evil.example", "192.168.1.5:17180", "", "a@127.0.0.1", "127.0.0.1:1;x", "[::1"],
)
def test_a_local_page_is_not_served_under_a_stranger_s_name(name):
    assert not Admission("127.0.0.1", "").names_us(name)


def test_on_the_network_addresses_and_the_machine_s_name_are_good_and_strangers_are_not(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Booth.lan")
    admission = Admission("0.0.0.0", "a long token")

    assert all(
        admission.names_us(name) for name in ("192.168.1.5:17180", "booth.local:17180", "Booth:17180", "[fe80::1]")
    )
    assert not admission.names_us("evil.example")


def test_a_websocket_is_for_the_page_that_came_from_here():
    admission = Admission("127.0.0.1", "")

    assert admission.own_page("http://127.0.0.1:17180", "127.0.0.1:17180")
    for origin in ("http://evil.example", "", "null", "http://127.0.0.1:9999", "http://localhost:17180"):
        assert not admission.own_page(origin, "127.0.0.1:17180")


def test_a_token_is_wanted_as_it_is_or_as_its_cookie():
    admission = Admission("0.0.0.0", "a long tökén")

    assert admission.knows("a long tökén", "")
    assert admission.knows("", admission.ticket)
    assert not any((admission.knows("", ""), admission.knows("a long", ""), admission.knows("", "a long tökén")))
    assert "long" not in admission.ticket


def test_guesses_are_slowed_down_per_caller():
    admission = Admission("0.0.0.0", "a long token")

    tries = [admission.may_try("10.0.0.1", 0.0) for _ in range(20)]
    assert tries == [True] * 10 + [False] * 10
    assert admission.may_try("10.0.0.2", 0.0)


def test_a_page_for_the_network_without_a_token_is_a_fault_of_the_config(tmp_path):
    for token in ("", 'token = "short"\n'):
        with pytest.raises(ConfigError, match=r"stage\.token.*should have 8 letters or more, since stage\.host"):
            parse(f'[stage]\nhost = "0.0.0.0"\n{token}', tmp_path / "c.toml")
    assert parse('[stage]\nhost = "0.0.0.0"\ntoken = "long enough"\n', tmp_path / "c.toml").stage.port
    assert parse('[stage]\nhost = "0.0.0.0"\nport = 0\n', tmp_path / "c.toml").stage.port == 0


class Answers(list):
    def __call__(self, *answer):
        self.append(answer)


def test_the_page_s_requests_are_the_same_commands_as_over_osc_and_are_answered():
    answers = Answers()
    desk = Desk("/segue", answers)

    assert desk.ask(3, {"id": 7, "ask": "/ctl/accept", "args": [1, 12]}, 0.0) == []
    command = desk.commands.get_nowait()
    assert (command.address, command.args[:2]) == ("/ctl/accept", (1, 12))
    desk.acknowledge(command, "Title is taken")
    desk.refuse(command, RequestError(409, "look again"))
    assert answers == [
        (3, {"answer": 7, "code": 0, "address": "/segue/ctl/accept", "text": "Title is taken"}),
        (3, {"answer": 7, "code": 409, "address": "/segue/ctl/accept", "text": "look again"}),
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (None, 400), ([], 400), ({"id": True}, 400), ({"id": 1}, 400), ({"id": 1, "ask": "/sub", "args": [9000]}, 400),
        ({"id": 1, "ask": "/ctl/accept", "args": [1, [2]]}, 400), ({"id": 1, "ask": "/ctl/lock", "args": [True]}, 400),
        ({"id": 1, "ask": "/ctl/energy", "args": [float("nan")]}, 400),
        ({"id": 1, "ask": "/ctl/now", "args": ["x" * 999]}, 400),
        ({"id": 1, "ask": "/ctl/nonsense", "args": [1]}, 404), ({"id": 1, "ask": "/ctl/a", "args": [1] * 9}, 400),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_reaches_nobody(asked, code):
    desk = Desk("/segue", Answers())

    assert [answer["code"] for answer in desk.ask(1, asked, 0.0)] == [code]
    assert desk.commands.empty()


def test_a_browser_that_asks_too_often_is_told_so():
    desk = Desk("/segue", Answers())

    answers = [desk.ask(1, {"id": n + 1, "ask": "/ctl/energy", "args": [0.1]}, 0.0) for n in range(60)]
    assert sum(bool(each) for each in answers) == 20
    assert answers[-1][0]["code"] == 429
    assert desk.commands.qsize() == 40


def test_artwork_is_a_picture_of_a_known_kind_and_size_or_nothing(tmp_path):
    assert artwork(str(tagged(tmp_path / "a.mp3", png()))) == ("image/png", png())
    assert artwork(str(tagged(tmp_path / "b.mp3", b"<svg onload=alert(1)>", "image/svg+xml"))) is None
    assert artwork(str(tagged(tmp_path / "c.mp3", png() + bytes(MOST_BYTES)))) is None
    assert artwork(str(tmp_path / "none.mp3")) is None
    (tmp_path / "d.mp3").write_bytes(b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(range(256)) * 9)
    assert artwork(str(tmp_path / "d.mp3")) is None


def test_an_overview_is_loud_where_the_track_is(tmp_path):
    library = crate(tmp_path, 1)
    drawn = overview(library, 0).astype(float)

    assert drawn.shape == (3, drawing.COLUMNS)
    assert drawn.max() == 255
    loudness = drawn.sum(axis=0)
    ticks = np.arange(drawing.COLUMNS) * 4000 / drawing.COLUMNS
    assert np.corrcoef(loudness, np.abs(np.sin(ticks / 400)))[0, 1] > 0.8


def test_a_sink_that_nobody_serves_keeps_a_bounded_number_of_messages():
    stage = Stage(Config(), None, None)
    for _ in range(2000):
        stage.send([])

    assert len(stage._waiting) == 512
