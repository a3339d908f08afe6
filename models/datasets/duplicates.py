"""The same recording twice, known by its sound: another encoding, a rendered module beside its Ogg, a trimmed copy.

Conventions
-----------
A distance is the share of bits in which two stretches of `fingerprint` differ. In 709 tracks of game music, and copies
of 60 of them as MP3 (64 to 128 kbit/s, 2 s trimmed, -12 to 3 dB), it was 0 for the same samples, up to 0.19 for the
copies, 0.25 for a module by two players, 0.27 to 0.4 for another mix of the same piece, 0.42 and more for all else.

1. Marks are looked up in a sorted table of all marks; each that two clips share votes for a lag between them. The
   work grows with the number of clips, not with its square.
2. The lags with the most votes are checked by the words, in stretches of 12.8 s that may each shift by half a second,
   for players of modules keep time a little differently.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.progress import track as progress

from .clips import Clip, Corpus
from .features import cached
from .fingerprint import KIND, fingerprint

VOTES = 8
"""Marks in common, at one lag, that make a pair worth a look."""
LAGS = 3
"""Lags that are looked at for each pair."""
CROWD = 400
"""A mark that so many frames share tells nothing."""
SAME = 0.26
"""Distance up to which, over most of the shorter clip, it is one recording."""
KIN = 0.38
"""Distance up to which it is the same piece, in another mix."""
SHARED = 0.25
"""Distance up to which a stretch is the very same sound."""
WHOLE = 0.8
"""Share of the shorter clip over which it must be one recording."""
STRETCH = 128
"""Frames, 12.8 s."""
STRETCHES = 3
"""Shared stretches that make two clips kin, whatever the rest of them is."""
_SHIFT = 5
_LEAST = 32
"""Frames with something in them, below which a stretch is not judged."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clips of which one holds music of the other; indices into the corpus, the first is the smaller."""

    first: int
    second: int
    distance: float
    share: float
    """Of the shorter clip, how much lies over the other."""
    same: bool
    """One recording; otherwise kin: another mix of it, or a stretch in common."""


def pairs(corpus: Corpus, keep: bool = True) -> list[Pair]:
    """Return every two clips that are one recording, or kin.

    Parameters
    ----------
    corpus
        Its fingerprints are made, and kept beside its sound.
    keep
        False: leave the cache as it is.
    """
    both = list(zip(corpus.clips, corpus.sound, strict=True))
    prints = [
        cached(corpus.folder, clip.name, KIND, partial(fingerprint, sound)) if keep else fingerprint(sound)
        for clip, sound in progress(both, "listening for duplicates", disable=not sys.stderr.isatty())
    ]
    best: dict[tuple[int, int], Pair] = {}
    for first, second, lag in _candidates([p[:, 1] for p in prints]):
        pair = _judge(first, second, prints[first][:, 0], prints[second][:, 0], lag)
        if pair is not None:
            before = best.get((first, second))
            if before is None or (pair.same, -pair.distance) > (before.same, -before.distance):
                best[first, second] = pair
    return [best[key] for key in sorted(best)]


def distinct(corpus: Corpus, keep: bool = True) -> list[Clip]:
    """Return the clips without repetitions, and with one group for all groups that share music.

    Of one recording the copy stays that a dataset holds back (test, then validation), else the longest, else the
    first by path. A track is no copy of a recorded set in which it is played. What goes is named on stderr.

    Parameters
    ----------
    corpus, keep
        As for `pairs`.
    """
    clips = corpus.clips
    found = pairs(corpus, keep)
    copies: dict[int, list[int]] = {}
    for pair in found:
        if pair.same and bool(clips[pair.first].transitions_s) == bool(clips[pair.second].transitions_s):
            copies.setdefault(pair.first, []).append(pair.second)
            copies.setdefault(pair.second, []).append(pair.first)
    gone: dict[int, int] = {}
    for n in sorted(copies, key=lambda n: _rank(clips[n])):  # not by chains: a jingle in two tracks makes them not one
        for other in copies[n]:
            if n not in gone:
                gone.setdefault(other, n)
    for n, other in sorted(gone.items()):
        print(f"the same recording twice: {clips[n].path} is left out for {clips[other].path}", file=sys.stderr)
    names = sorted({c.group for c in clips})
    place = {name: n for n, name in enumerate(names)}
    groups = _joined(len(names), [(place[clips[p.first].group], place[clips[p.second].group]) for p in found])
    return [replace(c, group=names[groups[place[c.group]]]) for n, c in enumerate(clips) if n not in gone]


