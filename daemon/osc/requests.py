"""What callers may ask: one method per incoming address, arguments checked, answers as plain values.

Conventions
-----------
Addresses stand below the root. A request either gives answers or is refused with a code of the namespace (400
arguments, 403 not allowed, 404 unknown, 429 too often). An optional last int is a request id that comes back with the
answer. Answers are never answered, so that two daemons cannot talk for ever. No socket here: the receiver brings
requests and takes answers away.
"""

import math
import queue
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import OscError
from ..messages import PLANES, PROTOCOL, Argument, Builder, Message
from .inputs import INPUTS, spelt
from .limits import CALLERS, DEAD_S, Allowance, Buttons
from .packet import ARGUMENTS, Incoming
from .sender import Sender

Source = tuple[str, int]
"""Host and port from which a packet came."""

COMMANDS = 256
"""Commands that wait for the pipeline; when it is full the newest is refused with 429."""

BURST: Final = 100
PER_S: Final = 50.0
"""Requests that a caller is answered at once, and a second."""
AGAIN_S: Final = 0.25
"""After so long without it, the same command is another press, even if the button was never let go."""
HELD_S: Final = 3.0
"""The same for a button that says all the time how it stands (``STREAM`` repeats), since a network may falter."""
STREAM: Final = 4
_ROWS: Final = {address: each for each in INPUTS for address in spelt(each)}


class Command(NamedTuple):
    """A control message for the pipeline."""

    address: str
    """Below the root, such as ``/ctl/accept``."""
    args: tuple[Argument, ...]
    source: Source
    at_s: float
    """When it came, on the receiver's clock."""


class _Press(NamedTuple):
    """What a sender's button did last: its value, None when let go; and what it gave, each with its time in s."""

    value: tuple[Argument, ...] | None
    at_s: float
    repeats: int
    given: tuple[Argument, ...] | None
    given_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A message for one caller."""

    address: str
    tags: str
    args: tuple[Argument, ...]


_ANSWERS: Final = frozenset(("/ack", "/error", "/pong", "/get/done"))


class RequestError(Exception):
    """A request that is not granted; ``code`` as in the namespace."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


_Handler = Callable[[Incoming, Source, float], list[Answer]]


