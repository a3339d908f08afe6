"""The model at work: one ONNX session that turns each hop of sound into embeddings.

Conventions
-----------
Sound is mono float32 at the artifact's rate. State is a dict of named arrays, passed in and given back, never kept:
``embedding, state = engine.step(samples, state)``. An `Engine` may be shared by threads as long as every stream has
its own state. One thread computes and none spins; the first session also makes its threads treat denormals as zero,
so that silence costs no more than music.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from .artifact import Artifact, fingerprint, from_metadata
from .errors import ArtifactError

Floats = npt.NDArray[np.float32]
State = dict[str, Floats]

_UNIT_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True)
class Embedding:
    """What one hop was heard as; all of unit length."""

    query: Floats
    """What should follow what was heard, (D,)."""
    key: Floats
    """What starts here, (D,); means something ``key_window_s`` after a fresh state."""
    ident: Floats
    """Which recording and which moment, (E,)."""
    beat: Floats | None = None
    """The model's own beat activations, (frames, 3), if it has them."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The hops of a whole recording, one row each; row h ends at ``(h + 1) * hop`` samples."""

    query: Floats
    """(n, D)."""
    key: Floats
    """(n, D)."""
    ident: Floats
    """(n, E)."""


class Engine:
    """An artifact, loaded and held to what it promises.

    Parameters
    ----------
    artifact
        The ONNX file, or what an earlier load told about it.

    Raises
    ------
    ArtifactError
        If the file is missing, no ONNX graph, or breaks the graph's contract.
    """

    def __init__(self, artifact: Artifact | Path | str) -> None:
        path = artifact.path if isinstance(artifact, Artifact) else Path(artifact)
        sha256 = fingerprint(path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # onnxruntime's exceptions share no base but Exception
            raise ArtifactError(f"{path} is no ONNX graph that can be loaded: {_first_line(exc)}") from exc

        inputs = {node.name: node for node in self._session.get_inputs()}
        outputs = {node.name: node for node in self._session.get_outputs()}
        for name in ("audio", *inputs):
            if name not in inputs:
                raise ArtifactError(f"{path} has no input {name!r}; export it again")
            _check_input(path, name, inputs[name].type, inputs[name].shape)
        self._states = {name: tuple(node.shape) for name, node in inputs.items() if name != "audio"}
        for name in ("query", "key", "ident", *(f"{state}_next" for state in self._states)):
            if name not in outputs:
                raise ArtifactError(f"{path} has no output {name!r}; export it again")
        self._names = [n for n in ("query", "key", "ident", "beat") if n in outputs]
        self._fetch = [*self._names, *(f"{state}_next" for state in self._states)]
        self._shapes = [_fixed(path, n, outputs[n].shape) for n in ("query", "key", "ident")]
        (_, query_dim), (_, key_dim), (_, ident_dim) = self._shapes
        if query_dim != key_dim:
            raise ArtifactError(
                f"{path} has queries of {query_dim} and keys of {key_dim} numbers, which cannot be compared"
            )

        metadata = self._session.get_modelmeta().custom_metadata_map
        self.artifact = from_metadata(path, sha256, metadata, query_dim, ident_dim)
        if tuple(inputs["audio"].shape) != (1, self.artifact.hop):
            raise ArtifactError(
                f"{path} takes audio {inputs['audio'].shape}, its metadata says [1, {self.artifact.hop}]"
            )
        self.resets = 0
        """Steps so far whose outcome was not finite and whose state was therefore started afresh."""
        self._warm_up()

    @property
    def hop(self) -> int:
        """Samples in one step."""
        return self.artifact.hop

    def init_state(self) -> State:
        """State before the first step of a stream."""
        return {name: np.zeros(shape, np.float32) for name, shape in self._states.items()}

    def step(self, samples: Floats, state: Mapping[str, Floats]) -> tuple[Embedding, State]:
        """Advance one hop.

        Samples that are not finite are heard as silence. If the graph still answers with something that is not
        finite, the embeddings are zero, the state starts afresh and ``resets`` counts it.

        Parameters
        ----------
        samples
            Mono sound, (hop,), in [-1, 1].
        state
            What the last call returned, or ``init_state()``.

        Raises
        ------
        ArtifactError
            If the graph fails, or answers with a shape that it does not promise.
        """
        audio = np.ascontiguousarray(samples, np.float32)
        if not np.isfinite(audio.sum()):
            audio = np.where(np.isfinite(audio), audio, np.float32(0))
        try:
            answer = self._session.run(self._fetch, {"audio": audio[None], **state})
        except Exception as exc:
            raise ArtifactError(f"{self.artifact.path} failed on {audio.shape} samples: {_first_line(exc)}") from exc
        heads = dict(zip(self._names, answer, strict=False))
        after: State = dict(zip(self._states, answer[len(self._names) :], strict=True))
        for name, wanted in zip(("query", "key", "ident"), self._shapes, strict=True):
            if heads[name].shape != wanted:
                raise ArtifactError(f"{self.artifact.path} gave {name} {heads[name].shape}, it promised {wanted}")
        # A sum that is not finite is how a NaN or Inf anywhere in an array shows, without a mask the array's size. What
        # went wrong in the state alone shows here at the step that first hears of it.
        if not np.isfinite(sum(float(heads[name].sum()) for name in ("query", "key", "ident"))):
            self.resets += 1
            heads = {name: np.zeros_like(array) for name, array in heads.items()}
            after = self.init_state()
        beat = heads["beat"][0] if "beat" in heads else None
        return Embedding(heads["query"][0], heads["key"][0], heads["ident"][0], beat), after

    def run(self, mono: Floats) -> Embeddings:
        """Embed all whole hops of a recording, from a fresh state.

        Parameters
        ----------
        mono
            (frames,) at the artifact's rate.
        """
        hops = len(mono) // self.hop
        query = np.empty((hops, self.artifact.query_dim), np.float32)
        key = np.empty_like(query)
        ident = np.empty((hops, self.artifact.ident_dim), np.float32)
        state = self.init_state()
        for h in range(hops):
            embedding, state = self.step(mono[h * self.hop : (h + 1) * self.hop], state)
            query[h], key[h], ident[h] = embedding.query, embedding.key, embedding.ident
        return Embeddings(query, key, ident)

    def key_at(self, mono: Floats, start_sample: int) -> Floats:
        """Embed what starts at a place: the key of the last hop of one key window, from a fresh state.

        Parameters
        ----------
        mono
            (frames,) at the artifact's rate; silence follows its end.
        start_sample
            First sample of the window.
        """
        length = self.artifact.key_window_hops * self.hop
        window = mono[max(0, start_sample) : max(0, start_sample) + length]
        if len(window) < length:
            window = np.concatenate([window, np.zeros(length - len(window), np.float32)])
        state = self.init_state()
        for start in range(0, length, self.hop):
            embedding, state = self.step(window[start : start + self.hop], state)
        return embedding.key

    def _warm_up(self) -> None:
        """Take one step, for speed later and to see that the embeddings have unit length."""
        noise = np.random.default_rng(0).standard_normal(self.hop).astype(np.float32) * np.float32(0.1)
        embedding, _ = self.step(noise, self.init_state())
        for name in ("query", "key", "ident"):
            length = float(np.linalg.norm(getattr(embedding, name)))
            if abs(length - 1) > _UNIT_TOLERANCE:
                raise ArtifactError(
                    f"{self.artifact.path} gives {name} of length {length:.3g}, wanted 1; export it again"
                )


def _check_input(path: Path, name: str, kind: str, shape: list[object]) -> None:
    if kind != "tensor(float)":
        raise ArtifactError(f"{path} takes {name!r} as {kind}, wanted float32; export it again")
    if not all(isinstance(size, int) and size > 0 for size in shape):
        raise ArtifactError(f"{path} has input {name!r} of shape {shape}, wanted a static one; export it again")


def _fixed(path: Path, name: str, shape: list[object]) -> tuple[int, int]:
    match shape:
        case [1, int(size)] if size > 0:
            return 1, size
    raise ArtifactError(f"{path} gives {name!r} of shape {shape}, wanted [1, D]; export it again")


def _first_line(exc: Exception) -> str:
    return (str(exc).strip() or type(exc).__name__).splitlines()[0]
