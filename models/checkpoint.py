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
        return self.seconds / (60 * minutes) if minutes else self.step / steps


def save_checkpoint(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, progress: Progress, card: dict[str, object]
) -> None:
    """Write a new file, then rename it over the old one."""
    part = path.with_suffix(".part")
    content = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "progress": asdict(progress),
        "card": card,
    }
    torch.save(content, part)
    os.replace(part, path)


def load_checkpoint(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer | None = None) -> Progress:
    """Fill a model, and an optimiser where one is given; return how far the run had come."""
    content = read_checkpoint(path)
    model.load_state_dict(content["model"])
    if optimiser:
        optimiser.load_state_dict(content["optimiser"])
    return Progress(**content["progress"])


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
