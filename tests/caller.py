"""A caller that says something over OSC, and the pipeline that it is said to: for tests of commands."""

import contextlib
import socket
from collections.abc import Iterator

import numpy as np
from fakes import FakeEngine, FakeTracker, library, playing, track
from pythonosc.osc_message import OscMessage

from segue.daemon.advice.taste import Choice
from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Config
from segue.daemon.messages import Argument, Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import encode_parts
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher

RATE = 16_000
TRACKS = [track(n) for n in range(12)]
TITLES = {each.id: each.number for each in TRACKS}


class Booth:
    """A caller, the way in, and a pipeline whose tracker hears track 1 settled and alone."""

    def __init__(self, receiver: Receiver, ear: socket.socket, clock: ScriptedClock) -> None:
        self.receiver, self.ear = receiver, ear
        self.clock, self.gap_s = clock, 1.0
        self.kept: list[Choice] = []
        self.controls = Controls(receiver, self.kept.append)
        self.tracker = FakeTracker([(0, playing(TRACKS[1], tempo_ratio=1.03), None)])
        self.pipeline = Pipeline(
            Config(), FakeEngine(), library(TRACKS), Publisher(Config()), RATE, 1, lambda *_: self.tracker
        )

    def say(self, *args: Argument, to: str = "now") -> None:
        tags = "".join("s" if isinstance(arg, str) else "f" if isinstance(arg, float) else "i" for arg in args)
        before = self.receiver.packets
        self.clock.advance(self.gap_s)
        self.ear.sendto(encode_parts(f"/segue/ctl/{to}", tags, args), ("127.0.0.1", self.receiver.port))
        for _ in range(1000):
            if self.receiver.packets > before and (not args or self.receiver.commands.qsize()):
                break
            self.receiver._stop.wait(0.005)

    def ask(self, *args: Argument, to: str = "now") -> tuple[Argument, ...]:
        """Say something and give the answer: its address's end, then its arguments."""
        self.say(*args, to=to)
        self.controls.obey(self.pipeline)
        answer = OscMessage(self.ear.recv(2048))
        return (answer.address.removeprefix("/segue/"), *answer.params)

    def hear(self, seconds: float) -> list[Message]:
        noise = np.random.default_rng(0).standard_normal((round(seconds * RATE), 1)).astype(np.float32)
        return self.pipeline.feed(0.1 * noise)


@contextlib.contextmanager
def calling() -> Iterator[Booth]:
    """Give a booth whose way in is open."""
    clock = ScriptedClock(0.0)
    with (
        Sender() as sender,
        Receiver("127.0.0.1", 0, sender, accept=CONTROLS, clock=clock) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
    ):
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        yield Booth(receiver, ear, clock)


def named(messages: list[Message], deck: str = "now") -> list[int]:
    return [TITLES[str(m.args[1])] for m in messages if m.address == f"/segue/{deck}/track"]


def last(messages: list[Message], address: str) -> Argument:
    return [m.args[0] for m in messages if m.address == f"/segue/{address}"][-1]


def logs(messages: list[Message]) -> list[Argument]:
    return [m.args[1] for m in messages if m.address == "/segue/status/log"]


def numbers(messages: list[Message], address: str) -> list[Argument]:
    return [m.args[0] for m in messages if m.address == f"/segue/{address}"]
