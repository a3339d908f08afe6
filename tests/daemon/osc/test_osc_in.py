"""Incoming OSC: what a packet may be, who is answered what, and what a receiver that comes late is told."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from types import SimpleNamespace as Some

import pytest
from mutants import BOMBS, PING, bundle, element, mutants, nested
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket

from segue.daemon.clock import ScriptedClock
from segue.daemon.errors import OscError
from segue.daemon.messages import Argument, Builder
from segue.daemon.osc.limits import Allowance, Buttons
from segue.daemon.osc.listener import Listener
from segue.daemon.osc.packet import Incoming, check, parse
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.requests import Answer, Requests
from segue.daemon.osc.retained import Retained
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.subscriptions import MOST
from segue.daemon.osc.wire import encode_parts, pack

BUILDER = Builder()
HERE = ("127.0.0.1", 5000)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str) -> None:
    with pytest.raises(OscError):
        parse(BOMBS[name])


def test_what_controllers_send_is_understood() -> None:
    toggles = b"/segue/announce\0,TF\0"
    double = b"/segue/ctl/energy\0\0\0,dh\0" + struct.pack(">dq", 0.5, 7)

    assert parse(PING) == [Incoming("/segue/ping", (1, 2.0))]
    assert parse(bundle(PING, bundle(PING))) == [Incoming("/segue/ping", (1, 2.0))] * 2
    assert parse(nested(4)) == [Incoming("/segue/ping", (1, 2.0))]
    assert parse(toggles) == [Incoming("/segue/announce", (1, 0))]
    assert parse(double) == [Incoming("/segue/ctl/energy", (0.5, 7))]
    assert parse(b"/segue/announce\0") == [Incoming("/segue/announce", ())]
    assert parse(b"/segue/ctl/pause\0\0\0\0,I\0\0") == [Incoming("/segue/ctl/pause", (1,))]
    assert parse(b"/In\0,sI\0In\0\0") == [Incoming("/In", ("In", 1))]


def test_a_bundle_for_the_future_is_meant_now() -> None:
    later = b"#bundle\0" + b"\xff" * 8 + element(PING)

    assert parse(later) == [Incoming("/segue/ping", (1, 2.0))]


def test_five_thousand_mutated_packets_neither_hang_nor_break_the_receiver() -> None:
    with Sender() as sender:
        receiver = Receiver("127.0.0.1", 0, sender, clock=ScriptedClock(0.0))
        slowest = 0.0
        for data in mutants(5000):
            begin = time.thread_time()
            receiver.handle(data, HERE)
            slowest = max(slowest, time.thread_time() - begin)

    assert receiver.packets == 5000
    assert receiver.faults == 0
    assert 500 < receiver.refused < 5000
    assert slowest < 0.25


def test_a_checked_message_is_what_the_parser_sees() -> None:
    for data in mutants(500):
        try:
            parts = check(data)
        except OscError:
            continue
        assert all(part in data for part in parts)


def test_an_allowance_refills_and_tells_of_its_end_once_a_second() -> None:
    allowance = Allowance(burst=3, per_s=1.0)

    assert [allowance.take("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert allowance.take("b", 0.0)
    assert [allowance.may_say_so("a", t) for t in (0.0, 0.5, 1.0)] == [True, False, True]
    assert allowance.take("a", 1.0)


def test_an_allowance_remembers_a_bounded_number_of_callers() -> None:
    allowance = Allowance(burst=1, per_s=0.0)
    for k in range(1000):
        allowance.take(str(k), 0.0)

    assert allowance.take("0", 0.0)
    assert not allowance.take("999", 0.0)


def test_a_button_acts_on_its_rising_edge_once_within_50_ms() -> None:
    buttons = Buttons()
    sent = [(0.0, 0), (0.1, 1), (0.12, 0.0), (0.13, 1), (0.3, 1), (0.4, 0), (0.5, 0.6), (0.6, 0.4), (0.7, 0.5)]

    assert [t for t, v in sent if buttons.pressed("me", "/x", v, t)] == [0.1, 0.5]


def test_a_button_without_a_number_acts_each_time_but_not_within_50_ms() -> None:
    buttons = Buttons()

    assert [t for t in (0.0, 0.02, 0.1, 0.2) if buttons.pressed("me", "/x", None, t)] == [0.0, 0.1, 0.2]
    assert buttons.pressed("you", "/x", None, 0.2)


def test_none_takes_the_place_of_the_track_and_a_track_that_of_none() -> None:
    retained = Retained("/segue")
    track = BUILDER.message(0, "/now/track", 1, "id", "artist", "title", "8A")
    path = BUILDER.message(0, "/now/path", 1, "/a.flac")
    none = BUILDER.message(1, "/now/none", 2)

    retained.update([track, path])
    assert retained.state("/segue/now") == [track, path]
    retained.update([none])
    assert retained.state() == [none]
    retained.update([track, path])
    assert retained.state() == [track, path]
    assert retained.state("/segue/now2") == []


def test_retained_suggestions_stand_between_begin_and_commit_with_one_rev() -> None:
    retained, score = Retained("/segue"), BUILDER.number("/next/n1/score")

    def block(rev: int, slot: int) -> None:
        number = BUILDER.number(f"/next/n{slot}/score")
        path = BUILDER.message(0, f"/next/n{slot}/path", rev, "id", f"/{slot}.flac")
        ends = [BUILDER.message(0, f"/next/{end}", rev, 2) for end in ("begin", "commit")]
        retained.update([ends[0], number(0, 0.5), path, ends[1]])

    block(1, 2)
    block(2, 1)
    retained.update([score(0, 0.75), BUILDER.message(0, "/status/info", "1", "", "", "")])
    state = retained.state()

    assert [m.address.removeprefix("/segue/") for m in state] == [
        "status/info", "next/begin", "next/n1/path", "next/n1/score", "next/n2/path", "next/n2/score", "next/commit",
    ]  # fmt: skip
    assert [m.args[0] for m in state[1:]] == [2, 2, 0.75, 2, 0.5, 2]
    assert {m.planes for m in retained.state(planes=["num"])} == {("num",), ("num", "text")}


def ask(
    requests: Requests, address: str, *args: Argument, now_s: float = 0.0, source: tuple[str, int] = HERE
) -> list[Answer]:
    return requests.handle(Incoming(address, args), source, now_s)


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender() as made:
        made.send([
            BUILDER.message(0, "/status/info", "0.1.0", "", "", ""),
            BUILDER.message(0, "/now/track", 1, "id", "artist", "title", "8A"),
            BUILDER.message(0, "/now/path", 1, "/a.flac"),
        ])  # fmt: skip
        yield made


def test_ping_gives_pong_with_the_same_arguments(sender: Sender) -> None:
    assert ask(Requests(sender), "/segue/ping", 7, 0.5, "ü") == [Answer("/segue/pong", "ifs", (7, 0.5, "ü"))]
    assert ask(Requests(sender), "/segue/ping", 2**40)[0].args[1] == 400


@pytest.mark.parametrize("prefix", ["/segue/now", "/now", "now/", "/segue/now/path"])
def test_get_gives_what_is_retained_below_a_prefix_and_an_end(sender: Sender, prefix: str) -> None:
    answers = ask(Requests(sender), "/segue/get", prefix)

    assert "/segue/now/path" in [a.address for a in answers]
    assert "/segue/status/info" not in [a.address for a in answers]
    assert answers[-1] == Answer("/segue/get/done", "si", (prefix, len(answers) - 1))


def test_get_without_a_prefix_gives_everything(sender: Sender) -> None:
    assert [a.address for a in ask(Requests(sender), "/segue/get")][-1] == "/segue/get/done"
    assert len(ask(Requests(sender), "/segue/get", "/")) == 4


@pytest.mark.parametrize(
    ("address", "args", "code"),
    [
        ("/segue/nonsense", (), 404),
        ("/segue", (), 404),
        ("/segues/ping", (), 404),
        ("/elsewhere/ping", (), 404),
        ("/segue/ctl/pause", (1,), 404),
        ("/segue/p?ng", (), 404),
        ("/segue/sub", (), 400),
        ("/segue/sub", ("9000",), 400),
        ("/segue/sub", (0,), 400),
        ("/segue/sub", (70000,), 400),
        ("/segue/sub", (9000.5,), 400),
        ("/segue/sub", (float("nan"),), 400),
        ("/segue/sub", (9000, "num pictures"), 400),
        ("/segue/sub", (9000, 3), 400),
        ("/segue/sub", (9000, "num", float("inf")), 400),
        ("/segue/sub", (9000, "num", 20, -1), 400),
        ("/segue/unsub", (9000,), 404),
        ("/segue/respond", (), 400),
        ("/segue/get", (3,), 400),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_its_code(
    sender: Sender, address: str, args: tuple[Argument, ...], code: int
) -> None:
    (answer,) = ask(Requests(sender), address, *args)

    assert answer.address == "/segue/error"
    assert answer.args[1:3] == (code, address)
    assert sender.subscriptions.live(0.0) == []


def test_the_request_id_comes_back(sender: Sender) -> None:
    requests = Requests(sender)

    assert ask(requests, "/segue/sub", 9000, "num", 20, 60, 42)[0].args[0] == 42
    assert ask(requests, "/segue/unsub", 9001, 43)[0].args[:2] == (43, 404)
    assert ask(requests, "/segue/unsub", 9001)[0].args[:2] == (0, 404)
    assert ask(requests, "/segue/ctl/accept", 1, 44)[0].args[:2] == (44, 404)


def test_a_subscriber_is_always_at_the_senders_own_address(sender: Sender) -> None:
    requests = Requests(sender)
    ask(requests, "/segue/sub", 9000.0, "num,text", 10, 30, source=("127.0.0.7", 4))

    (target,) = sender.subscriptions.live(29.0)
    assert (target.host, target.port, target.planes, target.rate_hz) == ("127.0.0.7", 9000, {"num", "text"}, 10.0)
    assert sender.subscriptions.live(31.0) == []


def test_a_seventeenth_subscriber_is_not_allowed(sender: Sender) -> None:
    requests = Requests(sender)
    for k in range(MOST):
        assert ask(requests, "/segue/sub", 9000 + k)[0].address == "/segue/ack"

    assert ask(requests, "/segue/sub", 9100)[0].args[1] == 403


def test_a_flood_is_answered_with_one_429_a_second(sender: Sender) -> None:
    requests = Requests(sender)
    answers = [a for _ in range(1000) for a in ask(requests, "/segue/nonsense")]
    codes = [a.args[1] for a in answers]

    assert codes.count(404) == 100
    assert codes.count(429) == 1
    assert len(ask(requests, "/segue/ping", now_s=3.0)) == 1


def test_answers_are_never_answered(sender: Sender) -> None:
    requests = Requests(sender)

    assert [ask(requests, f"/segue/{a}", 1) for a in ("error", "ack", "pong", "get/done")] == [[], [], [], []]


def test_answers_go_where_the_caller_hears_them(sender: Sender) -> None:
    requests, other = Requests(sender), ("127.0.0.1", 6000)
    assert requests.answers_to(HERE) == HERE

    ask(requests, "/segue/respond", 7000)
    ask(requests, "/segue/respond", 7001, source=other)

    assert requests.answers_to(HERE) == ("127.0.0.1", 7000)
    assert requests.answers_to(other) == ("127.0.0.1", 7001)
    assert requests.answers_to(("127.0.0.1", 1)) == ("127.0.0.1", 7001)
    assert requests.answers_to(("127.0.0.2", 1)) == ("127.0.0.2", 1)


def test_an_accepted_control_message_waits_for_the_pipeline_and_the_queue_is_bounded(sender: Sender) -> None:
    requests = Requests(sender, accept=["/ctl/energy"])
    refused = [ask(requests, "/segue/ctl/energy", k) for k in range(300)]

    assert refused[:256] == [[]] * 256
    assert refused[256][0].args[1] == 429
    assert refused[257:] == [[]] * 43, "a flood is not answered with a flood"
    assert requests.commands.get_nowait().args == (0,)
    assert ask(requests, "/segue/ctl/energy", 0) == []
    assert ask(requests, "/segue/ctl/energy", 0, now_s=1.0)[0].args[1] == 429


def test_announce_is_a_button(sender: Sender) -> None:
    requests = Requests(sender)

    assert len(ask(requests, "/segue/announce", 1.0)) == 1
    assert ask(requests, "/segue/announce", 0.0, now_s=1.0) == []
    assert ask(requests, "/segue/announce", 0.0, now_s=2.0) == []
    assert len(ask(requests, "/segue/announce", 1.0, now_s=3.0)) == 1


def listening() -> socket.socket:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(5)
    return ear


def test_a_subscriber_hears_the_retained_state_and_then_every_message(sender: Sender) -> None:
    with listening() as ear, Receiver("127.0.0.1", 0, sender) as receiver:
        ear.sendto(encode_parts("/segue/sub", "is", (ear.getsockname()[1], "text event")), ("127.0.0.1", receiver.port))
        state = OscPacket(ear.recv(2048)).messages
        ack = OscMessage(ear.recv(2048))
        sender.send([BUILDER.number("/live/bpm")(1.0, 120.0), BUILDER.message(1.0, "/now/none", 2)])
        later = OscMessage(ear.recv(2048))

    assert [m.message.address for m in state] == ["/segue/status/info", "/segue/now/track", "/segue/now/path"]
    assert ack.address == "/segue/ack"
    assert later.address == "/segue/now/none"


def test_a_bomb_does_not_end_the_thread(sender: Sender) -> None:
    with listening() as ear, Receiver("127.0.0.1", 0, sender) as receiver:
        for bomb in BOMBS.values():
            ear.sendto(bomb, ("127.0.0.1", receiver.port))
        ear.sendto(PING, ("127.0.0.1", receiver.port))

        assert OscMessage(ear.recv(2048)).address == "/segue/pong"
        assert receiver.refused == len(BOMBS)


def test_a_mistake_of_ours_is_answered_with_500_and_counted(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sender.retained, "state", broken)
    receiver = Receiver("127.0.0.1", 0, sender)

    (answer,) = receiver.handle(encode_parts("/segue/get", "s", ("/",)), HERE)

    assert answer.args[1:] == (500, "/segue/get", "ZeroDivisionError")
    assert receiver.faults == 1


def test_a_port_that_is_taken_says_what_to_do(sender: Sender) -> None:
    with listening() as ear:
        taken = Receiver("127.0.0.1", ear.getsockname()[1], sender)

        with pytest.raises(OscError, match=r"cannot listen on UDP 127\.0\.0\.1:\d+ .*osc\.listen_port"):
            taken.start()
        taken.stop()


def test_a_host_that_is_not_ours_says_so(sender: Sender) -> None:
    with pytest.raises(OscError, match="listen"):
        Receiver("203.0.113.9", 0, sender).start()


def test_the_port_is_free_again_after_stop(sender: Sender) -> None:
    first = Receiver("127.0.0.1", 0, sender)
    first.start()
    first.stop()

    with Receiver("127.0.0.1", first.port, sender) as second:
        assert second.port == first.port


def test_pack_and_parse_agree() -> None:
    sent = [encode_parts("/segue/ping", "i", (k,)) for k in range(100)]

    assert [m.args[0] for packet in pack(sent) for m in parse(packet)] == list(range(100))


def test_the_settings_give_the_targets() -> None:
    with Sender([Some(host="127.0.0.1", port=1, planes=["num"], rate_hz=5.0)]) as made:
        assert made.targets[0].address == ("127.0.0.1", 1)


def test_a_listener_subscribes_hears_and_leaves(sender: Sender) -> None:
    clock = ScriptedClock(0.0)
    with Receiver("127.0.0.1", 0, sender) as receiver:
        with Listener("127.0.0.1", receiver.port, clock=clock) as listener:
            first = listener.hear(5.0)
            clock.advance(1.0)
            sender.send([BUILDER.message(1.0, "/now/none", 2)])
            later = [m.address for _ in range(2) for m in listener.hear(5.0)]
            silent_s = listener.silent_s()
        end = time.monotonic() + 5
        while sender.subscriptions.live(time.monotonic()) and time.monotonic() < end:
            time.sleep(0.01)

    assert first[-1] == Incoming("/segue/now/path", (1, "/a.flac"))
    assert sorted(later) == ["/segue/ack", "/segue/now/none"]
    assert silent_s == 0.0
    assert sender.subscriptions.live(time.monotonic()) == []


def test_a_listener_asks_again_while_nothing_comes() -> None:
    clock = ScriptedClock(0.0)
    with listening() as ear, Listener("127.0.0.1", ear.getsockname()[1], clock=clock) as listener:
        for _ in range(6):
            assert listener.hear(0.001) == []
            clock.advance(1.0)
        asked = []
        ear.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            while True:
                asked.append(OscMessage(ear.recv(2048)))

    assert [m.address for m in asked] == ["/segue/sub"] * 3
    assert asked[0].params[1:] == ["num text event", 20.0, 60]
    assert listener.silent_s() == 6.0
