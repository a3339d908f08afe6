"""From what is heard to what could come next: asks the ranker when it is time and keeps the list honest at every hop.

Conventions
-----------
Stepped once a hop; times are stream seconds at the hop's end. A ranking is made each second and when another track is
named; tracks that play, have played or may be playing leave the list within the hop in which that is noticed.
"""

from __future__ import annotations

import math
from collections.abc import Set
from typing import TYPE_CHECKING

from .columns import Columns
from .guard import Guard
from .matcher import Floats, LiveQuery, unit
from .mixout import UNKNOWN, Aim
from .played import Played
from .ranker import Heard, Ranker, Suggestion
from .suggestions import Shortlist, SuggestionList
from .taste import Taste
from .timbre import LastSound
from .wishes import Wishes

if TYPE_CHECKING:
    from ..config import Suggest
    from ..hearing.now import NowPlaying
    from ..library.snapshot import Snapshot
    from ..rhythm.rhythm import LiveBeat
    from ..rhythm.tonality_live import KeyEstimate

RANK_HOPS = 4
"""Hops from one ranking to the next (1 s)."""
_SPARE = 2
_STORED_SHARE = 0.85
_ENERGY_STEP = 0.05
_TEMPO_STEP, _TEMPO_JUMP = 0.15, 0.03
_LEAST_BEAT_CONFIDENCE = 0.15
_LEAST_TEMPO_CONFIDENCE = 0.3
"""Of what is named: enough to keep out what is far off, not enough to say whether the library has counted 3 for 2."""
_LEAST_KEY_CONFIDENCE = 0.3
_LEAVING_CONFIDENCE = 0.7
_LEFT_S = 10.0
_KEPT_OUT_S = 12.0


