"""Keys: from twelve pitch-class strengths to a key, its Camelot number, and how two keys go together.

Conventions
-----------
Pitch class 0 is C … 11 is B, -1 unknown; mode is 0 minor, 1 major, -1 unknown; Camelot is 1-12 (0 unknown), with the
letter A for minor and B for major. Chroma is (12,), C first, any non-negative scale.

Source
------
Correlation with profiles after Krumhansl (1990). The profiles are plain on purpose: the notes of the scale, the tonic's
triad above the rest, as far as that alike for minor and major. Those counted in songs prefer one of two relative keys
by what is frequent there, and loops on four chords leave little else to tell them apart (docs/decisions/011).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINOR, MAJOR = 0, 1

SAME, NEIGHBOUR, RELATIVE, BOOST, CLASH, UNKNOWN = 0, 1, 2, 3, 9, -1
"""What ``relation`` answers, as it goes over the wire. A neighbour on the wheel is +1 or -1 by its direction; the
namespace gives -1 to "unknown" too, so ask for unknown keys (pitch class -1) before reading a -1."""

_PROFILES = np.array(
    [
        [1.0, 0.0, 0.45, 0.6, 0.0, 0.5, 0.0, 0.8, 0.45, 0.0, 0.5, 0.1],  # minor, tonic first
        [1.0, 0.0, 0.5, 0.0, 0.65, 0.5, 0.0, 0.8, 0.0, 0.5, 0.0, 0.4],  # major
    ]
)
_FLAT = 0.08
"""Deviation over mean of a chroma vector under which there is no key to speak of (white noise stays far below)."""
_COMPRESSION = 0.7
"""Power of the strengths that is compared: that a note is there counts, more than how loud it is."""
_FULL_MARGIN = 0.25
"""Lead of the best key over the second, in correlation, that counts as certain."""
_LOW_FIT, _FULL_FIT = 0.3, 0.75
"""Correlation with the best profile that counts as nothing, and as a perfect match."""


def key_profiles() -> NDArray[np.float64]:
    """Return all 24 profiles, (24, 12): row ``12 * mode + pitch_class``, zero mean and unit length."""
    shapes = _PROFILES - _PROFILES.mean(axis=-1, keepdims=True)
    shapes /= np.linalg.norm(shapes, axis=-1, keepdims=True)
    return np.array([np.roll(shapes[mode], tonic) for mode in (MINOR, MAJOR) for tonic in range(12)])


_KEYS = key_profiles()


def key_scores(chroma: ArrayLike) -> NDArray[np.float64]:
    """Return the correlation of ``chroma`` with each of the 24 profiles, (24,) in [-1, 1]; zeros where it is flat."""
    strengths = np.nan_to_num(np.asarray(chroma, dtype=np.float64)).clip(0.0) ** _COMPRESSION
    centred = strengths - strengths.mean()
    length = float(np.linalg.norm(centred))
    if length <= 1e-12:
        return np.zeros(24)
    return np.asarray(_KEYS @ (centred / length))


def estimate_key(chroma: ArrayLike) -> tuple[int, int, float]:
    """Name the key of a chroma vector.

    Parameters
    ----------
    chroma
        Pitch-class strengths, (12,), C first, summed over as much music as there is.

    Returns
    -------
    tuple
        Pitch class, mode, confidence 0..1 (fit to the profile times lead over the second-best key); ``(-1, -1, 0.0)``
        for silence and for sound without pitch.
    """
    strengths = np.nan_to_num(np.asarray(chroma, dtype=np.float64))
    mean = float(strengths.mean())
    if mean <= 1e-12 or float(strengths.std()) < _FLAT * mean:
        return -1, -1, 0.0
    scores = key_scores(strengths)
    second, best = np.argsort(scores)[-2:]
    margin = float(scores[best] - scores[second]) / _FULL_MARGIN
    fit = (float(scores[best]) - _LOW_FIT) / (_FULL_FIT - _LOW_FIT)
    if fit <= 0.0:
        return -1, -1, 0.0
    confidence = min(1.0, fit) * min(1.0, margin) ** 0.5
    return int(best % 12), int(best // 12), round(confidence, 4)


def camelot(pitch_class: int, mode: int) -> int:
    """Return the number on the Camelot wheel, 1-12 (A minor and C major are 8), 0 if the key is unknown."""
    if not 0 <= pitch_class < 12 or mode not in (MINOR, MAJOR):
        return 0
    major_tonic = pitch_class if mode == MAJOR else pitch_class + 3
    return (7 * major_tonic + 7) % 12 + 1


def camelot_name(pitch_class: int, mode: int) -> str:
    """Return "8A" for A minor, "8B" for C major, "" for an unknown key."""
    number = camelot(pitch_class, mode)
    return f"{number}{'AB'[mode]}" if number else ""


def relation(pitch_class: int, mode: int, next_pitch_class: int, next_mode: int) -> int:
    """Say how the next key goes with the playing one.

    Returns
    -------
    int
        0 the same, +1 or -1 a neighbour on the wheel (a fifth up or down, same mode), 2 relative major or minor,
        3 energy boost (one or two semitones up, same mode), 9 anything else, -1 if either key is unknown.
    """
    here, there = camelot(pitch_class, mode), camelot(next_pitch_class, next_mode)
    if not here or not there:
        return UNKNOWN
    steps = (there - here) % 12
    if mode != next_mode:
        return RELATIVE if steps == 0 else CLASH
    # Seven steps round the wheel are one semitone up, two steps are two semitones up.
    return {0: SAME, 1: NEIGHBOUR, 11: -NEIGHBOUR, 7: BOOST, 2: BOOST}.get(steps, CLASH)
