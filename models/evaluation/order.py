"""The DJ's own order: is what was played next, or stands next in a playlist, among the first that would be suggested?

Conventions
-----------
Plays and playlists are sequences of track ids. The term that remembers history is switched off, or the question would
hold its own answer. Clicks are tens of suggestions looked through in vain, at most 51.

Source
------
R-precision, NDCG and clicks as in the RecSys challenge of 2018. Order against its reverse and a shuffle: Kell and
Tzanetakis (2013).
"""

from itertools import pairwise

import numpy as np

from ...daemon.advice.mixout import MixOut
from ...daemon.advice.ranker import Heard, Ranker
from ...daemon.config import Suggest, Weights
from ...daemon.library.snapshot import Snapshot

_MOST = 400
"""Transitions that are looked at, drawn by seed."""
_MOST_CLICKS = 51


def order(snapshot: Snapshot, seed: int) -> dict[str, float]:
    """Return figures by name; none where the library tells of no order."""
    sequences = [[snapshot.by_id[each].number for each in ids if each in snapshot.by_id] for ids in
                 (*snapshot.plays, *snapshot.playlists.values())]  # fmt: skip
    moves = [
        (a, b, frozenset(each[at + 1 :])) for each in sequences for at, (a, b) in enumerate(pairwise(each)) if a != b
    ]
    if not moves:
        return {}
    rng = np.random.default_rng(seed)
    moves = [moves[at] for at in rng.permutation(len(moves))[:_MOST]]
    settings = Suggest(weights=Weights(history=0.0))
    ranker = Ranker(settings, snapshot)
    places, precise, gain, better_back, better_any = [], [], [], [], []
    for here, there, rest in moves:
        after = _from(ranker, snapshot, here)
        listed = [number for number, _ in after]
        places.append(listed.index(there) if there in listed else len(snapshot))
        precise.append(len(set(listed[: len(rest)]) & rest) / len(rest))
        found = np.array([number in rest for number in listed], float)
        ideal = (1 / np.log2(np.arange(len(rest)) + 2)).sum()
        gain.append(float((found / np.log2(np.arange(len(found)) + 2)).sum() / ideal))
        value, least = dict(after), -99.0
        back = dict(_from(ranker, snapshot, there))
        better_back.append(_over(value.get(there, least), back.get(here, least)))
        other = int(rng.integers(len(snapshot)))
        better_any.append(_over(value.get(there, least), value.get(other, least)))
    above = np.array(places)
    return {
        "transitions": float(len(moves)),
        "hit@1": float(np.mean(above < 1)),
        "hit@8": float(np.mean(above < 8)),
        "MRR": float(np.mean(1 / (above + 1.0))),
        "R-precision": float(np.mean(precise)),
        "NDCG": float(np.mean(gain)),
        "clicks": float(np.mean(np.minimum(above // 10, _MOST_CLICKS))),
        "over reversed": float(np.mean(better_back)),
        "over shuffled": float(np.mean(better_any)),
    }


def _over(one: float, other: float) -> float:
    return 0.5 if one == other else float(one > other)


def _from(ranker: Ranker, snapshot: Snapshot, number: int) -> list[tuple[int, float]]:
    """Rank what could follow a track of the library; numbers and evidence, best first."""
    track = snapshot.tracks[number]
    leave_s = track.mix_outs[0].position_s if track.mix_outs else max(track.duration_s - 16.0, 0.0)
    heard = Heard(
        query=snapshot.query_at(number, leave_s), bpm=track.tempo_bpm, bpm_confidence=track.tempo_confidence,
        pitch_class=track.pitch_class, mode=track.mode, key_confidence=track.key_confidence, pitch_moves=False,
        energy=track.energy, mix_out=MixOut(leave_s, "mix_out", 32), number=number,
    )  # fmt: skip
    return [(each.track.number, each.evidence) for each in ranker.rank(heard, {track.id}, len(snapshot))]
