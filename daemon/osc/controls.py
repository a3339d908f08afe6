"""What callers may ask of the pipeline: commands wait until it is between two pieces of sound, and are answered then.

Conventions
-----------
``obey`` is called by the thread that owns the pipeline; the receiver's thread only queues. A few commands a call, so
that no caller can hold up the sound.
"""

import queue
from typing import Final, Protocol

from ..errors import LibraryError
from .receiver import Receiver
from .requests import Command, RequestError

CONTROLS: Final = frozenset(("/ctl/now",))
"""Addresses that a ``Receiver`` accepts for the pipeline."""
AT_ONCE = 8
"""Commands that are done before the next piece of sound."""


class Booth(Protocol):
    """What commands work on (``pipeline.Pipeline``)."""

    def tell(self, name: str) -> str:
        """Take a track for what plays and say so, or raise ``LibraryError``."""


class Controls:
    """Does what waits in a receiver's queue.

    Parameters
    ----------
    receiver
        Brings the commands, and sends the answers.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def obey(self, booth: Booth) -> None:
        """Do the commands that wait, in their order."""
        for _ in range(AT_ONCE):
            try:
                command = self._receiver.commands.get_nowait()
            except queue.Empty:
                return
            try:
                self._receiver.acknowledge(command, _tell(command, booth))
            except RequestError as refusal:
                self._receiver.refuse(command, refusal)
            except Exception as exc:  # a caller must not be able to end the set
                self._receiver.faults += 1
                self._receiver.refuse(command, RequestError(500, type(exc).__name__))


def _tell(command: Command, booth: Booth) -> str:
    name = command.args[0] if command.args else None
    if not isinstance(name, str):
        raise RequestError(400, f"argument 1 is a track's id or absolute path, or empty; got {name!r}")
    try:
        return booth.tell(name)
    except LibraryError as exc:
        raise RequestError(404, str(exc)) from exc
