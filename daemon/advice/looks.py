"""How a track would sound after what is heard: the seconds at its cue-ins, read from the library as they are needed.

Conventions
-----------
Evidence is in nats, as in ``evidence``. Levels are read a few cue-ins a ranking, so that none takes long, and
``Columns.entries`` keeps them; which were looked at is counted here, since what a ranking says must not depend on
another ranker of the same library.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import evidence
from .columns import Columns
from .matcher import Ints
from .overlap import grooves_agree, tones_agree
from .timbre import LEAST_NATS, Sound

if TYPE_CHECKING:
    from .ranker import Heard

Reals = NDArray[np.float64]

_CLOSEST, _ENTRIES = 24, 6
"""Of the likeliest tracks, those of which other cue-ins than the best are compared as well, and how many of these."""
LOOKS = 3
"""Cue-ins whose levels are read from the library in one ranking: some milliseconds' worth."""


class Looks:
    """Compares sounds for one ranker.

    Parameters
    ----------
    columns
        The library.
    most
        Cue-ins that may be read in one ranking.
    """

    def __init__(self, columns: Columns, most: int = LOOKS) -> None:
        self._columns, self._most = columns, most
        self._looked: set[int] = set()

    def nats(self, heard: Heard, rows: Ints, log_ratio: Reals) -> dict[str, Reals]:
        """Compare what is heard with what starts at some cue-ins, one a track, and for timbre at all of their tracks'.

        Parameters
        ----------
        rows
            Cue-ins, (n,), the likeliest first.
        log_ratio
            Logarithm of the speed that each needs, (n,).

        Returns
        -------
        Evidence in nats, (n,), of ``timbre``, ``groove`` and ``clash``; what was not looked at yet goes for what most
        are.
        """
        columns, looks = self._columns, self._most
        others = [columns.entries_of(number)[:_ENTRIES] for number in columns.row_track[rows[:_CLOSEST]].tolist()]
        of = np.concatenate([np.arange(len(rows)), np.repeat(np.arange(len(others)), [len(each) for each in others])])
        sounds: list[Sound | None] = []
        for row in [*rows.tolist(), *(row for each in others for row in each.tolist())]:
            cue = columns.cues[row]
            assert cue is not None
            # Counted here, not where they are kept: what this says must not depend on another ranker of the library.
            if row not in self._looked and looks > 0:
                self._looked.add(row)
                looks -= 1
            number = int(columns.row_track[row])
            sounds.append(columns.entries.after(number, cue.position_s) if row in self._looked else None)
        nats = {name: np.zeros(len(rows)) for name in ("timbre", "groove", "clash")}
        there = [at for at, sound in enumerate(sounds) if sound is not None]
        if not there:
            return nats
        filed = np.stack([sound.place for sound in sounds if sound is not None])
        best = np.full(len(rows), LEAST_NATS)
        for view in heard.sounds:
            np.maximum.at(best, of[there], columns.entries.model.evidence(view.place, filed))
        nats["timbre"] = evidence.TIMBRE * best

        own = [(at, sound) for at, sound in enumerate(sounds[: len(rows)]) if sound is not None]
        if own:
            at = [at for at, _ in own]
            off = log_ratio[at] - math.log(heard.speed)
            moved = np.round(12.0 * off / math.log(2.0)).astype(np.int64) * heard.pitch_moves
            last = heard.sounds[0]
            grooves, tones = np.stack([sound.groove for _, sound in own]), np.stack([sound.tones for _, sound in own])
            nats["groove"][at] = evidence.groove(grooves_agree(last.groove, grooves, np.exp(off)))
            nats["clash"][at] = evidence.clash(tones_agree(last.tones, tones, moved))
        return nats
