"""The set that is open in Ableton Live: which clips Segue's suggestions are, and what is done to them.

Conventions
-----------
Live is reached through AbletonOSC, a remote script that listens on UDP 11000, answers on 11001 and looks for messages
every 100 ms; it cannot load a file, so a suggestion must already be a clip somewhere. A *place* is (track, scene),
counted from 0 as AbletonOSC does; texts for people count from 1. Clips may be moved at any time: before anything is
done to one, its file is asked for once more. Colours and names are given back when a suggestion goes. No socket and no
clock here: messages are brought, ``step`` gives those to send.

Source
------
https://github.com/ideoforms/AbletonOSC, its README of 2024 (getters answer with track and clip since 2022-12-17).
"""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass

from .messages import SLOTS, Argument
from .osc.packet import Incoming

Place = tuple[int, int]
Request = tuple[str, str, tuple[Argument, ...]]
"""Address, type tags, arguments."""

PORT, ANSWERS_PORT = 11000, 11001
"""Where AbletonOSC listens, and where it answers, whoever asked: only one program of a machine can talk to it."""
COLOUR = 0xFF8C1A
"""Orange; Live takes the nearest of its own colours."""
PER_STEP = 24
"""Requests a step: AbletonOSC reads all that waits at once, on the thread that also draws Live."""
MOST = 4096
"""Places looked at; a set with more is looked at in part."""
_ASK_S = 2.0
"""Between two knocks while Live does not answer."""
_PATIENCE = 3
"""Knocks without an answer before that is said."""
_SCAN_S = 60.0
"""Between two looks at all places: clips come and go during a set."""
_DEAF = "Live does not answer; choose AbletonOSC as a control surface in Live's settings, Link, Tempo & MIDI"


@dataclass(slots=True)
class Suggestion:
    """What one slot of the list says."""

    id: str = ""
    name: str = ""
    path: str = ""
    taken: bool = False


