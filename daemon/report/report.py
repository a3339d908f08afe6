"""A set that was heard, its truth, and the judgement: what every form of the report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..library.snapshot import Track
from ..receivers.heard import Moment
from .order import Order, order
from .plays import Play, Truth, label
from .score import Score, score


@dataclass(frozen=True, slots=True)
class Report:
    """How well a set was followed."""

    name: str
    """Of the recording."""
    truth: Truth
    plays: tuple[Play, ...]
    moments: tuple[Moment, ...]
    length_s: float
    """Of what was heard."""
    judged: Score | Order
    """An order where the tracklist has no times."""
    tracks: Mapping[str, Track]
    """Of the library, by id."""
    artifact: str
    """The model that heard it, in a few words."""
    notes: tuple[str, ...]
    """What a reader of the figures must know, a sentence each."""

    def label(self, name: str) -> str:
        """Write artist and title of what was named by its id."""
        return label(self.tracks[name]) if name in self.tracks else name


def judge(
    name: str, truth: Truth, moments: Sequence[Moment], length_s: float, tracks: Mapping[str, Track], artifact: str
) -> Report:
    """Compare a tracklist with what was heard of a set."""
    plays = truth.plays(length_s)
    judged = score(plays, moments, truth.tolerance_s) if truth.tracklist.timed else order(plays, moments)
    return Report(
        name, truth, tuple(plays), tuple(moments), length_s, judged, tracks, artifact, tuple(truth.notes(length_s))
    )
