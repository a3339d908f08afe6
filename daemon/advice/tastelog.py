"""The log of choices: a line of JSON each, which can be read, kept and thrown away.

Conventions
-----------
``taste.jsonl`` in the data folder. Lines that cannot be read are passed over: a crash may have cut the last one.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..clock import time_of_day
from ..config import data_folder
from ..errors import SegueError
from .taste import Choice, Taste


def default_path() -> Path:
    """Where the log is."""
    return data_folder() / "taste.jsonl"


def learnt(report: Callable[[int, str], None]) -> Taste:
    """Return the taste of all choices so far; a log that cannot be read is told of (2, a warning), and ends no set."""
    try:
        return Taste(read(default_path()))
    except SegueError as exc:
        report(2, str(exc))
        return Taste()


def remember(choice: Choice) -> None:
    """Add a choice that was made just now."""
    append(default_path(), choice, time_of_day())


def read(path: Path) -> list[Choice]:
    """Return the choices of a log, in their order; none if there is no log.

    Raises
    ------
    SegueError
        If it is there and cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise SegueError(f"the log {path} cannot be read ({exc.strerror}); start anew: 'segue taste reset'") from exc
    return [choice for choice in map(_choice, lines) if choice is not None]


def append(path: Path, choice: Choice, at: str) -> None:
    """Add a choice, made at a time of day (ISO 8601).

    Raises
    ------
    SegueError
        If it cannot be written.
    """
    line = {
        "at": at, "choice": "accept" if choice.accepted else "reject", "track": choice.track, "title": choice.title,
        "terms": dict(choice.terms), "others": dict(choice.others),
    }  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            cut = file.read(1) not in (b"", b"\n")
            file.write(("\n" * cut + json.dumps(line, ensure_ascii=False) + "\n").encode())
    except OSError as exc:
        raise SegueError(f"the log {path} cannot be written ({exc.strerror}); look at the disk") from exc


def _choice(line: str) -> Choice | None:
    try:
        told: dict[str, Any] = json.loads(line)
        terms, others = (
            {str(name): float(value) for name, value in dict(told[part]).items()} for part in ("terms", "others")
        )
        if not all(map(math.isfinite, (*terms.values(), *others.values()))):
            return None
        return Choice(told["choice"] == "accept", str(told["track"]), str(told["title"]), terms, others)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
