"""Which track plays, and where in it: the line with the most evidence names it, if the record bears that out.

A track is named when the share of recent hops that its line explains is high enough, and high enough above the next
track's, and as long as nothing was heard that it should have explained and did not.

Conventions
-----------
Time and positions are seconds; both name the end of a hop. Evidence is a share of hops, 0..1. Nothing is drawn at
random: the same hops give the same answers.
"""

import math
from dataclasses import dataclass

import numpy as np

from .library import Snapshot, Track
from .lines import Floats, Line, Lines
from .witness import Witness


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """A track that is heard, at the end of a hop."""

    track: Track
    confidence: float
    """0..1, the share of recent hops that it explains, scaled."""
    position_s: float
    """Where in the track."""
    tempo_ratio: float
    """Playing speed over the original's."""
    settled: bool
    """Whether the position has been steady for some seconds."""
    level: float
    """0..1, its part of what is heard."""


CERTAIN = 0.8
"""Evidence that counts as confidence 1."""
DROP, BESIDE = 0.1, 0.15
"""Evidence that a track needs to keep its name, and that names a second one."""
MARGIN = 1.15
"""How much more evidence than the next track's a name takes."""
TWIN = 0.9
"""Cosine between two tracks' own idents, moment by moment, from which they pass for one recording."""
NOTABLE = 0.12
"""Evidence that makes a track plausible for the rest of the session, while another one is named or was just now: what
is like a named record is being mixed in, what is like unknown music may be anything."""
BLEND_S = 20.0
"""How long after a name another track may still have been mixed in."""


class Tracker:
    """Names what plays, hop by hop.

    Parameters
    ----------
    snapshot
        The library.
    hop_s
        Seconds a hop.
    confidence
        0..1: how sure it must be before it names a track.
    """

    def __init__(self, snapshot: Snapshot, hop_s: float, confidence: float = 0.375) -> None:
        self._snapshot, self._hop_s, self._name = snapshot, hop_s, confidence * CERTAIN
        self._hops = 0
        self._lines = Lines(snapshot, hop_s)
        self._witness = Witness(snapshot, hop_s, NOTABLE)
        self._refuted: set[int] = set()
        self._now: int | None = None
        self._named_s = -math.inf
        self._plausible: set[int] = set()

    def plausible(self) -> set[int]:
        """Return the numbers of all tracks that may have been mixed in, whether or not they were named."""
        return self._plausible - self._refuted

    def refuted(self) -> set[int]:
        """Return the numbers of tracks that were taken for what plays, and are not."""
        return set(self._refuted)

    def step(self, ident: Floats, silence: bool) -> tuple[NowPlaying | None, NowPlaying | None]:
        """Advance one hop.

        Parameters
        ----------
        ident
            Of the hop, (E,), unit length.
        silence
            Whether there is nothing to hear.

        Returns
        -------
        now, now2
            The track that is heard best, and the one beside it in a blend; None where there is none.
        """
        self._hops += 1
        t = self._hops * self._hop_s
        if not silence and len(self._snapshot):
            self._lines.ask(t, ident)
        self._lines.follow(t)
        best = self._lines.best()
        if not silence:
            self._witness.step(t, ident, best)
            self._refuted = self._witness.refuted()
        if self._now in self._refuted:
            self._now, self._named_s = None, -math.inf
        best = [line for line in best if line.number not in self._refuted]
        now, beside = self._decide(t, best)
        if now is not None:
            self._named_s = t
        if t - self._named_s < BLEND_S:
            self._plausible.update(line.number for line in best if line.evidence > NOTABLE)
        return now, beside

    def _decide(self, t: float, best: list[Line]) -> tuple[NowPlaying | None, NowPlaying | None]:
        by_number = {line.number: line for line in best}
        current = by_number.get(self._now) if self._now is not None else None
        if current is None or current.evidence < DROP:
            self._now = current = None
        if best:
            first, second = best[0], best[1].evidence if len(best) > 1 else 0.0
            rival = current.evidence if current else second
            if current is None and rival and self._twins(t, first, best[1]):
                rival = 0.0
            if first is not current and first.evidence > self._name and first.evidence > MARGIN * rival:
                self._now, current = first.number, first
        if current is None:
            return None, None
        beside = next((line for line in best if line.number != current.number and line.evidence > BESIDE), None)
        whole = current.evidence + (beside.evidence if beside else 0.0)
        return self._playing(t, current, whole), self._playing(t, beside, whole) if beside else None

    def _twins(self, t: float, a: Line, b: Line) -> bool:
        """Whether two tracks are one recording, as far as they were heard: then either name is right."""
        hops = t - np.arange(8) * 2 * self._hop_s
        rows = []
        for line in (a, b):
            ident = self._snapshot.ident(line.number)
            at = np.round((line.offset_s + line.rate * hops) / self._hop_s).astype(int) - 1
            rows.append(ident[np.clip(at, 0, len(ident) - 1)])
        return float(np.median((rows[0] * rows[1]).sum(1))) > TWIN

    def _playing(self, t: float, line: Line, whole: float) -> NowPlaying:
        track = self._snapshot.tracks[line.number]
        return NowPlaying(
            track=track,
            confidence=min(1.0, line.evidence / CERTAIN),
            position_s=float(np.clip(line.at(t), 0, track.duration_s)),
            tempo_ratio=line.rate,
            settled=line.span_s > 3.0 and line.evidence > self._name,
            level=line.evidence / whole,
        )
