"""Recorded sets with a tracklist: ``X.cue`` beside the sound it names, and the moments at which tracks change.

A cue sheet is a text of lines: FILE names the sound, TRACK opens a track, PERFORMER and TITLE tell who (before the
first TRACK: of the whole set), INDEX 01 when the track starts, minutes:seconds:frames (75 a second) in its FILE.
Encodings are met as they come: UTF-8 and UTF-16 by their mark, else UTF-8, else Windows-1252.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from ...daemon.errors import SegueError
from .source import Source, folder, heard, missed

MOST_S = 6 * 3600.0
"""No set is read beyond this."""
ADVICE = "a cue sheet needs the sound it names beside it: put it there, or correct the FILE line"
_LINE = re.compile(r"\s*(?P<word>\w+)\s+(?P<rest>.*?)\s*$")
_NAME = re.compile(r'"(?P<quoted>.*)"|(?P<bare>.*?)(?:\s+\w+)?$')
_INDEX = re.compile(r"0?1\s+(\d+):(\d+)(?::(\d+))?$")


@dataclass(frozen=True, slots=True)
class Track:
    """One line of a tracklist."""

    performer: str
    title: str
    start_s: float
    """In its file."""


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


def read(path: Path) -> Sheet:
    """Read a cue sheet.

    Raises
    ------
    SegueError
        If it lists no track with a start.
    """
    try:
        lines = decoded(path.read_bytes()).splitlines()
    except OSError as exc:
        raise SegueError(f"{path} cannot be read: {exc.strerror}; check its rights") from exc
    whole: dict[str, str] = {}
    files: list[str] = []
    opened: list[_Open] = []
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue
        word, rest = match["word"].upper(), match["rest"]
        if word == "FILE":
            files.append(_name(rest))
        elif word == "TRACK":
            opened.append(_Open(max(0, len(files) - 1)))
        elif word in ("PERFORMER", "TITLE"):
            (opened[-1].words if opened else whole)[word] = rest.removeprefix('"').removesuffix('"').strip()
        elif word == "INDEX" and opened and (index := _INDEX.match(rest)):
            minutes, seconds, frames = (int(group or 0) for group in index.groups())
            opened[-1].start_s = minutes * 60 + seconds + frames / 75
            opened[-1].part = max(0, len(files) - 1)  # a FILE may come between a TRACK and its INDEX 01
    performer = whole.get("PERFORMER") or path.stem
    parts = [
        Part(
            file,
            tuple(
                Track(t.words.get("PERFORMER", performer), t.words.get("TITLE", ""), t.start_s)
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


def decoded(data: bytes) -> str:
    """Return text in whatever encoding it came."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _name(rest: str) -> str:
    match = _NAME.match(rest)
    return rest if match is None else match["quoted"] or match["bare"] or rest
