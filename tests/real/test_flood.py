"""A set that plays on while somebody sends nonsense: nothing hangs, nothing is lost, sane questions are answered."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEngine, FakeTracker, library, playing, track
from pythonosc.osc_message import OscMessage

from segue.daemon.config import Config
from segue.daemon.messages import Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import encode_parts
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher

pytestmark = pytest.mark.real

MUTANTS = Path(__file__).parents[1] / "mutants.py"
SECONDS, PER_S, RATE = 4, 2000, 16_000


class Kept:
    def __init__(self) -> None:
        self.ticks: list[float] = []

    def send(self, messages: list[Message]) -> None:
        self.ticks += [message.t for message in messages if message.address == "/segue/live/t_ms"]


def test_a_set_plays_on_through_two_thousand_mutated_packets_a_second() -> None:
    tracks, kept = [track(n) for n in range(12)], Kept()
    follow = FakeTracker([(0, playing(tracks[1]), None)])
    pipeline = Pipeline(Config(), FakeEngine(), library(tracks), Publisher(Config()), RATE, 1, lambda *_: follow)
    noise = 0.1 * np.random.default_rng(0).standard_normal((SECONDS * RATE, 1)).astype(np.float32)
    with Sender() as sender, Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver:
        controls, slowest_s = Controls(receiver), 0.0
        command = [sys.executable, str(MUTANTS), str(receiver.port), str(SECONDS * PER_S), str(PER_S)]
        with subprocess.Popen(command) as flood:
            while not receiver.packets:
                assert flood.poll() is None
                time.sleep(0.01)
            start_s = time.monotonic()
            for first in range(0, len(noise), RATE // 20):
                time.sleep(max(0.0, start_s + first / RATE - time.monotonic()))
                begun_s = time.monotonic()
                controls.obey(pipeline)
                messages = pipeline.feed(noise[first : first + RATE // 20])
                for sink in (sender, kept):
                    sink.send(messages)
                slowest_s = max(slowest_s, time.monotonic() - begun_s)
            assert flood.wait(60) == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sane:
            sane.bind(("127.0.0.2", 0))  # another caller than the one that asked for too much
            sane.settimeout(5)
            sane.sendto(encode_parts("/segue/ping", "i", (7,)), ("127.0.0.1", receiver.port))
            answer = OscMessage(sane.recv(2048))

        assert (answer.address, answer.params) == ("/segue/pong", [7])
        assert receiver.packets > 0.5 * SECONDS * PER_S
        assert receiver.refused > 0.2 * receiver.packets
        assert receiver.faults == 0
    assert kept.ticks == pytest.approx(0.05 * np.arange(1, SECONDS * 20 + 1))
    assert slowest_s < 2.0, "on a machine with other work too"
