"""What a tracklist says of a set, from whatever wrote it.

Conventions
-----------
Seconds are of the recording, ``track_start_s`` of the track. A tracklist either gives the start of every track or of
none; one with ends too is exact, so that what overlaps is a blend. Encodings are met as they come: UTF-8 and UTF-16 by
their mark or their zeros, else UTF-8, else Windows-1252.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LONGEST = 240
"""Letters of a name that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a tracklist; what it does not say is empty or None."""

    artist: str = ""
    title: str = ""
    path: str = ""
    """As written: it may be relative, or of another machine."""
    id: str = ""
    """In the library."""
    start_s: float | None = None
    end_s: float | None = None
    track_start_s: float | None = None
    rate: float | None = None
    """Playing speed / original speed."""

    @property
    def name(self) -> str:
        """Artist and title, or what there is of them, or the file's name."""
        words = " - ".join(word for word in (self.artist, self.title) if word)
        return printable(words or self.path.replace("\\", "/").rpartition("/")[2] or self.id or "?")


@dataclass(frozen=True, slots=True)
class Tracklist:
    """A tracklist that has been read and found sound."""

    path: Path
    kind: str
    """What it is, in words."""
    entries: tuple[Entry, ...]
    """In the order of the set."""

    @property
    def timed(self) -> bool:
        """Whether it says when each track starts."""
        return self.entries[0].start_s is not None

    @property
    def exact(self) -> bool:
        """Whether it also says when each track ends."""
        return all(entry.end_s is not None for entry in self.entries)


def printable(words: str) -> str:
    """Put words on one line, without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in words[:LONGEST]).split())


def decoded(data: bytes) -> str:
    """Return text in whatever encoding it came."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:2]:  # UTF-16 that has lost its mark
        return data.decode("utf-16-le" if data[0] else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
