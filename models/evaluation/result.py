"""What an evaluation found: figures, and what a picture needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...daemon.artifact import Artifact
from .hubs import Hubs
from .identity import Identity
from .intervals import Interval
from .queries import Floats, Places
from .retrieval import Scores

SYMMETRIC, CORRECTED = "symmetric", "corrected"
"""What else a trained artifact is asked: with its key in the query's place, and with hubs held down."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way to compare, under one condition."""

    name: str
    role: str
    """`TRAINED`, `SYMMETRIC`, `CORRECTED`, `UNTRAINED` or `BASELINE`."""
    condition: str
    scores: Scores
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class Track:
    """How the first row fared with the queries of one track, in the plainest condition."""

    name: str
    queries: int
    recall_1: float
    recall_10: float
    drawn_to: str
    """The track that was nearest most often where the continuation was not; empty if it always was."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a picture of a space needs: the first row's, in the plainest condition."""

    keys: Floats
    """(n, D)."""
    keys_track: Places
    """(n,)."""
    queries: Floats
    """(q, D)."""
    truth: Places
    """(q,), rows of ``keys``."""
    hit: Floats
    """recall@10 of each query, (q,)."""
    cosine: Floats
    """To the true continuation, (q,)."""
    cosine_other: Floats
    """To windows of other tracks, (m,)."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured."""

    tracks: tuple[Track, ...]
    seconds: float
    """Of music."""
    windows: int
    queries: int
    seed: int
    conditions: tuple[str, ...]
    rows: tuple[Row, ...]
    hubs: dict[str, Hubs]
    """By name of the row."""
    artifacts: tuple[Artifact, ...]
    """First those that were asked about, then the untrained."""
    cloud: Cloud = field(repr=False)

    @property
    def first(self) -> str:
        """Name of the first row, which the others are beside."""
        return self.rows[0].name

    @property
    def plain(self) -> str:
        """The plainest condition: clean, if it was asked for, else the first."""
        return "clean" if "clean" in self.conditions else self.conditions[0]

    @property
    def hardest(self) -> str:
        """The condition that counts: the booth, if it was asked for, else the last."""
        return "booth" if "booth" in self.conditions else self.conditions[-1]

    @property
    def names(self) -> list[str]:
        """Names of the rows, each once."""
        return list(dict.fromkeys(row.name for row in self.rows))

    def row(self, name: str, condition: str) -> Row | None:
        """Return one row."""
        return next((r for r in self.rows if r.name == name and r.condition == condition), None)

    def document(self) -> dict[str, Any]:
        """Return all figures as a JSON document."""
        return {
            "tracks": [asdict(track) for track in self.tracks],
            "seconds": round(self.seconds, 1),
            "windows": self.windows,
            "queries": self.queries,
            "seed": self.seed,
            "artifacts": [
                {"file": a.path.name, "sha256": a.sha256, "encoder": a.encoder, "training": dict(a.training)}
                for a in self.artifacts
            ],
            "rows": [_flat(row) for row in self.rows],
            "hubs": {name: asdict(value) for name, value in self.hubs.items()},
        }


def _flat(row: Row) -> dict[str, Any]:
    """One row as JSON: intervals as [value, low, high]."""

    def triple(interval: Interval) -> list[float]:
        return [round(x, 5) for x in (interval.value, interval.low, interval.high)]

    def table(intervals: Mapping[Any, Interval]) -> dict[str, list[float]]:
        return {str(name): triple(interval) for name, interval in intervals.items()}

    s = row.scores
    return {
        "name": row.name,
        "role": row.role,
        "condition": row.condition,
        **table(s.metrics),
        "ahead_of_log_mel": table(s.ahead) if s.ahead else None,
        "cosine": triple(s.cosine),
        "cosine_other": round(s.cosine_other, 5),
        "mse": [round(x, 7) for x in (s.mse.value, s.mse.low, s.mse.high)],
        "mse_other": round(s.mse_other, 7),
        "apart": triple(s.apart),
        "identity_last_hop": table(row.identity.last_hop) if row.identity else None,
        "identity_sequence": table(row.identity.sequence) if row.identity else None,
    }
