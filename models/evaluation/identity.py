"""Is the moment found again? By seconds heard since a fresh state, by the last hop alone and by the sequence.

Conventions
-----------
The library holds an ident a hop of every track. An answer is right if it names the track and, within half a second, the
place in it. *Last hop* takes the ident nearest to the newest one. *Sequence* takes the place at which the hops of the
window, laid along the record hop by hop, are nearest on average; hops from before the warm-up's end count only where
there are no others. Neither knows the speed.
"""

from dataclasses import dataclass

import numpy as np

from ...daemon.clock import SAMPLE_RATE
from .intervals import Bootstrap, Interval
from .queries import Floats, Places
from .spaces import Idents

WINDOWS_S = (2.0, 3.0, 5.0, 8.0)
NEAR_S = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """Whether each query was found after each window, (q,) of 0 and 1 by seconds heard."""

    last_hop: dict[float, Floats]
    sequence: dict[float, Floats]


@dataclass(frozen=True, slots=True)
class Identity:
    """Share found, by seconds heard."""

    last_hop: dict[float, Interval]
    sequence: dict[float, Interval]


def look_up(heard: list[Floats], rates: list[float], queries: Places, idents: Idents) -> Found:
    """Look for every query.

    Parameters
    ----------
    heard
        Idents of the last window of each query from a fresh state, (hops, E) each.
    rates
        Seconds of record in a second of it.
    queries
        (q, 2): track and the sample at which the window ends.
    """
    last: dict[float, list[bool]] = {}
    sequence: dict[float, list[bool]] = {}
    place = np.arange(len(idents.places)) - np.repeat(*_tracks(idents.places))
    for rows, rate, (track, end) in zip(heard, rates, queries, strict=True):
        similarity = rows @ idents.rows.T
        for window_s in WINDOWS_S:
            hops = round(window_s * SAMPLE_RATE / idents.hop)
            if hops > len(rows):
                continue
            at = end - rate * (len(rows) - hops) * idents.hop
            first = min(idents.warmup, hops - 1)
            for results, start in ((last, hops - 1), (sequence, first)):
                found = idents.places[_line(similarity[start:hops], place).argmax()]
                right = found[0] == track and abs(found[1] - at) <= NEAR_S * SAMPLE_RATE
                results.setdefault(window_s, []).append(bool(right))
    return Found(
        {seconds: np.array(right, np.float32) for seconds, right in last.items()},
        {seconds: np.array(right, np.float32) for seconds, right in sequence.items()},
    )


def sum_up(found: Found, bootstrap: Bootstrap) -> Identity:
    """Return shares with intervals."""
    return Identity(
        {seconds: bootstrap.mean(right) for seconds, right in found.last_hop.items()},
        {seconds: bootstrap.mean(right) for seconds, right in found.sequence.items()},
    )


def _line(similarity: Floats, place: Places) -> Floats:
    """Mean similarity of the hops along the line that ends at each ident, (h,); -inf where it starts before a track."""
    hops = len(similarity)
    total = np.zeros(similarity.shape[1], np.float32)
    for h, row in enumerate(similarity):
        late = hops - 1 - h
        total[late:] += row[: len(row) - late]
    return np.where(place < hops - 1, -np.inf, total / hops).astype(np.float32)


def _tracks(places: Places) -> tuple[Places, Places]:
    """First ident of every track, and how many it has."""
    _, first, count = np.unique(places[:, 0], return_index=True, return_counts=True)
    return first, count