class Adviser:
    """Keeps the standing suggestions.

    Parameters
    ----------
    settings
        Count, tempo range, hold and weights.
    hop_s
        Seconds in a hop.
    warmup_hops
        Hops of sound before a live query means anything.
    taste
        What was learnt before; none: nothing.
    """

    def __init__(self, settings: Suggest, hop_s: float, warmup_hops: int, taste: Taste | None = None) -> None:
        self._settings = settings
        self._hop_s = hop_s
        self._warmup_hops = max(warmup_hops, RANK_HOPS)
        self._snapshot: Snapshot | None = None
        self._ranker: Ranker | None = None
        self._guard: Guard | None = None
        self._kept_out: dict[str, float] = {}
        self._acquitted: Set[str] = frozenset()
        self._named_s = -math.inf
        self._played = Played()
        self._shortlist = Shortlist(settings.count, settings.hold_s)
        self.wishes = Wishes(settings, taste or Taste(), self._shortlist)
        """What the DJ says while it plays."""
        self._query = LiveQuery()
        self._sound: LastSound | None = None
        self._aim = Aim()
        self.heard: Heard | None = None
        """What the last ranking went by."""
        self._hops = 0
        self._since_rank = 0
        self._energy = -1.0
        self._bpm = 0.0
        self._pitch_moves = False
        self._named = ""
        self._fresh = False

    @property
    def standing(self) -> SuggestionList | None:
        """What stands; None until there is something to go by."""
        return self._shortlist.standing

    def use(self, snapshot: Snapshot) -> None:
        """Suggest from another snapshot; what was played stays played."""
        self._snapshot = self.wishes.snapshot = snapshot
        self._shortlist.move(snapshot.by_id)
        self._ranker = Ranker(self._settings, snapshot)
        self._guard = Guard(snapshot)
        self._sound = self._sound or LastSound(snapshot.derived(Columns).entries.model)
        self._named_s = -math.inf  # a new tracker names nothing yet, which is no loss
        self._since_rank, self._fresh = RANK_HOPS, True

    def adopt(self, settings: Suggest) -> None:
        """Go over to other settings; what was played and what the DJ has said stay."""
        self.wishes.adopt(self._settings, settings)
        self._settings = settings
        self._shortlist.hold_s = settings.hold_s
        if self._ranker is not None:
            self._ranker.adopt(settings)

    def acquit(self, track_ids: Set[str]) -> None:
        """Let tracks be suggested that were taken for what plays, and are not, until the next call."""
        self._acquitted = track_ids
        if self._named in track_ids:
            self._named, self._named_s = "", -math.inf

    def step(
        self,
        t: float,
        samples: Floats,
        query: Floats,
        ident: Floats,
        now: NowPlaying | None,
        now2: NowPlaying | None,
        suspects: Set[str],
        beat: LiveBeat,
        key: KeyEstimate,
        energy: float,
        silence: bool,
    ) -> None:
        """Advance one hop.

        Parameters
        ----------
        t
            Stream time of the hop's end.
        samples
            The hop's sound, mono at 16 kHz.
        query, ident
            The hop's embeddings, (dim,) each.
        now, now2
            The named tracks.
        suspects
            Ids of tracks that may be playing, or may have been.
        beat, key, energy
            What is heard, at the hop's last tick.
        silence
            Nothing is heard; the list stands as it is.
        """
        self._played.heard([deck for deck in (now, now2) if deck is not None], t, self._hop_s)
        self._played.suspect(suspects, t)
        kept_out = {each for each, until_s in self._kept_out.items() if t < until_s}
        banned = (self._played.banned(t) | kept_out) - self._acquitted | self.wishes.excluded
        still = self.wishes.paused
        self._shortlist.lock(self.wishes.locked)
        if self.wishes.stale and not still:
            self.wishes.stale, self._since_rank, self._fresh = False, RANK_HOPS, True
        self._shortlist.drop(self.wishes.excluded if still else banned)
        if self._guard is not None:
            self._guard.hear(ident)
        if silence:
            return
        self._hops += 1
        self._since_rank += 1
        self._query.step(query)
        if self._sound is not None:
            self._sound.step(samples)
        self._energy = energy if self._energy < 0 else self._energy + _ENERGY_STEP * (energy - self._energy)
        other = now is not None and now.track.id != self._named
        if now is not None:
            self._named, self._named_s = now.track.id, t
            self._watch_pitch(now, key)
        # On hops of its own: on the others the tracker has more to do.
        due = self._since_rank >= RANK_HOPS and round(t / self._hop_s) % RANK_HOPS == 0
        self._fresh = self._fresh or other
        if self._ranker is None or still or self._hops < self._warmup_hops or not (due or self._fresh):
            return
        self._since_rank = 0
        fresh, self._fresh = self._fresh, False
        self.heard = self._heard(now, beat, key)
        standing = self._shortlist.track_ids
        ranked = self._ranker.rank(self.heard, banned, _SPARE * self.wishes.count, self.wishes, standing)
        coming = self._coming_in(ranked, now, t)
        self._shortlist.drop(coming)
        kept = [suggestion for suggestion in ranked if suggestion.track.id not in coming]
        self._shortlist.update(kept, t, fresh=fresh)

    def _heard(self, now: NowPlaying | None, beat: LiveBeat, key: KeyEstimate) -> Heard:
        mix_out = self._aim.step(now, self._bars_s(now))
        live = self._query.vector()
        sounds = () if self._sound is None else self._sound.views()
        if now is None or self._snapshot is None:
            sure = beat.bpm > 0 and beat.conf >= _LEAST_BEAT_CONFIDENCE
            return Heard(
                query=live,
                bpm=self._steady(beat.bpm if sure else 0.0),
                bpm_confidence=beat.conf,
                pitch_class=key.pitch_class,
                mode=key.mode,
                key_confidence=key.confidence,
                pitch_moves=False,
                energy=self._energy,
                mix_out=mix_out,
                sounds=sounds,
                direction=self.wishes.direction,
            )
        track, speed = now.track, 1.0
        if track.mix_outs and mix_out != UNKNOWN:
            stored = self._snapshot.query_at(track.number, mix_out.position_s)
            live = unit((1.0 - _STORED_SHARE) * live + _STORED_SHARE * stored)
            leaving = self._snapshot.derived(Columns).entries.before(track.number, mix_out.position_s)
            sounds, speed = (leaving, now.tempo_ratio) if leaving else (sounds, speed)
        tempo_known = track.tempo_bpm > 0 and now.heard
        pitch_class = track.pitch_class
        if self._pitch_moves and pitch_class >= 0:
            pitch_class = (pitch_class + semitones(now.tempo_ratio)) % 12
        return Heard(
            query=live,
            bpm=self._steady(track.tempo_bpm * now.tempo_ratio if tempo_known else beat.bpm),
            bpm_confidence=max(track.tempo_confidence, _LEAST_TEMPO_CONFIDENCE) if tempo_known else beat.conf,
            pitch_class=pitch_class,
            mode=track.mode,
            key_confidence=track.key_confidence,
            pitch_moves=self._pitch_moves,
            energy=track.energy,
            mix_out=mix_out,
            sounds=sounds,
            speed=speed,
            number=track.number,
            direction=self.wishes.direction,
        )

    def _bars_s(self, now: NowPlaying | None) -> list[float]:
        """Give where the bars of what plays start."""
        if now is None or self._snapshot is None:
            return []
        number = now.track.number
        bars: list[float] = self._snapshot.beats_s(number)[self._snapshot.downbeats(number)].tolist()
        return bars

    def _steady(self, bpm: float) -> float:
        """Smooth the tempo, so that its flutter does not reach the suggestions; a jump is followed at once."""
        near = bpm > 0 and self._bpm > 0 and abs(bpm / self._bpm - 1.0) < _TEMPO_JUMP
        self._bpm = self._bpm + _TEMPO_STEP * (bpm - self._bpm) if near else bpm
        return self._bpm

    def _coming_in(self, ranked: list[Suggestion], now: NowPlaying | None, t: float) -> set[str]:
        """Find candidates that may be the record coming in, while the named one is being left, and keep them out."""
        leaving = now.heard and now.confidence < _LEAVING_CONFIDENCE if now is not None else t - self._named_s < _LEFT_S
        if not leaving or self._guard is None or not self._played.follows(self._named):
            return set()
        standing = self._shortlist.standing.slots if self._shortlist.standing is not None else ()
        tracks = {each.track.id: each.track for each in (*ranked, *standing) if each is not None}
        doubtful = self._guard.doubtful([each.number for each in tracks.values()], len(tracks) - self.wishes.count)
        coming = {track_id for track_id, track in tracks.items() if track.number in doubtful}
        coming -= self._acquitted | self._played.wandering() | self.wishes.locked
        self._kept_out.update(dict.fromkeys(coming, t + _KEPT_OUT_S))
        return coming

    def _watch_pitch(self, now: NowPlaying, key: KeyEstimate) -> None:
        """Notice whether the key has moved with the speed (vinyl) or has not (key lock)."""
        track, shift = now.track, semitones(now.tempo_ratio)
        if shift == 0 or track.pitch_class < 0 or key.confidence < _LEAST_KEY_CONFIDENCE or key.mode != track.mode:
            return
        if key.pitch_class == (track.pitch_class + shift) % 12:
            self._pitch_moves = True
        elif key.pitch_class == track.pitch_class:
            self._pitch_moves = False


def semitones(ratio: float) -> int:
    """Return how far the pitch moves, rounded, at a speed without key lock."""
    return round(12.0 * math.log2(ratio)) if ratio > 0 else 0
