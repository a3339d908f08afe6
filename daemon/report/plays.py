"""The truth of a set: its tracklist laid over the recording, with the tracks of the library that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SegueError
from ..library.snapshot import Track
from .matching import Match, Matcher
from .tracklist import Tracklist, printable

TOLERANCE_S = 15.0
"""Around a start that is all that is known of a change: nobody notes it to the beat, and the blend takes as long."""


@dataclass(frozen=True, slots=True)
class Play:
    """One track's part in a set, as far as its tracklist tells."""

    name: str
    """Artist and title as the tracklist has them, else as the library has them."""
    title: str
    """Alone."""
    ids: frozenset[str]
    """What it may rightly be named; empty where the library lacks it."""
    start_s: float
    end_s: float
    """Without times: all of the set."""
    fade_in_s: float
    track_start_s: float | None
    rate: float | None

    def position_s(self, t: float) -> float | None:
        """Position in the track at ``t``; None: not known."""
        if self.track_start_s is None or self.rate is None:
            return None
        return self.track_start_s + (t - self.start_s) * self.rate


@dataclass(frozen=True, slots=True)
class Truth:
    """A tracklist, and what its lines mean in a library."""

    tracklist: Tracklist
    matches: tuple[Match, ...]
    """One a line."""

    @classmethod
    def find(cls, tracklist: Tracklist, tracks: Sequence[Track], copies: Mapping[str, str]) -> Truth:
        """Look every line up among the tracks of a library, and the files that hold the same sound."""
        matcher, folder = Matcher(tracks, copies), Path(tracklist.path).absolute().parent
        return cls(tracklist, tuple(matcher.find(entry, folder) for entry in tracklist.entries))

    @property
    def tolerance_s(self) -> float:
        """How far off the starts may be."""
        return TOLERANCE_S if self.tracklist.timed and not self.tracklist.exact else 0.0

    def check(self, length_s: float | None) -> None:
        """Refuse a tracklist that cannot be of a recording of this length.

        Raises
        ------
        SegueError
            If all but the first track start after its end.
        """
        starts = [entry.start_s for entry in self.tracklist.entries if entry.start_s is not None]
        if length_s and starts and min(starts[1:], default=starts[0]) >= length_s:
            told = f"the recording ends at {length_s:.0f} s, before the tracks of {self.tracklist.path}"
            raise SegueError(f"{told}; give its own tracklist")

    def plays(self, length_s: float) -> list[Play]:
        """Lay the tracklist over what was heard; what starts after its end is left out.

        Parameters
        ----------
        length_s
            Of what was heard.
        """
        plays: list[Play] = []
        entries = self.tracklist.entries
        for number, (entry, match) in enumerate(zip(entries, self.matches, strict=True)):
            start_s = entry.start_s or 0.0
            if start_s >= length_s:
                continue
            after = entries[number + 1].start_s if number + 1 < len(entries) else None
            end_s = min(length_s, next((t for t in (entry.end_s, after) if t is not None), length_s))
            overlap_s = min(plays[-1].end_s, end_s) - start_s if plays and self.tracklist.timed else 0.0
            ids = frozenset(track.id for track in match.tracks)
            name, title = entry.name, printable(entry.title) or entry.name
            if match.tracks and not entry.title:
                name, title = label(match.tracks[0]), printable(match.tracks[0].title)
            plays.append(Play(name, title, ids, start_s, end_s, max(0.0, overlap_s), entry.track_start_s, entry.rate))
        return plays

    def notes(self, length_s: float) -> list[str]:
        """Say what a reader of the figures must know."""
        told, entries = [], self.tracklist.entries
        if not self.tracklist.timed:
            told.append("The tracklist has no times, so a name counts as right wherever it stands on the list.")
        elif self.tolerance_s:
            told.append(
                f"The tracklist has starts alone: within {TOLERANCE_S:.0f} s of a change both tracks count as right, "
                "and delays are measured from the start."
            )
        if late := sum((entry.start_s or 0.0) >= length_s for entry in entries):
            told.append(f"{late} of its tracks start after the end of what was heard, and are left out.")
        if lacking := sum(not match.tracks for match in self.matches):
            right = "; while one of them plays, naming nothing is right" if self.tracklist.timed else ""
            told.append(
                f"{lacking} of its {len(entries)} tracks {'is' if lacking == 1 else 'are'} not in the library{right}."
            )
        for entry, match in zip(entries, self.matches, strict=True):
            if match.alike:
                told.append(f"“{entry.name}” is taken for “{label(match.tracks[0])}”, by likeness alone.")
        return told


def label(track: Track) -> str:
    """Write a track's artist and title, or what there is of them."""
    words = " - ".join(word for word in (track.artist, track.title) if word)
    return printable(words if track.title else Path(track.path).name)
