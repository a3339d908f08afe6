"""The model file: where it is, what its metadata promises, and its fingerprint.

Conventions
-----------
An artifact is one ONNX file. Its ``metadata_props`` start with ``segue.``; its SHA-256 binds a library to it, because
embeddings of two models cannot be compared.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ArtifactError

FORMAT = "1"
"""The version of the graph's contract (inputs, outputs, metadata) that this program understands."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a model file says about itself."""

    path: Path
    """The ONNX file."""
    sha256: str
    """Fingerprint of the file, 64 hex digits."""
    encoder: str
    """``gru``, ``transformer`` or ``tcn``."""
    sample_rate: int
    """Hz, mono."""
    hop: int
    """Samples in one step."""
    key_window_s: float
    """A key is read this many seconds after a fresh state."""
    warmup_hops: int
    """Steps after a fresh state before ``ident`` means something."""
    training: Mapping[str, Any]
    """The training card: data, steps, seconds, seed, scores."""
    query_dim: int
    """Length of ``query`` and ``key``."""
    ident_dim: int
    """Length of ``ident``."""

    @property
    def hop_s(self) -> float:
        """Seconds in one step."""
        return self.hop / self.sample_rate

    @property
    def key_window_hops(self) -> int:
        """Whole steps in the key window."""
        return max(1, round(self.key_window_s * self.sample_rate / self.hop))


def default_artifact() -> Path:
    """Path of the artifact that is installed with the program."""
    return Path(__file__).parent / "data" / "segue.onnx"


def fingerprint(path: Path) -> str:
    """SHA-256 of an artifact file, 64 hex digits.

    Raises
    ------
    ArtifactError
        If the file is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ArtifactError(
            f"no artifact at {path} ({exc.strerror}); leave engine.artifact empty for the default"
        ) from exc


def from_metadata(path: Path, sha256: str, metadata: Mapping[str, str], query_dim: int, ident_dim: int) -> Artifact:
    """Read an artifact's metadata.

    Raises
    ------
    ArtifactError
        If a field is missing or is no number where one is wanted, or the format is not ours.
    """
    try:
        if metadata["segue.format"] != FORMAT:
            raise ArtifactError(
                f"{path} has artifact format {metadata['segue.format']!r}, wanted {FORMAT!r}; export it again"
            )
        training = json.loads(metadata.get("segue.training", "{}"))
        artifact = Artifact(
            path=path,
            sha256=sha256,
            encoder=metadata["segue.encoder"],
            sample_rate=int(metadata["segue.sample_rate"]),
            hop=int(metadata["segue.hop"]),
            key_window_s=float(metadata["segue.key_window_s"]),
            warmup_hops=int(metadata["segue.warmup_hops"]),
            training=training if isinstance(training, dict) else {"card": training},
            query_dim=query_dim,
            ident_dim=ident_dim,
        )
    except KeyError as exc:
        raise ArtifactError(f"{path} lacks the metadata {exc.args[0]!r}; export it again with 'segue export'") from exc
    except ValueError as exc:
        raise ArtifactError(f"the metadata of {path} cannot be read ({exc}); export it again") from exc
    if artifact.sample_rate <= 0 or artifact.hop <= 0 or artifact.key_window_s <= 0 or artifact.warmup_hops < 0:
        raise ArtifactError(f"the metadata of {path} has a rate, hop or window that is not positive; export it again")
    return artifact
