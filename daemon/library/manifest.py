"""What a library's indexes hold: which revision of which track stands where in them.

Conventions
-----------
``manifest.json`` is written last, so what it names is there. It is for programs too: ``tracks``, ``cues`` and ``hops``
count what can be found.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import LibraryError
from .sealed import write_text

Order = list[tuple[str, str]]
"""Id and revision of each track, by number."""
Held = list[tuple[str, str, int]]
"""Id, revision and hops of each track, as they follow each other in an index."""

FORMAT = 2
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The tracks of a build."""

    order: Order
    """Those that are there, by id."""
    parts: list[Held]
    """Those of each part of the ident index; what is not in ``order`` has gone since it was built."""

    @classmethod
    def read(cls, folder: Path, artifact: str) -> "Manifest":
        """Read a library's manifest.

        Raises
        ------
        LibraryError
            If it is missing, damaged, or of another artifact or format.
        """
        path = folder / NAME
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["format"] != FORMAT or found["artifact_sha256"] != artifact:
                raise LibraryError(f"{path} belongs to another build")
            lines = [[line.split(" ") for line in part] for part in found["parts"]]
            parts: list[Held] = [[(track_id, rev, int(hops)) for track_id, rev, hops in part] for part in lines]
            gone, stamp = {tuple(line.split(" ")) for line in found["gone"]}, found["stamp"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise LibraryError(f"{path} cannot be read ({exc})") from exc
        order = sorted({(track_id, rev) for part in parts for track_id, rev, _ in part} - gone)
        if not parts or stamp != stamp_of(artifact, order).hex():
            raise LibraryError(f"{path} is damaged")
        return cls(order, parts)

    def write(self, folder: Path, artifact: str, cues: int) -> None:
        """Write it in place of the last one."""
        there = set(self.order)
        held = [track for part in self.parts for track in part]
        manifest = {
            "format": FORMAT,
            "artifact_sha256": artifact,
            "tracks": len(self.order),
            "cues": cues,
            "hops": sum(hops for track_id, rev, hops in held if (track_id, rev) in there),
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
            "stamp": stamp_of(artifact, self.order).hex(),
            "parts": [[f"{track_id} {rev} {hops}" for track_id, rev, hops in part] for part in self.parts],
            "gone": [f"{track_id} {rev}" for track_id, rev, _ in held if (track_id, rev) not in there],
        }
        write_text(folder / NAME, json.dumps(manifest, indent=1))


def stamp_of(artifact: str, tracks: Order | Held) -> bytes:
    """32 bytes that tell one build from another."""
    return hashlib.sha256(json.dumps([artifact, tracks]).encode()).digest()
