"""Every address of the namespace: out to liblo's oscdump and Pure Data, in from oscsend."""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace as Some

import numpy as np
import pytest
from ears import Ear, free_port, tool
from fakes import FakeEngine, FakeTracker, library, playing, track
from frames import BUILDER

from segue.daemon.config import Config
from segue.daemon.messages import TABLE, Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.inputs import INPUTS, spelt
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.tree import Tree
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher

pytestmark = pytest.mark.real

PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 netreceive -u -b {port};
#X obj 10 40 oscparse;
#X obj 10 70 print osc;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
"""
TRACKS = [track(n) for n in range(12)]

EVERY_INPUT = {
    "/ping": ("ifs", "7", "0.5", "hé"),
    "/get": ("s", "/segue/next"),
    "/sub": ("isfi", "PORT", "text", "5", "30"),
    "/unsub": ("i", "PORT"),
    "/respond": ("i", "PORT"),
    "/announce": ("i", "1"),
    "/ctl/now": ("s", TRACKS[7].id),
    "/ctl/lock": ("ii", "2", "1"),
    "/ctl/accept": ("i", "1"),
    "/ctl/reject": ("f", "3"),
    "/ctl/exclude": ("i", "4"),
    "/ctl/include": ("s", ""),
    "/ctl/weight": ("sf", "key", "0.25"),
    **{f"/ctl/weight/{name}": ("f", "0.5") for name in type(Config().suggest.weights).model_fields},
    "/ctl/energy": ("f", "-0.5"),
    "/ctl/count": ("i", "5"),
    "/ctl/refresh": ("f", "1"),
    "/ctl/pause": ("i", "1"),
    "/ctl/tap": ("i", "1"),
    "/ctl/bpm": ("f", "128"),
}
"""What oscsend sends to each; PORT is where it hears answers."""


@pytest.fixture(params=["oscdump", "pd"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ear]:
    port = free_port()
    patch = tmp_path / "listen.pd"
    patch.write_text(PATCH.format(port=port))
    commands = {
        "oscdump": ["oscdump", "-L", str(port)],
        "pd": ["pd", "-nogui", "-noaudio", "-nomidi", "-stderr", str(patch)],
    }
    name, *arguments = commands[request.param]
    program = Ear([tool(name), *arguments], port, tmp_path / "heard.txt")
    try:
        program.wake()
        yield program
    finally:
        program.close()


def every_message() -> list[Message]:
    """Give one of each address that has a plane, the eight slots too, in the order of the table."""
    made = []
    for spec in TABLE:
        tags = spec.tags + spec.repeat * 2
        values = ["日 Ü" if tag == "s" else k if tag == "i" else k + 0.5 for k, tag in enumerate(tags)]
        for k in range(1, 9) if "/nK/" in spec.address else (0,):
            made.append(BUILDER.message(0.05, spec.address.replace("/nK/", f"/n{k}/"), *values))
    return [message for message in made if message.planes]


def addresses(ear: Ear, lines: list[str]) -> list[str]:
    """Read the addresses that a program printed: whole in oscdump's lines, as words of a list in Pd's."""
    if lines and lines[0].startswith("osc: list"):
        known = [*Tree().nodes, "/segue/ack", "/segue/error", "/segue/pong", "/segue/get/done"]
        words = sorted((path[1:].replace("/", " ") + " " for path in known), key=len, reverse=True)
        rest = [line.removeprefix("osc: list ") + " " for line in lines]
        return ["/" + next((path for path in words if line.startswith(path)), line).rstrip() for line in rest]
    return [line.split(" ")[1] for line in lines]


def test_every_address_that_goes_out_is_understood(ear: Ear) -> None:
    messages = every_message()
    target = Some(host="127.0.0.1", port=ear.port, planes=["num", "text", "event"], rate_hz=20.0)

    with Sender([target]) as sender:
        for first in range(0, len(messages), 20):
            sender.send(messages[first : first + 20])
            time.sleep(0.02)
        lines = ear.wait(lambda lines: len(lines) >= len(messages))

    heard = [address.replace("/", " ") for address in addresses(ear, lines)]
    assert heard == [message.address.replace("/", " ") for message in messages]
    assert {message.address for message in messages} == Tree().readable


def test_every_input_from_oscsend_does_something_and_every_kind_of_answer_comes_back(ear: Ear) -> None:
    assert set(EVERY_INPUT) == {address for each in INPUTS for address in spelt(each)}
    follow = FakeTracker([(0, playing(TRACKS[1]), None)])
    noise = 0.1 * np.random.default_rng(0).standard_normal((16_000 * 4, 1)).astype(np.float32)
    with Sender() as sender, Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver:
        controls, ended = Controls(receiver), threading.Event()
        pipeline = Pipeline(Config(), FakeEngine(), library(TRACKS), Publisher(Config()), 16_000, 1, lambda *_: follow)
        sender.send(pipeline.feed(noise))

        def work() -> None:
            while not ended.wait(0.01):
                controls.obey(pipeline)

        worker = threading.Thread(target=work)
        worker.start()

        def ask(address: str, tags: str, *args: str) -> None:
            given = [str(ear.port) if arg == "PORT" else arg for arg in args]
            subprocess.run(
                [tool("oscsend"), "127.0.0.1", str(receiver.port), f"/segue{address}", tags, *given],
                check=True,
                timeout=10,
            )

        def wait(count: int) -> list[str]:
            return ear.wait(lambda lines: sum(map(_is_answer, addresses(ear, lines))) >= count)

        try:
            ask("/respond", "i", "PORT")
            wait(1)
            for count, (address, (tags, *args)) in enumerate(EVERY_INPUT.items(), 2):
                ask(address, tags, *args)
                wait(count)
            ask("/ctl/accept", "iii", "1", "999", "41")
            lines = wait(len(EVERY_INPUT) + 2)
        finally:
            ended.set()
            worker.join()

    answers = [line for line, address in zip(lines, addresses(ear, lines), strict=True) if _is_answer(address)]
    heard = [address for address in addresses(ear, lines) if _is_answer(address)]
    kinds = ["pong" if a == "/ping" else "get/done" if a == "/get" else "ack" for a in EVERY_INPUT]
    assert [a.replace("/", " ") for a in heard] == [
        f" segue {kind}".replace("/", " ") for kind in ("ack", *kinds, "error")
    ]
    for line, address in zip(answers[1:-1], EVERY_INPUT, strict=True):
        assert address.rpartition("/")[2] in line or address in ("/ping", "/get"), "in their order"
    assert "41 409" in answers[-1]


def _is_answer(address: str) -> bool:
    return address.replace("/", " ") in (" segue ack", " segue error", " segue pong", " segue get done")
