"""One run of the capture program: a device, as long as it lasts, read into a ring.

Conventions
-----------
A line starts at once and opens in its own time: ``device`` is None until it has, ``ended`` says why there will be no
more. Its thread is the ring's only writer; whoever holds the line is the only reader.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import IO, Protocol

import numpy as np

from ..clock import Clock
from .capture import MARK, RECORD, InputDevice, Wanted
from .ring import Ring


class Line(Protocol):
    """One connection to a device: what an intake asks of it."""

    device: InputDevice | None
    """Known once it is open."""
    ring: Ring
    first_s: float
    """Clock at the first frame; 0 while there is none."""
    last_s: float
    """Clock at the last frame."""
    spoke_s: float
    """Clock at the last sign of life."""
    heard_s: float
    """Clock at the last frame that was not digital silence."""
    lost: int
    """Frames lost on the way into the ring."""
    flags: int
    """Times that the sound system said it had lost something."""
    ended: str | None
    """Why there will be no more, or None."""

    def close(self) -> None:
        """Let the device go."""


class CaptureLine:
    """A line over the capture program.

    Parameters
    ----------
    wanted
        What the settings ask for.
    clock
        For the signs of life.
    """

    def __init__(self, wanted: Wanted, clock: Clock) -> None:
        self.device: InputDevice | None = None
        self.ring = Ring(1, 1)
        self.first_s = 0.0
        self.last_s = 0.0
        self.spoke_s = self.heard_s = clock.now()
        self.lost = 0
        self.flags = 0
        self.ended: str | None = None
        self._ring_s = wanted.ring_s
        self._clock = clock
        loud = bool(os.environ.get("SEGUE_DEBUG"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.capture", json.dumps(asdict(wanted))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if loud else subprocess.DEVNULL,  # PortAudio's and JACK's chatter
            start_new_session=True,  # Ctrl-C is for us; we end it
        )
        self._reader = threading.Thread(target=self._read, name="capture", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Ask the program to stop, and end it if it does not."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if self.ended is not None and self.device is None:
            self._process.wait()
            return
        try:
            self._process.wait(0.6)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            with self._process.stdout as pipe:
                self.ended = self._carry(pipe)
        except (OSError, ValueError) as exc:
            self.ended = f"the capture program cannot be read: {exc}"

    def _carry(self, pipe: IO[bytes]) -> str:
        head = pipe.readline()
        try:
            told = json.loads(head)
        except ValueError:
            return "the capture program failed to start; SEGUE_DEBUG=1 shows why"
        if "error" in told:
            return str(told["error"])
        device = InputDevice(**told)
        self.ring = Ring(max(device.rate // 2, round(self._ring_s * device.rate)), device.channels)
        self.spoke_s = self.heard_s = self._clock.now()
        self.device = device
        gone = f"input '{device.name}' has gone"
        while len(head := pipe.read(RECORD.size)) == RECORD.size:
            mark, frames, self.first_s, last_s, self.lost, self.flags = RECORD.unpack(head)
            size = 4 * frames * device.channels
            body = pipe.read(size)
            if mark != MARK or len(body) < size:
                return gone
            now_s = self._clock.now()
            if frames:
                samples = np.frombuffer(body, dtype=np.float32).reshape(frames, device.channels)
                self.ring.write(samples)
                self.last_s = last_s
                if samples.any():
                    self.heard_s = now_s
            self.spoke_s = now_s
        return gone
