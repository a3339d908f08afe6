"""``segue ableton``: shows in Ableton Live which clips are suggested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..osc.packet import Incoming

SILENT_S = 5.0
"""After so long without Segue it is said that nothing comes."""
_STEP_S = 0.1
_LAST_S = 1.5
"""AbletonOSC answers ten times a second, and what is given back takes two questions and their answers."""


def ableton(
    host: Annotated[str, typer.Option(help="The machine that runs 'segue run'.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Its osc.listen_port; default: the one of the config.")] = None,
    live: Annotated[str, typer.Option(help="The machine that runs Live with AbletonOSC.")] = "127.0.0.1",
    rename: Annotated[bool, typer.Option("--rename", help="Put the slot before the names of suggested clips.")] = False,
    fire: Annotated[bool, typer.Option("--fire", help="Launch the clip of a suggestion that you accept.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings; what it leaves out has its default.")] = None,
) -> None:
    """Colour the suggested clips in Ableton Live and select what you accept, until Ctrl-C. Needs AbletonOSC."""
    from ..clock import SteadyClock
    from ..config import load
    from ..library.workers import terminate_as_interrupt
    from ..osc.listener import Listener
    from ..osc.remote import Remote
    from ..receivers.liveset import ANSWERS_PORT, PORT, LiveSet

    settings, clock = load(config), SteadyClock()
    live_set = LiveSet(settings.osc.root, rename, fire)
    at = port or settings.osc.listen_port
    with Remote(live, PORT, ANSWERS_PORT) as remote, Listener(host, at, settings.osc.root) as listener:
        typer.echo(f"listens to Segue at {host}:{at} and to Live at {live}; Ctrl-C gives the clips their colours back")

        def talk() -> None:
            for message in remote.take():
                live_set.answer(message)
            for address, tags, args in live_set.step(clock.now()):
                remote.send(address, tags, args)

        def heard_in_a_step() -> Iterator[Incoming]:
            end_s = clock.now() + _STEP_S
            while (left_s := end_s - clock.now()) > 0:
                yield from listener.hear(left_s)

        heard = True
        with terminate_as_interrupt():
            try:
                while True:
                    talk()
                    while live_set.says:
                        typer.echo(live_set.says.popleft())
                    if heard and listener.silent_s() > SILENT_S:
                        typer.echo(f"nothing comes from {host}:{at}; start 'segue run' there", err=True)
                    heard = listener.silent_s() <= SILENT_S
                    for message in heard_in_a_step():
                        live_set.hear(message)
            finally:  # nothing is said or heard any more: the terminal may be gone
                live_set.leave()
                end_s = clock.now() + _LAST_S
                while clock.now() < end_s:
                    talk()
                    list(heard_in_a_step())
