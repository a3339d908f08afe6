"""``segue status``: the running daemon asked over OSC, for a person and for scripts."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from frames import a_list, frame, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Health, Publisher, State


@contextlib.contextmanager
def a_daemon(state: State = State.LISTENING) -> Iterator[int]:
    """Something that speaks as the daemon does, much faster."""
    publisher = Publisher(Config(), version="0.1.0", source="Deck A", artifact="gru", library="50 tracks")
    stop = threading.Event()
    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:

        def speak() -> None:
            tick = 0
            while not stop.wait(0.002):
                now, coming = playing("é 日本"), a_list(1, suggestion("b"))
                made = frame(tick, now=now, next=coming, health=Health(xruns=3, load=0.25))
                sender.send(publisher.step(replace(made, state=state)))
                tick += 1

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield receiver.port
        finally:
            stop.set()
            thread.join()


def asked(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "segue.daemon", "status", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_a_running_daemon_tells_how_it_is() -> None:
    with a_daemon() as port:
        shown, told = asked("--port", str(port)), asked("--port", str(port), "--json")

    assert (shown.returncode, told.returncode) == (0, 0), shown.stderr + told.stderr
    assert "input     Deck A" in shown.stdout
    assert "now       Title é 日本 · Ärtist" in shown.stdout
    assert "load      25%, 3 xruns" in shown.stdout
    document = json.loads(told.stdout)
    assert document["running"] is True
    assert document["state"] == "listening"
    assert document["library"] == "50 tracks"
    assert document["now"]["title"] == "Title é 日本"
    assert (document["xruns"], document["suggestions"]) == (3, 1)


def test_a_daemon_in_trouble_is_1_and_still_tells() -> None:
    with a_daemon(State.ERROR) as port:
        told = asked("--port", str(port), "--json")

    assert told.returncode == 1
    assert json.loads(told.stdout)["state"] == "error"


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_nobody_there_is_1(words: tuple[str, ...]) -> None:
    told = asked("--port", "9", *words)

    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert ('"running": false' in told.stdout) if words else ("nothing answers at 127.0.0.1:9" in told.stderr)
