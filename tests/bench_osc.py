"""OSC under load, on the demo's music at the speed at which it plays: ``python tests/bench.py osc``.

A stage plays a rendered set, 50 ms at a time, each piece when its last sample is due, through the daemon's own worker.
What is compared takes turns of ten seconds, so that a busy machine is as busy for the one as for the other. Where other
work runs, have it run as an audio program does: ``chrt -f 5 python tests/bench.py osc``.
"""

import contextlib
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace as Some
from typing import Any

import numpy as np
from bench_table import CONSOLE, table
from booth import free_port
from bystanders import Bystander

from segue.daemon.artifact import default_artifact
from segue.daemon.clock import SteadyClock
from segue.daemon.config import Config, Osc
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.librarian import Shelf
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import PLANES, Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.target import Target
from segue.daemon.osc.wire import BUNDLE_HEAD, PACKET_BYTES, encode
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run.service import NAP_S
from segue.daemon.run.worker import Worker
from segue.daemon.web.oscquery import OscQuery
from segue.daemon.web.serving import Serving

TURN_S, HOP_PIECES = 10.0, 5
FLOOD, PER_S = 100_000, 2_000
Samples = Any


class Sound:
    """An intake whose samples come at the speed at which they play; ends after its last one."""

    rate, channels, backlog = render.RATE, 1, 0

    def __init__(self, sound: Samples) -> None:
        self._sound, self._piece, self._at = sound, render.RATE // 20, 0
        self.lost = self.flags = 0
        self.notes: deque[tuple[int, str]] = deque()
        self.device = None
        self.start_s = time.monotonic()

    @property
    def due_s(self) -> float:
        """When the last sample of the next piece is there."""
        return self.start_s + (self._at + self._piece) / self.rate

    def read(self) -> Samples | None:
        if time.monotonic() < self.due_s or self._at + self._piece > len(self._sound):
            return None
        piece = self._sound[self._at : self._at + self._piece, None]
        self._at += self._piece
        return piece

    @property
    def over(self) -> bool:
        return self._at + self._piece > len(self._sound)


class Stage:
    """A worker that hears a set; conditions take turns, and each gets the cost of its hops."""

    def __init__(self, snapshot: Snapshot, sound: Samples) -> None:
        self._publisher, self._sound = Publisher(Config()), sound
        self.pipeline = Pipeline(Config(), Engine(default_artifact()), snapshot, self._publisher, render.RATE, 1)
        self.sinks: list[Any] = []
        self.hops: dict[str, list[float]] = {}
        """Milliseconds of each hop's five pieces, by condition."""
        self.due_s: dict[int, float] = {}
        """When the last sample of each tick was there, by its stream time in ms."""

    def play(self, controls: Controls | None, turn: Callable[[float], str]) -> None:
        """Play it all; ``turn`` is asked at the end of each hop which condition holds from now on."""
        self.pipeline.feed(self._sound[: 30 * render.RATE, None])  # what is measured is not the start
        intake = Sound(self._sound[30 * render.RATE :])
        worker = Worker(
            intake, self.pipeline, self._publisher, self.sinks, SteadyClock(), Shelf(), "/segue", controls=controls
        )  # type: ignore[arg-type]
        pieces: list[float] = []
        condition = turn(0.0)
        while not intake.over:
            due_s, start_s = intake.due_s, time.perf_counter()
            if not worker.turn():
                time.sleep(NAP_S)
                continue
            pieces.append(1000 * (time.perf_counter() - start_s))
            self.due_s[round(self.pipeline.t * 1000)] = due_s
            if round(self.pipeline.t * 20) % HOP_PIECES == 0:
                if len(pieces) == HOP_PIECES:
                    self.hops.setdefault(condition, []).append(sum(pieces))
                pieces = []
                condition = turn(due_s - intake.start_s)


def to(port: int, host: str = "127.0.0.1") -> Some:
    return Some(host=host, port=port, planes=list(PLANES), rate_hz=20.0)


