"""Cue sheets: which tracks a recorded set has, and when each starts.

A cue sheet is a text of lines: FILE names the sound, TRACK opens a track, PERFORMER and TITLE tell who (before the
first TRACK: of the whole set), INDEX 01 when the track starts, minutes:seconds:frames (75 a second) in its FILE.

Two programs bend this. rekordbox, which says so in ``REM RECORDED_BY "rekordbox-dj"``, writes INDEX as
hours:minutes:seconds. It names each track's own file by a FILE between TRACK and INDEX, and so does Mixxx where it is
told to; a burner's sheet has a FILE at that place too, but there the time starts again from 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PureWindowsPath

from ..errors import SegueError
from .tracklist import Entry, decoded

_LINE = re.compile(r"\s*(?P<word>\w+)\s+(?P<rest>.*?)\s*$")
_NAME = re.compile(r'"(?P<quoted>.*)"|(?P<bare>.*?)(?:\s+\w+)?$')
_INDEX = re.compile(r"0?1\s+(\d{1,6}):(\d{1,6})(?::(\d{1,6}))?$")
_RECORDED = re.compile(r"RECORDED_BY\s+\"?rekordbox", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Track:
    """One line of a tracklist."""

    performer: str
    title: str
    start_s: float
    """In its file."""
    own_file: str = ""
    """Where the track itself lies, if the sheet says it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a set, and what it holds."""

    file: str
    tracks: tuple[Track, ...]

    @property
    def transitions_s(self) -> tuple[float, ...]:
        """Where one track gives way to the next: every start but the first, in order, each once."""
        starts = sorted({t.start_s for t in self.tracks})
        return tuple(starts[1:])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cue sheet."""

    performer: str
    title: str
    parts: tuple[Part, ...]


@dataclass
class _Open:
    """A track whose lines are still being read."""

    part: int
    words: dict[str, str] = field(default_factory=dict)
    start_s: float | None = None
    own_file: str = ""


def entries(text: str, path: Path, recording: str) -> tuple[str, Sequence[Entry]]:
    """Give the lines of the part of a sheet that is about a recording.

    Parameters
    ----------
    recording
        Its file name; asked for only where a sheet is about several files.
    """
    sheet = parse(text, path)
    parts = [part for part in sheet.parts if part.tracks]
    if len(parts) > 1:
        stem = Path(recording).stem.casefold()
        named = [part for part in parts if PureWindowsPath(part.file).stem.casefold() == stem]
        if len(named) != 1:
            files = ", ".join(f"'{part.file}'" for part in parts[:4])
            raise SegueError(
                f"the cue sheet {path} is about {len(parts)} files ({files}); none is called '{recording}'"
            )
        parts = named
    tracks = parts[0].tracks
    for number, (one, two) in enumerate(pairwise(tracks), start=2):
        if two.start_s < one.start_s:
            raise SegueError(
                f"track {number} of the cue sheet {path} starts before the one ahead of it; correct INDEX 01"
            )
    return "a cue sheet", [
        Entry(
            artist="" if track.performer == sheet.performer else track.performer,  # that of the set is the DJ
            title=track.title or f"untitled track {number}",
            path=track.own_file,
            start_s=track.start_s,
        )
        for number, track in enumerate(tracks, start=1)
    ]


def read(path: Path) -> Sheet:
    """Read a cue sheet.

    Raises
    ------
    SegueError
        If it cannot be read, or lists no track with a start.
    """
    try:
        return parse(decoded(path.read_bytes()), path)
    except OSError as exc:
        raise SegueError(f"{path} cannot be read: {exc.strerror}; check its rights") from exc


def parse(text: str, path: Path) -> Sheet:
    """Make a sheet of its text; ``path`` names it, and the set where nothing else does.

    Raises
    ------
    SegueError
        If it lists no track with a start.
    """
    whole: dict[str, str] = {}
    files: list[str] = []
    opened: list[_Open] = []
    hours, indexed = _RECORDED.search(text) is not None, True
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        word, rest = match["word"].upper(), match["rest"]
        if word == "FILE":
            if files and opened and not indexed:
                opened[-1].own_file = _name(rest)
            else:
                files.append(_name(rest))
        elif word == "TRACK":
            opened.append(_Open(max(0, len(files) - 1)))
            indexed = False
        elif word in ("PERFORMER", "TITLE"):
            (opened[-1].words if opened else whole)[word] = rest.removeprefix('"').removesuffix('"').strip()
        elif word == "INDEX" and opened:
            indexed = True
            if index := _INDEX.match(rest):
                track = opened[-1]
                track.start_s = _seconds(index, hours)
                again = track.start_s == 0 and any(t.part == track.part for t in opened[:-1])
                if track.own_file and again and not hours:
                    files.append(track.own_file)
                    track.own_file = ""
                track.part = max(0, len(files) - 1)  # a FILE may come between a TRACK and its INDEX 01
    performer = whole.get("PERFORMER") or path.stem
    parts = [
        Part(
            file,
            tuple(
                Track(t.words.get("PERFORMER", performer), t.words.get("TITLE", ""), t.start_s, t.own_file)
                for t in opened
                if t.part == n and t.start_s is not None
            ),
        )
        for n, file in enumerate(files)
    ]
    if not any(part.tracks for part in parts):
        lacking = "FILE" if not files else "TRACK with an INDEX 01"
        raise SegueError(f"{path} has no {lacking}; it is no tracklist of a set: correct it, or move it away")
    return Sheet(performer, whole.get("TITLE", path.stem), tuple(parts))


def _seconds(index: re.Match[str], hours: bool) -> float:
    first, second, third = (int(group or 0) for group in index.groups())
    return float(first * 3600 + second * 60 + third) if hours else first * 60 + second + third / 75


def _name(rest: str) -> str:
    match = _NAME.match(rest)
    return rest if match is None else match["quoted"] or match["bare"] or rest
