"""Doubles of the model, the tracker and a small library, for tests that need no artifact.

Conventions
-----------
Everything is seeded and small. ``FakeEngine`` keeps the real engine's contract (unit length, state passed in and given
back) and its embeddings depend on the sound, so a change of sound changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from segue.daemon.advice.evidence import BIAS, probability
from segue.daemon.advice.mixout import UNKNOWN
from segue.daemon.advice.ranker import Heard, Suggestion
from segue.daemon.artifact import Artifact
from segue.daemon.clock import HOP, SAMPLE_RATE
from segue.daemon.engine import Embedding
from segue.daemon.hearing.now import NowPlaying
from segue.daemon.library.snapshot import Cue, Snapshot, Track

DIM, IDENT_DIM = 16, 8


def unit(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


class FakeEngine:
    """Projects the spectrum of each hop, leakily summed, on fixed random directions."""

    def __init__(self, warmup_hops: int = 4) -> None:
        rng = np.random.default_rng(5)
        self._query, self._ident = rng.standard_normal((24, DIM)), rng.standard_normal((24, IDENT_DIM))
        self.hop = HOP
        self.artifact = Artifact(
            Path("fake.onnx"), "f" * 64, "gru", SAMPLE_RATE, HOP, 8.0, warmup_hops, {}, DIM, IDENT_DIM
        )

    def init_state(self):
        return {"bands": np.zeros((1, 24), np.float32)}

    def step(self, samples, state):
        magnitude = np.abs(np.fft.rfft(samples))[1:1921].reshape(24, 80).mean(axis=1)
        bands = np.log1p(magnitude).astype(np.float32)
        mean = (0.8 * state["bands"] + 0.2 * bands).astype(np.float32)
        query = unit(mean[0] @ self._query + 1e-3)
        return Embedding(query, query, unit(bands @ self._ident + 1e-3)), {"bands": mean}


class FakeTracker:
    """Says what the script says: (from this hop on, now, now2), in order; playheads move on by themselves."""

    def __init__(self, script: Sequence[tuple[int, NowPlaying | None, NowPlaying | None]] = ()) -> None:
        self._script = list(script)
        self._hop = -1
        self.suspects: set[int] = set()
        self.expected: int | None = None

    def step(self, samples, heard, state, silence):
        self._hop += 1
        start, decks = 0, (None, None)
        for at, now, now2 in self._script:
            if at <= self._hop:
                start, decks = at, (now, now2)
        gone_s = (self._hop - start) * HOP / SAMPLE_RATE
        self._decks = tuple(None if deck is None else moved(deck, gone_s) for deck in decks)
        return self._decks

    def search(self):
        return self._decks

    def plausible(self):
        return self.suspects

    def refuted(self):
        return set()

    def expect(self, number):
        self.expected = number

    def suspect(self, cued):
        self.cued = list(cued)

    def demand(self, confidence):
        self.confidence = confidence


def scripted(*script) -> Callable[[Snapshot], FakeTracker]:
    """What ``Pipeline(follow=…)`` wants; nothing is on the decks."""
    return lambda snapshot, blend: FakeTracker(script if blend else ())


def moved(deck: NowPlaying, by_s: float) -> NowPlaying:
    from dataclasses import replace

    return replace(deck, position_s=deck.position_s + by_s * deck.tempo_ratio)


def playing(track: Track, position_s: float = 10.0, tempo_ratio: float = 1.0, settled: bool = True) -> NowPlaying:
    return NowPlaying(track, 0.9, position_s, tempo_ratio, settled, 1.0)


def track(number: int, **changes) -> Track:
    """A track of 200 s at 120 bpm in A minor, with two cue-ins and two mix-outs, unless told otherwise."""
    values = {
        "number": number,
        "id": f"{number:016x}",
        "path": f"/music/{number}.flac",
        "title": f"Title {number}",
        "artist": f"Artist {number}",
        "album": "",
        "genre": "",
        "duration_s": 200.0,
        "tempo_bpm": 120.0,
        "tempo_confidence": 0.9,
        "pitch_class": 9,
        "mode": 0,
        "key_confidence": 0.8,
        "loudness_lufs": -12.0,
        "energy": 0.5,
        "cues": (Cue(0, "intro", 0.0, 0, 0.9), Cue(1, "drop", 32.0, 64, 0.7)),
        "mix_outs": (Cue(0, "mix_out", 128.0, 256, 0.8), Cue(1, "outro", 176.0, 352, 0.8)),
    }
    return Track(**{**values, **changes})


def library(tracks: Sequence[Track], seed: int = 1) -> Snapshot:
    """A snapshot of tracks with random embeddings."""
    rng = np.random.default_rng(seed)
    idents = [unit(rng.standard_normal((int(each.duration_s * 4), IDENT_DIM))) for each in tracks]
    keys = [unit(rng.standard_normal((len(each.cues), DIM))) for each in tracks]
    queries = [unit(rng.standard_normal((len(each.mix_outs), DIM))) for each in tracks]
    return Snapshot.build(tracks, idents, keys, queries=queries)


def heard(**changes) -> Heard:
    """What a ranking goes by: unknown music at 120 bpm in A minor, unless told otherwise."""
    values = {
        "query": unit(np.ones(DIM)),
        "bpm": 120.0,
        "bpm_confidence": 0.9,
        "pitch_class": 9,
        "mode": 0,
        "key_confidence": 0.8,
        "pitch_moves": False,
        "energy": 0.5,
        "mix_out": UNKNOWN,
    }
    return Heard(**{**values, **changes})


def numbers(found: Sequence[Suggestion]) -> list[int]:
    return [suggestion.track.number for suggestion in found]


def offer(number: int, evidence: float, **changes) -> Suggestion:
    """A suggestion with so much evidence."""
    values = {
        "track": track(number),
        "cue": Cue(0, "intro", 0.0, 0, 0.9),
        "score": probability(BIAS + evidence),
        "tempo_ratio": 1.0,
        "key_relation": 0,
        "mix_out_position_s": 128.0,
        "mix_len_beats": 32,
        "reasons": "same key 8A",
        "terms": (("continuation", evidence),),
    }
    return Suggestion(**{**values, **changes})
