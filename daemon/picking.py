"""From candidates in order to a list: no song twice, and not all of one kind.

Conventions
-----------
Candidates are positions in arrays of cue-ins, one a track, best first.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from . import evidence

if TYPE_CHECKING:
    from .columns import Columns
    from .evidence import Ints, Reals

_TWIN = 0.99
"""Cosine of two entry keys above which two files are taken for the same song."""
_ALIKE = 0.7
"""Cosine up to which two entries are simply different."""
_AHEAD = 24
"""Candidates, beyond those that are wanted, among which the next is looked for."""


def pick(
    columns: Columns, order: Ints, rows: Ints, total: Reals, banned_rows: Ints, wanted: int
) -> list[tuple[int, dict[str, float]]]:
    """Pick one by one what is best, given what was picked before.

    Parameters
    ----------
    order
        Candidates, best first, one a track.
    rows, total
        The cue-in of each candidate, and its evidence, nats.
    banned_rows
        Cue-ins of tracks that must not come again, nor their twins.
    wanted
        How many.

    Returns
    -------
    list of (candidate, terms)
        With what the ones before it took from it, nats by name.
    """
    few = [int(at) for at in order[: wanted + _AHEAD]]
    keys = columns.keys[rows[few]]
    if len(banned_rows) and few:
        nearest = (keys @ columns.keys[banned_rows].T).max(axis=1)
        few = [at for at, near in zip(few, nearest, strict=True) if near <= _TWIN]
        keys = columns.keys[rows[few]]
    numbers = columns.row_track[rows[few]].tolist() if few else []
    between = keys @ keys.T
    alike = np.full(len(few), -1.0)
    songs: set[str] = set()
    artists: Counter[str] = Counter()
    left = list(range(len(few)))
    picked: list[tuple[int, dict[str, float]]] = []
    while left and len(picked) < wanted:
        best, taken = -np.inf, {}
        for at in left:
            repeats = artists[columns.artists[numbers[at]]] if columns.artists[numbers[at]] else 0
            terms = {"artist": evidence.ARTIST * repeats} if repeats else {}
            near = (alike[at] - _ALIKE) / (_TWIN - _ALIKE)
            if near > 0:
                terms["diversity"] = evidence.DIVERSITY * float(near)
            value = float(total[few[at]]) + sum(terms.values())
            if value > best:
                best, chosen, taken = value, at, terms
        number = numbers[chosen]
        left.remove(chosen)
        if songs & columns.songs[number]:
            continue
        picked.append((few[chosen], {name: round(value, 3) for name, value in taken.items()}))
        artists[columns.artists[number]] += 1
        songs |= columns.songs[number]
        alike = np.maximum(alike, between[chosen])
        left = [at for at in left if alike[at] <= _TWIN]
    return picked