class LiveSet:
    """Follows both sides; one thread.

    Parameters
    ----------
    root
        ``osc.root`` of the daemon.
    rename
        Whether the clips of suggestions are named after their slot too.
    fire
        Whether a suggestion that the DJ accepts is launched; else it is only selected.
    """

    def __init__(self, root: str = "/segue", rename: bool = False, fire: bool = False) -> None:
        self.says: deque[str] = deque(maxlen=20)
        """Lines for whoever watches; the oldest go first."""
        self.clips: dict[Place, str] = {}
        """The file of each clip that has one."""
        self._slot = re.compile(re.escape(root) + r"/next/n([1-8])/(track|path|locked)")
        self._root, self._rename, self._fire = root, rename, fire
        self._list = {k: Suggestion() for k in range(1, SLOTS + 1)}
        self._open: set[str] | None = None
        self._urgent: deque[Request] = deque(maxlen=MOST)
        self._scan: deque[Request] = deque(maxlen=MOST)
        self._if_still: dict[Place, list[tuple[str, list[Request]]]] = {}
        self._size: list[int | None] = [None, None]
        self._asked_s = float("-inf")
        self._unanswered = 0
        self._answered = False
        self._marked: dict[Place, tuple[str, int]] = {}
        self._before: dict[tuple[Place, str], Argument] = {}
        self._shown = ""

    def hear(self, message: Incoming) -> None:
        """Take one message of the daemon; addresses that do not matter here are passed over."""
        address, args = message
        found = self._slot.fullmatch(address)
        if found is not None:
            self._take(self._list[int(found[1])], found[2], args)
        elif address == f"{self._root}/next/commit":
            self._show()
            self._notice_accepted()

    def answer(self, message: Incoming) -> None:
        """Take one message of AbletonOSC."""
        address, args = message
        self._unanswered = 0
        if address == "/live/startup":
            self._asked_s = float("-inf")
            self._marked.clear()
            self._before.clear()
        elif address in ("/live/song/get/num_tracks", "/live/song/get/num_scenes") and args:
            self._size[address.endswith("scenes")] = int(args[0])
            self._look()
        elif len(args) >= 3 and not isinstance(args[0], str) and not isinstance(args[1], str):
            self._answer_of((int(args[0]), int(args[1])), address.removeprefix("/live/"), args[2])

    def step(self, now_s: float) -> list[Request]:
        """Give what is to be sent to AbletonOSC now; call it every 100 ms."""
        every_s = _SCAN_S if self._answered and not self._unanswered else _ASK_S
        if not self._scan and now_s - self._asked_s >= every_s:
            self._asked_s = now_s
            self._unanswered += 1
            if self._unanswered == _PATIENCE + 1:
                self.says.append(_DEAF)
            self._scan.extend((f"/live/song/get/{what}", "", ()) for what in ("num_tracks", "num_scenes"))
        sent: list[Request] = []
        while len(sent) < PER_STEP and (self._urgent or self._scan):
            sent.append((self._urgent or self._scan).popleft())
        return sent

    def leave(self) -> None:
        """Give all clips back their colours and names; ``step`` a few times more."""
        self._scan.clear()
        self._urgent.clear()
        self._mark({})

    def _take(self, slot: Suggestion, field: str, args: tuple[Argument, ...]) -> None:
        if field == "track" and len(args) >= 4:
            slot.id, slot.name = str(args[1]), " – ".join(str(a) for a in args[2:4] if a)
        elif field == "path" and len(args) >= 3:
            slot.path = str(args[2])
        elif field == "locked" and args:
            slot.taken = bool(args[0])

    def _notice_accepted(self) -> None:
        """Select (and fire) what has been open to choice until now and is taken."""
        for slot in self._list.values():
            place = self._find(slot.path) if slot.taken else None
            if self._open is not None and slot.id in self._open and place is not None:
                wanted: list[Request] = [("/live/view/set/selected_clip", "ii", place)]
                if self._fire:
                    wanted.append(("/live/clip/fire", "ii", place))
                self._when_still(place, self.clips[place], wanted)
                self.says.append(f"{'fires' if self._fire else 'selects'} {slot.name} ({_words(place)})")
        self._open = {slot.id for slot in self._list.values() if slot.id and not slot.taken}

    def _look(self) -> None:
        """Ask for every place of a set, once its size is known."""
        tracks, scenes = self._size
        if tracks is None or scenes is None:
            return
        self._size = [None, None]
        places = [(track, scene) for scene in range(scenes) for track in range(tracks)][:MOST]
        if not self._answered:
            self._answered = True
            self.says.append(f"Live answers: {tracks} tracks, {scenes} scenes")
        self._scan.extend(("/live/clip_slot/get/has_clip", "ii", place) for place in places)
        for gone in self.clips.keys() - set(places):
            del self.clips[gone]

    def _answer_of(self, place: Place, what: str, value: Argument) -> None:
        if what == "clip_slot/get/has_clip":
            if value:
                self._urgent.append(("/live/clip/get/file_path", "ii", place))
            else:
                self.clips.pop(place, None)
                self._if_still.pop(place, None)
        elif what == "clip/get/file_path" and isinstance(value, str):
            new = self.clips.get(place) != value
            self.clips[place] = value
            for path, requests in self._if_still.pop(place, []):
                if _same(path) == _same(value):
                    self._urgent.extend(requests)
            if new:
                self._show()
        elif what in ("clip/get/color", "clip/get/name") and place in self._marked:
            field = what.rpartition("/")[2]
            if (place, field) not in self._before:
                self._before[place, field] = value
                label = f"[{self._marked[place][1]}] {value}"
                self._urgent.append(_set(place, field, COLOUR if field == "color" else label))

    def _show(self) -> None:
        """Mark the clips of the list, and say in Live's status bar what is next."""
        wanted: dict[Place, tuple[str, int]] = {}
        words = []
        for k, slot in self._list.items():
            place = self._find(slot.path) if slot.id else None
            if place is not None:
                wanted.setdefault(place, (self.clips[place], k if self._rename else 0))
            if slot.id:
                words.append(f"{k} {slot.name} ({_words(place) if place else 'not in this set'})")
        self._mark(wanted)
        text = "Segue: " + ("; ".join(words[:3]) or "no suggestions")
        if text != self._shown:
            self._shown = text
            self._urgent.append(("/live/api/show_message", "s", (text,)))
            self.says.append(text.removeprefix("Segue: "))

    def _mark(self, wanted: dict[Place, tuple[str, int]]) -> None:
        for place, (path, k) in list(self._marked.items()):
            if wanted.get(place) != (path, k):
                del self._marked[place]
                fields = [field for field in ("color", "name") if (place, field) in self._before]
                self._when_still(place, path, [_set(place, f, self._before.pop((place, f))) for f in fields])
        asks = ["color", "name"] if self._rename else ["color"]
        for place, mark in wanted.items():
            if place not in self._marked:
                self._marked[place] = mark
                self._when_still(place, mark[0], [(f"/live/clip/get/{what}", "ii", place) for what in asks])

    def _when_still(self, place: Place, path: str, requests: list[Request]) -> None:
        """Send these once Live has said that the clip in this place is still the same."""
        if requests:
            self._if_still.setdefault(place, []).append((path, requests))
            self._urgent.append(("/live/clip/get/file_path", "ii", place))

    def _find(self, path: str) -> Place | None:
        """Give the clip of a file: of that very path, else the only one of that name."""
        if not path:
            return None
        known = {place: _same(clip) for place, clip in sorted(self.clips.items(), key=lambda item: item[0])}
        exact = [place for place, clip in known.items() if clip == _same(path)]
        named = [place for place, clip in known.items() if _last(clip) == _last(_same(path))]
        return exact[0] if exact else named[0] if len(named) == 1 else None


def _set(place: Place, field: str, value: Argument) -> Request:
    return f"/live/clip/set/{field}", "iis" if isinstance(value, str) else "iii", (*place, value)


def _same(path: str) -> str:
    """Give what is equal for two spellings of one path: macOS decomposes letters, Windows has two slashes."""
    return unicodedata.normalize("NFC", path).replace("\\", "/").casefold()


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _words(place: Place) -> str:
    return f"track {place[0] + 1}, scene {place[1] + 1}"
