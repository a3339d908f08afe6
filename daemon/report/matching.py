"""Which tracks of the library a tracklist means.

Conventions
-----------
By id, by path, by artist and title, by the file's name; the first that answers counts. Words are compared without
case, accents, punctuation, "feat." and what merely says that this is the usual version. What is only alike must have
the same numbers and the same kind of version ("dub", "live"), and be clearly more alike than the next.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from ..library.catalogue import Catalogue
from ..library.snapshot import Track
from .tracklist import Entry

ALIKE = 0.88
"""Least likeness, of 1, at which two names are taken for one."""
AHEAD = 0.04
"""By how much the most alike must surpass the next."""
_LONGEST = 300
"""Letters of a name that are compared."""
_USUAL = re.compile(
    r"[\(\[](original( mix)?|(extended|album|radio|single|full)( (mix|version|edit))?|official[^)\]]*"
    r"|[^)\]]*remaster(ed)?[^)\]]*|explicit|clean|free download)[\)\]]",
    re.IGNORECASE,
)
_FEAT = re.compile(r"[\(\[]?\b(feat|ft|featuring)\b\.?", re.IGNORECASE)
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_VERSIONS = frozenset(
    ("remix", "rmx", "mix", "dub", "edit", "live", "instrumental", "acapella", "vip", "bootleg", "rework", "version",
     "reprise", "acoustic", "demo", "cut")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """What a line of a tracklist means."""

    tracks: tuple[Track, ...]
    """Several only if nothing tells them apart; none if the library lacks it."""
    alike: bool = False
    """Found by likeness alone, so worth a look."""


class Matcher:
    """Finds tracks of a library by what a tracklist says of them.

    Parameters
    ----------
    tracks
        Of the library.
    copies
        Ids of further files that hold the sound of one of them, by path.
    """

    def __init__(self, tracks: Iterable[Track], copies: Mapping[str, str]) -> None:
        self._by_id: dict[str, Track] = {}
        self._by_path: dict[str, Track] = {}
        self._by_file: dict[str, list[Track]] = defaultdict(list)
        self._by_name: dict[str, list[Track]] = defaultdict(list)
        self._by_words: dict[str, list[Track]] = defaultdict(list)
        self._by_title: dict[str, list[Track]] = defaultdict(list)
        self._having: dict[str, set[str]] = defaultdict(set)
        for track in tracks:
            self._by_id[track.id] = track
            self._by_path[os.path.realpath(track.path)] = track
            self._by_file[_file(track.path)].append(track)
            self._by_name[folded(f"{track.artist} {track.title}")].append(track)
            words = plain(f"{track.artist} {track.title}")
            self._by_words[words].append(track)
            self._by_title[plain(track.title)].append(track)
            for word in words.split():
                self._having[word].add(words)
        for path, track_id in copies.items():
            if track_id in self._by_id:
                self._by_path.setdefault(os.path.realpath(path), self._by_id[track_id])

    def find(self, entry: Entry, folder: Path) -> Match:
        """Find what an entry of a tracklist in a folder means."""
        if entry.id in self._by_id:
            return Match((self._by_id[entry.id],))
        place = _local(entry.path)
        if place and (track := self._by_path.get(os.path.realpath(folder / place))):
            return Match((track,))
        if entry.title:
            exact = self._named(entry)
            if exact:
                return Match(tuple(exact))
        same_file = self._by_file.get(_file(place), []) if place else []
        if len(same_file) == 1:
            return Match((same_file[0],))
        alike = self._alike(plain(f"{entry.artist} {entry.title}")) if entry.title else []
        return Match(tuple(alike), alike=bool(alike))

    def _named(self, entry: Entry) -> list[Track]:
        """Tracks of exactly this name; by the title alone where one side knows no artist."""
        if not folded(entry.title):
            return []
        name = f"{entry.artist} {entry.title}"
        exact = self._by_name.get(folded(name)) or self._by_words.get(plain(name))
        if exact:
            return exact
        same = self._by_title.get(plain(entry.title), [])
        if len(same) == 1 and not (entry.artist and same[0].artist):
            return same
        return []

    def _alike(self, words: str) -> list[Track]:
        words = words[:_LONGEST]
        wanted = set(words.split())
        shared = Counter(other for word in wanted for other in self._having.get(word, ()))
        near = (other for other, count in shared.items() if 2 * count >= len(wanted))
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(words)
        best: list[tuple[float, str]] = [(0.0, ""), (0.0, "")]
        for other in near:
            if _telling(set(other.split())) != _telling(wanted):
                continue
            matcher.set_seq1(other)
            least = ALIKE - AHEAD
            if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
                best = sorted([*best, (matcher.ratio(), other)], reverse=True)[:2]
        (first, name), (second, _) = best
        return self._by_words[name] if first >= ALIKE and first - second >= AHEAD else []


def copies(folder: Path) -> dict[str, str]:
    """Give the track that each file of a library's catalogue was found to hold, by path.

    Raises
    ------
    LibraryError
        If the catalogue cannot be read.
    """
    with Catalogue.open(folder) as catalogue:
        return {path: file.track for path, file in catalogue.files().items() if file.track}


def plain(name: str) -> str:
    """Reduce a name to the words that tell the recording from others."""
    return folded(_USUAL.sub(" ", name))


def folded(name: str) -> str:
    """Reduce a name to its words, however they are written."""
    name = _FEAT.sub(" ", name.replace("&", " and "))
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", name))
    bare = unicodedata.normalize("NFC", bare)  # other marks, as those of kana, make another letter
    return " ".join(re.findall(r"\w+", bare.casefold().replace("'", "").replace("’", "").replace("_", " ")))


def _telling(words: set[str]) -> frozenset[str]:
    """Words in which two names that are one must agree: numbers, and kinds of version."""
    return frozenset(word for word in words if word in _VERSIONS or any(c.isdigit() for c in word))


def _local(place: str) -> str:
    """A path of a URL; anything else as it is."""
    if not place.lower().startswith("file:"):
        return place.replace("\0", "")
    place = unquote(re.sub(r"^file:(//(localhost)?)?", "", place, flags=re.IGNORECASE))
    return re.sub(r"^/([A-Za-z]:)", r"\1", place).replace("\0", "")


def _file(place: str) -> str:
    """A file's name without its suffix, as two machines would agree on it."""
    name = PureWindowsPath(place).stem if "\\" in place or ":" in place else PurePosixPath(place).stem
    return unicodedata.normalize("NFC", name).casefold()
