"""What plays (``/now``, ``/now2``) and what could follow (``/next``), as messages: what changed, and what counts down.

Conventions
-----------
Positions are seconds in a track's own time; a duration "from now" is in seconds of the room, so it is divided by the
speed at which the track plays. Beats are counted at the track's own tempo. -1 where something is unknown.
"""

from typing import TYPE_CHECKING, Any

from ..messages import SLOTS, Builder, Message
from ..signal.tonality import camelot_name

if TYPE_CHECKING:
    from ..advice.ranker import Suggestion
    from ..advice.suggestions import SuggestionList
    from ..hearing.now import NowPlaying
    from ..library.snapshot import Track

NOW_TICKS, IDLE_TICKS, COUNTDOWN_TICKS = 2, 20, 10
"""Ticks between two rounds of a playing track's numbers (10 Hz), an idle second deck's (1 Hz), countdowns (2 Hz)."""

_NOTHING = (0.0, *(-1.0,) * 8)
_FIELDS = ("score", "cue_in_s", "cue_in_beats", "mix_len_beats", "tempo_ratio", "bpm", "energy", "key_rel", "locked")
_EMPTY = (0.0, -1.0, -1.0, -1.0, -1.0, 0.0, -1.0, -1, 0)
_SCORED = 2
"""Decimals of a score that count as a change of its slot."""


def key_text(track: "Track") -> str:
    """Name a track's key in Camelot letters, empty when it is not known."""
    return camelot_name(track.pitch_class, track.mode) if track.pitch_class >= 0 and track.mode >= 0 else ""


def countdown(position_s: float, playing: "NowPlaying | None") -> tuple[float, float]:
    """Give seconds and beats from the playhead to a position in the playing track; 0 when past, -1 when unknown."""
    if playing is None or position_s < 0 or playing.position_s < 0:
        return -1.0, -1.0
    left = max(0.0, position_s - playing.position_s)
    tempo = playing.track.tempo_bpm
    return left / (playing.tempo_ratio if playing.tempo_ratio > 0 else 1.0), left * tempo / 60.0 if tempo > 0 else -1.0


class Deck:
    """One playing track. ``always``: its numbers go out at 10 Hz even while there is none."""

    def __init__(self, builder: Builder, name: str, always: bool) -> None:
        self._message, self._name, self._always = builder.message, name, always
        fields = (
            "conf",
            "pos_s",
            "pos_beats",
            "len_s",
            "remain_s",
            "tempo_ratio",
            "mix_out_s",
            "mix_out_beats",
            "level",
        )
        self._make = [builder.number(f"{name}/{field}") for field in fields]
        self._make_valid, self._make_rev = builder.number(f"{name}/valid"), builder.number(f"{name}/rev")
        self._playing = ""
        self._rev = 0

    def step(self, out: list[Message], t: float, now: "NowPlaying | None", tick: int, refresh: bool) -> None:
        """Add this tick's messages to ``out``; ``refresh`` repeats the retained ones."""
        playing = "" if now is None else now.track.id
        changed = playing != self._playing
        if changed:
            self._playing = playing
            self._rev += 1
        if now is not None and (changed or refresh):
            track = now.track
            out.append(
                self._message(t, f"{self._name}/track", self._rev, track.id, track.artist, track.title, key_text(track))
            )
            out.append(self._message(t, f"{self._name}/path", self._rev, str(track.path)))
        elif now is None and (changed or refresh):  # at the first tick too: a display may still show what was before us
            out.append(self._message(t, f"{self._name}/none", self._rev))
        every = NOW_TICKS if self._always or now is not None else IDLE_TICKS
        if changed or tick % every == 0:
            out.append(self._make_valid(t, now is not None))
            out.append(self._make_rev(t, self._rev))
            values = _NOTHING if now is None else _numbers(now)
            out += [make(t, value) for make, value in zip(self._make, values, strict=True)]


class OwnDeck:
    """A deck that is heard by itself: what is on it, and whether that is on air."""

    def __init__(self, builder: Builder, letter: str) -> None:
        self._deck = Deck(builder, f"/deck/{letter}", always=False)
        self._make = builder.number(f"/deck/{letter}/on_air")
        self._on_air = False

    def step(self, out: list[Message], t: float, now: "NowPlaying | None", on_air: bool, tick: int,
             refresh: bool) -> None:  # fmt: skip
        """Add this tick's messages to ``out``."""
        self._deck.step(out, t, now, tick, refresh)
        if on_air != self._on_air or tick % (NOW_TICKS if now is not None else IDLE_TICKS) == 0:
            self._on_air = on_air
            out.append(self._make(t, on_air))


