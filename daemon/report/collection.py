"""rekordbox's XML: a collection, and the playlist in it that is the set.

``COLLECTION`` holds a ``TRACK`` for each track, with ``TrackID``, ``Name``, ``Artist`` and ``Location``, a URL; in
``PLAYLISTS`` a ``NODE`` of ``Type`` 1 is a playlist, whose ``TRACK`` elements name tracks by ``Key``: the ``TrackID``,
or with ``KeyType`` 1 the ``Location``.

Source: rekordbox, "XML format list" (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..errors import SegueError
from .tracklist import Entry, printable


def entries(text: str, path: Path) -> tuple[str, Sequence[Entry]]:
    """Give the tracks of the one playlist that has some."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # what rekordbox never writes, and what makes a small file huge
        raise SegueError(f"the tracklist {path} defines entities; wanted the XML that rekordbox exports")
    try:
        root = ElementTree.fromstring(text.strip())
    except (ElementTree.ParseError, ValueError) as exc:
        raise SegueError(f"the tracklist {path} is no XML: {exc}; export it again") from exc
    lists = [node for node in root.iterfind("PLAYLISTS//NODE") if node.get("Type") == "1" and len(node)]
    if len(lists) != 1:
        names = ", ".join(f"'{printable(node.get('Name', ''))}'" for node in lists[:5])
        told = f"{len(lists)} playlists with tracks ({names})" if lists else "no playlist with tracks"
        raise SegueError(f"the tracklist {path} has {told}; one was wanted: export that one as .txt or .m3u8")
    key = "Location" if lists[0].get("KeyType") == "1" else "TrackID"
    tracks = {track.get(key, ""): track for track in root.iterfind("COLLECTION/TRACK")}
    keys = [track.get("Key", "") for track in lists[0].iterfind("TRACK")]
    lost = [name for name in keys if name not in tracks]
    if lost:
        raise SegueError(f"the tracklist {path} plays {len(lost)} tracks that its collection lacks; export it again")
    return "a rekordbox playlist", [
        Entry(tracks[name].get("Artist", ""), tracks[name].get("Name", ""), tracks[name].get("Location", ""))
        for name in keys
    ]
