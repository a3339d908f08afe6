"""Where a report is written, and what kind of file it becomes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigError, SegueError
from .page import page
from .report import Report
from .summary import document

_FORMS = {".html": page, ".json": document}


def places(wanted: Sequence[Path], tracklist: Path, recording: str) -> list[Path]:
    """Decide which files to write, before anything is heard.

    Parameters
    ----------
    wanted
        What was asked for; without any it is ``SET.report.html`` in the current folder.
    tracklist, recording
        Which must not be written over.

    Raises
    ------
    ConfigError
        If one is of no kind that a report has, or cannot be written there.
    """
    stem = "set" if recording == "-" else Path(recording).stem
    found = list(wanted) or [Path(f"{stem}.report.html")]
    for path in found:
        if path.suffix.lower() not in _FORMS:
            raise ConfigError(f"--report {path} ends in '{path.suffix}'; wanted .html for a page, .json for figures")
        if path.resolve() in (tracklist.resolve(), Path(recording).resolve()):
            raise ConfigError(f"--report {path} would be written over what is read; give another name")
        folder = path.absolute().parent
        if not os.access(path if path.exists() else folder, os.W_OK) or path.is_dir() or not folder.is_dir():
            raise ConfigError(f"--report {path} cannot be written there; give a file in a folder that you may write to")
    return found


def write(report: Report, path: Path) -> None:
    """Write a report in the form that the path's suffix names.

    Raises
    ------
    SegueError
        If it cannot be written.
    """
    text = _FORMS[path.suffix.lower()](report)
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as exc:
        raise SegueError(f"cannot write the report to {path}: {exc.strerror or exc}") from exc
