"""On which line of a TOML file does a setting stand?

``tomllib`` keeps no positions, so this reads the headers and the keys alone, one line at a time. A setting that it
cannot place (an inline table, a dotted key) is told by its dotted name instead.
"""

from __future__ import annotations

import re

Location = tuple[int | str, ...]
"""Names and list positions from the top, as pydantic gives them: ``("osc", "targets", 0, "port")``."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*["']?([A-Za-z0-9_\-]+)["']?\s*=""")


def dotted(loc: Location) -> str:
    """Write a location as the file would: ``osc.targets[0].port``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def line_of(text: str, loc: Location) -> int | None:
    """Find the line, counted from 1, of a setting, of the table it is missing from, or of the list it stands in.

    Returns None where no enclosing table has a line of its own.
    """
    lines = _lines(text)
    while loc:
        if loc in lines:
            return lines[loc]
        loc = loc[:-1]
    return None


def _lines(text: str) -> dict[Location, int]:
    found: dict[Location, int] = {}
    table: Location = ()
    arrays: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header[2]
            table = tuple(name.split("."))
            if header[1] == "[[":
                arrays[name] = arrays.get(name, -1) + 1
                found.setdefault(table, number)
                table = (*table, arrays[name])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found
