"""Programs that stand by while a set runs, each a process of its own so that it takes no time from the daemon.

``python tests/bystanders.py ear PORT`` notes when each tick's stream time arrives; ``query PORT`` listens to every
address by OSCQuery; ``page PORT`` has the stage page open in Chromium; ``monitor PORT`` has ``segue monitor`` on a
terminal. All end with their standard input and print what they saw, as JSON.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from pythonosc.osc_packet import OscPacket

from segue.daemon.osc.tree import Tree


class Bystander:
    """One of them, running; a context manager. ``seen`` has what it saw, once it has ended."""

    def __init__(self, role: str, port: int) -> None:
        self.seen: dict[str, Any] = {}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), role, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def __enter__(self) -> "Bystander":
        return self

    def rest(self, resting: bool) -> None:
        """Stop it, and all that it has started, where it is; or have it go on."""
        first = psutil.Process(self._process.pid)
        for each in (first, *first.children(recursive=True)):
            each.suspend() if resting else each.resume()

    def __exit__(self, *_: object) -> None:
        self.rest(False)
        told, _ = self._process.communicate(timeout=60)
        self.seen = json.loads(told)


def _ear(port: int) -> dict[str, Any]:
    ended, arrived = threading.Event(), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        ear.bind(("127.0.0.1", port))
        ear.settimeout(0.1)
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
        print("ready", flush=True)
        while not ended.is_set():
            try:
                data = ear.recv(4096)
            except TimeoutError:
                continue
            arrived.append((time.monotonic(), data))
    at_s: dict[int, float] = {}
    for when_s, data in arrived:
        for timed in OscPacket(data).messages:
            if timed.message.address.endswith("/live/t_ms"):
                at_s[timed.message.params[0]] = when_s
    return {"packets": len(arrived), "t_ms": list(at_s), "at_s": list(at_s.values())}


def _query(port: int) -> dict[str, Any]:
    import aiohttp

    async def listen() -> int:
        frames = 0
        async with aiohttp.ClientSession() as client, client.ws_connect(f"http://127.0.0.1:{port}/") as heard:
            for address in sorted(Tree().readable):
                await heard.send_json({"COMMAND": "LISTEN", "DATA": address})
            print("ready", flush=True)
            end = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
            while not end.done():
                try:
                    await heard.receive_bytes(timeout=0.2)
                except TimeoutError:
                    continue
                frames += 1
        return frames

    return {"frames": asyncio.run(listen())}


def _page(port: int) -> dict[str, Any]:
    from visitor import chromium

    frames, ended = [0], threading.Event()

    def count(_: object) -> None:
        frames[0] += 1

    with chromium() as browser:
        page = browser.new_page()
        page.on("websocket", lambda opened: opened.on("framereceived", count))
        page.goto(f"http://127.0.0.1:{port}")
        print("ready", flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
        while not ended.is_set():
            page.wait_for_timeout(200)
    return {"frames": frames[0]}


def _monitor(port: int) -> dict[str, Any]:
    outside, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    command = [sys.executable, "-m", "segue.daemon", "monitor", "--port", str(port)]
    running = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    threading.Thread(target=lambda: (sys.stdin.read(), running.terminate()), daemon=True).start()
    print("ready", flush=True)
    written = 0
    with contextlib.suppress(OSError):  # nobody writes to the terminal any more
        while data := os.read(outside, 1 << 16):
            written += len(data)
    return {"characters": written, "ended": running.wait()}


ROLES = {"ear": _ear, "query": _query, "page": _page, "monitor": _monitor}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(ROLES[sys.argv[1]](int(sys.argv[2]))))
