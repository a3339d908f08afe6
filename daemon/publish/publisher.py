"""What the pipeline knows at a tick, turned into messages: who hears what, and how often.

Conventions
-----------
``Publisher.step`` is called once per tick (50 ms of stream), and every cadence is counted in ticks, so two replays of
the same sound give the same messages. Values hold at the frame's own ``t``. A list of suggestions is sent between
``/next/begin`` and ``/next/commit``: the slots that changed, each with all its fields; an emptied slot has score 0.
In a pause status goes on, everything else is sent as it stood, at the same pace, and there are no events.
"""

from collections import deque
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from ..messages import DECKS, PROTOCOL, Builder, Message
from .decks import Board, Deck, OwnDeck

if TYPE_CHECKING:
    from ..advice.suggestions import SuggestionList
    from ..config import Config
    from ..hearing.now import NowPlaying
    from ..rhythm.rhythm import LiveBeat
    from ..rhythm.tonality_live import KeyEstimate
    from ..signal.features import Level


class State(IntEnum):
    """What the daemon is doing, as ``/status/state`` says it."""

    STARTING = 0
    LISTENING = 1
    NO_SIGNAL = 2
    PAUSED = 3
    LOADING = 4
    ERROR = 5


@dataclass(frozen=True, slots=True)
class Health:
    """How the machine keeps up; a replay passes zeros."""

    xruns: int = 0
    """Losses of input so far, counted."""
    late: int = 0
    """Hops that were not ready in time so far."""
    load: float = 0.0
    """Compute time / hop, lately."""


