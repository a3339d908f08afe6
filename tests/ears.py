"""Other programs that listen, as tests start them: they print what they hear."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from segue.daemon.osc.wire import encode_parts


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing; the test command installs it"
    return found


class Ear:
    """A program that prints what it hears on a port."""

    def __init__(self, command: list[str], port: int, file: Path, env: Mapping[str, str] | None = None) -> None:
        self.port, self._file = port, file
        with file.open("wb") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
            )

    def lines(self) -> list[str]:
        return [line for line in self._file.read_text("utf-8").splitlines() if "ready" not in line]

    def wait(self, done: Callable[[list[str]], bool], seconds: float = 20.0) -> list[str]:
        """Give the lines once they are all there, or when time is over."""
        end = time.monotonic() + seconds
        while not done(self.lines()) and time.monotonic() < end:
            time.sleep(0.02)
        return self.lines()

    def wake(self) -> None:
        """Knock until it answers: a port takes a moment to open."""
        end = time.monotonic() + 20
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            while "ready" not in self._file.read_text("utf-8"):
                assert self._process.poll() is None, self._file.read_text("utf-8")
                assert time.monotonic() < end, "the receiver never opened its port"
                with contextlib.suppress(ConnectionError):
                    knock.sendto(encode_parts("/ready", "i", (1,)), ("127.0.0.1", self.port))
                time.sleep(0.05)
            time.sleep(0.1)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
