"""Pieces of known key: chords that go round, under melody, bass and drums, off pitch by up to .4 semitones.

Conventions
-----------
Everything of a piece follows from its number; sound as in ``synth``. Keys are (pitch class, mode), 0 minor, 1 major.
"""

from pathlib import Path

import numpy as np
import synth
from bench_table import CONSOLE, table

from segue.daemon.clock import SAMPLE_RATE, TICK
from segue.daemon.rhythm.tonality_live import KeyTracker
from segue.daemon.signal.features import Features
from segue.daemon.signal.spectrum import chroma
from segue.daemon.signal.tonality import estimate_key

PIECES = 96
SECONDS = 40.0
NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_ROUNDS = {
    0: (
        *((0, 8, 3, 10), (0, 5, 7, 0), (0, 10, 8, 10), (0, 0, 8, 7)),
        *((0, 3, 10, 5), (0, 0, 5, 0), (0, 7, 8, 5), (0, 5, 0, 7)),
    ),
    1: (
        *((0, 7, 9, 5), (0, 5, 7, 5), (0, 9, 5, 7), (2, 7, 0, 0)),
        *((0, 0, 5, 0), (0, 4, 5, 7), (0, 5, 2, 7), (9, 5, 0, 7)),
    ),
}
"""Roots above the tonic, by mode."""
_SCALE = {0: (0, 2, 3, 5, 7, 8, 10), 1: (0, 2, 4, 5, 7, 9, 11)}


def name(pitch_class: int, mode: int) -> str:
    """Return the key as mir_eval wants it."""
    return f"{NAMES[pitch_class]} {('minor', 'major')[mode]}" if pitch_class >= 0 else "X"


def piece(number: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return sound and key of piece NUMBER."""
    rng = np.random.default_rng(1000 + number)
    tonic, mode = number % 12, number // 12 % 2
    roots = _ROUNDS[mode][int(rng.integers(len(_ROUNDS[mode])))]
    scale = set(_SCALE[mode])
    beat_s, detune = 60.0 / rng.uniform(85, 150), float(rng.uniform(-0.4, 0.4))
    sound = synth.noise(SECONDS, level=0.001, seed=number)
    drums = float(rng.uniform(0.0, 0.8))
    for beat in range(int(SECONDS / beat_s)):
        at = beat * beat_s
        root = roots[beat // 4 % 4]
        chord = 1 if (root + 4) % 12 in scale else 0
        if beat % 4 == 0:
            synth.place(synth.chord(tonic + root, chord, 4 * beat_s, detune=detune), at, sound, gain=0.25)
        synth.place(synth.tone(36 + (tonic + root) % 12 + detune, beat_s * 0.9), at, sound, gain=0.5)
        note = 60 + tonic + int(rng.choice(_SCALE[mode])) + detune
        synth.place(synth.tone(note, beat_s * 0.9), at, sound, gain=float(rng.uniform(0.0, 0.5)))
        synth.place(synth.kick(), at, sound, gain=drums)
        synth.place(synth.hat(), at + beat_s / 2, sound, gain=drums)
        if beat % 2:
            synth.place(synth.snare(), at, sound, gain=0.7 * drums)
    return sound.clip(-1.0, 1.0), (tonic, mode)


def second_opinion(sound: np.ndarray) -> tuple[int, int]:
    """Name the key another way: librosa's constant-Q chroma against the profiles of Krumhansl and Kessler alone."""
    import librosa

    chroma = librosa.feature.chroma_cqt(y=sound, sr=synth.RATE).mean(axis=1)
    profiles = {
        0: [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
        1: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
    }
    fits = {
        (tonic, mode): float(np.corrcoef(chroma, np.roll(profile, tonic))[0, 1])
        for mode, profile in profiles.items()
        for tonic in range(12)
    }
    return max(fits, key=fits.__getitem__)


def keys(folder: Path) -> None:
    """Keys of synthetic pieces, offline and live, by MIREX's weights."""
    import mir_eval

    marks: dict[str, list[float]] = {"offline": [], "live, after 20 s": [], "librosa + Krumhansl": []}
    for number in range(PIECES):
        sound, truth = piece(number)
        features, tracker, live = Features(), KeyTracker(), (-1, -1)
        for start in range(0, 20 * SAMPLE_RATE, TICK):
            key = tracker.step(features.step(sound[start : start + TICK], -20.0, -20.0).chroma)
            live = (key.pitch_class, key.mode)
        offline = estimate_key(chroma(sound).sum(axis=0))[:2]
        for how, said in zip(marks, (offline, live, second_opinion(sound)), strict=True):
            marks[how].append(mir_eval.key.weighted_score(name(*truth), name(*said)))
    shown = table(f"keys of {PIECES} synthetic pieces", "", "MIREX-weighted", "exact")
    for how, each in marks.items():
        shown.add_row(how, f"{np.mean(each):.3f}", f"{np.mean(np.array(each) == 1.0):.2f}")
    CONSOLE.print(shown)