class Requests:
    """Answers callers.

    Parameters
    ----------
    sender
        Has the retained state, the targets and the subscribers.
    root
        ``osc.root`` of the settings.
    accept
        ``/ctl/…`` addresses that go into ``commands``; the others are unknown in this version.
    """

    def __init__(self, sender: Sender, root: str = "/segue", accept: Collection[str] = ()) -> None:
        self.commands: queue.Queue[Command] = queue.Queue(COMMANDS)
        self._sender, self._root, self._accept = sender, root, frozenset(accept)
        self._builder = Builder(root)
        self._answers = Allowance(BURST, PER_S)
        self._buttons = Buttons()
        self._held: OrderedDict[tuple[str, int, str], _Press] = OrderedDict()
        self._respond: OrderedDict[tuple[str, int | None], int] = OrderedDict()
        self._known: dict[str, _Handler] = {
            "/sub": self._sub,
            "/unsub": self._unsub,
            "/respond": self._set_respond,
            "/get": self._get,
            "/announce": self._announce,
            "/ping": self._ping,
        }

    def handle(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        """Do what a message asks and give the answers; a refusal is an answer too."""
        below = message.address.removeprefix(self._root) if message.address.startswith(self._root + "/") else ""
        if below in _ANSWERS:
            return []
        command = below.startswith("/ctl/")
        handler = self._known.get(below)
        try:
            if command and below in self._accept:
                return self._command(below, message, source, now_s)
            if not self._answers.take(source[0], now_s):
                return self._too_often(source, now_s, "too often; some of these were not answered")
            if handler is None:
                raise RequestError(404, "not in this version" if command else "unknown address")
            return handler(message, source, now_s)
        except RequestError as refusal:
            own = _own(below) if handler is not None or below in self._accept else 0
            request = _request_id(message.args[own:])
            return [self._answer("/error", request, refusal.code, message.address, str(refusal))]

    def acknowledge(self, command: Command, detail: str) -> Answer:
        """Say that a command was done."""
        return self._answer(
            "/ack", _request_id(command.args[_own(command.address) :]), self._root + command.address, detail
        )

    def refuse(self, command: Command, refusal: RequestError) -> Answer:
        """Say that a command was not done."""
        request = _request_id(command.args[_own(command.address) :])
        return self._answer("/error", request, refusal.code, self._root + command.address, str(refusal))

    def fault(self, message: Incoming, text: str) -> Answer:
        """Say that answering broke: code 500."""
        return self._answer("/error", 0, 500, message.address, text)

    def answers_to(self, source: Source) -> Source:
        """Give where a caller hears answers: its own ``/respond``, else its host's latest, else where it sends from."""
        host, port = source
        return host, self._respond.get((host, port), self._respond.get((host, None), port))

    def _answer(self, address: str, *values: Argument) -> Answer:
        return _plain(self._builder.message(0.0, address, *values))

    def _ack(self, message: Incoming, detail: str, request: int) -> list[Answer]:
        return [self._answer("/ack", request, message.address, detail)]

    def _sub(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        args = message.args
        port = _port(args)
        planes = _planes(args[1]) if len(args) > 1 else frozenset(PLANES)
        rate_hz = _number(args, 2, 20.0, "a rate in Hz")
        ttl_s = _number(args, 3, 60.0, "a ttl in seconds")
        try:
            target = self._sender.subscriptions.add(source[0], port, planes, rate_hz, ttl_s, now_s)
        except OscError as exc:
            raise RequestError(403, str(exc)) from exc
        self._sender.repeat(target)
        return self._ack(message, f"protocol {PROTOCOL}; {target.rate_hz:g} Hz", _request_id(args[4:]))

    def _unsub(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        del now_s
        if not self._sender.subscriptions.remove(source[0], _port(message.args)):
            raise RequestError(404, "no such subscriber")
        return self._ack(message, "", _request_id(message.args[1:]))

    def _set_respond(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        del now_s
        port = _port(message.args)
        for key in ((source[0], source[1]), (source[0], None)):
            self._respond.pop(key, None)
            self._respond[key] = port
        while len(self._respond) > 2 * CALLERS:
            self._respond.popitem(last=False)
        return self._ack(message, "", _request_id(message.args[1:]))

    def _get(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        del source, now_s
        prefix = message.args[0] if message.args else ""
        if not isinstance(prefix, str):
            raise RequestError(400, f"a prefix is a string, got {prefix!r}")
        full = prefix if prefix.startswith(self._root) or not prefix.strip("/") else f"{self._root}/{prefix.strip('/')}"
        found = [_plain(m) for m in self._sender.retained.state(full)]
        return [*found, self._answer("/get/done", prefix, len(found))]

    def _announce(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        value = message.args[0] if message.args else None
        if not self._buttons.pressed(f"{source[0]} {source[1]}", message.address, value, now_s):
            return []
        return self._ack(message, f"{self._sender.announce()} receivers", _request_id(message.args[1:]))

    def _ping(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        del source, now_s
        tags = "".join("s" if isinstance(a, str) else "f" if isinstance(a, float) else "i" for a in message.args)
        if any(isinstance(a, int) and not -(2**31) <= a < 2**31 for a in message.args):
            raise RequestError(400, "an int of more than 32 bits")
        if any(isinstance(a, float) and abs(a) > 3.4e38 for a in message.args):
            raise RequestError(400, "a number that float32 cannot hold")
        return [Answer(f"{self._root}/pong", tags, message.args)]

    def _pressed(self, below: str, args: tuple[Argument, ...], source: Source, now_s: float) -> bool:
        """Tell whether a command is given, and not only sent again or let go."""
        key, value = (*source, below), args[0] if args else 1
        before, seen_s, repeats, given, given_s = self._held.pop(key, _Press(None, 0.0, 0, None, 0.0))
        up = isinstance(value, str) or value > 0.5
        held = up and args == before and now_s - seen_s <= (HELD_S if args and repeats >= STREAM else AGAIN_S)
        new = up and not held and (args != given or now_s - given_s >= DEAD_S)
        latest = (args, now_s) if new else (given, given_s)
        self._held[key] = _Press(args if up else None, now_s, repeats + 1 if held else 0, *latest)
        while len(self._held) > 4 * CALLERS:
            self._held.popitem(last=False)
        return new

    def _command(self, below: str, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        if below in _ROWS and _ROWS[below].once and not self._pressed(below, message.args, source, now_s):
            return []
        try:
            self.commands.put_nowait(Command(below, message.args, source, now_s))
        except queue.Full:
            return self._too_often(source, now_s, "too many commands are waiting")
        return []

    def _too_often(self, source: Source, now_s: float, text: str) -> list[Answer]:
        """Refuse with 429, unless this caller was told so within a second: a flood is not answered with a flood."""
        if self._answers.may_say_so(source[0], now_s):
            raise RequestError(429, text)
        return []


def _own(below: str) -> int:
    """Arguments before a request id; all of a ping's are its own."""
    return ARGUMENTS if below == "/ping" else _ROWS[below].own if below in _ROWS else 1


def _plain(message: Message) -> Answer:
    return Answer(message.address, message.tags, message.args)


def _number(args: tuple[Argument, ...], place: int, default: float, what: str) -> float:
    if len(args) <= place:
        return default
    value = args[place]
    if isinstance(value, str) or not math.isfinite(value) or value <= 0:
        raise RequestError(400, f"argument {place + 1} is {what}, got {value!r}")
    return float(value)


def _port(args: tuple[Argument, ...]) -> int:
    value = args[0] if args else None
    if not isinstance(value, int | float) or not math.isfinite(value) or not 1 <= value <= 65535 or value != int(value):
        raise RequestError(400, f"argument 1 is a port, got {value!r}")
    return int(value)


def _planes(value: Argument) -> frozenset[str]:
    if not isinstance(value, str):
        raise RequestError(400, f"argument 2 is planes such as 'num text', got {value!r}")
    wanted = frozenset(value.replace(",", " ").replace("+", " ").split())
    if wanted <= {"all"}:
        return frozenset(PLANES)
    if not wanted <= set(PLANES):
        raise RequestError(400, f"planes are {', '.join(PLANES)}; got {value!r}")
    return wanted


def _request_id(args: tuple[Argument, ...]) -> int:
    last = args[-1] if args else 0
    return last if isinstance(last, int) and -(2**31) <= last < 2**31 else 0
