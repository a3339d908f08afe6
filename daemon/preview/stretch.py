"""A track that follows another one's beats, its pitch kept: the one owner of python-stretch.

Conventions
-----------
Sound is (frames, channels) float32. A *map* says which second of the track is heard at which second of the result, by
its knots; between two knots the speed is constant, and beyond the last one it stays what it was.

Source
------
Signalsmith Stretch (Geraint Luff, MIT), by python-stretch: docs/decisions/014 says why this one. It holds one speed a
call, so a bend is made of stretches of constant speed, as few as keep each beat in its place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError

Samples = NDArray[np.float32]
Seconds = NDArray[np.float64]

_TOLERANCE_S = 0.002
"""How far a beat may lie off its place so that a stretch of constant speed can go on over it."""
_MARGIN_S = 0.25
"""Sound given to the stretcher on both sides of a piece, so that its edges are in the middle of its windows."""
_SEAM_S = 0.02
_SAME_SPEED = 1e-5
"""Speeds this near to 1 leave the samples as they are: an hour later it would be 36 ms."""


@dataclass(frozen=True, slots=True)
class Map:
    """Which second of a track is heard when."""

    result_s: Seconds
    """(n,), at least 2, rising."""
    track_s: Seconds
    """(n,), rising."""

    def at(self, result_s: Seconds | float) -> Seconds:
        """Second of the track at seconds of the result."""
        t, first, last = np.asarray(result_s, np.float64), self.speeds[0], self.speeds[-1]
        inside = np.interp(t, self.result_s, self.track_s)
        before, after = np.minimum(t - self.result_s[0], 0.0), np.maximum(t - self.result_s[-1], 0.0)
        return np.asarray(inside + first * before + last * after)

    def when(self, track_s: Seconds | float) -> Seconds:
        """Second of the result at seconds of the track."""
        return Map(self.track_s, self.result_s).at(track_s)

    @property
    def speeds(self) -> Seconds:
        """Playing speed over the track's own between each two knots, (n - 1,)."""
        return np.asarray(np.diff(self.track_s) / np.diff(self.result_s))


def simplest(beats: Map) -> Map:
    """Leave out the knots without which every beat still lies within 2 ms of its place."""
    kept, last = [0], len(beats.result_s) - 1
    while kept[-1] < last:
        at = kept[-1]
        kept.append(max(to for to in range(at + 1, last + 1) if to == at + 1 or _straight(beats, at, to)))
    return Map(beats.result_s[kept], beats.track_s[kept])


def _straight(beats: Map, start: int, stop: int) -> bool:
    ends = [start, stop]
    between = slice(start + 1, stop)
    line_s = np.interp(beats.track_s[between], beats.track_s[ends], beats.result_s[ends])
    return float(np.abs(line_s - beats.result_s[between]).max()) <= _TOLERANCE_S


def follow(sound: Samples, rate: int, beats: Map, length_s: float) -> Samples:
    """Play a track along a map, from the map's first knot on.

    Parameters
    ----------
    sound
        The whole track, (frames, channels); silence is taken for what lies beyond its ends.
    rate
        Frames per second, of both.
    beats
        The map; knots that are not needed are left out here.
    length_s
        Of the result.

    Returns
    -------
    (length_s * rate, channels): the map's second ``t`` lies at frame ``(t - result_s[0]) * rate``.
    """
    path = simplest(beats)
    start_s = float(path.result_s[0])
    inner = [float(t) for t in path.result_s[1:-1] if t < start_s + length_s]
    borders = [round((t - start_s) * rate) for t in (start_s, *inner, start_s + length_s)]
    seam = round(_SEAM_S * rate)
    result = np.zeros((borders[-1], sound.shape[1]), np.float32)
    # Linear, since both sides of a seam are the same sound; and before its border, where the next beat begins.
    ramp = np.linspace(0.0, 1.0, seam, dtype=np.float32)[:, None]
    for number, (low, high) in enumerate(itertools.pairwise(borders)):
        begin = low - (seam if number else 0)
        piece = _piece(sound, rate, path, number, begin, high)
        if number:
            head = min(seam, len(piece), low)
            result[low - head : low] *= 1.0 - ramp[:head]
            piece[:head] *= ramp[:head]
        result[begin:high] += piece
    return result


def _piece(sound: Samples, rate: int, path: Map, number: int, begin: int, end: int) -> Samples:
    """Frames ``begin`` to ``end`` of the result at the speed of one stretch of the map."""
    speed = float(path.speeds[number])
    knot_s, track_s = float(path.result_s[number] - path.result_s[0]), float(path.track_s[number])

    def source(frame: float) -> float:
        return (track_s + (frame / rate - knot_s) * speed) * rate

    if abs(speed - 1.0) < _SAME_SPEED:
        first = round(source(begin))
        return _cut(sound, first, first + end - begin)
    first = round(source(begin - _MARGIN_S * rate))
    last = round(source(end + _MARGIN_S * rate))
    stretched = _stretched(_cut(sound, first, last), rate, speed)
    skip = round((source(begin) - first) / speed)
    piece = stretched[skip : skip + end - begin]
    return np.pad(piece, ((0, end - begin - len(piece)), (0, 0)))


def _cut(sound: Samples, first: int, last: int) -> Samples:
    low, high = min(max(first, 0), len(sound)), min(max(last, 0), len(sound))
    before = min(max(0, -first), last - first)
    return np.pad(sound[low:high], ((before, last - first - before - (high - low)), (0, 0)))


def _stretched(sound: Samples, rate: int, speed: float) -> Samples:
    try:
        from python_stretch import Signalsmith
    except ImportError as exc:
        raise ConfigError(
            "a preview at another speed needs python-stretch, which is not installed;"
            " 'pip install python-stretch' does it, with a C++ compiler where it has no wheel"
        ) from exc

    stretch = Signalsmith.Stretch()
    stretch.preset(sound.shape[1], rate)
    stretch.setTimeFactor(speed)
    stretched: Samples = np.asarray(stretch.process(np.ascontiguousarray(sound.T, np.float32)), np.float32)
    return stretched.T
