"""MAESTRO: piano concerts, with a table of who composed what.

Laid out as ``maestro-v3.0.0.csv`` beside a folder a year, ``2018/….wav``. Its own split is by piece, so that a composer
may be on two sides: a model that is measured on it knows the composer, never the piece.

Source: Hawthorne et al., "Enabling factorized piano music modeling and generation with the MAESTRO dataset", 2019.
"""

import csv
from pathlib import Path, PurePosixPath

from ...daemon.errors import SegueError
from .source import Source, archives, folder, heard, missed

COLUMNS = ("canonical_composer", "canonical_title", "split", "audio_filename", "duration")
SPLITS = frozenset({"train", "validation", "test"})
WHERE = "get maestro-v3.0.0.zip (101 GB) from https://magenta.tensorflow.org/datasets/maestro and unpack it in {}"
MOST_S = 3600.0
"""The longest concert has 44 minutes."""


def maestro(top: Path, partial: bool = False) -> list[Source]:
    """Return MAESTRO's concerts.

    Parameters
    ----------
    top
        The folder that holds ``maestro-v3.0.0.csv`` (or that of an older version; the newest is taken).
    partial
        Take what is there of it.

    Raises
    ------
    SegueError
        If the table or sound is missing, or the table is another one.
    """
    where = WHERE.format(top)
    folder(top, "MAESTRO", where)
    tables = sorted(top.glob("maestro-v*.csv"))
    if not tables:
        raise SegueError(f"MAESTRO in {top} has no maestro-v3.0.0.csv; {archives(top, _zips('v3.0.0')) or where}")
    rows = _read(tables[-1])
    found = [heard(top / PurePosixPath(row["audio_filename"])) for row in rows]
    gone = [row["audio_filename"] for row, path in zip(rows, found, strict=True) if path is None]
    hint = archives(top, _zips(tables[-1].stem.removeprefix("maestro-"))) or where
    if len(gone) == len(rows) and (next(top.rglob("*.midi"), None) or next(top.rglob("*.mid"), None)):
        hint = f"this is the download without sound; {hint}"
    missed(f"MAESTRO in {top}", gone, len(rows), hint, partial)
    return [
        Source(path, row["canonical_composer"], row["split"], most_s=MOST_S, length_s=float(row["duration"]))
        for row, path in zip(rows, found, strict=True)
        if path is not None
    ]


def _zips(version: str) -> list[str]:
    return [f"maestro-{version}.zip"]


def _read(table: Path) -> list[dict[str, str]]:
    try:
        with open(table, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise SegueError(f"{table} has no column {', '.join(lacking)}; it is not MAESTRO's table")
            rows = []
            for row in reader:
                if None in row.values() or row["split"] not in SPLITS or not _number(row["duration"]):
                    raise SegueError(f"{table} breaks off or is damaged at line {reader.line_num}; fetch it again")
                rows.append(row)
    except (csv.Error, UnicodeDecodeError) as exc:
        raise SegueError(f"{table} cannot be read ({exc}); fetch it again") from exc
    if not rows:
        raise SegueError(f"{table} names no concerts; fetch it again")
    return rows


def _number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
