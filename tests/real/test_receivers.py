"""Receivers that a user would have: liblo's oscdump and oscsend, and Pure Data's own decoder."""

import re
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace as Some

import pytest
from ears import Ear, free_port, tool
from frames import BUILDER, a_list, frame, one_of_each, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.messages import Argument, Message
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Beat, Publisher

pytestmark = pytest.mark.real

PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 netreceive -u -b {port};
#X obj 10 40 oscparse;
#X obj 10 70 print osc;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
"""


@pytest.fixture
def oscdump(tmp_path: Path) -> Iterator[Ear]:
    port = free_port()
    ear = Ear([tool("oscdump"), "-L", str(port)], port, tmp_path / "oscdump.txt")
    try:
        ear.wake()
        yield ear
    finally:
        ear.close()


@pytest.fixture
def pd(tmp_path: Path) -> Iterator[Ear]:
    port, patch = free_port(), tmp_path / "listen.pd"
    patch.write_text(PATCH.format(port=port))
    command = [tool("pd"), "-nogui", "-noaudio", "-nomidi", "-stderr", str(patch)]
    ear = Ear(command, port, tmp_path / "pd.txt")
    try:
        ear.wake()
        yield ear
    finally:
        ear.close()


def float32(value: float) -> float:
    return float(struct.unpack(">f", struct.pack(">f", value))[0])


def as_oscdump_prints(message: Message) -> str:
    def shown(value: Argument) -> str:
        return (
            f'"{value}"'
            if isinstance(value, str)
            else f"{float32(value):f}"
            if isinstance(value, float)
            else str(value)
        )

    return " ".join([message.address, message.tags, *map(shown, message.args)])


def as_pd_prints(message: Message) -> str:
    def shown(value: Argument) -> str:
        if isinstance(value, str):
            return re.sub(r"([ ,;\\$])", r"\\\1", value)
        return f"{float32(value):g}"

    return " ".join(["osc: list", *message.address[1:].split("/"), *map(shown, message.args)])


def ten_seconds() -> list[Message]:
    """A busy stream: two tracks, eight suggestions that change, beats and a log line."""
    speaker = Publisher(Config(), version="0.1.0", source="a set.flac", artifact="gru", library="12 tracks")
    speaker.log(1, "naïve façade, 日本; 100 % \\ $1")
    names = [f"{k}" for k in range(9)]
    out = []
    for tick in range(200):
        slots = [suggestion(name) for name in names[tick // 50 :][:8]]
        beats = (Beat(tick // 10, 1 + tick // 10 % 4, 120.0, tick % 40 == 0),) if tick % 10 == 0 else ()
        now, now2 = playing("ä 🎛", position_s=tick * 0.05), playing("b") if tick > 120 else None
        out.append(speaker.step(frame(tick, now=now, now2=now2, next=a_list(1 + tick // 50, *slots), beats=beats)))
    return [message for tick in out for message in tick]


def all_of(port: int, rate_hz: float = 20.0) -> Some:
    return Some(host="127.0.0.1", port=port, planes=["num", "text", "event"], rate_hz=rate_hz)


def send_slowly(sender: Sender, messages: list[Message]) -> None:
    """Send tick by tick with breath in between: the loopback's buffer is as real as everything else here."""
    for t in sorted({m.t for m in messages}):
        sender.send([m for m in messages if m.t == t])
        time.sleep(0.002)


def test_oscdump_decodes_every_kind_of_message_whole_and_in_order(oscdump: Ear) -> None:
    messages = [m for m in one_of_each() if m.planes]

    with Sender([all_of(oscdump.port)]) as sender:
        sender.send(messages)
        lines = oscdump.wait(lambda lines: len(lines) >= len(messages))

    assert [line.partition(" ")[2] for line in lines] == [as_oscdump_prints(m) for m in messages]


def test_oscdump_counts_out_what_ten_seconds_put_in(oscdump: Ear) -> None:
    messages = ten_seconds()

    with Sender([all_of(oscdump.port)]) as sender:
        send_slowly(sender, messages)
        lines = oscdump.wait(lambda lines: len(lines) >= len(messages))

    assert len(messages) > 4000
    assert [line.partition(" ")[2] for line in lines] == [as_oscdump_prints(m) for m in messages]


