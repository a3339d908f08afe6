"""What a receiver knows: the messages of a set, gathered into what stands at any moment.

Conventions
-----------
Only what goes over the wire is used, so what is shown of it is what any receiver could show. ``Moment`` is taken once
per hop of 250 ms, a tick after its end, when all that it led to was sent, and keeps what a picture and a table at the
end need.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..clock import SAMPLE_RATE, TICK
from ..messages import Message

MOMENT_S = 0.25
_LOGS = 16


@dataclass(slots=True)
class Slot:
    """One suggestion; an empty place has score 0."""

    score: float = 0.0
    id: str = ""
    title: str = ""
    artist: str = ""
    key: str = ""
    reasons: str = ""
    cue_in_s: float = -1.0
    mix_out_beats: float = -1.0
    tempo_ratio: float = -1.0
    locked: float = 0.0


@dataclass(slots=True)
class Playing:
    """The track that is named, if one is."""

    valid: bool = False
    id: str = ""
    title: str = ""
    artist: str = ""
    key: str = ""
    conf: float = 0.0
    pos_s: float = -1.0
    pos_t: float = 0.0
    """When ``pos_s`` was sent."""
    len_s: float = -1.0
    tempo_ratio: float = -1.0
    mix_out_s: float = -1.0
    mix_out_beats: float = -1.0

    def position_s(self, t: float) -> float:
        """Playhead at a moment soon after it was sent; -1 unknown."""
        if not self.valid or self.pos_s < 0:
            return -1.0
        return self.pos_s + (t - self.pos_t) * (self.tempo_ratio if self.tempo_ratio > 0 else 1.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What stood at ``t``."""

    t: float
    id: str
    """Track named, empty for none."""
    conf: float
    pos_s: float
    """Playhead at ``t``: the one last sent, carried on at its speed; -1 unknown."""
    tempo_ratio: float
    second: str
    """The other track of a blend, empty for none."""
    suggested: tuple[tuple[str, float], ...]
    """Id and score, best first."""
    bpm: float
    bpm_conf: float
    loudness: float
    """Momentary, LUFS."""


@dataclass(slots=True)
class Heard:
    """A sink that gathers messages; read its fields at any time."""

    root: str
    t: float = 0.0
    now: Playing = field(default_factory=Playing)
    now2: Playing = field(default_factory=Playing)
    slots: dict[str, Slot] = field(default_factory=dict)
    live: dict[str, float] = field(default_factory=dict)
    status: dict[str, float] = field(default_factory=dict)
    info: tuple[str, ...] = ()
    """Version, input, artifact and library in words."""
    logs: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_LOGS))
    """The last log lines: level and text."""
    rev: int = -1
    """Of the suggestions that stand."""
    moments: list[Moment] = field(default_factory=list)
    count: int = 0
    """Messages taken."""
    _coming: dict[str, dict[str, object]] = field(default_factory=dict)

    def send(self, messages: Iterable[Message]) -> None:
        """Take messages in sending order."""
        for message in messages:
            while message.t > self._due_s + 1e-6:
                self._keep()
            self.count += 1
            self.t = message.t
            self.take(message.address.removeprefix(self.root), message.args)

    @property
    def suggested(self) -> list[Slot]:
        """Suggestions that stand, best place first."""
        return [slot for _, slot in sorted(self.slots.items()) if slot.score > 0]

    def take(self, address: str, args: tuple[int | float | str, ...]) -> None:
        """Take one message, by its address below the root, that holds at ``t``; no moment is kept."""
        match address.lstrip("/").split("/"):
            case ["live", name]:
                self.live[name] = float(args[0])
            case ["status", "info"]:
                self.info = tuple(map(str, args))
            case ["status", "log"]:
                self.logs.append((int(args[0]), str(args[1])))
            case ["status", ("state" | "xruns" | "level" | "load") as name]:
                self.status[name] = float(args[0])
            case [("now" | "now2") as deck, name]:
                self._take_deck(self.now if deck == "now" else self.now2, name, args)
            case ["next", "begin"]:
                self._coming = {}
            case ["next", "commit"]:
                self._commit(int(args[0]))
            case ["next", place, name]:
                self._take_slot(place, name, args)

    def _take_deck(self, deck: Playing, name: str, args: tuple[int | float | str, ...]) -> None:
        if name == "track":
            _, deck.id, deck.artist, deck.title, deck.key = (str(arg) for arg in args)
            deck.valid = True
        elif name == "none":
            deck.valid = False
        elif name == "valid":
            deck.valid = bool(args[0])
        elif name in ("conf", "pos_s", "len_s", "tempo_ratio", "mix_out_s", "mix_out_beats"):
            setattr(deck, name, float(args[0]))
        if name == "pos_s":
            deck.pos_t = self.t

    def _take_slot(self, place: str, name: str, args: tuple[int | float | str, ...]) -> None:
        coming = self._coming.setdefault(place, {})
        if name == "track":
            _, coming["id"], coming["artist"], coming["title"], coming["key"], coming["reasons"] = args
        elif name == "mix_out_beats" and place in self.slots:  # a countdown comes by itself, without a commit
            coming[name] = self.slots[place].mix_out_beats = float(args[0])
        elif name in ("score", "cue_in_s", "mix_out_beats", "tempo_ratio", "locked"):
            coming[name] = float(args[0])

    def _commit(self, rev: int) -> None:
        for place, changed in self._coming.items():
            slot = self.slots.setdefault(place, Slot())
            for name, value in changed.items():
                setattr(slot, name, value)
        self._coming = {}
        self.rev = rev

    @property
    def _due_s(self) -> float:
        """When the next moment is: a tick after a hop, once all that the hop led to was sent."""
        return (len(self.moments) + 1) * MOMENT_S + TICK / SAMPLE_RATE

    def _keep(self) -> None:
        now, t = self.now, self._due_s
        self.moments.append(
            Moment(
                t=t,
                id=now.id if now.valid else "",
                conf=now.conf if now.valid else 0.0,
                pos_s=now.position_s(t),
                tempo_ratio=now.tempo_ratio,
                second=self.now2.id if self.now2.valid else "",
                suggested=tuple((slot.id, slot.score) for slot in self.suggested),
                bpm=self.live.get("bpm", 0.0),
                bpm_conf=self.live.get("bpm_conf", 0.0),
                loudness=self.live.get("lufs_m", -70.0),
            )
        )


def runs(moments: Sequence[Moment], value: Callable[[Moment], str]) -> list[tuple[int, int, str]]:
    """Stretches of moments with the same value: first, one past the last, value."""
    found: list[tuple[int, int, str]] = []
    for number, moment in enumerate(moments):
        now = value(moment)
        if found and found[-1][2] == now:
            found[-1] = (found[-1][0], number + 1, now)
        else:
            found.append((number, number + 1, now))
    return found
