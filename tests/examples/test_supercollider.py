"""SuperCollider: the example in the real sclang, where it is installed."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ears import Ear, free_port
from frames import a_list, frame, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.osc.controls import CONTROLS
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Beat, Publisher

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("sclang") is None, reason="sclang is not installed: 60 MB of Debian packages"),
]

SCRIPT = Path(__file__).parents[2] / "examples" / "supercollider" / "segue.scd"


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender() as sender:
        yield sender


@pytest.fixture
def receiver(sender: Sender) -> Iterator[Receiver]:
    with Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver:
        yield receiver


@pytest.fixture
def sclang(receiver: Receiver, tmp_path: Path) -> Iterator[Ear]:
    """The script with two free ports in place of its own, and three buttons pressed after half a second."""
    port, script = free_port(), tmp_path / "segue.scd"
    text = SCRIPT.read_text("utf-8")
    assert len(re.findall(r"\b17150\b", text)) == 1
    text = re.sub(r"\b17150\b", str(port), re.sub(r"\b17100\b", str(receiver.port), text))
    script.write_text(
        text.replace("\n)\n", "\nSystemClock.sched(0.5, { ~accept.(2); ~reject.(1); ~energy.(0.5); nil });\n)\n")
    )
    env = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "XDG_RUNTIME_DIR": str(tmp_path)}
    ear = Ear(["sclang", "-D", "-u", str(free_port()), str(script)], port, tmp_path / "sclang.txt", env)
    yield ear
    ear.close()


def test_sclang_shows_what_plays_and_what_comes_next_and_sends_the_buttons(
    sender: Sender, receiver: Receiver, sclang: Ear
) -> None:
    publisher, two = Publisher(Config()), a_list(1, suggestion("b"), suggestion("c"))
    sender.send(publisher.step(frame(0, now=playing("ä"), next=two)))  # given to whoever asks
    commands = [receiver.commands.get(timeout=60) for _ in range(3)]
    steps = [
        frame(1, now=playing("ä"), next=two, beats=(Beat(9, 1, 124.0),)),
        frame(2, now=playing("ä"), next=a_list(2, suggestion("b"))),
        frame(3, now=None, next=a_list(2, suggestion("b")), beats=(Beat(10, 2, 124.0),)),
    ]
    for step in steps:
        sender.send(publisher.step(step))
        time.sleep(0.1)

    lines = sclang.wait(lambda lines: any(line.startswith("beat 10") for line in lines))

    shown = [line for line in lines if line.startswith(("now", "next", "beat"))]
    why = "tempo +1.6%; key 8A>9A"
    assert sorted(shown[:3]) == [
        f"next 1: Ärtist | Title b | 8A | {why}",
        f"next 2: Ärtist | Title c | 8A | {why}",
        "now: Ärtist | Title ä | 8A",
    ]
    assert shown[3] == "beat 9 1  124.0 bpm"
    assert shown[4] == f"next 1: Ärtist | Title b | 8A | {why}"
    assert sorted(shown[5:]) == ["beat 10 2  124.0 bpm", "now: unknown"]
    gone = sclang.wait(lambda lines: lines.count("now: unknown") == 2)  # three seconds without a sign of Segue
    assert gone.count("now: unknown") == 2
    assert not [line for line in gone if "ERROR" in line]
    assert sorted((c.address, c.args) for c in commands) == [
        ("/ctl/accept", (2, 1)),
        ("/ctl/energy", (0.5,)),
        ("/ctl/reject", (1, 1)),
    ]
