"""Pure Data: the example's patch in the real program, without its window."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ears import Ear, free_port, tool
from frames import a_list, frame, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.osc.controls import CONTROLS
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Beat, Publisher

pytestmark = pytest.mark.real

PATCH = Path(__file__).parents[2] / "examples" / "puredata" / "segue.pd"
BUTTONS = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X obj 10 40 delay 2000;
#X obj 10 70 t b b b b;
#X obj 10 100 s segue_accept2;
#X obj 90 100 s segue_reject1;
#X obj 170 100 s segue_refresh;
#X msg 250 100 -0.5;
#X obj 250 130 s segue_wish;
#X obj 10 160 r segue_next1_title;
#X obj 10 190 print title1;
#X obj 210 160 r segue_now_title;
#X obj 210 190 print title0;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 2 0 3 0;
#X connect 2 1 4 0;
#X connect 2 2 5 0;
#X connect 2 3 6 0;
#X connect 6 0 7 0;
#X connect 8 0 9 0;
#X connect 10 0 11 0;
"""
"""Another patch that presses the buttons, as a click on them would, and prints what two labels are told to show."""


def as_pd_prints(head: str, *values: int | str) -> str:
    return " ".join([head, *(re.sub(r"([ ,;\\$])", r"\\\1", str(value)) for value in values)])


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender() as sender:
        yield sender


@pytest.fixture
def receiver(sender: Sender) -> Iterator[Receiver]:
    with Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver:
        yield receiver


@pytest.fixture
def pd(receiver: Receiver, tmp_path: Path) -> Iterator[Ear]:
    """The patch with two free ports in place of its own; nothing else is changed."""
    port, patch, buttons = free_port(), tmp_path / "segue.pd", tmp_path / "buttons.pd"
    text = PATCH.read_text("utf-8")
    assert len(re.findall(r"\b17140\b", text)) == 3
    patch.write_text(re.sub(r"\b17140\b", str(port), re.sub(r"\b17100\b", str(receiver.port), text)), "utf-8")
    buttons.write_text(BUTTONS)
    command = [tool("pd"), "-nogui", "-noaudio", "-nomidi", "-stderr", str(patch), str(buttons)]
    ear = Ear(command, port, tmp_path / "pd.txt")
    yield ear
    ear.close()


def test_an_opened_patch_asks_for_everything_and_shows_it(sender: Sender, receiver: Receiver, pd: Ear) -> None:
    end = time.monotonic() + 20
    while not sender.subscriptions.live(time.monotonic()) and time.monotonic() < end:
        time.sleep(0.02)
    publisher = Publisher(Config())
    beats = [(Beat(k, 1 + k % 4, 124.0),) if k % 3 == 0 else () for k in range(12)]
    for tick in range(12):
        sender.send(
            publisher.step(
                frame(
                    tick,
                    now=playing("ä 日") if tick < 9 else None,
                    next=a_list(1, *map(suggestion, ("b, c", "d; $1", "e"))),
                    beats=beats[tick],
                )
            )
        )

    lines = pd.wait(lambda lines: sum(line.startswith("beat:") for line in lines) >= 4)

    names = ("b, c", "d; $1", "e")
    why = "tempo +1.6%; key 8A>9A"
    assert [line for line in lines if line.startswith("now")] == [
        as_pd_prints("now:", 1, f"{'ä 日':0>16}", "Ärtist", "Title ä 日", "8A")
    ]
    assert [line for line in lines if line.startswith("next")] == [
        as_pd_prints(f"next{k}:", 1, f"{name:0>16}", "Ärtist", f"Title {name}", "8A", why)
        for k, name in enumerate(names, 1)
    ]
    assert [line for line in lines if line.startswith("beat:")] == [f"beat: {k} {1 + k % 4} 124" for k in (0, 3, 6, 9)]
    assert not [line for line in lines if "error" in line or "couldn't create" in line]


def test_three_seconds_without_a_sign_of_segue_empty_what_is_shown(sender: Sender, pd: Ear) -> None:
    sender.send(Publisher(Config()).step(frame(0, now=playing("a"), next=a_list(7, suggestion("b")))))

    lines = pd.wait(lambda lines: "title0: label what\\ plays\\ is\\ not\\ known" in lines)

    assert [line for line in lines if line.startswith("title")] == [
        "title0: label Title\\ a",
        "title1: label Title\\ b",
        "title1: label ",
        "title0: label what\\ plays\\ is\\ not\\ known",
    ]


def test_its_buttons_and_its_fader_arrive_with_the_rev_of_the_list(sender: Sender, receiver: Receiver, pd: Ear) -> None:
    sender.send(Publisher(Config()).step(frame(0, next=a_list(7, suggestion("b")))))  # given to whoever asks
    commands = [receiver.commands.get(timeout=20) for _ in range(4)]

    assert sorted((command.address, command.args) for command in commands) == [
        ("/ctl/accept", (2.0, 7.0)),
        ("/ctl/energy", (-0.5,)),
        ("/ctl/refresh", (1.0,)),
        ("/ctl/reject", (1.0, 7.0)),
    ]
