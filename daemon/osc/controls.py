"""What callers may ask of the pipeline: commands wait until it is between two pieces of sound, and are answered then.

Conventions
-----------
``obey`` is called by the thread that owns the pipeline; the ways' own threads only queue. A few commands a call, so
that no caller can hold up the sound.
"""

import math
import queue
from collections.abc import Callable
from typing import Final, Protocol

from ..advice.taste import Choice
from ..advice.wishes import Wishes
from ..errors import LibraryError, SegueError, WishError
from ..messages import Argument
from ..publish.beats import Beats
from .inputs import INPUTS, spelt
from .requests import Command, RequestError

AT_ONCE = 8
"""Commands that are done before the next piece of sound."""


class Booth(Protocol):
    """What commands work on (``pipeline.Pipeline``)."""

    wishes: Wishes
    """Takes what is said of suggestions."""
    beats: Beats
    """Takes what is said of the beat."""

    def tell(self, name: str) -> str:
        """Take a track for what plays and say so, or raise ``LibraryError``."""


class Way(Protocol):
    """Where commands come from (``receiver.Receiver``, ``web.desk.Desk``)."""

    commands: queue.Queue[Command]
    faults: int

    def acknowledge(self, command: Command, detail: str) -> None:
        """Tell its caller that a command was done."""

    def refuse(self, command: Command, refusal: RequestError) -> None:
        """Tell its caller that a command was not done."""


class Controls:
    """Does what waits in the queues of the ways in.

    Parameters
    ----------
    way
        Brings the commands, and takes the answers.
    keep
        Is given every choice, to remember it.
    """

    def __init__(self, way: Way, keep: Callable[[Choice], None] = lambda choice: None) -> None:
        self.ways = [way]
        """All ways in; more may be added before the first ``obey``."""
        self._keep = keep

    def obey(self, booth: Booth) -> None:
        """Do the commands that wait, of each way in their order."""
        for way in self.ways:
            for _ in range(AT_ONCE):
                try:
                    command = way.commands.get_nowait()
                except queue.Empty:
                    break
                self._obey(way, command, booth)

    def _obey(self, way: Way, command: Command, booth: Booth) -> None:
        try:
            way.acknowledge(command, _do(command, booth))
            for choice in booth.wishes.choices():
                self._keep(choice)
        except RequestError as refusal:
            way.refuse(command, refusal)
        except WishError as exc:
            way.refuse(command, RequestError(exc.code, str(exc)))
        except LibraryError as exc:
            way.refuse(command, RequestError(404, str(exc)))
        except SegueError as exc:
            way.refuse(command, RequestError(500, str(exc)))
        except Exception as exc:  # a caller must not be able to end the set
            way.faults += 1
            way.refuse(command, RequestError(500, type(exc).__name__))


def _do(command: Command, booth: Booth) -> str:
    name, args = command.address.removeprefix("/ctl/"), command.args
    if name.startswith("weight/"):
        return booth.wishes.weigh(name.removeprefix("weight/"), _number(args, 0, "a weight"))
    if name == "tap":
        return booth.beats.tap(command.at_s)
    return _ACTIONS[name](args, booth)


def _now(args: tuple[Argument, ...], booth: Booth) -> str:
    name = args[0] if args else None
    if not isinstance(name, str):
        raise RequestError(400, f"argument 1 is a track's id or absolute path, or empty; got {name!r}")
    return booth.tell(name)


def _exclude(args: tuple[Argument, ...], booth: Booth) -> str:
    return booth.wishes.exclude(args[0] if args and isinstance(args[0], str) else _slot(args))


def _include(args: tuple[Argument, ...], booth: Booth) -> str:
    name = args[0] if args else None
    if not isinstance(name, str):
        raise RequestError(400, f"argument 1 is a track's id or absolute path, or empty for all; got {name!r}")
    return booth.wishes.include(name)


def _weight(args: tuple[Argument, ...], booth: Booth) -> str:
    name = args[0] if args else None
    if not isinstance(name, str):
        raise RequestError(400, f"argument 1 is the name of a weight, got {name!r}")
    return booth.wishes.weigh(name, _number(args, 1, "a weight"))


_ACTIONS: Final[dict[str, Callable[[tuple[Argument, ...], Booth], str]]] = {
    "now": _now,
    "accept": lambda args, booth: booth.wishes.accept(_slot(args), _rev(args)),
    "reject": lambda args, booth: booth.wishes.reject(_slot(args), _rev(args)),
    "lock": lambda args, booth: booth.wishes.lock(_slot(args), _number(args, 1, "0 or 1") > 0.5),
    "exclude": _exclude,
    "include": _include,
    "weight": _weight,
    "energy": lambda args, booth: booth.wishes.steer(_number(args, 0, "a direction")),
    "count": lambda args, booth: booth.wishes.limit(_number(args, 0, "a number of suggestions")),
    "bpm": lambda args, booth: booth.beats.say(_number(args, 0, "a tempo")),
    "pause": lambda args, booth: booth.wishes.pause(),
    "refresh": lambda args, booth: booth.wishes.refresh(),
}

CONTROLS: Final = frozenset(address for each in INPUTS if each.control for address in spelt(each))
"""Addresses that a ``Receiver`` accepts for the pipeline."""


def _number(args: tuple[Argument, ...], place: int, what: str) -> float:
    value = args[place] if len(args) > place else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(400, f"argument {place + 1} is {what}, got {value!r}")
    return float(value)


def _slot(args: tuple[Argument, ...]) -> int:
    value = _number(args, 0, "a slot, 1 to 8")
    if value != int(value):
        raise RequestError(400, f"argument 1 is a slot, 1 to 8, got {value!r}")
    return int(value)


def _rev(args: tuple[Argument, ...]) -> int | None:
    return int(_number(args, 1, "a rev")) if len(args) > 1 else None
