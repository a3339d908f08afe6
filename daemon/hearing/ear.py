"""One of two ears: it hears everything but the record on the other deck, and says what else there may be.

Conventions
-----------
While nothing is on the other deck, an ear hears the mixture as it is. Times are seconds of the room.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..engine import Embedding, State
from ..library.snapshot import Snapshot
from ..signal.bands import Complexes, Floats
from .likeness import Picture
from .lines import Answer, Lines
from .removal import DELAY_S, Removal, left

LEAST_WEIGHT = 0.02
"""Weight of points that the other record drowns."""

Step = Callable[[Floats, State], tuple[Embedding, State]]


@dataclass(frozen=True, slots=True)
class Mixture:
    """One hop of what is heard, and the ticks before it."""

    t: float
    """End of the hop."""
    spectrum: Complexes
    """Of the hop's ticks, (n, bins)."""
    power: Floats
    """Of the last ``likeness.TICKS`` ticks, (ticks, bands)."""
    heard: Floats
    """1 for ticks with sound, 0 for silence, (ticks, 1)."""
    ident: Floats
    """(E,)."""
    state: State
    """Of the model, after the hop."""


class Ear:
    """Hears one hop after the other.

    Parameters
    ----------
    snapshot
        The library.
    step
        Steps the model.
    hop_s
        Seconds a hop.
    """

    def __init__(self, snapshot: Snapshot, step: Step, hop_s: float) -> None:
        self._snapshot, self._step, self._hop_s = snapshot, step, hop_s
        self._removal = Removal()
        self._state: State | None = None
        self.forget()

    def forget(self) -> None:
        """Start anew, as after nothing was heard."""
        self.lines = Lines(self._snapshot, self._hop_s)
        self.answers: list[Answer] = []
        """What the last hop alone sounds like, best first."""
        self.ident: Floats | None = None
        self._late_s = 0.0
        self.picture: Picture | None = None

    def hear(self, mixture: Mixture, other: tuple[Floats, int] | None, *, ask: bool) -> None:
        """Hear one hop.

        Parameters
        ----------
        mixture
            The hop.
        other
            What the record on the other deck adds to the last ticks, (ticks, bands), and its number, since it is not
            looked for; None if there is none.
        ask
            Whether to ask the library what the hop sounds like.
        """
        t, share = mixture.t, np.ones_like(mixture.power)
        self.ident = mixture.ident
        if other is None:
            self._state = None
        else:
            share = left(mixture.power, other[0])
            sound = self._removal.step(mixture.spectrum, share[-len(mixture.spectrum) :])
            embedding, self._state = self._step(sound, self._state or mixture.state)
            self.ident, t = embedding.ident, t - DELAY_S
        self.picture = Picture(mixture.power, share.clip(LEAST_WEIGHT) * mixture.heard)
        self._late_s = mixture.t - t
        self.answers = []
        if not ask:
            return
        answers = self.lines.ask(t, self.ident, None if other is None else other[1])
        self.answers = [Answer(a.number, a.position_s + self._late_s, a.score) for a in answers]
        self.lines.follow(mixture.t)

    def moments(self, number: int, count: int) -> list[float]:
        """Return the positions in a record that sound most like the last hop, best first, seconds."""
        own = self._snapshot.ident(number)
        if self.ident is None or not len(own):
            return []
        alike = np.asarray(own @ self.ident, np.float64)
        found: list[float] = []
        apart = round(1.0 / self._hop_s)
        for _ in range(count):
            best = int(alike.argmax())
            if alike[best] == -np.inf:
                break
            found.append((best + 1) * self._hop_s + self._late_s)
            alike[max(0, best - apart) : best + apart + 1] = -np.inf
        return found
