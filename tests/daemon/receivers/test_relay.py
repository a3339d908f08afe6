"""Segue's messages under other addresses."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from frames import a_list, frame, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.errors import ConfigError
from segue.daemon.osc.packet import Incoming, parse
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.relay import Relay, Rules, load


def relay(*rules: dict[str, object]) -> Relay:
    return Relay(Rules.model_validate({"port": 7000, "map": list(rules)}))


def test_a_number_is_passed_on_or_brought_to_nought_to_one() -> None:
    both = relay({"hear": "/a", "send": "/x"}, {"hear": "/a", "send": "/y", "range": [20, 500]})

    assert both.step(Incoming("/a", (260.0,)), 0.0) == [("/x", "f", (260.0,)), ("/y", "f", (0.5,))]
    assert both.step(Incoming("/b", (1,)), 0.0) == []


def test_what_lies_outside_the_range_is_not_sent() -> None:
    tempo = relay({"hear": "/bpm", "send": "/tempo", "range": [20, 500]})

    assert tempo.step(Incoming("/bpm", (0.0,)), 0.0) == []
    assert tempo.step(Incoming("/bpm", ("fast",)), 0.0) == []
    assert tempo.step(Incoming("/bpm", (20.0,)), 0.0) == [("/tempo", "f", (0.0,))]


def test_what_has_not_changed_is_not_sent_again_but_a_fixed_value_is() -> None:
    both = relay({"hear": "/a", "send": "/x"}, {"hear": "/a", "send": "/go", "value": 1})

    first, second = (both.step(Incoming("/a", (3,)), 0.0) for _ in range(2))

    assert first == [("/x", "i", (3,)), ("/go", "i", (1,))]
    assert second == [("/go", "i", (1,))]


def test_a_program_that_was_started_anew_hears_what_has_not_changed_within_five_seconds() -> None:
    energy = relay({"hear": "/a", "send": "/x"})

    sent_s = [now_s for now_s in range(12) if energy.step(Incoming("/a", (0.5,)), float(now_s))]

    assert sent_s == [0, 5, 10]


def test_one_argument_is_taken_and_only_one_value_if_that_is_wanted() -> None:
    title = relay({"hear": "/t", "send": "/title", "argument": 4})
    one = relay({"hear": "/beat", "send": "/go", "argument": 2, "only": 1, "value": "bar"})

    assert title.step(Incoming("/t", (1, "id", "A", "T", "8A")), 0.0) == [("/title", "s", ("T",))]
    assert title.step(Incoming("/t", (1,)), 0.0) == []
    assert one.step(Incoming("/beat", (17, 1, 120.0)), 0.0) == [("/go", "s", ("bar",))]
    assert one.step(Incoming("/beat", (18, 2, 120.0)), 0.0) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 7000", "map"),
        ("map = 3", "port"),
        ("port = 7000\n[[map]]\nhear = 'a'\nsend = '/b'", "map.0.hear"),
        ("port = 7000\n[[map]]\nhear = '/a'\nsend = '/b c'", "map.0.send"),
        ("port = 7000\n[[map]]\nhear = '/a'\nsend = '/b'\nrange = [1, 1]", "lowest, highest"),
        ("port = 7000\n[[map]]\nhear = '/a'\nsend = '/b'\nrnage = [0, 1]", "rnage"),
        ("port =", "not TOML"),
        (None, "cannot read"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "rules.toml"
    if text is not None:
        file.write_text(text)

    with pytest.raises(ConfigError, match=said):
        load(file)


def test_the_command_sends_on_what_a_daemon_says(tmp_path: Path) -> None:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(0.05)
    file = tmp_path / "rules.toml"
    file.write_text(
        f"port = {ear.getsockname()[1]}\n"
        "[[map]]\nhear = '/segue/live/energy'\nsend = '/link1'\n"
        "[[map]]\nhear = '/segue/now/track'\nargument = 4\nsend = '/text'\n"
    )
    heard: set[Incoming] = set()
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        command = [sys.executable, "-m", "segue.daemon", "forward", str(file), "--port", str(receiver.port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        publisher, tick, end = Publisher(Config()), 0, time.monotonic() + 30
        try:
            while len(heard) < 2 and time.monotonic() < end:
                sender.send(publisher.step(frame(tick, now=playing("ä"), next=a_list(1, suggestion("b")))))
                tick += 1
                try:
                    heard.update((m.address, tuple(m.args)) for m in parse(ear.recv(2048)))
                except TimeoutError:
                    continue
        finally:
            process.kill()
            process.wait()
            ear.close()

    assert {address for address, _ in heard} == {"/link1", "/text"}
    assert ("/text", ("Title ä",)) in heard
