"""Shared by the tests of what goes out: frames with everything in them, and one message of every address."""

import itertools
from types import SimpleNamespace as Some
from typing import Any

from segue.daemon.messages import TABLE, Builder, Message
from segue.daemon.publish.publisher import Frame, State

BUILDER = Builder()
LEVEL = Some(lufs_m=-14.2, lufs_s=-13.9, energy=0.6, low=0.5, mid=0.4, high=0.3, silence=False)
BEAT = Some(bpm=124.0123, conf=0.9, phase=0.25, bar_phase=0.0625, beat=17.25, beat_in_bar=1)
KEY = Some(pitch_class=9, mode=0, camelot=8, confidence=0.7)


def a_track(name: str, **fields: Any) -> Some:
    cue = Some(index=0, kind="intro", position_s=1.5, beat=0, confidence=0.8)
    out = Some(index=0, kind="mix_out", position_s=180.0, beat=360, confidence=0.8)
    plain = {
        "id": f"{name:0>16}",
        "path": f"/music/{name}.flac",
        "title": f"Title {name}",
        "artist": "Ärtist",
        "duration_s": 240.0,
        "tempo_bpm": 120.0,
        "pitch_class": 9,
        "mode": 0,
        "energy": 0.5,
        "cues": (cue,),
        "mix_outs": (out,),
    }
    return Some(**{**plain, **fields})


def playing(name: str, position_s: float = 60.0, tempo_ratio: float = 1.0) -> Some:
    return Some(
        track=a_track(name), confidence=0.93, position_s=position_s, tempo_ratio=tempo_ratio, settled=True, level=1.0
    )


def suggestion(name: str, **fields: Any) -> Some:
    track = a_track(name)
    plain = {
        "track": track,
        "cue": track.cues[0],
        "score": 0.8,
        "tempo_ratio": 1.016,
        "key_relation": 1,
        "mix_out_position_s": 180.0,
        "mix_len_beats": 32,
        "reasons": "tempo +1.6%; key 8A>9A",
        "terms": (),
        "locked": False,
    }
    return Some(**{**plain, **fields})


def a_list(rev: int, *slots: Some | None) -> Some:
    return Some(rev=rev, slots=slots)


def frame(tick: int, **fields: Any) -> Frame:
    return Frame(t=(tick + 1) * 0.05, state=State.LISTENING, level=LEVEL, beat=BEAT, key=KEY, **fields)


def one_of_each() -> list[Message]:
    """Give one message of every row of the table, with awkward values."""
    words = itertools.cycle(["", "a", "abc", "abcd", "Ärtist 🎛 日本", "x" * 600])
    made = []
    for spec in TABLE:
        tags = spec.tags + spec.repeat * 3
        values = [next(words) if tag == "s" else -7 if tag == "i" else 1234.56789 for tag in tags]
        made.append(BUILDER.message(0.05, spec.address.replace("nK", "n3"), *values))
    return made
