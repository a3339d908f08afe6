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
from .limits import CALLERS, Allowance, Buttons
from .packet import ARGUMENTS, Incoming
from .sender import Sender

Source = tuple[str, int]
"""Host and port from which a packet came."""

COMMANDS = 256
"""Commands that wait for the pipeline; when it is full the newest is refused with 429 and counted."""

INPUTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("/sub", "port `i`, planes `s`=all, rate_hz `f`=20, ttl_s `i`=60",
     "send to this port at the sender's address until ttl_s is over, starting with the retained state; again to renew; "
     "at most 16"),
    ("/unsub", "port `i`", "stop that"),
    ("/respond", "port `i`", "where this sender hears answers; without it, where its packets come from"),
    ("/get", "prefix `s`=all", "the retained state below a prefix, then `/get/done`"),
    ("/ctl/now", "id or path `s`",
     "this track plays, whatever is heard, until another one is heard alone for 20 s; an empty string goes by hearing "
     "again; 404 if the library has no such track"),
    ("/ctl/accept", "slot `i`, rev `i`", "this suggestion is taken: it stays, and more like it is wanted; 409 "
     "if a rev is given and the list has changed since"),
    ("/ctl/reject", "slot `i`, rev `i`", "it is dropped for this set, and less like it is wanted; 409 as above"),
    ("/ctl/lock", "slot `i`, 0 or 1", "it is kept whatever is better, or let go"),
    ("/ctl/exclude", "slot `i`, or id or path `s`", "this track is not suggested until the program ends"),
    ("/ctl/include", "id or path `s`", "it may be suggested again; an empty string: all that were excluded"),
    ("/ctl/weight", "name `s`, value `f` 0..1", "how much a kind of evidence counts, as `[suggest.weights]`; also "
     "`/ctl/weight/NAME` with the value alone, for a fader"),
    ("/ctl/energy", "`f` -1..1", "where the set should go: down, on, up"),
    ("/ctl/refresh", "button", "the list is made anew"),
    ("/announce", "button", "all retained state again, to everybody"),
    ("/ping", "anything", "`/pong` with the same arguments"),
)  # fmt: skip
"""The namespace, incoming: address, arguments, effect."""


_PRESSED: Final = frozenset(("/ctl/accept", "/ctl/reject", "/ctl/exclude", "/ctl/refresh"))
"""Commands that are given once, however often a held button sends them."""
AGAIN_S: Final = 0.25
"""After so long without it, the same command is another press, even if the button was never let go."""
_OWN: Final = {"/ctl/accept": 2, "/ctl/reject": 2, "/ctl/lock": 2, "/ctl/weight": 2}
"""Arguments before a request id; 1 for all others."""


class Command(NamedTuple):
    """A control message for the pipeline."""

    address: str
    """Below the root, such as ``/ctl/accept``."""
    args: tuple[Argument, ...]
    source: Source


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
        self.refused_commands = 0
        self._sender, self._root, self._accept = sender, root, frozenset(accept)
        self._builder = Builder(root)
        self._answers = Allowance(burst=100, per_s=50.0)
        self._buttons = Buttons()
        self._held: OrderedDict[tuple[str, int, str], tuple[tuple[Argument, ...] | None, float]] = OrderedDict()
        self._respond: OrderedDict[tuple[str, int | None], int] = OrderedDict()
        self._known: dict[str, tuple[_Handler, int]] = {
            "/sub": (self._sub, 4),
            "/unsub": (self._unsub, 1),
            "/respond": (self._set_respond, 1),
            "/get": (self._get, 1),
            "/announce": (self._announce, 1),
            "/ping": (self._ping, ARGUMENTS),
        }

    def handle(self, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        """Do what a message asks and give the answers; a refusal is an answer too."""
        below = message.address.removeprefix(self._root) if message.address.startswith(self._root + "/") else ""
        if below in _ANSWERS:
            return []
        command = below.startswith("/ctl/")
        handler, own = self._known.get(below, (None, 0))
        try:
            if command and below in self._accept:
                return self._command(below, message, source, now_s)
            if not self._answers.take(source[0], now_s):
                if not self._answers.may_say_so(source[0], now_s):
                    return []
                raise RequestError(429, "too often; some of these were not answered")
            if handler is None:
                raise RequestError(404, "not in this version" if command else "unknown address")
            return handler(message, source, now_s)
        except RequestError as refusal:
            return [
                self._answer("/error", _request_id(message.args[own:]), refusal.code, message.address, str(refusal))
            ]

    def acknowledge(self, command: Command, detail: str) -> Answer:
        """Say that a command was done."""
        return self._answer("/ack", _request_id(command.args[_own(command) :]), self._root + command.address, detail)

    def refuse(self, command: Command, refusal: RequestError) -> Answer:
        """Say that a command was not done."""
        request = _request_id(command.args[_own(command) :])
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
        before, seen_s = self._held.pop(key, (None, 0.0))
        up = isinstance(value, str) or value > 0.5
        self._held[key] = (args if up else None, now_s)
        while len(self._held) > 4 * CALLERS:
            self._held.popitem(last=False)
        return up and (args != before or now_s - seen_s > AGAIN_S)

    def _command(self, below: str, message: Incoming, source: Source, now_s: float) -> list[Answer]:
        if below in _PRESSED and not self._pressed(below, message.args, source, now_s):
            return []
        try:
            self.commands.put_nowait(Command(below, message.args, source))
        except queue.Full as exc:
            self.refused_commands += 1
            raise RequestError(429, "too many commands are waiting") from exc
        return []


def _own(command: Command) -> int:
    return _OWN.get(command.address, 1)


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
