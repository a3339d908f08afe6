"""What a booth does to a record: named conditions, each a change of the waveform.

Conventions
-----------
Sound is mono float32 at 16 kHz. A condition hears the seconds of record before a query and gives what a microphone or a
line out would give, ending at the same moment of the record. Its draws depend on the seed, its own name and the query's
number alone, so that a figure does not change with the other conditions that are asked for.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from ...daemon.clock import SAMPLE_RATE
from ...daemon.demo.stretch import SEARCH, WINDOW, key_lock, vinyl
from ...daemon.signal.resample import resample
from ..codec import MP3, codec
from .queries import Floats, Music

SPEEDS = (0.96, 1.04)
MP3_KBPS = 24
"""Of one channel at 16 kHz: as spare as 64 kbit/s are for two at 44.1."""
_FINE = 2 * SAMPLE_RATE
"""Key-lock works at this rate: its grains are 64 ms there, at 16 kHz they would be 128 ms and double every attack."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A query's sound as it arrives."""

    sound: Floats
    """(n,), ends where the query ends."""
    rate: float
    """Seconds of record in a second of it."""


Change = Callable[[Floats, np.random.Generator, Callable[[], Floats]], Heard]
"""Takes the sound, a generator, and what gives some seconds of another track."""


def listen(name: str, music: Music, number: int, track: int, start: int, stop: int, seed: int) -> Heard:
    """Play seconds of a track under the condition of that name.

    Parameters
    ----------
    number
        The query's, for its draws.
    start, stop
        Samples of the track.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    sound = music.part(track, start, stop)

    def other() -> Floats:
        rival = (track + 1 + int(rng.integers(len(music.pcm) - 1))) % len(music.pcm)
        at = int(rng.integers(max(1, len(music.pcm[rival]) - len(sound))))
        return music.part(rival, at, at + len(sound))

    heard = CONDITIONS[name](sound, rng, other)
    return Heard(np.asarray(heard.sound, np.float32), heard.rate)


def _clean(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    return Heard(sound, 1.0)


def _key_lock(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    rate = float(rng.choice(SPEEDS))
    fine = np.pad(resample(sound, SAMPLE_RATE, _FINE), (0, WINDOW + 2 * SEARCH))  # else the last grains are left out
    return Heard(resample(key_lock(fine, rate), _FINE)[: round(len(sound) / rate)], rate)


def _vinyl(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    rate = float(rng.choice(SPEEDS))
    return Heard(vinyl(sound, rate, SAMPLE_RATE), rate)


def _low_pass(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    return Heard(_filtered(sound, 3000, "lowpass"), 1.0)


def _high_pass(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    return Heard(_filtered(sound, 250, "highpass"), 1.0)


def _bass_kill(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    return Heard(_kill(sound, 200, "highpass"), 1.0)


def _mp3(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    return Heard(codec(sound, MP3, MP3_KBPS, SAMPLE_RATE), 1.0)


def _room(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    """Add a hall 3 dB under the direct sound (60 dB down after 0.4 to 1.2 s), and a crowd 10 dB under both."""
    seconds = float(rng.uniform(0.4, 1.2))
    n = int(seconds * SAMPLE_RATE)
    tail = rng.standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    wet = fftconvolve(sound, tail)[: len(sound)]
    mixed = sound + wet * (_rms(sound) * 10 ** (-3 / 20) / max(_rms(wet), 1e-9))
    return Heard(mixed + _crowd(len(sound), rng) * (_rms(mixed) * 10 ** (-10 / 20)), 1.0)


def _overlay(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    under = other()
    mixed = sound.copy()
    mixed[: len(under)] += under * (_rms(sound) * 10 ** (-6 / 20) / max(_rms(under), 1e-9))
    return Heard(mixed, 1.0)


def _booth(sound: Floats, rng: np.random.Generator, other: Callable[[], Floats]) -> Heard:
    """Chain a speed, a filter or an equaliser, and a limiter driven by 9 dB."""
    played = (_key_lock, _vinyl)[int(rng.integers(2))](sound, rng, other)
    shapes: tuple[Callable[[Floats], Floats], ...] = (
        lambda x: _filtered(x, 3000, "lowpass"),
        lambda x: _filtered(x, 250, "highpass"),
        lambda x: _kill(x, 200, "highpass"),
        lambda x: _kill(x, 3000, "lowpass"),
    )
    shaped = shapes[int(rng.integers(len(shapes)))](played.sound)
    peak = max(float(np.percentile(np.abs(shaped), 99)), 1e-6)
    return Heard(np.asarray(np.tanh(shaped * (10 ** (9 / 20) / peak)), np.float32) * np.float32(0.5), played.rate)


CONDITIONS: dict[str, Change] = {
    "clean": _clean,
    "key-lock ±4 %": _key_lock,
    "vinyl ±4 %": _vinyl,
    "low-pass 3 kHz": _low_pass,
    "high-pass 250 Hz": _high_pass,
    "bass killed": _bass_kill,
    f"MP3 {MP3_KBPS} kbit/s": _mp3,
    "room and crowd": _room,
    "overlay −6 dB": _overlay,
    "booth": _booth,
}
SHORT = {
    "clean": "clean",
    "keylock": "key-lock ±4 %",
    "vinyl": "vinyl ±4 %",
    "lowpass": "low-pass 3 kHz",
    "highpass": "high-pass 250 Hz",
    "bass": "bass killed",
    "mp3": f"MP3 {MP3_KBPS} kbit/s",
    "room": "room and crowd",
    "overlay": "overlay −6 dB",
    "booth": "booth",
}
"""What a person types for each."""


def _filtered(sound: Floats, corner_hz: float, side: str) -> Floats:
    """Apply a mixer's filter, 24 dB an octave."""
    return np.asarray(sosfilt(butter(4, corner_hz, side, fs=SAMPLE_RATE, output="sos"), sound), np.float32)


def _kill(sound: Floats, corner_hz: float, kept: str) -> Floats:
    """Turn one band of an equaliser down by 26 dB: a Linkwitz-Riley crossover, whose bands add up to a flat whole."""
    halves = {}
    for side in ("lowpass", "highpass"):
        once = butter(2, corner_hz, side, fs=SAMPLE_RATE, output="sos")
        halves[side] = sosfilt(np.concatenate([once, once]), sound)
    dropped = "lowpass" if kept == "highpass" else "highpass"
    return np.asarray(halves[kept] + 10 ** (-26 / 20) * halves[dropped], np.float32)


def _crowd(n: int, rng: np.random.Generator) -> Floats:
    """Make voices that nobody understands: noise of the speech band in syllables, of unit root mean square."""
    voice = sosfilt(butter(2, (200, 3500), "bandpass", fs=SAMPLE_RATE, output="sos"), rng.standard_normal(n))
    slow = sosfilt(butter(2, 5, fs=SAMPLE_RATE, output="sos"), rng.standard_normal(n))
    pink = lfilter([1.0], [1.0, -0.9], voice) * np.exp(0.5 * slow / max(_rms(slow), 1e-9))
    return np.asarray(pink / max(_rms(pink), 1e-9), np.float32)


def _rms(sound: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
