"""The way in: one thread on one UDP port, which checks, looks up, answers and never falls over.

Conventions
-----------
Packets are checked before they are parsed, addresses are looked up exactly, and whatever goes wrong with one packet is
a counter. Answers leave from the listening port. ``commands`` is for the pipeline: bounded, to be read by any one
thread. Loopback unless the settings name another host.
"""

import socket
import threading
from collections.abc import Collection

from ..clock import Clock, SteadyClock
from ..errors import OscError
from .packet import parse
from .requests import Answer, Command, RequestError, Requests, Source
from .sender import Sender
from .wire import encode_parts, pack

_LOOK_UP_S = 0.25
"""How often the thread looks whether it should end."""


class Receiver:
    """Listens once ``start`` was called, until ``stop``.

    Parameters
    ----------
    host, port
        ``osc.listen_host`` and ``osc.listen_port`` of the settings; port 0 takes a free one.
    sender
        Whom subscribers are handed to.
    root
        ``osc.root`` of the settings.
    accept
        ``/ctl/…`` addresses that are taken into ``commands``.
    clock
        For subscriptions, buttons and limits; a steady one by default, the sender's own in tests.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: Sender,
        root: str = "/segue",
        accept: Collection[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self._host, self.port = host, port
        self._requests = Requests(sender, root, accept)
        self.commands = self._requests.commands
        self.packets = 0
        """Packets that came."""
        self.refused = 0
        """Packets that were no sane OSC."""
        self.faults = 0
        """Messages that broke us; each is a mistake of ours."""
        self._clock = clock or SteadyClock()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Take the port and listen.

        Raises
        ------
        OscError
            If the port cannot be had.
        """
        self._socket = _bound(self._host, self.port)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, args=(self._socket,), name="osc-in", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and give the port back; harmless when it does not listen."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> "Receiver":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, data: bytes, source: Source) -> list[Answer]:
        """Deal with one packet and give the answers."""
        self.packets += 1
        try:
            messages = parse(data)
        except OscError:
            self.refused += 1
            return []
        answers: list[Answer] = []
        for message in messages:
            try:
                answers += self._requests.handle(message, source, self._clock.now())
            except Exception as exc:  # a caller must not be able to end the thread
                self.faults += 1
                answers.append(self._requests.fault(message, type(exc).__name__))
        return answers

    def acknowledge(self, command: Command, detail: str) -> None:
        """Tell its caller that a command was done; any thread."""
        if self._socket is not None:
            self._send(self._socket, [self._requests.acknowledge(command, detail)], command.source)

    def refuse(self, command: Command, refusal: RequestError) -> None:
        """Tell its caller that a command was not done; any thread."""
        if self._socket is not None:
            self._send(self._socket, [self._requests.refuse(command, refusal)], command.source)

    def _listen(self, ear: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                data, (host, port, *_) = ear.recvfrom(4096)
            except OSError:  # nothing came; or, on some systems, an answer reached nobody
                continue
            answers = self.handle(data, (host, port))
            self._send(ear, answers, (host, port))

    def _send(self, ear: socket.socket, answers: list[Answer], source: Source) -> None:
        for packet in pack(encode_parts(a.address, a.tags, a.args) for a in answers):
            try:
                ear.sendto(packet, self._requests.answers_to(source))
            except OSError:
                break


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[0][0]
        made = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as exc:
        raise OscError(f"osc.listen_host {host!r} is no address of this machine: {exc}") from exc
    try:
        made.bind((host, port))
    except OSError as exc:
        made.close()
        raise OscError(
            f"cannot listen on UDP {host}:{port} ({exc.strerror or exc}); end the program that has it, "
            "or set osc.listen_port to a free port"
        ) from exc
    made.settimeout(_LOOK_UP_S)
    return made
