"""A double of Ableton Live with AbletonOSC, as far as Segue speaks with it.

Written from AbletonOSC's README and sources on GitHub as of 2024 (master; Live 11 and 12): it listens on one port,
answers on another to the host that asked, reads what waits every 100 ms, answers getters with track and clip first,
casts both to int, takes the nearest of Live's colours, and leaves off reading for this time when a handler raises (an
empty slot has no clip).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from frames import a_list, frame, suggestion
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from segue.daemon.config import Config
from segue.daemon.osc.packet import Incoming
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.liveset import LiveSet

GREY = 0x336699
ORANGE = 0xFFA529
"""What Live makes of Segue's colour: the nearest in its palette."""


@dataclass
class Clip:
    file_path: str | None
    name: str
    color: int = GREY
    """No file: a MIDI clip, of which Live says nil."""


class LiveDouble:
    def __init__(self, tracks: int, scenes: int, clips: dict[tuple[int, int], Clip]) -> None:
        self.tracks, self.scenes, self.clips = tracks, scenes, clips
        self.messages: list[str] = []
        self.fired: list[tuple[int, int]] = []
        self.selected: tuple[int, int] | None = None
        self.errors: list[str] = []
        self.asked = 0

    def handle(self, address: str, params: tuple[Any, ...]) -> tuple[Any, ...] | None:
        self.asked += 1
        group, verb, *rest = address.removeprefix("/live/").split("/")
        if address == "/live/song/get/num_tracks":
            return (self.tracks,)
        if address == "/live/song/get/num_scenes":
            return (self.scenes,)
        if address == "/live/api/show_message":
            self.messages.append(params[0])
            return None
        place = int(params[0]), int(params[1])
        if not (0 <= place[0] < self.tracks and 0 <= place[1] < self.scenes):
            raise IndexError("list index out of range")
        if address == "/live/view/set/selected_clip":
            self.selected = place
            return None
        if address == "/live/clip_slot/get/has_clip":
            return (*place, place in self.clips)
        clip = self.clips.get(place)
        if group != "clip" or clip is None:
            raise AttributeError("'NoneType' object has no attribute 'file_path'")
        if verb == "fire":
            self.fired.append(place)
            return None
        if verb == "get" and rest[0] in ("file_path", "name", "color"):
            return (*place, getattr(clip, rest[0]))
        if verb == "set" and rest[0] in ("name", "color"):
            setattr(clip, rest[0], ORANGE if params[2] == 0xFF8C1A else params[2])
            return None
        raise KeyError(address)


class Server:
    """The double behind its two ports; ``tick`` is Live's tenth of a second."""

    def __init__(self, live: LiveDouble, port: int, answers_port: int) -> None:
        self.live, self._answers_port = live, answers_port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.setblocking(False)

    def tick(self) -> None:
        try:
            while True:
                data, (host, _) = self._socket.recvfrom(65536)
                message = OscMessage(data)
                answer = self.live.handle(message.address, tuple(message.params))
                if answer is not None:
                    builder = OscMessageBuilder(message.address)
                    for value in answer:
                        builder.add_arg(value)
                    self._socket.sendto(builder.build().dgram, (host, self._answers_port))
        except BlockingIOError:
            pass
        except Exception as exc:
            self.live.errors.append(str(exc))

    def close(self) -> None:
        self._socket.close()


class Booth:
    """A daemon's list, the adapter and Live, joined without sockets."""

    def __init__(self, clips: dict[tuple[int, int], Clip], rename: bool = False, fire: bool = False) -> None:
        self.live = LiveDouble(4, 8, clips)
        self.set = LiveSet(rename=rename, fire=fire)
        self._publisher, self._tick, self._now_s = Publisher(Config()), 0, 0.0

    def suggest(
        self, rev: int, *names: str, locked: tuple[str, ...] = (), lost: tuple[str, ...] = (), seconds: float = 3.0
    ) -> None:
        self.rev = rev
        slots = [suggestion(name, locked=name in locked) for name in names]
        for message in self._publisher.step(frame(self._tick, next=a_list(rev, *slots))):
            if message.address not in lost:
                self.set.hear(Incoming(message.address, message.args))
        self._tick += 1
        self.run(seconds)

    def run(self, seconds: float = 3.0) -> None:
        for _ in range(round(seconds * 10)):
            self._now_s += 0.1
            for address, _, args in self.set.step(self._now_s):
                answer = self.live.handle(address, args)
                if answer is not None and None not in answer:
                    self.set.answer(Incoming(address, tuple(int(v) if isinstance(v, bool) else v for v in answer)))

    def colours(self) -> dict[tuple[int, int], int]:
        return {place: clip.color for place, clip in self.live.clips.items()}


def clips() -> dict[tuple[int, int], Clip]:
    return {
        (0, 0): Clip("/music/a.flac", "A"),
        (1, 5): Clip("/music/b.flac", "B"),
        (2, 2): Clip(None, "drums, MIDI"),
        (3, 7): Clip("/elsewhere/c.flac", "C"),
    }
