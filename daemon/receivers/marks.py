"""The marks on clips in Ableton Live: a colour and a name that are put on, and given back unless the DJ changed them.

Conventions
-----------
A clip is a place and the path of its file. Every field is read before anything is done to it: the first reading is what
the clip is given back, the one after our own setting tells what Live made of it (Live has its own colours), and a later
one that differs is the DJ's, who keeps it. A name that still has a slot before it comes from a run that was cut off; of
a colour that cannot be told. No clock and no socket: every call gives the requests to send, in their order.
"""

import re
from dataclasses import dataclass, field

from ..messages import Argument

Place = tuple[int, int]
Request = tuple[str, str, tuple[Argument, ...]]
"""Address, type tags, arguments."""

COLOUR = 0xFF8C1A
"""Orange; Live takes the nearest of its own colours."""
_SLOT = re.compile(r"^(\[[1-8]\] )+")


@dataclass(slots=True)
class _Mark:
    path: str
    slot: int | None
    """What is to be shown; None: give the clip back."""
    before: dict[str, Argument] = field(default_factory=dict)
    ours: dict[str, Argument | None] = field(default_factory=dict)
    """Per field what Live shows since we set it; None until it has said so."""


class Marks:
    """All marks of one set; ``rename``: whether a clip is named after its slot too."""

    def __init__(self, rename: bool = False) -> None:
        self._fields = ("color", "name") if rename else ("color",)
        self._marks: dict[Place, _Mark] = {}

    def want(self, clips: dict[Place, tuple[str, int]]) -> list[tuple[Place, str, list[Request]]]:
        """Take what is to be marked, as path and slot of each place, in the stead of what was wanted before.

        Returns
        -------
        list of tuple
            Place, path, and the requests to send once it is sure that this file still lies in this place.
        """
        asks = []
        for place, (path, slot) in clips.items():
            mark = self._marks.get(place)
            if mark is None or mark.path != path:
                mark = self._marks[place] = _Mark(path, None)
            if mark.slot != slot:
                mark.slot = slot
                asks.append((place, path, [_get(place, each) for each in self._fields]))
        for place, mark in self._marks.items():
            if place not in clips and mark.slot is not None:
                mark.slot = None
                asks.append((place, mark.path, [_get(place, each) for each in self._fields]))
        return asks

    def read(self, place: Place, what: str, value: Argument) -> list[Request]:
        """Take what Live says of a clip's ``color`` or ``name``."""
        mark = self._marks.get(place)
        if mark is None or what not in self._fields:
            return []
        if what not in mark.before:
            if mark.slot is None:
                return []  # nothing was done to it
            mark.before[what] = _SLOT.sub("", value) if isinstance(value, str) else value
            return self._put(place, mark, what)
        if mark.ours[what] is None:
            mark.ours[what] = value
        if mark.slot is None:
            before, ours = mark.before.pop(what), mark.ours.pop(what)
            if not mark.before:
                del self._marks[place]
            return [_set(place, what, before)] if value == ours else []
        if what == "name" and value == mark.ours[what] != _label(mark):
            return self._put(place, mark, what)
        return []

    def forget(self, place: Place, path: str = "") -> None:
        """Take note that another file than ``path``, or none, lies in this place."""
        if place in self._marks and self._marks[place].path != path:
            del self._marks[place]

    def clear(self) -> None:
        """Forget all marks, since the set is another one."""
        self._marks.clear()

    def _put(self, place: Place, mark: _Mark, what: str) -> list[Request]:
        mark.ours[what] = None
        return [_set(place, what, COLOUR if what == "color" else _label(mark)), _get(place, what)]


def _label(mark: _Mark) -> str:
    return f"[{mark.slot}] {mark.before['name']}"


def _get(place: Place, what: str) -> Request:
    return f"/live/clip/get/{what}", "ii", place


def _set(place: Place, what: str, value: Argument) -> Request:
    return f"/live/clip/set/{what}", "iis" if isinstance(value, str) else "iii", (*place, value)