def _rank(clip: Clip) -> tuple[int, int, str]:
    return {"test": 0, "validation": 1}.get(clip.split or "", 2), -clip.samples, clip.path


def _candidates(marks: Sequence[NDArray[np.uint32]]) -> Iterator[tuple[int, int, int]]:
    """Yield (first, second, lag) of what may be the same: frame t of the first is frame t + lag of the second."""
    counts = np.array([len(m) for m in marks], np.int64)
    whole = np.concatenate([np.zeros(0, np.uint32), *marks])
    clip = np.repeat(np.arange(len(marks)), counts)
    frame = np.arange(len(whole)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = np.argsort(whole, kind="stable")
    table, clip, frame = whole[order], clip[order].astype(np.int32), frame[order].astype(np.int32)
    span = 2 * int(counts.max(initial=0)) + 1
    for second, mine in enumerate(marks):
        start = np.searchsorted(table, mine, "left")
        many = np.searchsorted(table, mine, "right") - start
        many[(mine == 0) | (many > CROWD)] = 0
        at = np.repeat(start - (np.cumsum(many) - many), many) + np.arange(many.sum())
        lag = np.repeat(np.arange(len(mine)), many) - frame[at]
        earlier = clip[at] < second
        key, votes = np.unique(clip[at][earlier].astype(np.int64) * span + lag[earlier] + span // 2, return_counts=True)
        key, votes = key[votes >= VOTES], votes[votes >= VOTES]
        others = key // span
        for first in np.unique(others):
            mask = others == first
            top = key[mask][np.argsort(-votes[mask], kind="stable")[:LAGS]]
            yield from ((int(first), second, int(k % span) - span // 2) for k in top)


def _judge(first: int, second: int, a: NDArray[np.uint32], b: NDArray[np.uint32], lag: int) -> Pair | None:
    """Compare two clips' words at a lag."""
    begin, end = max(0, -lag), min(len(a), len(b) - lag)
    share = (end - begin) / min(len(a), len(b))
    distances: list[float] = []
    weights: list[int] = []
    for start in range(begin, end, STRETCH):
        stop = min(start + STRETCH, end)
        if (
            stop - start < STRETCH and distances
        ):  # the rest of the overlap; it is judged alone only if it is all there is
            continue
        told = [_differ(a[start:stop], b, start + lag + s) for s in range(-_SHIFT, _SHIFT + 1)]
        judged = [t for t in told if t[1] >= _LEAST]
        if judged:
            distance, weight = min(judged)
            distances.append(distance)
            weights.append(weight)
    if not distances:
        return None
    mean = float(np.average(distances, weights=weights))
    if mean <= SAME and share >= WHOLE:
        return Pair(first, second, mean, share, True)
    shared = sum(d <= SHARED for d in distances)
    if (mean <= KIN and share >= 0.5) or shared >= STRETCHES:
        return Pair(first, second, mean, share, False)
    return None


def _differ(part: NDArray[np.uint32], b: NDArray[np.uint32], at: int) -> tuple[float, int]:
    """Share of the bits in which a stretch differs from another clip at a frame, and the frames that were compared."""
    low, high = max(0, -at), min(len(part), len(b) - at)
    if high <= low:
        return 1.0, 0
    x, y = part[low:high], b[at + low : at + high]
    full = (x != 0) & (y != 0)
    count = int(full.sum())
    if count == 0:
        return 1.0, 0
    bits = np.unpackbits((x ^ y)[full].view(np.uint8))
    return float(bits.mean()), count


def _joined(n: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each of n the smallest of those that it is linked with, over any number of links."""
    root = list(range(n))

    def top(x: int) -> int:
        while root[x] != x:
            root[x] = x = root[root[x]]
        return x

    for x, y in links:
        x, y = top(x), top(y)
        root[max(x, y)] = min(x, y)
    return [top(x) for x in range(n)]
