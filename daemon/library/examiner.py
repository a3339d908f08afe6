"""What a worker does with one file: decode it, know its sound, analyse it, embed it.

Conventions
-----------
Everything here runs in a worker process with an engine of its own. A file that cannot be indexed is an answer like any
other, with its reason; only a fault of ours is raised.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..analysis.edition import ANALYSIS
from ..errors import ArtifactError, DecodeError
from .catalogue import CueRow, File, Record
from .scan import Found, Tags, content_hash, sound_hash, tags

LIMIT_S = 1800.0
"""Of a longer file only the first half hour is indexed: nobody mixes into what comes later, and memory is bounded."""
LIMIT_BYTES = 1 << 30
"""Decoded sound that one worker may hold; only files of many channels and a high rate reach it before `LIMIT_S`."""
SHORTEST_S = 1.0
QUIETEST = 1e-4
"""A file whose loudest sample stays below this (-80 dB) holds nothing to index."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A worker's answer about one file."""

    file: File
    audio_s: float
    record: Record | None = None
    """None if the track is known, or cannot be."""


def prepare(artifact: str, known: frozenset[str]) -> Callable[[Found], Looked]:
    """Load a worker's engine; give the function that looks at one file."""
    from ..analysis.analyse import analyse
    from ..clock import SAMPLE_RATE
    from ..engine import Engine
    from ..signal.bands import levels
    from ..signal.resample import resample
    from ..sound.decode import decode, length, mixdown

    engine = Engine(Path(artifact))
    if engine.artifact.sample_rate != SAMPLE_RATE:
        raise ArtifactError(f"{artifact} wants {engine.artifact.sample_rate} Hz, everything else has {SAMPLE_RATE}")
    hop = engine.hop

    def look(f: Found) -> Looked:
        try:
            content = content_hash(f.path)
            rate, channels, frames = length(f.path)
            limit_s = min(LIMIT_S, LIMIT_BYTES / (4 * rate * channels))
            sound = decode(f.path, limit_s=limit_s)
            if sound.duration_s < SHORTEST_S:
                raise DecodeError(f"has only {sound.duration_s:.2f} s of sound, wanted at least {SHORTEST_S:.0f}")
            if max(float(sound.samples.max()), -float(sound.samples.min())) < QUIETEST:
                raise DecodeError("holds only silence")
            mono = resample(mixdown(sound.samples), sound.rate)
        except OSError as exc:
            return Looked(File(f.path, f.size, -1, "", None, f"cannot be read: {exc.strerror}", ANALYSIS), 0.0)
        except DecodeError as exc:
            reason = str(exc).removeprefix(f"'{f.path}' ").removeprefix(f"'{os.path.basename(f.path)}' ")
            return Looked(File(f.path, f.size, f.mtime_ns, content, None, reason, ANALYSIS), 0.0)
        track = sound_hash(mono)
        file = file_of(f, content, track, ANALYSIS, tags(f.path))
        if track in known:
            return Looked(file, sound.duration_s)

        found = analyse(sound, mono)
        note = ""
        if sound.duration_s >= limit_s - 1 / sound.rate:
            note = f"only its first {_minutes(sound.duration_s)} of {_minutes(frames / rate)}"
        seconds = sound.duration_s
        del sound
        heard = engine.run(mono)
        keys = [engine.key_at(mono, round(cue.position_s * SAMPLE_RATE)) for cue in found.cues]
        # What the model expects at a mix-out is what it says at the last hop that ends no later.
        ends = [min(max(int(cue.position_s * SAMPLE_RATE) // hop, 1), len(heard.query)) - 1 for cue in found.mix_outs]
        record = Record(
            id=track,
            artifact=engine.artifact.sha256,
            version=ANALYSIS,
            duration_s=found.duration_s,
            tempo_bpm=found.tempo_bpm,
            tempo_confidence=found.tempo_confidence,
            pitch_class=found.pitch_class,
            mode=found.mode,
            key_confidence=found.key_confidence,
            loudness_lufs=found.loudness_lufs,
            silence_start_s=found.silence_start_s,
            silence_end_s=found.silence_end_s,
            note=note,
            hop_s=engine.artifact.hop_s,
            beats_s=found.beats_s,
            downbeats=found.downbeats.astype(np.int32),
            energy=found.energy,
            cues=tuple(CueRow(c.kind, c.position_s, c.beat, c.confidence, c.evidence) for c in found.cues),
            mix_outs=tuple(CueRow(c.kind, c.position_s, c.beat, c.confidence, c.evidence) for c in found.mix_outs),
            sections=tuple((s.start_s, s.end_s, s.label, s.energy) for s in found.sections),
            ident=heard.ident.astype(np.float16),
            bands=levels(mono),
            keys=np.array(keys, np.float32).reshape(len(keys), engine.artifact.query_dim),
            queries=heard.query[ends],
        )
        return Looked(file, seconds, record)

    return look


def file_of(f: Found, content: str, track: str | None, version: int, found: Tags) -> File:
    """Put together the row of a file that can be indexed, or that has no need to be."""
    words = (found.title, found.artist, found.album, found.genre)
    return File(f.path, f.size, f.mtime_ns, content, track, "", version, True, *words)


def _minutes(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"
