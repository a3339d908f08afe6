"""The report as one JSON document, for scripts that compare models or changes.

Conventions
-----------
Times in seconds, shares in 0..1; what is not known, or cannot be measured with this tracklist, is null.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .order import Order
from .report import Report

FORMAT = 1
"""Rises when a name changes its meaning or goes."""


def document(report: Report) -> str:
    """Write the report as JSON."""
    judged = report.judged
    tracks: list[dict[str, Any]] = []
    for number, play in enumerate(report.plays):
        timed = {"start_s": play.start_s, "end_s": play.end_s} if report.truth.tracklist.timed else {}
        tracks.append({"name": play.name, "ids": sorted(play.ids), **timed, **asdict(judged.plays[number])})
    for track in tracks:
        if "instead" in track:
            track["instead"] = _named(report, track["instead"], "share")
    whole = {name: value for name, value in asdict(judged).items() if name != "plays"}
    if isinstance(judged, Order):
        whole["strangers"] = _named(report, judged.strangers, "stood_s")
    told = {
        "format": FORMAT,
        "set": report.name,
        "tracklist": str(report.truth.tracklist.path),
        "kind": report.truth.tracklist.kind,
        "timed": report.truth.tracklist.timed,
        "length_s": report.length_s,
        "artifact": report.artifact,
        "tolerance_s": report.truth.tolerance_s,
        **whole,
        "tracks": tracks,
        "notes": report.notes,
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _named(report: Report, found: tuple[tuple[str, float], ...], what: str) -> list[dict[str, Any]]:
    return [{"id": name, "name": report.label(name), what: value} for name, value in found]
