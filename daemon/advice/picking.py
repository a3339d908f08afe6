"""From candidates in order to a list: no song twice, and not all of one kind.

Conventions
-----------
Candidates are positions in arrays of cue-ins, one a track, best first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import evidence

if TYPE_CHECKING:
    from .columns import Columns
    from .evidence import Flags, Ints, Reals

_TWIN = 0.99
"""Cosine of two entry keys above which two files are taken for the same song."""
_ALIKE = 0.7
"""Cosine up to which two entries are simply different."""
_AHEAD = 24
"""Candidates, beyond those that are wanted, among which the next is looked for."""


def pick(
    columns: Columns, order: Ints, rows: Ints, total: Reals, banned_rows: Ints, wanted: int, stands: Flags
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
        How many, best first.
    stands
        Tracks that are picked as well, beyond those, (tracks,).

    Returns
    -------
    list of (candidate, terms)
        With what the ones before it took from it, nats by name.
    """
    first, others = order[: wanted + _AHEAD], order[wanted + _AHEAD :]
    few = [*first.tolist(), *others[stands[columns.row_track[rows[others]]]].tolist()]
    keys = columns.keys[rows[few]]
    if len(banned_rows) and few:
        banned = (keys @ columns.keys[banned_rows].T).max(axis=1)
        few = [at for at, near in zip(few, banned, strict=True) if near <= _TWIN]
        keys = columns.keys[rows[few]]
    numbers = columns.row_track[rows[few]].tolist()
    own, between = total[few], keys @ keys.T
    nearest = np.full(len(few), -1.0)
    repeats = np.zeros(len(few))
    left = np.ones(len(few), bool)
    songs: set[str] = set()
    names = np.array([columns.artists[number] for number in numbers])
    picked: list[tuple[int, dict[str, float]]] = []
    standing = stands[numbers]
    while left.any():
        if len(picked) >= wanted:
            left &= standing
            if not left.any():
                break
        near = evidence.DIVERSITY * ((nearest - _ALIKE) / (_TWIN - _ALIKE)).clip(0.0)
        artist = evidence.ARTIST * repeats
        at = int(np.where(left, own + near + artist, -np.inf).argmax())
        left[at] = False
        if songs & columns.songs[numbers[at]]:
            continue
        taken = {"artist": float(artist[at]), "diversity": float(near[at])}
        picked.append((few[at], {name: round(value, 3) for name, value in taken.items() if value}))
        songs |= columns.songs[numbers[at]]
        nearest = np.maximum(nearest, between[at])
        left &= nearest <= _TWIN
        if names[at]:
            repeats += names == names[at]
    return picked
