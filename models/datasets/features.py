"""What was computed of a track once, kept beside its sound: ``NAME.KIND.npy`` beside ``NAME.i16``."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...daemon.errors import SegueError


def cached(folder: Path, name: str, kind: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """Return what is kept of a track; make and keep it where there is nothing yet, or nothing that can be read.

    Parameters
    ----------
    folder
        The cache that holds ``NAME.i16``.
    name
        `Clip.name`; it changes when the file does, so that nothing kept grows old.
    kind
        What is kept, with whatever version its maker wants to tell apart (``musicnn``, ``print1``).
    make
        Computes it, any shape and dtype; float16 takes half the room.

    Raises
    ------
    SegueError
        If it cannot be written.
    """
    path = folder / f"{name}.{kind}.npy"
    try:
        kept: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        pass
    else:
        return kept
    made = np.asarray(make())
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            np.save(file, made, allow_pickle=False)
        part.replace(path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            part.unlink()
        raise SegueError(f"{path} cannot be written: {exc.strerror}; make room, or give another cache folder") from exc
    return made