def test_a_second_decoder_agrees(pd: Ear) -> None:
    messages = [m for m in one_of_each() if m.planes] + ten_seconds()[:400]

    with Sender([all_of(pd.port)]) as sender:
        send_slowly(sender, messages)
        lines = pd.wait(lambda lines: len(lines) >= len(messages))

    assert lines == [as_pd_prints(m) for m in messages]


def ask(port: int, address: str, *args: str) -> None:
    subprocess.run([tool("oscsend"), "127.0.0.1", str(port), address, *args], check=True, timeout=10)


def has(address: str, count: int = 1) -> Callable[[list[str]], bool]:
    return lambda lines: sum(f" {address} " in line for line in lines) >= count


def test_oscsend_pings_asks_and_is_told_what_is_wrong(oscdump: Ear) -> None:
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        sender.send([BUILDER.message(0.0, "/now/path", 1, "/m/ü 🎛.flac")])
        ask(receiver.port, "/segue/respond", "i", str(oscdump.port))
        oscdump.wait(has("/segue/ack"))
        ask(receiver.port, "/segue/ping", "ifs", "7", "0.5", "hé")
        oscdump.wait(has("/segue/pong"))
        ask(receiver.port, "/segue/get", "s", "/segue/now")
        oscdump.wait(has("/segue/get/done"))
        ask(receiver.port, "/segue/nonsense")
        oscdump.wait(has("/segue/error"))
        ask(receiver.port, "/segue/sub", "is", str(oscdump.port), "pictures")
        lines = oscdump.wait(has("/segue/error", 2))

    assert [line.partition(" ")[2] for line in lines] == [
        '/segue/ack iss 0 "/segue/respond" ""',
        '/segue/pong ifs 7 0.500000 "hé"',
        '/segue/now/path is 1 "/m/ü 🎛.flac"',
        '/segue/get/done si "/segue/now" 1',
        '/segue/error iiss 0 404 "/segue/nonsense" "unknown address"',
        '/segue/error iiss 0 400 "/segue/sub" "planes are num, text, event; got \'pictures\'"',
    ]


def test_a_subscriber_gets_the_retained_state_and_then_its_planes_until_it_leaves(oscdump: Ear) -> None:
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        sender.send(ten_seconds())
        ask(receiver.port, "/segue/sub", "isfi", str(oscdump.port), "text", "20", "60")
        oscdump.wait(has("/segue/next/commit"))
        sender.send([BUILDER.number("/live/bpm")(11.0, 120.0), BUILDER.message(11.0, "/now/path", 5, "/later.flac")])
        oscdump.wait(lambda lines: any("/later.flac" in line for line in lines))
        ask(receiver.port, "/segue/unsub", "i", str(oscdump.port))
        end = time.monotonic() + 10
        while sender.subscriptions.live(time.monotonic()) and time.monotonic() < end:
            time.sleep(0.02)
        sender.send([BUILDER.message(12.0, "/now/path", 6, "/too late.flac")])
        lines = [line.split(" ", 2)[1] for line in oscdump.lines()]

    assert sender.subscriptions.live(time.monotonic()) == []
    assert lines[:5] == [f"/segue/{a}" for a in ("status/info", "now/track", "now/path", "now2/track", "now2/path")]
    assert lines[5] == "/segue/next/begin"
    assert lines[5 + 1 + 24 :] == ["/segue/next/commit", "/segue/now/path"]


def test_a_slow_target_beside_a_fast_one_gets_the_newest_numbers_and_every_event(oscdump: Ear, pd: Ear) -> None:
    messages = ten_seconds()

    with Sender([all_of(pd.port), all_of(oscdump.port, rate_hz=2.0)]) as sender:
        send_slowly(sender, messages)
        fast = pd.wait(lambda lines: len(lines) >= len(messages))
        slow = oscdump.wait(lambda lines: sum("/live/phase " in line for line in lines) >= 20)

    assert len(fast) == len(messages)
    assert abs(sum("/live/phase " in line for line in slow) - 20) <= 1
    assert sum("/ev/beat " in line for line in slow) == 20
    assert sum("/next/commit " in line for line in slow) == 4
