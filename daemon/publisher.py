"""What the pipeline knows at a tick, turned into messages: who hears what, and how often.

Conventions
-----------
``Publisher.step`` is called once per tick (50 ms of stream), and every cadence is counted in ticks, so two replays of
the same sound give the same messages. Values hold at the frame's own ``t``. A list of suggestions is sent between
``/next/begin`` and ``/next/commit``: the slots that changed, each with all its fields; an emptied slot has score 0.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from .messages import PROTOCOL, SLOTS, Builder, Message

if TYPE_CHECKING:
    from .config import Config
    from .features import Level
    from .library import Track
    from .rhythm import LiveBeat
    from .suggestions import SuggestionList
    from .ranker import Suggestion
    from .tonality_live import KeyEstimate
    from .tracker import NowPlaying


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


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat that fell into the frame's tick."""

    count: int
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
    next: "SuggestionList | None" = None
    beats: tuple[Beat, ...] = ()
    transition: bool = False
    """True in the one tick in which a change of track was noticed."""
    health: Health = Health()
