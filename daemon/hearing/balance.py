"""Which of two records is louder, as people hear it: the level that their faders and their own loudness give them.

Conventions
-----------
A level is the part of one record in the loudness of both, 0..1. Loudness is K-weighted: unweighted, one bass drum
decides, and a fade seems to have its middle a quarter of a second later.

Source
------
ITU-R BS.1770-4, for the weights of the bands.
"""

from math import exp, log

import numpy as np

from ..clock import SAMPLE_RATE
from ..library.snapshot import Snapshot
from ..signal.bands import CENTRES_HZ, LEAST, Floats
from ..signal.loudness import k_weighting
from .play import Play
from .removal import gains

TICKS = 10
"""Ticks that the faders are read from."""
AROUND_S = 4.0
"""Seconds before and after, from which a record's own loudness is taken: no drum decides which one is louder."""
STEP_S = 0.2
SMOOTH = 0.6
"""Of the newest hop in the level."""
_SILENT = 1e-9


def _weights() -> Floats:
    """Return what the K filter leaves of each band's power, (bands,)."""
    z = np.exp(-2j * np.pi * CENTRES_HZ / SAMPLE_RATE)[:, None] ** np.arange(3)
    response = [(z @ section[:3]) / (z @ section[3:]) for section in k_weighting(SAMPLE_RATE)]
    weights: Floats = (np.abs(np.prod(response, axis=0)) ** 2).astype(np.float32)
    return weights


WEIGHTS = _weights()


class Balance:
    """Follows the levels of two records."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._pair = (-1, -1)
        self._lead = 0.0

    def step(self, t: float, heard: Floats, here: Play, there: Play) -> float:
        """Advance a hop and return the level of ``here``.

        Parameters
        ----------
        t
            End of the hop, s.
        heard
            Power of what is heard, (ticks, bands), at least ``TICKS``.
        """
        records = np.stack([play.powers(self._snapshot, t, TICKS) for play in (here, there)])
        own = np.stack([self._own(play, t) for play in (here, there)])
        power = (gains(heard[-TICKS:], records) ** 2 * own).sum(axis=1) + _SILENT
        lead = log(power[0] / power[1])
        if self._pair == (there.number, here.number):
            self._lead = -self._lead
        elif self._pair != (here.number, there.number):
            self._lead = lead
        self._pair = (here.number, there.number)
        self._lead += SMOOTH * (lead - self._lead)
        return 1 / (1 + exp(-self._lead))

    def _own(self, play: Play, t: float) -> Floats:
        """Return the mean power of a record for some seconds around, K-weighted, (bands,)."""
        around = play.place(t).log_powers(self._snapshot, np.arange(-AROUND_S, AROUND_S, STEP_S))
        mean: Floats = LEAST * np.exp(around).mean(axis=0) * WEIGHTS
        return mean
