"""A drum machine with known beats: patterns of dance music at drawn tempi, sounds, levels and swing.

Conventions
-----------
Mono float32 at 16 kHz; a pattern is a bar of sixteen steps, ``x`` a stroke. Everything is drawn from the generator
that is passed.
"""

import numpy as np
import numpy.typing as npt

from ..daemon.clock import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]

PATTERNS: dict[str, tuple[float, float, str, str, str]] = {
    "click": (66, 188, "", "", ""),
    "kick": (66, 180, "x...x...x...x...", "", ""),
    "house": (66, 180, "x...x...x...x...", "....x.......x...", "..x...x...x...x."),
    "offbeat": (68, 182, "x...x...x...x...", "", "..x...x...x...x."),
    "disco": (70, 135, "x...x...x...x...", "....x.......x...", "xxxxxxxxxxxxxxxx"),
    "techno": (75, 185, "x...x...x...x...", "", "..x.x.x...x.x.x."),
    "rock": (70, 180, "x.......x.......", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "push": (80, 160, "x.....x.x.......", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "jungle": (155, 180, "x.........x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "break": (110, 170, "x.x.......x..x..", "....x..x.x..x...", "x.x.x.x.x.x.x.x."),
    "hop": (75, 110, "x..x....x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
}
"""Lowest and highest tempo; strokes of kick, snare and hat."""


def clip(rng: np.random.Generator, seconds: float = 32.0) -> tuple[Floats, Times]:
    """Return a drawn clip and its beats, seconds."""
    name = str(rng.choice(list(PATTERNS)))
    lowest, highest, kicks, snares, hats = PATTERNS[name]
    step_s = 15.0 / float(np.exp(rng.uniform(np.log(lowest), np.log(highest))))
    drift = float(rng.choice([0, 0, 0, 1]) * rng.uniform(-0.06, 0.06))
    steps = [float(rng.uniform(0.1, 1.5))]
    while steps[-1] < seconds - 0.5:
        steps.append(steps[-1] + step_s * (1 - drift * steps[-1] / seconds))
    swing = float(rng.choice([0, 0, rng.uniform(0, 0.25)])) * step_s
    sound = np.zeros(round((seconds + 1) * SAMPLE_RATE))

    def strike(step: int, stroke: npt.NDArray[np.float64], gain: float) -> None:
        at = round((steps[step] + (swing if step % 2 else 0.0)) * SAMPLE_RATE)
        piece = stroke[: max(0, len(sound) - at)]
        sound[at : at + len(piece)] += gain * piece

    if name == "click":
        click = _tone(rng, rng.uniform(600, 3000), 0.03) if rng.random() < 0.6 else _hiss(rng, rng.uniform(0.005, 0.05))
        for step in range(0, len(steps), 4):
            strike(step, click, 0.4)
    else:
        hat = np.diff(_hiss(rng, rng.uniform(0.01, 0.05)), prepend=0.0)
        bass = "".join(rng.choice(["x", "."], 16, p=[0.4, 0.6])) if rng.random() < 0.6 else "..x...x...x...x."
        note = _tone(rng, rng.uniform(40, 110), step_s * rng.choice([1, 2]))
        kit = (
            (kicks, _kick(rng), rng.uniform(0.5, 1)),
            (snares, _snare(rng), rng.uniform(0.2, 0.8)),
            (hats, np.asarray(hat), rng.uniform(0.02, 0.5)),
            (bass, note, float(rng.choice([0, rng.uniform(0.1, 0.6)]))),
        )
        for step in range(len(steps)):
            for pattern, stroke, gain in kit:
                if pattern and pattern[step % 16] == "x":
                    strike(step, stroke, float(gain) * rng.uniform(0.8, 1.0))
    sound = sound[: round(seconds * SAMPLE_RATE)]
    sound *= 10 ** rng.uniform(-1, -0.05) / (np.abs(sound).max() + 1e-9)
    sound += 10 ** rng.uniform(-4, -2) * rng.standard_normal(len(sound))
    return sound.astype(np.float32), np.array(steps[::4])


def _fall(frames: int, seconds: float) -> npt.NDArray[np.float64]:
    return np.exp(-np.arange(frames) / (seconds * SAMPLE_RATE))


def _kick(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    t = np.arange(4000) / SAMPLE_RATE
    turns = rng.uniform(42, 65) * t + rng.uniform(1, 5) * (1 - np.exp(-t / 0.02))
    return np.asarray(np.sin(2 * np.pi * turns) * _fall(4000, rng.uniform(0.04, 0.12)))


def _hiss(rng: np.random.Generator, seconds: float) -> npt.NDArray[np.float64]:
    frames = round(min(0.3, 5 * seconds) * SAMPLE_RATE)
    return np.asarray(rng.standard_normal(frames) * _fall(frames, seconds))


def _snare(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    hiss = _hiss(rng, rng.uniform(0.04, 0.1))
    body = np.sin(2 * np.pi * rng.uniform(160, 240) * np.arange(len(hiss)) / SAMPLE_RATE) * _fall(len(hiss), 0.05)
    return np.asarray(0.6 * (hiss + rng.uniform(0, 1) * body))


def _tone(rng: np.random.Generator, hertz: float, seconds: float) -> npt.NDArray[np.float64]:
    frames = round(seconds * SAMPLE_RATE)
    turn = 2 * np.pi * hertz * np.arange(frames) / SAMPLE_RATE
    attack = np.minimum(1, np.arange(frames) / 30)
    return np.asarray(
        (np.sin(turn) + 0.3 * np.sign(np.sin(turn))) * attack * _fall(frames, seconds * rng.uniform(0.2, 1))
    )
