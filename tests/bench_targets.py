"""What receivers cost a hop: dead ones and slow ones beside good ones, and all that can be attached."""

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench_table import CONSOLE
from bench_worker import Samples, Stage, compared, to, turns
from booth import free_port
from bystanders import Bystander

from segue.daemon.clock import SteadyClock
from segue.daemon.config import Config, Osc
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import Message
from segue.daemon.osc.controls import CONTROLS, Controls
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.sender import Sender
from segue.daemon.web import stage as web
from segue.daemon.web.oscquery import OscQuery
from segue.daemon.web.serving import Serving


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
    title = "eight targets: five good, two dead, one whose name takes 15 s"
    compared(title, stage, {"five": "the five good ones alone", "eight": "all eight"})
    got = [ear.seen["packets"] for ear in ears]
    CONSOLE.print(f"packets sent to the good ones {sent}, received {got[:5]}; by the slow one {got[5]}")
    CONSOLE.print(f"sent and lost: nobody there, no such network, slow name: {others}\n")


def attached(snapshot: Snapshot, sound: Samples) -> None:
    """Hop cost with nothing attached, and with four targets, the page, the monitor and an OSCQuery listener."""
    ports = [free_port() for _ in range(4)]
    stage = Stage(snapshot, sound)
    query = OscQuery(Osc(query_port=0))
    page = web.Stage(Config.model_validate({"stage": {"port": 0}}), stage.pipeline.wishes, SteadyClock())
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(Serving([query.site, page.site]))
        assert serving.ready.wait(10)
        sender = stack.enter_context(Sender([to(port) for port in ports]))
        receiver = stack.enter_context(Receiver("127.0.0.1", 0, sender, accept=CONTROLS))
        ears = [stack.enter_context(Bystander("ear", port)) for port in ports]
        listener = stack.enter_context(Bystander("query", serving.ports["OSCQuery"]))
        browser = stack.enter_context(Bystander("page", serving.ports[web.NAME]))
        monitor = stack.enter_context(Bystander("monitor", receiver.port))
        bystanders = [*ears, listener, browser, monitor]
        in_use: list[tuple[Any, ...]] = [()]

        class Attached:
            def send(self, messages: Sequence[Message]) -> None:
                for sink in in_use[0]:
                    sink.send(messages)

        stage.sinks.append(Attached())
        controls = Controls(receiver)
        controls.ways.append(page.desk)

        def change(name: str) -> None:
            in_use[0] = (sender, query, page) if name == "all" else ()
            for each in bystanders:
                each.rest(name != "all")

        stage.play(controls, turns(("nothing", "all"), change))
        followed = [target.sent for target in sender.subscriptions.live(time.monotonic())]
    what = "four targets, the page, the monitor, an OSCQuery listener to everything"
    compared(f"{what}, in turns of 10 s", stage, {"nothing": "nothing attached", "all": "all attached"})
    got = [ear.seen["packets"] for ear in ears]
    assert min(followed, default=0) > 0, "the monitor has asked for nothing"
    CONSOLE.print(
        f"packets received {got}, sent to the monitor {followed}, which wrote {monitor.seen['characters']} characters; "
        f"frames shown by the page {browser.seen['frames']}, OSCQuery's messages {listener.seen['frames']}\n"
    )
