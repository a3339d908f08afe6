"""The cue-ins of a library as all else sees them: the analysis's, and the DJ's own, which always win.

Conventions
-----------
The DJ's cues are of the kind ``user`` and take the place of every cue-in that the analysis found within a beat of them.
Several of them at one place are one, and a loop keeps its length. The analysis itself stays as it is in the catalogue,
and shows again where the DJ takes a cue away. Only a cue that the artifact in use has embedded can be asked for, so one
that waits for that is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .catalogue import Catalogue, Row
from .own import OwnCue
from .track import Cue

Floats = npt.NDArray[np.float32]

SAME_S = 0.05
"""Two cues of the DJ's that are nearer than this are one: rekordbox keeps a memory cue under a hot cue."""
_FIRST = {"loop": 0, "hot": 1, "memory": 2}
_SECONDS_A_BEAT = 0.5
"""Where there is no beat."""


@dataclass(frozen=True, slots=True)
class CueIns:
    """The cue-ins and mix-outs of a track."""

    cues: tuple[Cue, ...]
    """Cue-ins, by index."""
    keys: Floats
    """(cue-ins, D)."""
    mix_outs: tuple[Cue, ...]


def cue_ins(catalogue: Catalogue, rows: Sequence[Row]) -> list[CueIns]:
    """Read the cue-ins and mix-outs of tracks, inside ``catalogue.reading()``; one a row of ``catalogue.tracks``."""
    found: dict[tuple[str, str], list[Cue]] = {}
    for track, role, index, kind, position_s, beat, confidence in catalogue.cues():
        found.setdefault((track, role), []).append(Cue(index, kind, position_s, beat, confidence))
    own = catalogue.own.cues()
    read = []
    for row in rows:
        track = row["id"]
        cues, keys = tuple(found.get((track, "in"), ())), vectors(row["keys"], row["width"])
        if mine := [cue for cue in own.get(track, ()) if cue.artifact == row["artifact"]]:
            cues, keys = merged(cues, keys, mine, np.frombuffer(row["beats"], "<f8"), row["tempo_bpm"])
        read.append(CueIns(cues, keys, tuple(found.get((track, "out"), ()))))
    return read


def merged(
    analysed: Sequence[Cue], keys: Floats, own: Sequence[OwnCue], beats_s: npt.NDArray[np.float64], tempo_bpm: float
) -> tuple[tuple[Cue, ...], Floats]:
    """Put the DJ's cues in the place of those they meet.

    Parameters
    ----------
    analysed, keys
        The analysis's, and what the artifact makes of each, (n, D).
    beats_s
        The track's own, (beats,), which may be empty.
    tempo_bpm
        0 unknown.

    Returns
    -------
    All by time, and their keys in the same order.
    """
    kept: list[OwnCue] = []
    for cue in sorted(own, key=lambda cue: (_FIRST[cue.kind], cue.number < 0, cue.number)):
        if all(abs(cue.position_s - other.position_s) >= SAME_S for other in kept):
            kept.append(cue)
    beat_s = 60.0 / tempo_bpm if tempo_bpm > 0 else _SECONDS_A_BEAT
    left = [n for n, cue in enumerate(analysed) if all(abs(cue.position_s - o.position_s) > beat_s for o in kept)]
    users = [
        Cue(0, "user", o.position_s, _nearest(beats_s, o.position_s), 1.0, o.name, o.colour, o.source, o.length_s)
        for o in kept
    ]
    every = [analysed[n] for n in left] + users
    rows = np.concatenate([keys[left], *(np.frombuffer(o.key, "<f4")[None] for o in kept)])
    order = sorted(range(len(every)), key=lambda n: every[n].position_s)
    return tuple(replace(every[n], index=index) for index, n in enumerate(order)), rows[order]


def vectors(blob: bytes, width: int) -> Floats:
    """Stored vectors as rows, (n, width)."""
    return np.frombuffer(blob, "<f4").reshape(-1, width) if width else np.zeros((0, 0), np.float32)


def _nearest(beats_s: npt.NDArray[np.float64], position_s: float) -> int:
    return int(np.argmin(np.abs(beats_s - position_s))) if len(beats_s) else -1
