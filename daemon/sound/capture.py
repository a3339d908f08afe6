"""Sound from an input device: the one owner of PortAudio, and a program of its own.

Conventions
-----------
PortAudio lives in a process of its own (``python -m segue.daemon.sound.capture``), for three reasons: when a JACK
server goes, closing PortAudio's stream waits for ten minutes, and only ending the process ends that; the list of
devices is frozen when PortAudio starts, so that finding a device that came back needs a new start; and the audio
callback never waits for the pipeline's interpreter lock. The callback copies into the ring, counts and returns. The
main loop carries the ring into standard output: one line of JSON (the format, or what is wrong), then records
(`RECORD` and float32 frames). It ends when its standard input closes, or when the device stops delivering.

Times are of the monotonic clock, which is the same in both processes; the times that PortAudio tells are nonsense on
JACK and are not used.
"""

import json
import os
import struct
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NoReturn

import numpy as np

from ..clock import SteadyClock
from ..errors import DeviceError
from .losses import Losses
from .ring import Ring, Samples

RECORD = struct.Struct("<4sIddQI")
"""Mark, frames that follow, first and last arrival of sound so far (s), frames lost so far, flags raised so far."""
MARK = b"SEG1"
DEAD_S = 1.0
"""Without a callback for this long the device counts as gone."""
_POLL_S = 0.005
_BEAT_S = 0.25


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One input, as PortAudio sees it."""

    index: int
    name: str
    api: str
    """The system that offers it: ALSA, JACK, Core Audio, …"""
    channels: int
    rate: int
    """Its own rate, Hz."""
    default: bool

    @property
    def is_jack(self) -> bool:
        """Whether a JACK server offers it, where a source can vanish without a word."""
        return "JACK" in self.api


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for (``[audio]``)."""

    device: str = ""
    channels: tuple[int, ...] = (1, 2)
    sample_rate: int = 0
    block_frames: int = 1024
    ring_s: float = 4.0


def inputs() -> list[InputDevice]:
    """List the inputs that there are now.

    Raises
    ------
    DeviceError
        If PortAudio is missing or does not start.
    """
    sounddevice = _portaudio()
    apis = sounddevice.query_hostapis()
    try:
        default = int(sounddevice.query_devices(kind="input")["index"])
    except (sounddevice.PortAudioError, ValueError):
        default = -1
    return [
        InputDevice(
            number,
            str(device["name"]),
            str(apis[device["hostapi"]]["name"]),
            int(device["max_input_channels"]),
            round(device["default_samplerate"]),
            number == default,
        )
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_input_channels"] > 0
    ]


def choose(devices: Sequence[InputDevice], name: str) -> InputDevice:
    """Pick a device by a part of its name; the system's default for an empty name.

    A whole name goes before a beginning, a beginning before a part; case does not count.

    Raises
    ------
    DeviceError
        If none fits; lists those that there are.
    """
    if not devices:
        raise DeviceError(
            "there is no input device; connect one, or start the JACK server, and look with 'segue devices'"
        )
    if not name:
        return next((device for device in devices if device.default), devices[0])
    wanted = name.casefold()
    names = [f"{device.name}, {device.api}".casefold() for device in devices]
    for fits in (
        lambda n, d: wanted in (n, d.name.casefold()),
        lambda n, d: n.startswith(wanted),
        lambda n, d: wanted in n,
    ):
        for full, device in zip(names, devices, strict=True):
            if fits(full, device):
                return device
    listed = ", ".join(f"'{device.name}'" for device in devices)
    raise DeviceError(f"no input named '{name}'; 'segue devices' lists: {listed}")


def pick_channels(device: InputDevice, wanted: Sequence[int]) -> tuple[int, ...]:
    """Hold the wanted channels (from 1) against the device; a mono device serves for the usual pair.

    Raises
    ------
    DeviceError
        If it has too few.
    """
    if tuple(wanted) == (1, 2) and device.channels == 1:
        return (1,)
    if max(wanted) > device.channels:
        asked = ", ".join(map(str, wanted))
        raise DeviceError(
            f"input '{device.name}' has {device.channels} channels, audio.channels and audio.decks ask for {asked}; "
            "change the config, or name another input"
        )
    return tuple(wanted)


