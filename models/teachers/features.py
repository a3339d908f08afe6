"""What a teacher says of every second of a clip, worked out once and kept beside the sound.

Conventions
-----------
``NAME.TEACHER.npy`` in a corpus cache holds (seconds, dim) float16, row t for the second of the record that begins at
t. A file appears whole or not at all, so that a run that is stopped loses one clip. A teacher's name changes when its
rows would.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track as progress

from ...daemon.errors import SegueError
from ..datasets.clips import Clip, Corpus


class Teacher(Protocol):
    """A frozen network that was trained by others."""

    @property
    def name(self) -> str:
        """A part of a file's name."""

    @property
    def dim(self) -> int:
        """Numbers a row."""

    def rows(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a row for every whole second, (seconds, dim), of (samples,) float32 of sound at 16 kHz."""


def taught(clips: Sequence[Clip], hours: float, seed: int) -> list[int]:
    """Return which clips, whole ones, a teacher hears: drawn until they last ``hours``, in the order of the corpus."""
    chosen, left_s = [], hours * 3600
    by_name = sorted(range(len(clips)), key=lambda n: clips[n].name)  # the draw is the same however clips are listed
    for n in np.random.default_rng(seed).permutation(np.array(by_name, np.int64)):
        if left_s <= 0:
            break
        chosen.append(int(n))
        left_s -= clips[n].seconds
    return sorted(chosen)


def prepare_rows(
    teacher: Teacher, clips: Sequence[Clip], folder: Path, hours: float, seed: int = 0
) -> dict[int, NDArray[np.float16]]:
    """Return the rows of the clips that are taught, by index; those that the cache lacks are worked out.

    Parameters
    ----------
    folder
        The corpus cache: ``NAME.i16`` is read, ``NAME.TEACHER.npy`` is read or written.
    hours
        How much is taught.

    Raises
    ------
    SegueError
        If the teacher says what is no number.
    """
    chosen = taught(clips, hours, seed)
    found = {n: _read(_file(folder, clips[n], teacher), teacher.dim) for n in chosen}
    missing = [n for n, rows in found.items() if rows is None]
    corpus = Corpus(folder, [clips[n] for n in missing])
    quiet = not sys.stderr.isatty()
    for at, n in enumerate(progress(missing, f"hearing {teacher.name}", disable=quiet)):
        rows = teacher.rows(corpus.read(at, 0, clips[n].samples)).astype(np.float16)
        if not np.isfinite(rows).all():
            raise SegueError(f"{teacher.name} says what is no number of {clips[n].path}: leave the clip out")
        found[n] = rows
        _write(_file(folder, clips[n], teacher), rows)
    return {n: rows for n, rows in found.items() if rows is not None}


def bfloat16() -> bool:
    """Return whether this processor multiplies bfloat16 matrices natively; elsewhere they are slower than float32."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def _file(folder: Path, clip: Clip, teacher: Teacher) -> Path:
    return folder / f"{clip.name}.{teacher.name}.npy"


def _read(path: Path, dim: int) -> NDArray[np.float16] | None:
    """Return the rows of a file; None if there is none, or it is not such a file."""
    try:
        rows: NDArray[np.float16] = np.load(path)
    except (FileNotFoundError, ValueError, EOFError):
        return None
    return rows if rows.dtype == np.float16 and rows.ndim == 2 and rows.shape[1] == dim else None


def _write(path: Path, rows: NDArray[np.float16]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.save(file, rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
