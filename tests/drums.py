"""Tracks of drums whose beats are known, as files and in a library folder."""

import numpy as np
import soundfile
from synth import click, kick, place, silence

from segue.daemon.artifact import default_artifact, fingerprint
from segue.daemon.library.catalogue import Catalogue, CueRow, File, Record

RATE = 44_100


def grid(bpm, *, beats=160, bend=0.0, start_s=0.5, seed=0):
    """Beats whose tempo wanders by up to ``bend`` each way within some bars."""
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    return start_s + np.concatenate([[0.0], np.cumsum(60 / bpm * (1 + bend * np.sin(np.arange(beats) / 7 + phase)))])


def drums(beats_s, *, rate=RATE):
    """Clicks over kicks, on every beat, and a second of silence."""
    sound = silence(float(beats_s[-1]) + 1.0, rate=rate)
    for at_s in beats_s:
        place(kick(rate=rate), at_s, sound, gain=0.4, rate=rate)
        place(click(hz=2000.0, rate=rate), at_s, sound, gain=0.5, rate=rate)
    return sound


def attacks(stem, *, rate=RATE):
    """Where the level comes up after a pause, seconds; (frames, channels)."""
    level = np.abs(stem).max(axis=1)
    loud = np.flatnonzero(level > 0.3 * level.max()) / rate
    return loud[np.concatenate([[True], np.diff(loud) > 0.1])] if len(loud) else loud


def write(path, beats_s, *, rate=RATE):
    """Write a track as float WAV; returns its length in seconds."""
    sound = drums(beats_s, rate=rate)
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return len(sound) / rate


def add(folder, path, n, beats_s, duration_s, *, title=None, **changes):
    """Put a track with cues each 16 beats into the library."""
    rng = np.random.default_rng(n)
    known = len(beats_s) > 1
    lines = range(0, len(beats_s) - 1, 16) if known else ()
    cues = tuple(CueRow("intro" if k == 0 else "mix_in", float(beats_s[k]), k, 0.9) for k in lines)[:4]
    outs = tuple(CueRow("mix_out", float(beats_s[k]), k, 0.9) for k in lines)[4:]
    values = {
        "id": f"{n:016x}", "artifact": fingerprint(default_artifact()), "version": 2, "duration_s": duration_s,
        "tempo_bpm": 60 / float(np.median(np.diff(beats_s))) if known else 0.0, "tempo_confidence": 0.9 * known,
        "pitch_class": 9, "mode": 0, "key_confidence": 0.8, "loudness_lufs": -16.0, "silence_start_s": 0.0,
        "silence_end_s": 0.0, "note": "", "hop_s": 0.25, "beats_s": beats_s,
        "downbeats": np.arange(0, len(beats_s), 4, dtype=np.int32), "energy": np.full(60, 0.5, np.float32),
        "cues": cues or (CueRow("intro", 0.0, -1, 0.5),),
        "mix_outs": outs or (CueRow("mix_out", duration_s / 2, -1, 0.5),), "sections": (),
        "ident": rng.standard_normal((8, 4)).astype(np.float16),
        "keys": _unit(rng, max(1, len(cues))), "queries": _unit(rng, max(1, len(outs))),
    }  # fmt: skip
    with Catalogue.create(folder) as catalogue:
        catalogue.set_artifact(values["artifact"])
        with catalogue.transaction():
            catalogue.put_track(Record(**{**values, **changes}))
            catalogue.put_file(
                File(str(path), 1, 1, f"c{n}", f"{n:016x}", title=title or path.stem, artist=f"Artist {n}")
            )


def _unit(rng, count):
    rows = rng.standard_normal((count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
