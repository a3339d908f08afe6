"""Outgoing OSC: bytes that any decoder reads, planes and rates of targets, and a network that says no."""

import contextlib
import json
import socket
import struct
import threading
from collections import Counter
from types import SimpleNamespace as Some

import pytest
from frames import BUILDER, one_of_each
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket

from segue.daemon.clock import ScriptedClock
from segue.daemon.messages import Message
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.target import Target
from segue.daemon.osc.wire import PACKET_BYTES, PACKET_MESSAGES, encode, encode_parts, pack


def target(planes: tuple[str, ...] = ("num", "text", "event"), rate_hz: float = 20.0) -> Target:
    return Target("127.0.0.1", 9, planes, rate_hz)


def heard(packets: list[bytes]) -> list[tuple[str, list[object]]]:
    found = [m.message for packet in packets for m in OscPacket(packet).messages]
    return [(m.address, m.params) for m in found]


def paired(messages: list[Message]) -> list[tuple[Message, bytes]]:
    return [(m, encode(m)) for m in messages]


@pytest.mark.parametrize("message", one_of_each(), ids=lambda m: m.address)
def test_python_osc_decodes_what_was_encoded(message: Message) -> None:
    decoded = OscMessage(encode(message))

    assert decoded.address == message.address
    wire = [struct.unpack(">f", struct.pack(">f", a))[0] if isinstance(a, float) else a for a in message.args]
    assert decoded.params == wire


@pytest.mark.parametrize("message", one_of_each(), ids=lambda m: m.address)
def test_a_json_line_determines_its_packet(message: Message) -> None:
    line = json.loads(message.to_json())

    assert line["t"] == message.t
    assert encode_parts(line["address"], message.tags, line["args"]) == encode(message)


def test_packets_keep_order_and_stay_small() -> None:
    messages = one_of_each() * 5

    packets = pack(encode(m) for m in messages)

    assert max(map(len, packets)) <= PACKET_BYTES
    assert max(len(OscPacket(p).messages) for p in packets) <= PACKET_MESSAGES
    assert [address for address, _ in heard(packets)] == [m.address for m in messages]


def test_a_single_message_travels_without_a_bundle_and_bundles_are_stamped_immediately() -> None:
    one, two = encode(BUILDER.message(0, "/ev/phrase", 1)), encode(BUILDER.message(0, "/ev/phrase", 2))

    assert pack([one]) == [one]
    assert pack([one, two])[0].startswith(b"#bundle\0\0\0\0\0\0\0\0\1")
    assert pack([]) == []


def test_a_target_gets_its_planes_only() -> None:
    messages = paired(one_of_each())

    text = {address for address, _ in heard(target(("text",)).packets(0.05, messages))}
    num = {address for address, _ in heard(target(("num",)).packets(0.05, messages))}

    assert text & num == {"/segue/next/begin", "/segue/next/commit"}
    assert "/segue/now/path" in text
    assert "/segue/live/bpm" in num
    assert not {a for a in text | num if a.startswith("/segue/ev/")}


@pytest.mark.parametrize(("rate_hz", "rounds"), [(60.0, 200), (20.0, 200), (10.0, 100), (7.0, 70), (1.0, 10)])
def test_a_slow_target_gets_the_newest_values_at_its_rate(rate_hz: float, rounds: int) -> None:
    slow, phase, got = target(rate_hz=rate_hz), BUILDER.number("/live/phase"), []
    for tick in range(200):
        t = round(tick * 0.05, 6)
        got += [(t, params[0]) for _, params in heard(slow.packets(t, paired([phase(t, t)])))]

    assert abs(len(got) - rounds) <= 1
    assert all(value == pytest.approx(t) for t, value in got)


def test_events_and_texts_are_never_held_or_merged() -> None:
    slow = target(rate_hz=1.0)
    count: Counter[str] = Counter()
    for tick in range(20):
        t = tick * 0.05
        messages = [BUILDER.message(t, "/ev/beat", tick, 1, 120.0), BUILDER.message(t, "/status/log", 1, str(tick))]
        count.update(address for address, _ in heard(slow.packets(t, paired(messages))))

    assert count == {"/segue/ev/beat": 20, "/segue/status/log": 20}


def test_a_list_of_suggestions_is_never_torn_apart_by_pacing() -> None:
    slow, left = target(rate_hz=1.0), BUILDER.number("/next/n1/mix_out_s")
    slow.packets(0.0, paired([left(0.0, 9.0)]))
    slow.packets(0.5, paired([left(0.5, 8.5)]))
    slow.packets(0.55, paired([left(0.55, 8.45)]))
    block = [BUILDER.message(0.6, "/next/begin", 2, 1), left(0.6, 8.4), BUILDER.message(0.6, "/next/commit", 2, 1)]

    at_once = heard(slow.packets(0.6, paired(block)))
    later = heard(slow.packets(3.0, []))

    assert [address.rpartition("/")[2] for address, _ in at_once] == ["begin", "mix_out_s", "commit"]
    assert later == []


