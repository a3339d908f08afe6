"""Finds a foreign library's tracks among ours: by path; where a folder has moved, by what else is known of a file.

Conventions
-----------
A match by anything but the path must be the only one: a guess would put a DJ's cues on another recording.
"""

import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..library.records import File
from .foreign import Track

_SAME_LENGTH_S = 1.5


@dataclass
class Matches:
    """Which track is which."""

    ids: dict[int, str] = field(default_factory=dict)
    """Id in our library, by place in the foreign one."""
    moved: list[int] = field(default_factory=list)
    """Those found under another path."""


class Files:
    """The files of our library, ready to be asked for.

    Parameters
    ----------
    durations_s
        Of tracks, by id.
    """

    def __init__(self, files: Iterable[File], durations_s: Mapping[str, float]) -> None:
        self._durations_s = durations_s
        self._by_path: dict[str, str] = {}
        self._by_alike: dict[str, set[str]] = {}
        self._by_name: dict[str, list[File]] = {}
        self._by_title: dict[tuple[str, str], set[str]] = {}
        for file in files:
            if file.track:
                self._by_path[file.path] = file.track
                self._by_alike.setdefault(_same(file.path), set()).add(file.track)
                self._by_name.setdefault(_name(file.path), []).append(file)
                self._by_title.setdefault((_same(file.artist), _same(file.title)), set()).add(file.track)

    def match(self, tracks: Iterable[Track]) -> Matches:
        """Find tracks."""
        found = Matches()
        for n, track in enumerate(tracks):
            if (id_ := self._there(os.path.normpath(track.path))) is None:
                if (id_ := self._elsewhere(track)) is None:
                    continue
                found.moved.append(n)
            found.ids[n] = id_
        return found

    def _there(self, path: str) -> str | None:
        """The track at a path; in another case, if that leaves no choice."""
        alike = self._by_alike.get(_same(path), set())
        return self._by_path.get(path) or (next(iter(alike)) if len(alike) == 1 else None)

    def _elsewhere(self, track: Track) -> str | None:
        if not track.path:  # a cue sheet may name no files
            alike = self._by_title.get((_same(track.artist), _same(track.title)), set()) if track.title else set()
        else:
            named = self._by_name.get(_name(track.path), [])
            if track.size:
                named = [file for file in named if file.size == track.size] or named
            alike = {file.track for file in named if file.track and self._as_long(file.track, track.duration_s)}
        return next(iter(alike)) if len(alike) == 1 else None

    def _as_long(self, id_: str, duration_s: float) -> bool:
        return not duration_s or abs(self._durations_s.get(id_, duration_s) - duration_s) <= _SAME_LENGTH_S


def _same(text: str) -> str:
    """A text as macOS, Windows and Linux would compare it: accents composed, and without case."""
    return unicodedata.normalize("NFC", text.replace("\\", "/")).casefold()


def _name(path: str) -> str:
    return _same(PurePosixPath(path.replace("\\", "/")).name)