class Beat(NamedTuple):
    """A beat that fell into the frame's tick."""

    number: int
    """Running count of beats."""
    beat_in_bar: int
    """1-4; 0 unknown."""
    bpm: float
    downbeat: bool = False
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything that is known at the end of one tick."""

    t: float
    """Stream time in seconds."""
    state: int
    """A ``State``."""
    level: "Level"
    beat: "LiveBeat"
    """Phases at ``t``."""
    key: "KeyEstimate"
    now: "NowPlaying | None" = None
    """Its position is carried to ``t``."""
    now2: "NowPlaying | None" = None
    """The second track while two are audible, carried to ``t``."""
    decks: "tuple[NowPlaying | None, ...]" = ()
    """What is on each deck that is heard by itself, carried to ``t``."""
    next: "SuggestionList | None" = None
    beats: tuple[Beat, ...] = ()
    transition: bool = False
    """True in the one tick in which a change of track was noticed."""
    health: Health = Health()


_ALIVE, _KEY, _REFRESH = 20, 10, 200
"""Ticks between two messages of a kind: 1 s, 0.5 s, 10 s. Live numbers go with every tick."""
_LOGS = 64
"""Log lines that wait for the next tick; the oldest go first."""


class Publisher:
    """Turns one frame per tick into the messages of that tick, all planes.

    Parameters
    ----------
    config
        Gives the root of all addresses.
    version, source, artifact, library
        What ``/status/info`` says: the program's version, the input, the model and the library in a few words.
    """

    def __init__(
        self, config: "Config", *, version: str = "", source: str = "", artifact: str = "", library: str = ""
    ) -> None:
        self._builder = Builder(config.osc.root)
        self._info = [version, source, artifact, library]
        self._info_due = True
        self._logs: deque[tuple[int, str]] = deque(maxlen=_LOGS)
        self._tick = 0
        self._shown: Frame | None = None
        self._transitions = 0
        number = self._builder.number
        self._status = [number(f"/status/{name}") for name in ("state", "xruns", "level", "load")]
        self._live = [
            number(f"/live/{name}")
            for name in (
                *("bpm", "bpm_conf", "phase", "bar_phase", "beat", "beat_in_bar"),
                *("lufs_m", "lufs_s", "energy", "low", "mid", "high", "silence", "t_ms"),
            )
        ]
        self._key = [number(f"/live/{name}") for name in ("key", "mode", "camelot", "key_conf")]
        self._now = Deck(self._builder, "/now", always=True)
        self._now2 = Deck(self._builder, "/now2", always=False)
        self._decks = [OwnDeck(self._builder, letter) for letter in DECKS]
        self._next = Board(self._builder)

    def describe(self, *, source: str | None = None, library: str | None = None) -> None:
        """Change what ``/status/info`` says; it goes out with the next tick."""
        for place, text in ((1, source), (3, library)):
            if text is not None and text != self._info[place]:
                self._info[place] = text
                self._info_due = True

    def log(self, level: int, text: str) -> None:
        """Say a line on ``/status/log`` with the next tick; level 0 debug, 1 note, 2 warning, 3 error."""
        self._logs.append((level, text))

    def step(self, frame: Frame) -> list[Message]:
        """Advance one tick.

        Parameters
        ----------
        frame
            What is known at the tick's end.

        Returns
        -------
        list of Message
            In sending order.
        """
        t, tick = round(frame.t, 6), self._tick
        self._tick += 1
        refresh = tick % _REFRESH == 0
        out = self._speak_status(t, frame, tick % _ALIVE == 0, refresh or self._info_due)
        frame = self._standing(frame)
        self._speak_events(out, t, frame)
        self._speak_live(out, t, frame, tick)
        self._now.step(out, t, frame.now, tick, refresh)
        self._now2.step(out, t, frame.now2, tick, refresh)
        on_air = {named.track.id for named in (frame.now, frame.now2) if named is not None}
        for deck, own in zip(self._decks, frame.decks, strict=False):
            deck.step(out, t, own, own is not None and own.track.id in on_air, tick, refresh)
        self._next.step(out, t, frame.next, frame.now, tick, refresh)
        return out

    def _standing(self, frame: Frame) -> Frame:
        """Give the frame, and in a pause the one before it, in which only the DJ's own hand changes the suggestions."""
        if frame.state != State.PAUSED:
            self._shown = frame
            return frame
        if self._shown is None:
            self._shown = replace(frame, now=None, now2=None)
        return replace(self._shown, t=frame.t, next=frame.next, beats=(), transition=False)

    def _speak_status(self, t: float, frame: Frame, alive: bool, info: bool) -> list[Message]:
        out: list[Message] = []
        message, state = self._builder.message, int(frame.state)
        if alive:
            rev = self._next.rev if frame.next is None else frame.next.rev
            out.append(message(t, "/status/alive", PROTOCOL, round(t * 1000), rev, state))
            level = min(1.0, max(0.0, (frame.level.lufs_m + 70.0) / 70.0))
            values = (state, frame.health.xruns, level, frame.health.load)
            out += [make(t, value) for make, value in zip(self._status, values, strict=True)]
        if info:
            self._info_due = False
            out.append(message(t, "/status/info", *self._info))
        while self._logs:
            out.append(message(t, "/status/log", *self._logs.popleft()))
        return out

    def _speak_events(self, out: list[Message], t: float, frame: Frame) -> None:
        message = self._builder.message
        for count, in_bar, bpm, downbeat, phrase in frame.beats:
            out.append(message(t, "/ev/beat", count, in_bar, bpm))
            if downbeat:
                out.append(message(t, "/ev/downbeat", count))
            if phrase:
                out.append(message(t, "/ev/phrase", count))
        if frame.transition:
            self._transitions += 1
            out.append(message(t, "/ev/transition", self._transitions))

    def _speak_live(self, out: list[Message], t: float, frame: Frame, tick: int) -> None:
        level, beat, key = frame.level, frame.beat, frame.key
        values = (
            *(beat.bpm, beat.conf, beat.phase, beat.bar_phase, beat.beat, beat.beat_in_bar),
            *(level.lufs_m, level.lufs_s, level.energy, level.low, level.mid, level.high, level.silence),
            round(t * 1000),
        )
        out += [make(t, value) for make, value in zip(self._live, values, strict=True)]
        if tick % _KEY == 0:
            keys = (key.pitch_class, key.mode, key.camelot, key.confidence)
            out += [make(t, value) for make, value in zip(self._key, keys, strict=True)]
