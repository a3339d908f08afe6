"""What the stage page asks of the daemon: the same commands as over OSC, through the same checks, answered likewise.

Conventions
-----------
``ask`` is called in the web's thread, ``acknowledge`` and ``refuse`` in the thread that owns the pipeline
(``osc.controls``). Answers to those go to ``deliver``, which must not wait. Only ``/ctl/…`` can be asked for.
"""

from collections.abc import Callable
from typing import Any

from ..messages import Argument
from ..osc.controls import CONTROLS
from ..osc.limits import Allowance
from ..osc.packet import Incoming
from ..osc.requests import Answer, Command, RequestError, Requests
from ..osc.sender import Sender

_BURST, _PER_S = 40, 40.0
_MOST_ARGUMENTS = 4
_MOST_TEXT = 480
_MOST_INT = 2**31


class Desk:
    """A way in for ``Controls``, beside the OSC receiver.

    Parameters
    ----------
    root
        Of the addresses.
    deliver
        Takes an answer for a browser, by its number.
    """

    def __init__(self, root: str, deliver: Callable[[int, dict[str, Any]], None]) -> None:
        self._requests = Requests(Sender(root=root), root, CONTROLS)  # nobody subscribes here, so it sends nothing
        self._root = root
        self._often = Allowance(_BURST, _PER_S)
        self.commands = self._requests.commands
        self.faults = 0
        """Commands that broke us; each is a mistake of ours."""
        self._deliver = deliver

    def ask(self, screen: int, asked: object, now_s: float) -> list[dict[str, Any]]:
        """Take what a browser sent, ``{"id": 7, "ask": "/ctl/accept", "args": [1, 12]}``; give answers to it.

        Arguments are all that the address has (`docs/osc.md`), so that the id can follow them.
        """
        address, args, number = _read(asked)
        if number is None:
            return [_error(0, 400, "", "that is no request")]
        if args is None or not address.startswith("/ctl/"):
            return [_error(number, 400, address, "that is no command")]
        if not self._often.take(str(screen), now_s):
            return [_error(number, 429, address, "too often; wait a moment")]
        source = ("stage", screen)
        return [
            _told(each)
            for each in self._requests.handle(Incoming(self._root + address, (*args, number)), source, now_s)
        ]

    def acknowledge(self, command: Command, detail: str) -> None:
        """Tell its browser that a command was done."""
        self._deliver(command.source[1], _told(self._requests.acknowledge(command, detail)))

    def refuse(self, command: Command, refusal: RequestError) -> None:
        """Tell its browser that a command was not done."""
        self._deliver(command.source[1], _told(self._requests.refuse(command, refusal)))


def _read(asked: object) -> tuple[str, tuple[Argument, ...] | None, int | None]:
    if not isinstance(asked, dict):
        return "", None, None
    number, address, args = asked.get("id"), asked.get("ask"), asked.get("args", [])
    if type(number) is not int or not 0 < number < _MOST_INT or not isinstance(address, str) or len(address) > 64:
        return "", None, None
    if not isinstance(args, list) or len(args) > _MOST_ARGUMENTS or not all(map(_plain, args)):
        return address, None, number
    return address, tuple(args), number


def _plain(value: object) -> bool:
    if type(value) is str:
        try:
            return len(value.encode()) <= _MOST_TEXT and "\0" not in value
        except UnicodeEncodeError:  # half a surrogate, which OSC cannot bring either
            return False
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST_INT


def _told(answer: Answer) -> dict[str, Any]:
    """An answer of OSC as the page gets it; a refusal has a code."""
    request, *middle, address, text = answer.args
    return {"answer": request, "code": middle[0] if middle else 0, "address": address, "text": text}


def _error(number: int, code: int, address: str, text: str) -> dict[str, Any]:
    return {"answer": number, "code": code, "address": address, "text": text}
