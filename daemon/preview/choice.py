"""What is previewed: tracks as a person names them, their cues, and what would be chosen to follow them.

Conventions
-----------
All that previews know of a library and of its ranking goes through here. A chooser gives a track and one of its
cue-ins, or None where nothing fits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..advice.columns import Columns, names
from ..advice.mixout import MixOut, next_mix_out
from ..advice.ranker import Heard, Ranker
from ..errors import ConfigError, LibraryError
from ..hearing.now import NowPlaying
from ..library.snapshot import Snapshot
from ..library.track import Cue, Track
from ..signal.tonality import CLASH, UNKNOWN, relation
from .plan import Side, on_the_bar

if TYPE_CHECKING:
    from ..config import Suggest

Next = tuple[Track, Cue]

_LEAST_LEFT_S = 40.0
"""Music that a cue-in drawn by chance has behind it, so that the fade is heard to its end."""
_LEFT_FROM = 0.5
"""A track that nobody said where to leave is left at its first mix-out past the middle."""


class Crate:
    """A library, asked as previews ask it.

    Parameters
    ----------
    snapshot
        The library.
    settings
        As for live suggestions.
    """

    def __init__(self, snapshot: Snapshot, settings: Suggest) -> None:
        self.snapshot, self._settings = snapshot, settings

    def find(self, wanted: str) -> Track:
        """Return the one track that is meant: by id, path, the start of an id, or a part of artist and title.

        Raises
        ------
        LibraryError
            If it is none or not one alone; the message names those that it may be.
        """
        found = self.snapshot.by_id.get(wanted.lower()) or self.snapshot.by_path.get(str(Path(wanted).absolute()))
        if found is not None:
            return found
        low = wanted.lower()
        for near in (
            [track for track in self.snapshot if low and track.id.startswith(low)],
            [track for track in self.snapshot if low == track.title.lower()],
            [track for track in self.snapshot if low and low in f"{track.artist} - {track.title} {track.path}".lower()],
        ):
            if len(near) == 1:
                return near[0]
            if near:
                told = ", ".join(f"{track.id} ({track.title})" for track in near[:3])
                more = f" and {len(near) - 3} more" if len(near) > 3 else ""
                raise LibraryError(f"more than one track is like '{wanted}': {told}{more}; give an id")
        raise LibraryError(f"no track is like '{wanted}'; 'segue library list' shows all")

    def side(self, track: Track, marks: Sequence[Cue]) -> Side:
        """Return what a transition needs of a track."""
        return Side(
            title=track.title or Path(track.path).stem,
            path=track.path,
            duration_s=track.duration_s,
            loudness_lufs=track.loudness_lufs,
            beats_s=self.snapshot.beats_s(track.number),
            downbeats=np.asarray(self.snapshot.downbeats(track.number), np.int64),
            marks=tuple((cue.kind, cue.position_s) for cue in marks),
        )

    def mix_out(self, track: Track, wanted: str = "") -> MixOut:
        """Return where a track is left: the mix-out that was named, or the next one past its middle."""
        middle_s = _LEFT_FROM * track.duration_s
        if not wanted:
            return next_mix_out(_playing(track, middle_s))
        at_s = self._place(track, track.mix_outs, wanted, "--from", "mix-out")
        # As if the playhead were just where the line is not missed yet, so that its length is the live one's.
        near = min(track.mix_outs, key=lambda cue: abs(cue.position_s - at_s), default=None)
        kind = near.kind if near is not None and abs(near.position_s - at_s) < 1e-3 else "mix_out"
        beats = (track.duration_s - at_s) * track.tempo_bpm / 60.0 if track.tempo_bpm > 0 else 32.0
        return MixOut(at_s, kind, next((length for length in (64, 32, 16) if beats >= length), 16))

    def cue_in(self, track: Track, wanted: str) -> float:
        """Return the second of the cue-in that was named: by number, kind, or time, which is taken to the bar line."""
        return self._place(track, track.cues, wanted, "--at", "cue-in")

    def best_cue(self, outgoing: Track, mix_out: MixOut, track: Track) -> float:
        """Return the second of the cue-in that the ranker would have this track enter at."""
        others = {other.id for other in self.snapshot if other.id != track.id}
        found = self._rank(outgoing, mix_out, others)
        if found is not None and found[0].id == track.id:
            return found[1].position_s
        return track.cues[0].position_s if track.cues else 0.0

    def choice(self, outgoing: Track, mix_out: MixOut) -> Next | None:
        """Return what Segue puts first, of all but the outgoing track and its other versions."""
        return self._rank(outgoing, mix_out, {outgoing.id})

    def rule(self, outgoing: Track, mix_out: MixOut) -> Next | None:
        """Return what a rule puts first: keys that go together, then the nearest tempo; from its first cue-in."""

        def rank(track: Track) -> tuple[bool, float, str]:
            found = relation(outgoing.pitch_class, outgoing.mode, track.pitch_class, track.mode)
            return found in (CLASH, UNKNOWN), _apart(outgoing, track), track.id

        best = min(self.admissible(outgoing), key=rank, default=None)
        return None if best is None else (best, best.cues[0])

    def draw(self, outgoing: Track, rng: np.random.Generator) -> Next | None:
        """Return any track within reach, from any of its cue-ins."""
        tracks = self.admissible(outgoing)
        if not tracks:
            return None
        track = tracks[int(rng.integers(len(tracks)))]
        entries = [cue for cue in track.cues if track.duration_s - cue.position_s >= _LEAST_LEFT_S] or track.cues[:1]
        return track, entries[int(rng.integers(len(entries)))]

    def admissible(self, outgoing: Track) -> list[Track]:
        """Return the tracks that the fader reaches and that are no version of the outgoing one."""
        songs, reach = names(outgoing), math.log1p(self._settings.tempo_range)
        return [
            track
            for track in self.snapshot
            if track.id != outgoing.id and track.cues and _apart(outgoing, track) <= reach and not songs & names(track)
        ]

    def _rank(self, outgoing: Track, mix_out: MixOut, banned: set[str]) -> Next | None:
        heard = Heard(
            query=self.snapshot.query_at(outgoing.number, mix_out.position_s),
            bpm=outgoing.tempo_bpm,
            bpm_confidence=outgoing.tempo_confidence,
            pitch_class=outgoing.pitch_class,
            mode=outgoing.mode,
            key_confidence=outgoing.key_confidence,
            pitch_moves=False,
            energy=outgoing.energy,
            mix_out=mix_out,
            sounds=self.snapshot.derived(Columns).entries.before(outgoing.number, mix_out.position_s),
            number=outgoing.number,
        )
        ranked = Ranker(self._settings, self.snapshot).rank(heard, banned, 1)
        return (ranked[0].track, ranked[0].cue) if ranked else None

    def _place(self, track: Track, cues: Sequence[Cue], wanted: str, option: str, what: str) -> float:
        of_kind = [cue for cue in cues if cue.kind == wanted]
        if of_kind:
            return of_kind[0].position_s
        numbered = {str(cue.index): cue for cue in cues}
        if wanted in numbered:
            return numbered[wanted].position_s
        at_s = _seconds(wanted)
        if at_s is None:
            known = ", ".join(f"{cue.index} ({cue.kind}, {cue.position_s:.1f} s)" for cue in cues) or "none"
            raise ConfigError(
                f"{option} got '{wanted}'; wanted a {what} of '{track.title}' by number or kind ({known}),"
                " or a time such as 73.5 or 1:13.5"
            )
        if at_s >= track.duration_s:
            raise ConfigError(f"{option} {wanted} lies beyond '{track.title}', which is {track.duration_s:.1f} s long")
        return on_the_bar(self.side(track, cues), at_s)


def _playing(track: Track, position_s: float) -> NowPlaying:
    return NowPlaying(track, 1.0, position_s, 1.0, True, 1.0)


def _seconds(text: str) -> float | None:
    """Read ``73.5`` or ``1:13.5``; None if it is neither, or no number that a place can have."""
    minutes, _, rest = text.rpartition(":")
    try:
        value = float(rest) + 60.0 * int(minutes or 0)
    except ValueError:
        return None
    return value if 0.0 <= value < math.inf else None


def _apart(one: Track, other: Track) -> float:
    """How far two tempi are apart, octaves folded away, as a logarithm; infinite where one is not known."""
    if one.tempo_bpm <= 0 or other.tempo_bpm <= 0:
        return math.inf
    octaves = math.log2(one.tempo_bpm / other.tempo_bpm)
    return abs(octaves - round(octaves)) * math.log(2.0)
