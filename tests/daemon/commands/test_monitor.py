"""The monitor: a receiver like any other, on the terminal."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from frames import a_list, frame, playing, suggestion
from rich.cells import cell_len
from rich.console import Console

from segue.daemon.commands.monitor import take
from segue.daemon.config import Config
from segue.daemon.messages import Message
from segue.daemon.monitor.link import Link
from segue.daemon.monitor.panel import drawn, plain
from segue.daemon.osc.packet import Incoming
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.heard import Heard
from segue.daemon.report.words import bar

GOLDEN = Path(__file__).parents[1] / "golden" / "monitor.txt"
NASTY = "\x1b[31m\x07混音\u202e 🎛️👩‍🎤\n" + "ロング" * 60


def screen(heard: Heard, link: Link, width: int = 80, height: int = 24, now_s: float = 0.0, **more: float) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO())
    console.print(drawn(heard, link, now_s, where="127.0.0.1:17100", width=width, height=height, **more))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().removesuffix("\n").split("\n")


def taken(messages: list[Message], at_s: float = 0.0) -> tuple[Heard, Link]:
    heard, link = Heard("/segue"), Link()
    take(heard, link, "/segue", [Incoming(m.address, m.args) for m in messages], at_s)
    return heard, link


def a_minute_in(title: str | None = None) -> tuple[Heard, Link]:
    publisher = Publisher(Config(), version="0.1.0", source="Deck A", artifact="gru", library="50 tracks")
    publisher.log(2, "input 'Deck A' has gone; waiting for it")
    deck = playing("a")
    slots = [suggestion(name) for name in "bcdefghi"]
    slots[0].locked = True
    for track in (deck.track, slots[1].track) if title is not None else ():
        track.title = title
    return taken(publisher.step(frame(71999, now=deck, next=a_list(1, *slots))))


def test_the_picture_is_what_it_was() -> None:
    """Snapshot; to take it anew after a wanted change: print the lines of ``shown`` into the file."""
    shown = screen(*a_minute_in(), now_s=60.0, round_trip_s=0.0004)  # by then no rate depends on the namespace

    assert shown == GOLDEN.read_text("utf-8").splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (120, 20), (200, 60)])
@pytest.mark.parametrize("title", [NASTY, "", "é" * 400])
def test_any_title_on_any_terminal_stays_within_it(title: str, width: int, height: int) -> None:
    heard, link = a_minute_in(title)
    heard.now2 = heard.now
    shown = screen(heard, link, width, height)

    assert len(shown) == height
    assert all(cell_len(line) <= width for line in shown)
    assert not any("\x1b" in line or "\x07" in line or "\u202e" in line for line in shown)
    assert "lost: 0 frames" in "\n".join(shown)


def test_a_text_keeps_its_letters_and_loses_what_draws_otherwise() -> None:
    assert plain("\x1b[31m混音\u202e \r\n❤️ 👩‍🎤 e\u0301\u009b\ud800") == "[31m混音   ❤ 👩🎤 e\u0301"


def test_before_anything_is_known_it_says_so() -> None:
    shown = "\n".join(screen(Heard("/segue"), Link()))

    assert "what plays is not known" in shown
    assert "no suggestions yet" in shown


def test_a_daemon_that_has_gone_is_told_and_what_it_said_still_stands() -> None:
    heard, link = a_minute_in()
    shown = screen(heard, link, silent_s=7.4)

    assert shown[0].startswith("nothing has come from 127.0.0.1:17100 for 7 s")
    assert "Title a" in "\n".join(shown)
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(drawn(heard, link, 0.0, where="", width=80, height=24, silent_s=7.4))
    assert "\x1b[1;2mTitle a" in console.file.getvalue()  # bold and dim


def test_the_beat_is_seen_and_a_fresh_one_is_brighter() -> None:
    def dots(phase: float) -> tuple[str, bool]:
        heard, link = a_minute_in()
        heard.live.update(phase=phase, beat_in_bar=3)
        console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
        console.print(drawn(heard, link, 0.0, where="", width=80, height=24))
        text = console.file.getvalue().split("\n")[1]
        return ("●" in text, "\x1b[1;33m●" in text)

    assert dots(0.1) == (True, True)
    assert dots(0.9) == (True, False)


def test_what_the_namespace_does_not_know_or_breaks_is_left_out() -> None:
    heard, link = Heard("/segue"), Link()
    bad = [
        Incoming("/segue/live/bpm", ("fast",)),
        Incoming("/segue/now/track", (1, "id")),
        Incoming("/segue/status/alive", ()),
        Incoming("/other/live/bpm", (120.0,)),
        Incoming("/segue/next/n9/score", (1.0,)),
        Incoming("/segue/ack", (0, "/segue/sub", "", "", "")),
    ]

    take(heard, link, "/segue", bad, 0.0)

    assert heard.live == {}
    assert link.rates(1.0)["packets"] == 0


def test_lines_are_printed_as_they_come() -> None:
    with a_daemon() as port:
        command = [sys.executable, "-m", "segue.daemon", "monitor", "--port", str(port)]  # no terminal: lines
        monitor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            assert monitor.stdout is not None
            lines = [monitor.stdout.readline().rstrip("\n") for _ in range(4)]
        finally:
            monitor.terminate()
            monitor.communicate(timeout=10)

    assert lines[0] == "/segue/status/alive 1 50 0 1"
    assert lines[3] == "/segue/now/path 1 /music/a.flac"


@contextlib.contextmanager
def a_daemon() -> Iterator[int]:
    """As much of a daemon as a receiver meets."""
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        sender.send(Publisher(Config(), version="0.1.0").step(frame(0, now=playing("a"))))
        yield receiver.port


def test_a_bar_is_as_wide_as_asked_whatever_the_share() -> None:
    assert [bar(share, 4) for share in (-0.5, 0.5, 1.0, 1.1)] == ["╌╌╌╌", "━━╌╌", "━━━━", "━━━━"]
