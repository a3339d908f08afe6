"""FMA, the Free Music Archive's dataset: excerpts of 30 s (or whole tracks), with a table of who made them.

Laid out as ``fma_metadata/tracks.csv`` beside ``fma_small/000/000002.mp3``. The table opens with two lines of column
names, (table, column), and a third that names the index; texts in it hold line ends. Its own split is taken, which was
drawn by artist; an artist found in several parts of it is moved to the strictest, so that none is on two sides.

Source: Defferrard, Benzi, Vandergheynst, Bresson, "FMA: a dataset for music analysis", 2017.
"""

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...daemon.errors import SegueError
from .source import EXCERPT_S, LONGEST_S, TRACK_S, Source, archives, complete, folder, missed

SUBSETS = ("small", "medium", "large", "full")
"""Each holds those before it; "full" has the tracks of "large" at their whole length."""
WHERE = "get {} from https://github.com/mdeff/fma and unpack it in {}"
STRICT = ("train", "validation", "test")
_SPLITS = {"training": "train", "validation": "validation", "test": "test"}
_TEXT = 1 << 24
"""Characters that one cell may have; the biographies outgrow what the csv module allows."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is needed of a line of the table."""

    track: int
    artist: str
    split: str
    subset: str


def fma(top: Path, subset: str | None = None, partial: bool = False) -> list[Source]:
    """Return the tracks of a subset.

    Parameters
    ----------
    top
        The folder that holds ``fma_metadata`` and ``fma_small`` (or another size).
    subset
        "small", "medium", "large" or "full"; None: the largest whose folder is there.
    partial
        Take what is there of it.

    Raises
    ------
    SegueError
        If the table or sound is missing, or the table is not FMA's.
    """
    if subset is not None and subset not in SUBSETS:
        raise SegueError(f"FMA has no subset '{subset}'; it has {', '.join(SUBSETS)}")
    table = top / "fma_metadata" / "tracks.csv"
    folder(top, "FMA", WHERE.format("fma_metadata.zip and fma_small.zip", top))
    if not complete(table):
        hint = archives(top, ["fma_metadata.zip"])
        raise SegueError(
            f"FMA in {top} has no {table.relative_to(top)}; {hint or WHERE.format(table.parent.name, top)}"
        )
    size = subset or next((s for s in reversed(SUBSETS) if (top / f"fma_{s}").is_dir()), "small")
    place = top / f"fma_{size}"
    rows = [r for r in artists_apart(read(table)) if size == "full" or r.subset in SUBSETS[: SUBSETS.index(size) + 1]]
    paths = [place / f"{r.track // 1000:03d}" / f"{r.track:06d}.mp3" for r in rows]
    there = [complete(p) for p in paths]
    gone = [p.relative_to(top).as_posix() for p, found in zip(paths, there, strict=True) if not found]
    hint = archives(top, [f"{place.name}.zip"]) or WHERE.format(f"{place.name}.zip", top)
    missed(f"FMA in {top}", gone, len(rows), hint, partial)
    least, most = (TRACK_S, LONGEST_S) if size == "full" else (EXCERPT_S, 60.0)
    return [
        Source(path, f"fma artist {row.artist}", row.split, least_s=least, most_s=most)
        for row, path, found in zip(rows, paths, there, strict=True)
        if found
    ]


def read(table: Path) -> list[Row]:
    """Read ``tracks.csv``.

    Raises
    ------
    SegueError
        If it lacks a column, or breaks off.
    """
    allowed = csv.field_size_limit(_TEXT)
    try:
        with open(table, encoding="utf-8", newline="") as file:
            lines = csv.reader(file, strict=True)
            names = list(zip(next(lines, []), next(lines, []), strict=False))
            at = {name: n for n, name in enumerate(names)}
            lacking = [
                f"{a}/{b}" for a, b in (("artist", "id"), ("set", "split"), ("set", "subset")) if (a, b) not in at
            ]
            if lacking:
                raise SegueError(f"{table} has no column {', '.join(lacking)}; it is not FMA's table of tracks")
            artist, split, subset = at["artist", "id"], at["set", "split"], at["set", "subset"]
            rows = []
            for line in lines:
                if len(line) == len(names) and line[0].isdigit():
                    rows.append(Row(int(line[0]), line[artist], _SPLITS.get(line[split], "train"), line[subset]))
                elif line and line[0] != "track_id":
                    raise SegueError(f"{table} breaks off or is damaged at line {lines.line_num}; fetch it again")
    except (csv.Error, UnicodeDecodeError) as exc:
        raise SegueError(f"{table} cannot be read ({exc}); fetch fma_metadata.zip again") from exc
    finally:
        csv.field_size_limit(allowed)
    if not rows:
        raise SegueError(f"{table} names no tracks; fetch fma_metadata.zip again")
    return rows


def artists_apart(rows: Iterable[Row]) -> list[Row]:
    """Put every artist into one part of the split, the strictest of those it is in."""
    rows = list(rows)
    parts: dict[str, str] = {}
    torn = set()
    for row in rows:
        before = parts.setdefault(row.artist, row.split)
        if before != row.split:
            torn.add(row.artist)
            parts[row.artist] = max(before, row.split, key=STRICT.index)
    if torn:
        print(f"FMA: {len(torn)} artists were in several parts of its split; each is now in one", file=sys.stderr)
    return [Row(r.track, r.artist, parts[r.artist], r.subset) for r in rows]
