"""The set that is open in Ableton Live: which clips Segue's suggestions are, and what is done to them.

Conventions
-----------
Live is reached through AbletonOSC, a remote script that listens on UDP 11000, answers on 11001 and looks for messages
every 100 ms; it cannot load a file, so a suggestion must already be a clip somewhere. A *place* is (track, scene),
counted from 0 as AbletonOSC does; texts for people count from 1. Clips may be moved at any time: before anything is
done to one, its file is asked for once more. A slot of the list counts only whole: its track, path and lock must all
have come between the begin and the commit of one rev, since packets get lost and what is fired cannot be taken back.
No socket and no clock here: messages are brought, ``step`` gives those to send.

Source
------
https://github.com/ideoforms/AbletonOSC, its README of 2024 (getters answer with track and clip since 2022-12-17).
"""

import itertools
import re
import unicodedata
from collections import deque
from dataclasses import dataclass

from ..messages import SLOTS, Argument
from ..osc.packet import Incoming
from .marks import Marks, Place, Request

PORT, ANSWERS_PORT = 11000, 11001
"""Where AbletonOSC listens, and where it answers, whoever asked: only one program of a machine can talk to it."""
PER_STEP = 24
"""Requests a step: AbletonOSC reads all that waits at once, on the thread that also draws Live."""
MOST = 4096
"""Places looked at; a set with more is looked at in part."""
_WAITING = 8
"""Things to do that wait for the file of one clip; the oldest go first."""
_ASK_S = 2.0
"""Between two knocks while Live does not answer."""
_PATIENCE = 3
"""Knocks without an answer before that is said."""
_SCAN_S = 60.0
"""Between two looks at all places: clips come and go during a set."""
_DEAF = "Live does not answer; choose AbletonOSC as a control surface in Live's settings, Link, Tempo & MIDI"


@dataclass(frozen=True, slots=True)
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
        self._coming: dict[int, dict[str, tuple[Argument, ...]]] = {}
        self._begun: Argument | None = None
        self._open: set[str] | None = None
        self._urgent: deque[Request] = deque(maxlen=MOST)
        self._scan: deque[Request] = deque(maxlen=MOST)
        self._if_still: dict[Place, deque[tuple[str, list[Request]]]] = {}
        self._places: set[Place] = set()
        self._size: list[int | None] = [None, None]
        self._asked_s = float("-inf")
        self._unanswered = 0
        self._answered = False
        self._marks = Marks(rename)
        self._shown = ""

    def hear(self, message: Incoming) -> None:
        """Take one message of the daemon; addresses that do not matter here are passed over."""
        address, args = message
        found = self._slot.fullmatch(address)
        if found is not None:
            self._coming.setdefault(int(found[1]), {})[found[2]] = args
        elif address == f"{self._root}/next/begin" and args:
            self._begun, self._coming = args[0], {}
        elif address == f"{self._root}/next/commit" and args:
            if args[0] == self._begun:
                self._take(args[0])
                self._show()
                self._notice_accepted()
            self._begun, self._coming = None, {}

    def answer(self, message: Incoming) -> None:
        """Take one message of AbletonOSC."""
        address, args = message
        self._unanswered = 0
        if address == "/live/startup":
            self._asked_s = float("-inf")
            self._marks.clear()
            self._if_still.clear()
        elif address in ("/live/song/get/num_tracks", "/live/song/get/num_scenes") and args:
            if isinstance(args[0], int):
                self._size[address.endswith("scenes")] = args[0]
                self._look()
        elif len(args) >= 3 and isinstance(args[0], int) and isinstance(args[1], int):
            place = args[0], args[1]
            if place in self._places:
                self._answer_of(place, address.removeprefix("/live/"), args[2])

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
        self._list = {k: Suggestion() for k in range(1, SLOTS + 1)}
        self._show()

    def _take(self, rev: Argument) -> None:
        """Take over the slots that have come whole since the begin of this rev."""
        for k, came in self._coming.items():
            track, path, locked = (came.get(field, ()) for field in ("track", "path", "locked"))
            if len(track) >= 4 and len(path) >= 3 and locked and track[:2] == path[:2] and track[0] == rev:
                name = " – ".join(str(each) for each in track[2:4] if each)
                self._list[k] = Suggestion(str(track[1]), name, str(path[2]), bool(locked[0]))

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
        every = ((track, scene) for scene in range(scenes) for track in range(tracks))
        places = list(itertools.islice(every, MOST))
        if not self._answered:
            self._answered = True
            self.says.append(f"Live answers: {tracks} tracks, {scenes} scenes")
        self._scan.extend(("/live/clip_slot/get/has_clip", "ii", place) for place in places)
        self._places = set(places)
        for gone in self.clips.keys() - self._places:
            del self.clips[gone]

    def _answer_of(self, place: Place, what: str, value: Argument) -> None:
        if what == "clip_slot/get/has_clip":
            if value:
                self._urgent.append(("/live/clip/get/file_path", "ii", place))
            else:
                self.clips.pop(place, None)
                self._if_still.pop(place, None)
                self._marks.forget(place)
        elif what == "clip/get/file_path" and isinstance(value, str):
            new = self.clips.get(place) != value
            self.clips[place] = value
            self._marks.forget(place, value)
            for path, requests in self._if_still.pop(place, ()):
                if _same(path) == _same(value):
                    self._urgent.extend(requests)
            if new:
                self._show()
        elif what in ("clip/get/color", "clip/get/name"):
            self._urgent.extend(self._marks.read(place, what.rpartition("/")[2], value))

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
        for ask in self._marks.want(wanted):
            self._when_still(*ask)
        text = "Segue: " + ("; ".join(words[:3]) or "no suggestions")
        if text != self._shown:
            self._shown = text
            self._urgent.append(("/live/api/show_message", "s", (text,)))
            self.says.append(text.removeprefix("Segue: "))

    def _when_still(self, place: Place, path: str, requests: list[Request]) -> None:
        """Send these once Live has said that the clip in this place is still the same."""
        self._if_still.setdefault(place, deque(maxlen=_WAITING)).append((path, requests))
        self._urgent.append(("/live/clip/get/file_path", "ii", place))

    def _find(self, path: str) -> Place | None:
        """Give the clip of a file: of that very path, else the only one of that name."""
        if not path:
            return None
        known = {place: _same(clip) for place, clip in sorted(self.clips.items(), key=lambda item: item[0])}
        exact = [place for place, clip in known.items() if clip == _same(path)]
        named = [place for place, clip in known.items() if _last(clip) == _last(_same(path))]
        return exact[0] if exact else named[0] if len(named) == 1 else None


def _same(path: str) -> str:
    """Give what is equal for two spellings of one path: macOS decomposes letters, Windows has two slashes."""
    return unicodedata.normalize("NFC", path).replace("\\", "/").casefold()


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _words(place: Place) -> str:
    return f"track {place[0] + 1}, scene {place[1] + 1}"
