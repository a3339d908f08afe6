"""What a worker does for the DJ's cues in one file: decode it, find the offset of their times, embed what starts there.

Conventions
-----------
Everything here runs in a worker process with an engine of its own. A file that cannot be read is an answer with its
reason. The offset is only looked for where a grid is given.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError
from .catalogue import Catalogue
from .examiner import LIMIT_BYTES, LIMIT_S
from .workers import Crash, Workers


@dataclass(frozen=True, slots=True)
class Marked:
    """A file and where its cues are."""

    track: str
    path: str
    positions_s: tuple[float, ...]
    beats_s: npt.NDArray[np.float64]
    """The other program's beats, to find the offset of its times; empty where that is known."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was found."""

    offset_s: float
    """To be added to all times."""
    keys: tuple[bytes, ...]
    """Little-endian f4, (D,) each; empty for a position outside the sound."""
    failure: str = ""


def prepare(artifact: str) -> Callable[[Marked], Embedded]:
    """Load a worker's engine; give the function that looks at one file."""
    from ..clock import SAMPLE_RATE
    from ..engine import Engine
    from ..signal.resample import resample
    from ..sound.decode import decode, length, mixdown
    from .offset import FRAMES, offset

    engine = Engine(Path(artifact))

    def look(marked: Marked) -> Embedded:
        try:
            rate, channels, _ = length(marked.path)
            sound = decode(marked.path, limit_s=min(LIMIT_S, LIMIT_BYTES / (4 * rate * channels)))
        except (OSError, DecodeError) as exc:
            return Embedded(0.0, (), str(exc))
        mono = resample(mixdown(sound.samples), sound.rate)
        frame = FRAMES.get(Path(marked.path).suffix.lower())
        shift_s = offset(mono, marked.beats_s, frame / rate) if frame else 0.0
        starts = [round(max(0.0, position_s + shift_s) * SAMPLE_RATE) for position_s in marked.positions_s]
        keys = (engine.key_at(mono, start).astype("<f4").tobytes() if start < len(mono) else b"" for start in starts)
        return Embedded(shift_s, tuple(keys))

    return look


def renew(catalogue: Catalogue, artifact: Path, sha256: str, jobs: int) -> None:
    """Embed the DJ's cues again that another artifact has embedded, where their files are there."""
    waiting: dict[str, list[float]] = {}
    with catalogue.reading():
        rows = {row["id"]: row["path"] for row in catalogue.tracks(sha256)}
        for track, cues in catalogue.own.cues().items():
            if track in rows and (old := [cue.position_s for cue in cues if cue.artifact != sha256]):
                waiting[track] = old
    work = [Marked(track, rows[track], tuple(old), np.zeros(0)) for track, old in waiting.items()]
    workers: Workers[Marked, Embedded] = Workers(jobs, prepare, (str(artifact),))
    with contextlib.closing(workers.run(work)) as answers:
        for marked, answer in answers:
            if not isinstance(answer, Crash) and not answer.failure:
                with catalogue.transaction():
                    keys = {at_s: key for at_s, key in zip(marked.positions_s, answer.keys, strict=True) if key}
                    catalogue.own.set_keys(marked.track, sha256, keys)
