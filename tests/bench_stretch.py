"""Ways to keep the pitch, side by side: how clean a chord stays, and how much of a drum is heard before it.

usage: ``python tests/bench.py stretch``. The chord's figure is the power that lies away from its own partials, the
drum's the mean power 30 to 2 ms before an attack against that of the 30 ms after it; both in dB, less is better.
"""

import time
from collections.abc import Callable

import librosa
import numpy as np
from bench_table import CONSOLE, table
from synth import chord, hat, kick, place, silence

from segue.daemon.demo.stretch import key_lock
from segue.daemon.preview.stretch import Map, follow

RATE, LENGTH_S = 44_100, 20


def mapped(sound: np.ndarray, speed: float) -> np.ndarray:
    """As previews do it."""
    beats = Map(np.array([0.0, LENGTH_S / speed]), np.array([0.0, LENGTH_S]))
    return follow(sound[:, None], RATE, beats, LENGTH_S / speed)[:, 0]


WAYS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "Signalsmith Stretch (python-stretch), kept": mapped,
    "WSOLA, grains of 43 ms (the demo's)": key_lock,
    "phase vocoder (librosa)": lambda sound, speed: librosa.effects.time_stretch(sound, rate=speed),
}


def impurity_db(sound: np.ndarray, original: np.ndarray) -> float:
    """Power away from the partials of the original."""
    power, own = (
        np.abs(np.fft.rfft(piece[3 * RATE : 11 * RATE] * np.blackman(8 * RATE))) ** 2 for piece in (sound, original)
    )
    near = np.convolve(own > 1e-7 * own.max(), np.ones(49), "same") > 0  # 3 Hz on each side
    return 10 * float(np.log10(power[~near].sum() / power.sum()))


def early_db(sound: np.ndarray, attacks_s: np.ndarray) -> float:
    """Power before attacks against power after them."""

    def power(low_s: float, high_s: float) -> np.ndarray:
        return np.array([np.mean(sound[int((t + low_s) * RATE) : int((t + high_s) * RATE)] ** 2) for t in attacks_s])

    return float(np.mean(10 * np.log10((power(-0.03, -0.002) + 1e-12) / power(0.0, 0.03))))


def stretch() -> None:
    """Print the table."""
    tones = chord(9, 0, LENGTH_S, rate=RATE)
    beats = silence(LENGTH_S, rate=RATE)
    attacks_s = 0.5 + 0.25 * np.arange(72)
    for number, at_s in enumerate(attacks_s):
        drum, gain = (hat(rate=RATE), 0.5) if number % 2 else (kick(rate=RATE), 0.6)
        place(drum, at_s, beats, gain=gain, rate=RATE)
    shown = table("keeping the pitch", "", "speed", "chord, dB", "drums, dB", "seconds for 20 s")
    for name, way in WAYS.items():
        for speed in (0.94, 0.98, 1.02, 1.06):
            begun = time.process_time()
            figures = impurity_db(way(tones, speed), tones), early_db(way(beats, speed), attacks_s[4:60] / speed)
            spent_s = (time.process_time() - begun) / 2
            shown.add_row(name, f"{speed:.2f}", *(f"{figure:.0f}" for figure in figures), f"{spent_s:.1f}")
    CONSOLE.print(shown)
