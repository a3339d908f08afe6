"""What DJ programs export of a history: which tracks were played, in order, mostly without times.

- rekordbox, *Export a playlist to a file*: a table in UTF-16, parted by tabs, with the columns of the list on screen:
  ``#``, ``Track Title``, ``Artist``, and ``Location`` where it is shown; or an M3U8.
- Mixxx, *Export Playlist*: a CSV with the columns ``Artist``, ``Title`` and ``Location`` among others, an M3U or M3U8,
  or a text whose lines are ``01. 0:00:00 Artist - Title``. Its times count from when the first track was entered in the
  history, some while after it came in, so they are no starts.

Source: exports of rekordbox 5 to 7; ``parsercsv.cpp`` and ``parserm3u.cpp`` of Mixxx.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..errors import SegueError
from .tracklist import Entry, printable

_LINE = re.compile(r"\s*(?:\d{1,5}\.)?\s*(?:\d{1,3}:)?(?:\d{1,3}:\d\d\s+)?(?P<artist>.*?) - (?P<title>.+?)\s*$")
_TITLE, _ARTIST, _PATH = ("track title", "title"), ("artist",), ("location", "file path")


def text(text: str, path: Path) -> tuple[str, Sequence[Entry]]:
    """Give the lines of a history as ``.txt``: rekordbox's table, or lines of artist and title."""
    head = text.lstrip().partition("\n")[0]
    if "\t" in head:
        return "a rekordbox history", _rows(text, path, "\t")
    found = [match for line in text.splitlines() if (match := _LINE.match(line))]
    if not found:
        wanted = "wanted rekordbox's table, or lines such as '01. Artist - Title'"
        raise SegueError(f"the tracklist {path} lists no tracks; {wanted}")
    return "a history", [Entry(match["artist"].strip(), match["title"]) for match in found]


def table(text: str, path: Path) -> tuple[str, Sequence[Entry]]:
    """Give the rows of a history as ``.csv``."""
    return "a history", _rows(text, path, ",")


def playlist(text: str, path: Path) -> tuple[str, Sequence[Entry]]:
    """Give the files of an M3U, with what ``#EXTINF`` says of them."""
    entries, artist, title = [], "", ""
    for line in (line.strip() for line in text.splitlines()):
        if line.upper().startswith("#EXTINF:"):
            artist, dash, title = line.partition(",")[2].strip().partition(" - ")
            if not dash:
                artist, title = "", artist
        elif line and not line.startswith("#"):
            entries.append(Entry(artist.strip(), title.strip(), line))
            artist = title = ""
    return "a playlist", entries


def _rows(text: str, path: Path, delimiter: str) -> list[Entry]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE  # rekordbox escapes none
    lines = io.StringIO(text.lstrip(), newline="")
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, quoting=quoting))
    except csv.Error as exc:
        raise SegueError(f"the tracklist {path} is no table: {exc}; export it again") from exc
    head = [name.strip().casefold() for name in rows[0]]
    title, artist, place = (next((head.index(n) for n in names if n in head), -1) for names in (_TITLE, _ARTIST, _PATH))
    if title < 0 and place < 0:
        shown = printable(", ".join(rows[0][:6])[:80])
        wanted = "a column 'Track Title', 'Title' or 'Location' was wanted; show it in English and export again"
        raise SegueError(f"the tracklist {path} begins with the columns {shown}; {wanted}")

    def cell(row: list[str], column: int) -> str:
        return row[column].strip() if 0 <= column < len(row) else ""

    found = [Entry(cell(row, artist), cell(row, title), cell(row, place)) for row in rows[1:]]
    return [entry for entry in found if entry.title or entry.path]
