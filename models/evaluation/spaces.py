"""Where sounds are compared: the spaces of an artifact, one way to file and one way to ask.

Conventions
-----------
Vectors are float32 of unit length, compared by their inner product. ``key`` says what starts at a place, ``query`` what
should follow what was heard.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...daemon.clock import SAMPLE_RATE
from ...daemon.engine import Engine
from .queries import Floats, Music, Places, Plan, Tell

BASELINE, TRAINED, UNTRAINED = "baseline", "trained", "untrained"


@dataclass(frozen=True, slots=True)
class Idents:
    """One ident a hop of every track, from one run through it."""

    rows: Floats
    """(h, E)."""
    places: Places
    """(h, 2): track and the sample at which the hop ends, in order."""
    hop: int
    """Samples."""
    warmup: int
    """Hops after a fresh state before an ident means something."""


@dataclass(frozen=True, slots=True)
class Library:
    """What a space has on file."""

    keys: Floats
    """(n, D), a row for each window of the plan."""
    bank: Floats
    """(m, D), the queries that the tracks on file would ask themselves."""
    bank_track: Places
    """(m,)."""
    idents: Idents | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a space makes of the sound of one query."""

    query: Floats
    """(D,)."""
    symmetric: Floats | None = None
    """(D,): the key of the last window, for asking with what is rather than with what should follow."""
    idents: Floats | None = None
    """(hops, E) of the last window, from a fresh state."""


class Space(Protocol):
    """A way to compare sounds."""

    name: str
    role: str
    """`TRAINED`, `UNTRAINED` or `BASELINE`."""

    def file(self, music: Music, plan: Plan, tell: Tell) -> Library:
        """Embed every window of the plan."""

    def ask(self, sound: Floats, library: Library) -> Asked:
        """Embed the sound of a query, (n,)."""


class Network:
    """An artifact, run as the daemon runs it."""

    def __init__(self, engine: Engine, role: str) -> None:
        self.engine = engine
        self.role = role
        named = f"{engine.artifact.encoder} {engine.artifact.sha256[:8]}"
        self.name = f"untrained {named}" if role == UNTRAINED else named

    def file(self, music: Music, plan: Plan, tell: Tell) -> Library:
        """Give a key a window, each from a fresh state, and queries and idents of a run through each track."""
        hop, warmup = self.engine.hop, self.engine.artifact.warmup_hops
        keys, bank, bank_track, idents, places = [], [], [], [], []
        for track in range(len(music.pcm)):
            tell(f"{self.name}: the library", track / len(music.pcm))
            sound = music.part(track)
            starts = plan.keys[plan.keys[:, 0] == track, 1]
            keys += [self.engine.key_at(sound, int(start)) for start in starts]
            run = self.engine.run(sound)
            ends = starts[starts >= plan.window] // hop - 1
            bank.append(run.query[ends])
            bank_track += [track] * len(ends)
            idents.append(run.ident)
            places += [(track, (h + 1) * hop) for h in range(len(run.ident))]
        return Library(
            np.stack(keys),
            np.concatenate(bank),
            np.array(bank_track, np.int64),
            Idents(np.concatenate(idents), np.array(places, np.int64), hop, warmup),
        )

    def ask(self, sound: Floats, library: Library) -> Asked:
        """Give the query after all that was heard, and what the last window gives from a fresh state."""
        hop = self.engine.hop
        query = self.engine.run(sound[len(sound) % hop :]).query[-1]
        fresh = self.engine.run(sound[-self.engine.artifact.key_window_hops * hop :])
        return Asked(query, fresh.key[-1], fresh.ident)


def window_s(spaces: list[Network]) -> float:
    """Return the longest key window of some networks; 8 s without any."""
    return max((s.engine.artifact.key_window_hops * s.engine.hop / SAMPLE_RATE for s in spaces), default=8.0)
