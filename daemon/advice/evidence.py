"""What each thing that is known of a pair of tracks says for playing one after the other: weights of evidence, in nats.

Conventions
-----------
Positive speaks for, negative against, 0 where something is not known; every term is bounded, and grows with what it
measures. The constants were fitted or taken from recorded sets: see each. With the weights of config.toml the sum, and
``BIAS``, are the log odds that a cue-in is the true continuation rather than one of ten others that pass the gates.

Source
------
Additive weights of evidence (Good 1985). 86 % of recorded transitions change the tempo by less than 5 %, 94.5 % by less
than 10 %, and 2.5 % are transposed (djmix-analysis, Kim et al. 2020).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..signal.tonality import BOOST, CLASH, NEIGHBOUR, RELATIVE, SAME

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BIAS = -1.0
"""What is added for the score: so that a track drawn by chance from those that the fader reaches has .2 on average, and
the first of a list of eight mostly .7 to 1 (docs/decisions/016). A track's own second half would ask for -5.8, under
which every other record has nothing."""
CONTINUATION, TIMBRE = 1.1, 1.0
"""Nats a deviation of the model's similarity, and a tempered nat of the band statistics: by logistic regression on cut
tracks (``python -m segue.models.weighing`` prints the fit of all terms)."""
_GROOVE, _USUAL_GROOVE = 1.5, 0.25
_CLASH, _USUAL_TONES = 1.5, 0.0
"""Nats of a correlation of rhythms, of tones, and that of two records drawn by chance."""
_KEY = {SAME: 1.2, NEIGHBOUR: 0.9, -NEIGHBOUR: 0.9, RELATIVE: 0.8, BOOST: 0.3, CLASH: -1.2}
_PHRASE = {  # how the kinds of cue-in (columns.KINDS) follow one of mix-out: the DJ knows best; last, any other cue-in
    "outro": (1.0, 0.8, 0.3, -0.3, 1.0, 0.0),
    "mix_out": (0.8, 1.0, 0.5, 0.0, 1.0, 0.0),
    "end": (0.7, 0.7, 0.6, -0.3, 0.7, 0.0),
    "": (0.8, 0.8, 0.0, 0.0, 0.8, 0.0),
}
_LIFT, _FULL_LIFT = 0.03, 0.25
"""Step of energy that is welcome where the set is to stay, and what is added where it is to go all the way up."""
ARTIST = -0.3
"""For each track of the same artist higher in the list."""
DIVERSITY = -0.3
"""For a track whose entry is the same as one higher in the list; less, the less alike."""
_OFF_BEAT, _NEAR_BEAT = 1.5, 0.1
"""What half a beat beside the grid takes, and how many beats beside it are still on it."""
OUT_OF_REACH = -6.0
"""For a tempo that the fader does not reach, whatever weight tempo has: it stands behind all that can be played."""
_FOLLOWED, _MOST_FOLLOWED = 0.9, 2.5


def tempo(log_ratio: Reals, folded: Ints, known: Flags, sureness: Reals, reach: float) -> Reals:
    """Say what the change of tempo says, (n,).

    Parameters
    ----------
    log_ratio
        Logarithm of the speed that each track needs, octaves folded away.
    folded
        Those octaves.
    known
        Where both tempos are known.
    sureness
        0..1, of both together.
    reach
        Logarithm of the highest speed on the fader.
    """
    off = np.abs(log_ratio) / reach
    nats = np.maximum(1.5 - 2.0 * off - 1.5 * (off > 1.0), -4.0) - 0.4 * (folded != 0)
    return np.where(known, nats * sureness, 0.0)


def key(relations: Ints, known: Flags, sureness: Reals) -> Reals:
    """Say what two keys say, (n,), by their relation as they will sound (``tonality.relation``)."""
    nats = np.zeros(len(relations))
    for kind, value in _KEY.items():
        nats[relations == kind] = value
    return np.where(known, nats * sureness, 0.0)


def groove(agreement: Reals) -> Reals:
    """Say what it means how far two rhythms agree, (n,), by their correlation."""
    return _GROOVE * (agreement - _USUAL_GROOVE)


def clash(agreement: Reals) -> Reals:
    """Say what it means how far the tones agree that will sound together, (n,), by their correlation."""
    return _CLASH * (agreement - _USUAL_TONES)


def energy(step: Reals, direction: float) -> Reals:
    """Say what a step of energy says, (n,), where the set is to go: -1 down, 0 on, 1 up."""
    wanted = _LIFT + _FULL_LIFT * direction
    # Too much is forgiven sooner than too little, unless the set is to calm down.
    above, below = (0.35, 0.25) if direction >= 0 else (0.25, 0.35)
    off = (step - wanted) / np.where(step > wanted, above, below)
    return 1.0 - 2.0 * np.minimum(off * off, 1.0)


def phrase(leaving: str, kinds: Ints) -> Reals:
    """Say how kinds of cue-in follow a kind of mix-out, (n,)."""
    nats: Reals = np.array(_PHRASE.get(leaving, _PHRASE[""]))
    return nats[kinds]


def cue(confidence: float, off_beats: float) -> float:
    """Say what the analysis' own confidence in a cue-in says, and how many beats it lies beside the nearest one."""
    sure = min(max(math.log(max(confidence, 0.05) / 0.5), -1.0), 0.7)
    return sure - _OFF_BEAT * min(max(off_beats - _NEAR_BEAT, 0.0) / (0.5 - _NEAR_BEAT), 1.0)


def history(times: float) -> float:
    """Say what it means that one track followed another so many times; a neighbour in a playlist counts half."""
    return min(_FOLLOWED * math.log1p(times) / math.log(2.0), _MOST_FOLLOWED)


def probability(nats: float) -> float:
    """Return the probability that log odds stand for, above 0 and up to 1, in thousandths."""
    return max(round(1.0 / (1.0 + math.exp(-nats)), 3), 0.001)
