"""A run on disk: weights, optimiser, progress and the training card, written whole or not at all."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..daemon.errors import SegueError


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    """The last look at validation."""

    def share(self, steps: int, minutes: float) -> float:
        """Return 0..1, by the clock where minutes are given, else by steps."""
        if minutes:
            return self.seconds / (60 * minutes)
        return self.step / steps if steps else 1.0


def save_checkpoint(
    path: Path,
    model: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    card: dict[str, object],
) -> None:
    """Write a new file, then rename it over the old one."""
    part = path.with_suffix(".part")
    content = {
        "model": model.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "progress": asdict(progress),
        "card": card,
    }
    torch.save(content, part)
    os.replace(part, path)


def load_checkpoint(path: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> Progress:
    """Fill a model, its average and its optimiser; return how far the run had come."""
    content = read_checkpoint(path)
    model.load_state_dict(content["model"])
    average.load_state_dict(content["average"])
    optimiser.load_state_dict(content["optimiser"])
    return Progress(**content["progress"])


def adopt(encoder: nn.Module, path: Path) -> None:
    """Fill stem, trunk and ident branch of an encoder from a checkpoint.

    Raises
    ------
    SegueError
        If the checkpoint is none, or of an encoder of another shape.
    """
    prefix = "encoder."
    weights = {k.removeprefix(prefix): v for k, v in read_checkpoint(path)["model"].items() if k.startswith(prefix)}
    wanted = {k: v.shape for k, v in encoder.state_dict().items() if k.split(".")[0] in ("stem", "trunk", "ident")}
    if any(k not in weights or weights[k].shape != shape for k, shape in wanted.items()):
        raise SegueError(f"{path} is of an encoder of another shape; give the recipe its [encoder] table")
    encoder.load_state_dict({k: weights[k] for k in wanted}, strict=False)


def origin(path: Path) -> dict[str, object]:
    """Return what a model card says of the checkpoint that a run began with."""
    content = read_checkpoint(path)
    kept = ("steps", "minutes", "seed", "music_tracks", "music_hours", "rate", "tracks", "windows", "heard_s")
    card = {k: v for k, v in content["card"].items() if k in kept}
    return card | {k: content["progress"][k] for k in ("step", "seconds")}


def read_checkpoint(path: Path) -> dict[str, dict[str, Any]]:
    """Return what ``save_checkpoint`` wrote.

    Raises
    ------
    SegueError
        If there is none, or it is no checkpoint.
    """
    try:
        content: dict[str, dict[str, Any]] = torch.load(path, weights_only=True)
    except FileNotFoundError as exc:
        raise SegueError(f"no checkpoint {path}: 'segue train' writes one") from exc
    except Exception as exc:
        raise SegueError(f"{path} is no checkpoint of Segue: {exc}") from exc
    if "card" not in content:
        raise SegueError(f"{path} is no checkpoint of Segue: it holds no training card")
    return content