class Recorder:
    """An open stream with its ring; ``step`` carries what has come to a file.

    Parameters
    ----------
    wanted
        The settings.
    out
        Takes the line of JSON and the records.

    Raises
    ------
    DeviceError
        If there is no such device or it refuses what is asked of it.
    """

    def __init__(self, wanted: Wanted, out: BinaryIO) -> None:
        sounddevice = _portaudio()
        device = choose(inputs(), wanted.device)
        channels = pick_channels(device, wanted.channels)
        rate = wanted.sample_rate or device.rate
        self._out = out
        self._rate = rate
        self._ring = Ring(round(wanted.ring_s * rate), len(channels))
        self._losses = Losses(rate)
        self._flags = 0
        self._first_s = 0.0
        self._last_s = 0.0
        self._told_s = 0.0
        self._opened_s = time.monotonic()
        try:
            self._stream = sounddevice.InputStream(
                device=device.index,
                samplerate=rate,
                blocksize=wanted.block_frames,
                channels=max(channels),
                dtype="float32",
                callback=self._callback(channels, wanted.block_frames),
            )
            self._stream.start()
        except sounddevice.PortAudioError as exc:
            raise DeviceError(_refusal(device, rate, exc)) from exc
        found = {**asdict(device), "rate": rate, "channels": len(channels)}
        self._out.write(json.dumps(found).encode() + b"\n")
        self._out.flush()

    def _callback(self, channels: tuple[int, ...], block_frames: int) -> Any:
        ring, losses, now = self._ring, self._losses, time.monotonic
        first, last = channels[0] - 1, channels[-1]
        adjoining = channels == tuple(range(first + 1, last + 1))
        indexes = np.array(channels) - 1
        gathered = np.zeros((max(block_frames, 65_536), len(channels)), dtype=np.float32)

        def callback(block: Samples, frames: int, _: object, status: Any) -> None:
            arrived_s = now()
            if status:
                self._flags += 1
            if adjoining:
                ring.write(block[:, first:last])
            else:
                ring.write(np.take(block, indexes, axis=1, out=gathered[:frames], mode="clip"))
            losses.arrived(arrived_s, frames)
            if not self._first_s:
                self._first_s = arrived_s - frames / self._rate
            self._last_s = arrived_s

        return callback

    def step(self, now_s: float) -> bool:
        """Write what has come; tell whether the device still delivers."""
        self._losses.check(now_s)
        while ready := min(self._ring.available, self._rate // 10):
            self._write(self._ring.read(ready))
            self._told_s = now_s
        if now_s - self._told_s >= _BEAT_S:
            self._write(None)
            self._told_s = now_s
        return bool(self._stream.active) and now_s - max(self._last_s, self._opened_s) < DEAD_S

    def close(self) -> None:
        """Stop the stream and let the device go."""
        self._stream.abort()
        self._stream.close()

    def _write(self, samples: Samples | None) -> None:
        frames = 0 if samples is None else len(samples)
        lost = self._ring.lost + self._losses.frames
        self._out.write(RECORD.pack(MARK, frames, self._first_s, self._last_s, lost, self._flags))
        if samples is not None:
            self._out.write(samples.tobytes())
        self._out.flush()


def _portaudio() -> Any:
    """Import sounddevice, which starts PortAudio."""
    try:
        import sounddevice
    except OSError as exc:
        raise DeviceError(
            "PortAudio is missing; install it: 'sudo apt-get install libportaudio2' on Debian and Ubuntu"
        ) from exc
    except Exception as exc:  # PortAudio that does not start raises its own error, which cannot be named here
        raise DeviceError(f"PortAudio does not start: {exc}") from exc
    return sounddevice


def _refusal(device: InputDevice, rate: int, exc: Exception) -> str:
    reason = str(exc).rstrip(".")
    if rate != device.rate and ("-9997" in reason or "sample rate" in reason.lower()):
        return f"input '{device.name}' refuses {rate} Hz, its own rate is {device.rate}; set audio.sample_rate = 0"
    return f"input '{device.name}' cannot be opened: {reason}"


def main(arguments: Sequence[str]) -> NoReturn:
    """Capture until standard input closes or the device stops; the first argument is a `Wanted` as JSON."""
    out = sys.stdout.buffer
    clock = SteadyClock()
    stop = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        stop.set()
        time.sleep(0.4)  # a stream of a server that has gone never closes
        os._exit(0)

    threading.Thread(target=watch, name="watch", daemon=True).start()
    try:
        settings = json.loads(arguments[0])
        recorder = Recorder(Wanted(**{**settings, "channels": tuple(settings["channels"])}), out)
    except DeviceError as exc:
        out.write(json.dumps({"error": str(exc)}).encode() + b"\n")
        out.flush()
        os._exit(1)
    try:
        while not clock.wait(stop, _POLL_S):
            if not recorder.step(clock.now()):
                os._exit(3)
        recorder.close()
    except BrokenPipeError:
        pass
    os._exit(0)  # at once: PortAudio is closed, and nothing else needs to be


if __name__ == "__main__":
    main(sys.argv[1:])