def test_a_host_without_an_address_costs_a_counter_only() -> None:
    with Sender([Some(host="no-such-host.invalid", port=9, planes=["num"], rate_hz=20.0)]) as sender:
        sender.targets[0].address = None
        for _ in range(10):
            sender.send([BUILDER.number("/live/bpm")(0.05, 120.0)])

        assert sender.targets[0].lost == 10
        assert sender.targets[0].sent == 0


def test_nobody_listening_and_a_closed_sender_cost_a_counter_only() -> None:
    sender = Sender([Some(host="127.0.0.1", port=9, planes=["num"], rate_hz=20.0)])
    message = BUILDER.number("/live/bpm")(0.05, 120.0)
    sender.send([message] * 3)
    sender.send([message])
    sender.close()
    sender.send([message])

    assert sender.targets[0].sent + sender.targets[0].lost == 3


def test_what_is_sent_arrives() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        where = Some(host="127.0.0.1", port=ear.getsockname()[1], planes=["num", "text", "event"], rate_hz=20.0)
        with Sender([where]) as sender:
            sender.send([BUILDER.message(0.05, "/now/path", 1, "/m/ü.flac"), BUILDER.number("/live/bpm")(0.1, 120)])

        assert heard([ear.recv(2048)]) == [("/segue/now/path", [1, "/m/ü.flac"])]
        assert heard([ear.recv(2048)]) == [("/segue/live/bpm", [120.0])]


def test_a_subscriber_that_is_a_target_already_hears_everything_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        port = ear.getsockname()[1]
        with Sender(
            [Some(host="127.0.0.1", port=port, planes=["num", "event"], rate_hz=20.0)], clock=ScriptedClock(1.0)
        ) as sender:
            beat, path = BUILDER.message(0.05, "/ev/beat", 1, 1, 120.0), BUILDER.message(0.1, "/now/path", 1, "/m")
            sender.subscriptions.add("127.0.0.1", port, frozenset(["event"]), 20.0, 60.0, 0.0)
            sender.send([beat])
            sender.subscriptions.add("127.0.0.1", port, frozenset(["text"]), 20.0, 60.0, 0.0)  # more than the target
            sender.send([path])

        assert heard([ear.recv(2048)]) == [("/segue/ev/beat", [1, 1, 120.0])]
        assert heard([ear.recv(2048)]) == [("/segue/now/path", [1, "/m"])]


def test_a_subscriber_that_is_a_slow_target_is_served_at_its_own_rate() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        port = ear.getsockname()[1]
        slow = Some(host="127.0.0.1", port=port, planes=["num"], rate_hz=1.0)
        with Sender([slow], clock=ScriptedClock(1.0)) as sender:
            sender.subscriptions.add("127.0.0.1", port, frozenset(["num"]), 20.0, 60.0, 0.0)
            for tick in range(10):
                sender.send([BUILDER.number("/live/bpm")(tick / 20, 120.0 + tick)])
        got = []
        with contextlib.suppress(BlockingIOError):
            ear.setblocking(False)
            while True:
                got += heard([ear.recv(2048)])

    assert {bpm for _, (bpm,) in got} >= {120.0 + tick for tick in range(10)}


def test_dead_targets_and_a_name_that_resolves_slowly_leave_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    known, asked, real = threading.Event(), threading.Event(), socket.getaddrinfo

    def slowly(host: str, *rest: object, **named: object) -> object:
        if host == "slow.invalid":
            asked.set()
            assert known.wait(20)
            host = "127.0.0.1"
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with contextlib.ExitStack() as stack:
        ears = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(6)]
        for ear in ears:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
            gone.bind(("127.0.0.1", 0))
            nobody = gone.getsockname()[1]
        places = [("127.0.0.1", ear.getsockname()[1]) for ear in ears[:5]]
        places += [("127.0.0.1", nobody), ("255.255.255.254", 9), ("slow.invalid", ears[5].getsockname()[1])]
        targets = [Some(host=host, port=port, planes=["event"], rate_hz=20.0) for host, port in places]
        sender = stack.enter_context(Sender(targets))
        assert asked.wait(5)
        for beat in range(50):
            sender.send([BUILDER.message(0.05 * beat, "/ev/beat", beat, 1, 120.0)])
        got = [[heard([ear.recv(2048)])[0][1][0] for _ in range(50)] for ear in ears[:5]]
        lost = sender.targets[7].lost
        known.set()
        sender._resolver.join(5)
        sender.send([BUILDER.message(9.0, "/ev/beat", 99, 1, 120.0)])
        late = heard([ears[5].recv(2048)])

    assert got == [list(range(50))] * 5
    assert lost == 50
    assert late == [("/segue/ev/beat", [99, 1, 120.0])]
