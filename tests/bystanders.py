"""Programs that stand by while a set runs, each a process of its own so that it takes no time from the daemon.

``python tests/bystanders.py ear PORT`` notes when each tick's stream time arrives; ``python tests/bystanders.py query
PORT`` listens to every address by OSCQuery. Both end with their standard input and print what they saw, as JSON.
"""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

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

    def __exit__(self, *_: object) -> None:
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


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"ear": _ear, "query": _query}[sys.argv[1]](int(sys.argv[2]))))
