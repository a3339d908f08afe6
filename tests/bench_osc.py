"""OSC under load, on the demo's music at the speed at which it plays: ``python tests/bench.py osc``.

Where other work runs, have it run as an audio program does: ``chrt -f 5 python tests/bench.py osc``.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from bench_table import CONSOLE, table
from bench_targets import attached, eight
from bench_worker import Samples, Stage, compared, shares, to, turns
from booth import free_port
from bystanders import Bystander

from segue.daemon.artifact import default_artifact
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import PLANES, Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.target import Target
from segue.daemon.osc.wire import BUNDLE_HEAD, PACKET_BYTES, encode

FLOOD, PER_S = 100_000, 2_000


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
    compared("mutated packets, 2,000 a second, in turns of 10 s", stage, {"quiet": "without", "flooded": "with"})
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
