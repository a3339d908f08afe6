"""The monitor: a receiver like any other, on the terminal."""

import io
import subprocess
import sys

from frames import a_list, frame, playing, suggestion
from rich.console import Console

from segue.daemon.commands.monitor import _drawn, _take
from segue.daemon.config import Config
from segue.daemon.heard import Heard
from segue.daemon.osc.packet import Incoming
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publisher import Publisher


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_is_heard_is_drawn() -> None:
    messages = Publisher(Config()).step(frame(71999, now=playing("a"), next=a_list(1, suggestion("b"))))
    heard = Heard("/segue")

    _take(heard, "/segue", [Incoming(m.address, m.args) for m in messages])
    console = Console(width=160, file=io.StringIO())
    console.print(_drawn(heard))
    shown = _text(console)

    assert "60:00   124.0 BPM" in shown
    assert "Title a · Ärtist   8A   1:00 of 4:00   mix out in 240 beats   sure 0.93" in shown
    assert "Title b" in shown
    assert "tempo +1.6%" in shown


def test_before_anything_is_known_it_says_so() -> None:
    console = Console(width=80, file=io.StringIO())
    console.print(_drawn(Heard("/segue")))

    assert "what plays is not known" in _text(console)


def test_lines_are_printed_as_they_come() -> None:
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        sender.send(Publisher(Config(), version="0.1.0").step(frame(0, now=playing("a"))))
        command = [sys.executable, "-m", "segue.daemon", "monitor", "--lines", "--port", str(receiver.port)]
        monitor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            assert monitor.stdout is not None
            lines = [monitor.stdout.readline().rstrip("\n") for _ in range(4)]
        finally:
            monitor.terminate()
            monitor.communicate(timeout=10)

    assert lines[0] == "/segue/status/alive 1 50 0 1"
    assert lines[3] == "/segue/now/path 1 /music/a.flac"