def _numbers(now: "NowPlaying") -> tuple[float, ...]:
    track, position, ratio = now.track, now.position_s, now.tempo_ratio if now.tempo_ratio > 0 else 1.0
    if position < 0:
        return (now.confidence, -1.0, -1.0, track.duration_s, -1.0, now.tempo_ratio, -1.0, -1.0, now.level)
    beats = position * track.tempo_bpm / 60.0 if track.tempo_bpm > 0 else -1.0
    mix_out = min((cue.position_s for cue in track.mix_outs if cue.position_s > position), default=-1.0)
    remain = max(0.0, track.duration_s - position) / ratio
    return (now.confidence, position, beats, track.duration_s, remain, ratio, *countdown(mix_out, now), now.level)


class Board:
    """The standing suggestions, slot by slot."""

    def __init__(self, builder: Builder) -> None:
        self._message = builder.message
        self._make = [[builder.number(f"/next/n{k}/{f}") for f in _FIELDS] for k in range(1, SLOTS + 1)]
        counts = ("mix_out_s", "mix_out_beats")
        self._count = [[builder.number(f"/next/n{k}/{f}") for f in counts] for k in range(1, SLOTS + 1)]
        self._slots: list[Suggestion | None] = [None] * SLOTS
        self._marks: list[tuple[Any, ...]] = [()] * SLOTS
        self.rev = 0
        """Of the list that was sent last; 0 before the first."""

    def step(self, out: list[Message], t: float, new: "SuggestionList | None", now: "NowPlaying | None",
             tick: int, refresh: bool) -> None:  # fmt: skip
        """Add this tick's messages to ``out``: a new list's changed slots, all slots on ``refresh``, countdowns.

        All eight places are spoken of, before there is a list too: a display may still show what an earlier run said.
        """
        changed = new is not None and new.rev != self.rev
        spoken: range | list[int] = []
        if new is not None and changed:
            self.rev = new.rev
            slots = [*new.slots, *[None] * SLOTS][:SLOTS]
            marks = [_mark(slot) for slot in slots]
            spoken = [k for k, mark in enumerate(marks) if mark != self._marks[k]]
            self._slots, self._marks = slots, marks
        if refresh:
            spoken = range(SLOTS)
        if changed or refresh:
            ends = (self.rev, sum(slot is not None for slot in self._slots))
            out.append(self._message(t, "/next/begin", *ends))
            for k in spoken:
                self._speak(out, t, k, now)
            out.append(self._message(t, "/next/commit", *ends))
        if tick % COUNTDOWN_TICKS == 0:
            for k, slot in enumerate(self._slots):
                if slot is not None and k not in spoken:
                    self._count_down(out, t, k, slot, now)

    def _count_down(self, out: list[Message], t: float, k: int, slot: "Suggestion | None",
                    now: "NowPlaying | None") -> None:  # fmt: skip
        left = (-1.0, -1.0) if slot is None else countdown(slot.mix_out_position_s, now)
        out += [make(t, value) for make, value in zip(self._count[k], left, strict=True)]

    def _speak(self, out: list[Message], t: float, k: int, now: "NowPlaying | None") -> None:
        slot, name, rev = self._slots[k], f"/next/n{k + 1}", self.rev
        values: tuple[Any, ...] = _EMPTY
        labels: tuple[Any, ...] = ("", "", "", "", "")
        cues: list[float | str] = []
        path = ""
        if slot is not None:
            track, cue = slot.track, slot.cue
            values = (slot.score, cue.position_s, cue.beat, slot.mix_len_beats, slot.tempo_ratio, track.tempo_bpm,
                      track.energy, slot.key_relation, slot.locked)  # fmt: skip
            labels = (track.id, track.artist, track.title, key_text(track), slot.reasons)
            cues = [part for each in track.cues[:8] for part in (each.position_s, each.kind)]
            path = str(track.path)
        out += [make(t, value) for make, value in zip(self._make[k], values, strict=True)]
        self._count_down(out, t, k, slot, now)
        out.append(self._message(t, f"{name}/track", rev, *labels))
        out.append(self._message(t, f"{name}/path", rev, labels[0], path))
        out.append(self._message(t, f"{name}/cues", rev, labels[0], *cues))


def _mark(slot: "Suggestion | None") -> tuple[Any, ...]:
    """Sum up a slot, so that two lists' slots are the same when nobody would see a difference."""
    if slot is None:
        return ()
    return (
        *(slot.track.id, slot.cue.index, slot.locked, slot.key_relation, slot.mix_len_beats, slot.reasons),
        *(round(slot.score, _SCORED), round(slot.tempo_ratio, 3), round(slot.mix_out_position_s, 2)),
    )
