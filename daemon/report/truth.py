"""Tracklists as JSON: who plays from when to when, and from where in the track at which speed.

``{"plays": [{"path" | "id" | "artist" and "title", "start", "end", "track_start", "rate"}, …]}``, in seconds; all but
who it is may be left out. Names with ``_s``, as in what ``segue demo --keep`` writes, mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SegueError
from .tracklist import Entry


def entries(text: str, path: Path) -> tuple[str, Sequence[Entry]]:
    """Give the plays of a truth."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        where = f", line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise SegueError(f"the tracklist {path} is no JSON{where}; correct it, or write it again") from exc
    plays = document.get("plays") if isinstance(document, dict) else None
    if not isinstance(plays, list) or not all(isinstance(play, dict) for play in plays):
        raise SegueError(f"the tracklist {path} has no list called 'plays', with an object for each track; add it")
    return "a truth in JSON", [_entry(play, number, path) for number, play in enumerate(plays, start=1)]


def _entry(play: dict[str, Any], number: int, path: Path) -> Entry:
    def word(name: str) -> str:
        value = play.get(name)
        if value is not None and not isinstance(value, str):
            raise SegueError(f"'{name}' of play {number} in {path} is no text; put it in quotes")
        return (value or "").encode("utf-8", "replace").decode()  # half a surrogate pair is no text

    def figure(name: str) -> float | None:
        value = play.get(name, play.get(f"{name}_s"))
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise SegueError(f"'{name}' of play {number} in {path} is no number; wanted seconds, such as 63.5")
        try:
            return float(value)
        except OverflowError:
            return float("inf")

    return Entry(
        artist=word("artist"),
        title=word("title"),
        path=word("path"),
        id=word("id"),
        start_s=figure("start"),
        end_s=figure("end"),
        track_start_s=figure("track_start"),
        rate=figure("rate"),
    )
