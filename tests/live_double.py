"""A double of Ableton Live with AbletonOSC, as far as Segue speaks with it.

Written from AbletonOSC's README and sources on GitHub as of 2024 (master; Live 11 and 12): it listens on one port,
answers on another to the host that asked, reads what waits every 100 ms, answers getters with track and clip first,
casts both to int, and leaves off reading for this time when a handler raises (an empty slot has no clip).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder


@dataclass
class Clip:
    file_path: str | None
    name: str
    color: int = 0x336699
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
            setattr(clip, rest[0], params[2])
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