def turns(names: Sequence[str], change: Callable[[str], None] = lambda name: None) -> Callable[[float], str]:
    """Let conditions take turns; ``change`` is called at each change."""
    now = [""]

    def turn(t_s: float) -> str:
        name = names[int(t_s // TURN_S) % len(names)]
        if name != now[0]:
            now[0] = name
            change(name)
        return name

    return turn


def shares(values_ms: Sequence[float]) -> tuple[float, float]:
    """Give median and 99th percentile."""
    return float(np.percentile(values_ms, 50)), float(np.percentile(values_ms, 99))


def osc(library: Path) -> None:
    """All of it, four minutes."""
    snapshot = Snapshot.load(library, Engine(default_artifact()).artifact.sha256)
    plays = render.plan(session.crate(snapshot), 6, 1)
    sound = np.concatenate(list(render.mix(plays, session.read))).astype(np.float32)
    planes(snapshot, sound)
    flood(snapshot, sound[: 130 * render.RATE])
    eight(snapshot, sound[: 90 * render.RATE])
    attached(snapshot, sound[: 110 * render.RATE])


def planes(snapshot: Snapshot, sound: Samples) -> None:
    """Check every packet of a whole set."""
    stage = Stage(snapshot, sound)
    target, seen, wrong = Target("127.0.0.1", 9), Counter[str](), Counter[str]()
    sizes: list[int] = []
    for first in range(0, len(sound), render.RATE):
        messages = stage.pipeline.feed(sound[first : first + render.RATE, None])
        for t in sorted({message.t for message in messages}):
            group = [message for message in messages if message.t == t]
            for message in group:
                seen[message.planes[0]] += 1
                wrong["a number that is not one i or f"] += not _plain(message)
            for packet in target.packets(t, [(message, encode(message)) for message in group]):
                sizes.append(len(packet))
                wrong["a packet of more than 1,200 bytes"] += len(packet) > PACKET_BYTES
                stamped = packet.startswith(b"#bundle\0") and not packet.startswith(BUNDLE_HEAD)
                wrong["a bundle for later"] += stamped
    shown = table(f"every packet of a set of {len(sound) / render.RATE / 60:.0f} minutes", "", "")
    shown.add_row("messages of numbers, text, events", ", ".join(str(seen[plane]) for plane in PLANES))
    shown.add_row("packets; the longest, bytes", f"{len(sizes)}; {max(sizes)}")
    for what, count in wrong.items():
        shown.add_row(what, str(count))
    CONSOLE.print(shown)


def _plain(message: Message) -> bool:
    if message.planes != ("num",):
        return True
    kind = {"i": int, "f": float}.get(message.tags)
    return kind is not None and len(message.args) == 1 and type(message.args[0]) is kind


def flood(snapshot: Snapshot, sound: Samples) -> None:
    """Hop cost with and without 2,000 mutated packets a second, and how long a hop's packet takes."""
    port = free_port()
    stage = Stage(snapshot, sound)
    running: list[subprocess.Popen[bytes]] = []
    with Sender([to(port)]) as sender, Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver:
        stage.sinks.append(sender)

        def change(name: str) -> None:
            if name == "flooded":
                count = FLOOD // 5
                command = [sys.executable, str(Path(__file__).parent / "mutants.py")]
                running.append(subprocess.Popen([*command, str(receiver.port), str(count), str(PER_S)]))

        with Bystander("ear", port) as ear:
            stage.play(Controls(receiver), turns(("quiet", "flooded"), change))
        for each in running:
            each.wait(60)
        lost = sender.targets[0].lost
        came, refused, faults = receiver.packets, receiver.refused, receiver.faults
    quiet, flooded = shares(stage.hops["quiet"]), shares(stage.hops["flooded"])
    shown = table("mutated packets, 2,000 a second, in turns of 10 s", "", "hop, median", "p99")
    shown.add_row("without", *(f"{value:.1f} ms" for value in quiet))
    shown.add_row("with", *(f"{value:.1f} ms" for value in flooded))
    shown.add_row("ratio", *(f"{b / a:.2f}" for a, b in zip(quiet, flooded, strict=True)))
    CONSOLE.print(shown)
    CONSOLE.print(f"{came} packets came, {refused} of them no sane OSC; {faults} faults of ours; {lost} packets lost\n")
    _arrivals(stage, ear.seen)


def _arrivals(stage: Stage, seen: dict[str, Any]) -> None:
    at_s = dict(zip(seen["t_ms"], seen["at_s"], strict=True))
    late = {t_ms: 1000 * (at_s[t_ms] - due_s) for t_ms, due_s in stage.due_s.items() if t_ms in at_s}
    shown = table("from the last sample to the packet on loopback", "", "median", "p99", "of")
    for what, every in (("ticks that end a hop", 250), ("all ticks", 50)):
        values = [ms for t_ms, ms in late.items() if t_ms % every == 0]
        shown.add_row(what, *(f"{value:.1f} ms" for value in shares(values)), str(len(values)))
    CONSOLE.print(shown)
    CONSOLE.print(f"{len(stage.due_s) - len(late)} ticks did not arrive\n")


@contextlib.contextmanager
def slow_name(name: str, seconds: float) -> Iterator[None]:
    """Have a name resolve to this machine, but slowly."""
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        if host == name:
            time.sleep(seconds)
            host = "127.0.0.1"
        return real(host, *rest, **named)

    socket.getaddrinfo = resolve  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.getaddrinfo = real


def eight(snapshot: Snapshot, sound: Samples) -> None:
    """Five good targets alone, and beside two dead ones and one whose name resolves slowly."""
    ports = [free_port() for _ in range(6)]
    stage = Stage(snapshot, sound)
    bad = [to(free_port()), to(9, "203.0.113.1"), to(ports[5], "slow.invalid")]
    with slow_name("slow.invalid", 15.0), contextlib.ExitStack() as stack:
        ears = [stack.enter_context(Bystander("ear", port)) for port in ports]
        five = stack.enter_context(Sender([to(port) for port in ports[:5]]))
        all_eight = stack.enter_context(Sender([*(to(port) for port in ports[:5]), *bad]))
        in_use = [five]

        class Either:
            def send(self, messages: Sequence[Message]) -> None:
                in_use[0].send(messages)

        stage.sinks.append(Either())
        stage.play(
            None, turns(("five", "eight"), lambda name: in_use.__setitem__(0, {"five": five}.get(name, all_eight)))
        )
        sent = [(a.sent + b.sent) for a, b in zip(five.targets, all_eight.targets[:5], strict=True)]
        others = [(target.sent, target.lost) for target in all_eight.targets[5:]]
    shown = table("eight targets: five good, two dead, one whose name takes 15 s", "", "hop, median", "p99")
    five_ms, eight_ms = shares(stage.hops["five"]), shares(stage.hops["eight"])
    shown.add_row("the five good ones alone", *(f"{value:.1f} ms" for value in five_ms))
    shown.add_row("all eight", *(f"{value:.1f} ms" for value in eight_ms))
    shown.add_row("ratio", *(f"{b / a:.2f}" for a, b in zip(five_ms, eight_ms, strict=True)))
    CONSOLE.print(shown)
    got = [ear.seen["packets"] for ear in ears]
    CONSOLE.print(f"packets sent to the good ones {sent}, received {got[:5]}; by the slow one {got[5]}")
    CONSOLE.print(f"sent and lost: nobody there, no such network, slow name: {others}\n")


def attached(snapshot: Snapshot, sound: Samples) -> None:
    """Hop cost with nothing attached, and with four targets and an OSCQuery listener to everything."""
    ports = [free_port() for _ in range(4)]
    stage = Stage(snapshot, sound)
    query = OscQuery(Osc(query_port=0))
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(Serving([query.site]))
        assert serving.ready.wait(10)
        sender = stack.enter_context(Sender([to(port) for port in ports]))
        ears = [stack.enter_context(Bystander("ear", port)) for port in ports]
        listener = stack.enter_context(Bystander("query", serving.ports["OSCQuery"]))
        attached_now = {"nothing": (), "all": (sender, query)}
        in_use: list[tuple[Any, ...]] = [()]

        class Attached:
            def send(self, messages: Sequence[Message]) -> None:
                for sink in in_use[0]:
                    sink.send(messages)

        stage.sinks.append(Attached())
        stage.play(None, turns(tuple(attached_now), lambda name: in_use.__setitem__(0, attached_now[name])))
    shown = table("four targets and an OSCQuery listener to everything, in turns of 10 s", "", "hop, median", "p99")
    nothing, everything = shares(stage.hops["nothing"]), shares(stage.hops["all"])
    shown.add_row("nothing attached", *(f"{value:.1f} ms" for value in nothing))
    shown.add_row("all attached", *(f"{value:.1f} ms" for value in everything))
    shown.add_row("ratio", *(f"{b / a:.2f}" for a, b in zip(nothing, everything, strict=True)))
    CONSOLE.print(shown)
    got = [ear.seen["packets"] for ear in ears]
    CONSOLE.print(f"packets received {got}, OSC messages over the websocket {listener.seen['frames']}\n")
