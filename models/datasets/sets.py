"""Recorded sets with a tracklist: ``X.cue`` beside the sound it names, and the moments at which tracks change."""

import sys
from pathlib import Path, PureWindowsPath

from ...daemon.errors import SegueError
from ...daemon.report.cuesheet import read
from .source import Source, folder, heard, missed

MOST_S = 6 * 3600.0
"""No set is read beyond this."""
ADVICE = "a cue sheet needs the sound it names beside it: put it there, or correct the FILE line"


def sets(top: Path, partial: bool = False) -> list[Source]:
    """Return every sound that a cue sheet under a folder names, with its transitions.

    Parameters
    ----------
    top
        Searched with all that lies below it.
    partial
        Leave out sets whose sound is missing, and sheets that say nothing.

    Raises
    ------
    SegueError
        If there is no cue sheet, one lists no tracks, or its sound is missing.
    """
    folder(top, "recorded sets", "give a folder of sets, each a .cue beside its sound")
    sheets = sorted(p for p in top.rglob("*") if p.suffix.lower() == ".cue" and p.is_file() and p.name[0] != ".")
    if not sheets:
        raise SegueError(f"{top} holds no .cue file; recorded sets were wanted, each a .cue beside its sound")
    found: dict[Path, Source] = {}
    gone: list[str] = []
    count = 0
    for path in sheets:
        try:
            sheet = read(path)
        except SegueError as exc:
            if not partial:
                raise
            print(f"left out: {exc}", file=sys.stderr)
            continue
        for part in sheet.parts:
            count += 1
            sound = heard(path.parent / PureWindowsPath(part.file).name) or heard(path.parent / part.file)
            if sound is None and len(sheet.parts) == 1:
                sound = heard(path.with_suffix(PureWindowsPath(part.file).suffix or ".wav"))
            if sound is None:
                gone.append(f"'{part.file}' of {path.name}")
            else:
                found.setdefault(sound, Source(sound, sheet.performer, None, part.transitions_s, most_s=MOST_S))
    missed(f"recorded sets in {top}", gone, count, ADVICE, partial)
    return list(found.values())
