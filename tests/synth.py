"""Synthetic sounds whose tempo, key, loudness and structure are known: the truth that tests measure against.

Conventions
-----------
Everything is float32 in [-1, 1], mono (frames,), 16 kHz unless told; the same seed gives the same samples.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]


def _frames(seconds: float, rate: int) -> int:
    return round(seconds * rate)


def sine(hz: float, seconds: float, *, level_dbfs: float = 0.0, rate: int = RATE) -> Samples:
    """Return a sine whose peak is ``level_dbfs``."""
    t = np.arange(_frames(seconds, rate)) / rate
    return (10.0 ** (level_dbfs / 20.0) * np.sin(2.0 * np.pi * hz * t)).astype(np.float32)


def noise(seconds: float, *, level: float = 0.1, seed: int = 0, rate: int = RATE) -> Samples:
    """Return white noise of standard deviation ``level``."""
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(_frames(seconds, rate))).clip(-1.0, 1.0).astype(np.float32)


def silence(seconds: float, *, rate: int = RATE) -> Samples:
    """Return nothing."""
    return np.zeros(_frames(seconds, rate), dtype=np.float32)


def beat_times(bpm: float, seconds: float, *, start_s: float = 0.0) -> NDArray[np.float64]:
    """Return where the beats of a steady tempo lie, seconds."""
    return np.arange(start_s, seconds - 1e-9, 60.0 / bpm)


def place(sound: Samples, at_s: float, into: Samples, *, gain: float = 1.0, rate: int = RATE) -> None:
    """Add ``sound`` to ``into`` so that it starts at ``at_s`` (nearest sample); what hangs over is cut."""
    start = round(at_s * rate)
    part = sound[: max(0, len(into) - start)]
    into[start : start + len(part)] += np.float32(gain) * part


def click(*, hz: float = 1000.0, seconds: float = 0.03, rate: int = RATE) -> Samples:
    """Return a short decaying tone whose attack is its first sample."""
    t = np.arange(_frames(seconds, rate)) / rate
    return (np.cos(2.0 * np.pi * hz * t) * np.exp(-t / (seconds / 5.0))).astype(np.float32)


def kick(*, rate: int = RATE) -> Samples:
    """Return a drum whose pitch falls from 160 to 50 Hz."""
    t = np.arange(_frames(0.25, rate)) / rate
    phase = 2.0 * np.pi * (50.0 * t + 110.0 * 0.03 * (1.0 - np.exp(-t / 0.03)))
    return (np.sin(phase) * np.exp(-t / 0.08)).astype(np.float32)


def snare(*, seed: int = 1, rate: int = RATE) -> Samples:
    """Return a burst of noise over a low tone."""
    t = np.arange(_frames(0.18, rate)) / rate
    burst = np.random.default_rng(seed).standard_normal(len(t)) * np.exp(-t / 0.05)
    return (0.3 * burst + 0.3 * np.sin(2.0 * np.pi * 190.0 * t) * np.exp(-t / 0.04)).astype(np.float32)


def hat(*, seed: int = 2, rate: int = RATE) -> Samples:
    """Return a short hiss without low end."""
    t = np.arange(_frames(0.05, rate)) / rate
    hiss = np.diff(np.random.default_rng(seed).standard_normal(len(t) + 1)) * np.exp(-t / 0.012)
    return (0.3 * hiss).astype(np.float32)


def clicks(
    bpm: float, seconds: float, *, start_s: float = 0.0, accent: float = 1.0, seed: int | None = None, rate: int = RATE
) -> Samples:
    """Return a click on every beat; the first of four is ``accent`` times as loud; a seed adds faint noise."""
    sound = silence(seconds, rate=rate) if seed is None else noise(seconds, level=0.002, seed=seed, rate=rate)
    for count, at in enumerate(beat_times(bpm, seconds, start_s=start_s)):
        first = count % 4 == 0
        place(
            click(hz=1500.0 if first else 1000.0, rate=rate),
            at,
            sound,
            gain=0.4 * (accent if first else 1.0),
            rate=rate,
        )
    return sound.clip(-1.0, 1.0)


def tone(midi: float, seconds: float, *, harmonics: int = 5, rate: int = RATE) -> Samples:
    """Return a note with falling harmonics and soft ends."""
    t = np.arange(_frames(seconds, rate)) / rate
    hz = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    parts = sum(np.sin(2.0 * np.pi * hz * k * t) / k for k in range(1, harmonics + 1) if hz * k < 0.45 * rate)
    ends = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.02) if len(t) else t
    return (np.asarray(parts) * ends * 0.2).astype(np.float32)


def chord(root: int, mode: int, seconds: float, *, detune: float = 0.0, rate: int = RATE) -> Samples:
    """Return a triad: root as pitch class, mode 0 minor, 1 major, detune in semitones."""
    steps = (0, 4, 7) if mode == 1 else (0, 3, 7)
    low = 48 + root % 12
    notes = [low, *(low + 12 + step for step in steps)]
    return np.asarray(sum(tone(note + detune, seconds, rate=rate) for note in notes), dtype=np.float32)


def cadence(
    tonic: int, mode: int, seconds: float, *, chord_s: float = 1.0, detune: float = 0.0, rate: int = RATE
) -> Samples:
    """Return chords that settle a key: I IV V I in major, i iv v i in minor, over and over."""
    sound = silence(seconds, rate=rate)
    steps = (0, 5, 7, 0)
    for count in range(int(np.ceil(seconds / chord_s))):
        piece = chord(tonic + steps[count % 4], mode, chord_s, detune=detune, rate=rate)
        place(piece, count * chord_s, sound, gain=0.5, rate=rate)
    return sound.clip(-1.0, 1.0)


ARRANGEMENT = (
    (32, "intro"),
    (32, "build"),
    (64, "drop"),
    (32, "breakdown"),
    (64, "drop"),
    (32, "outro"),
)
"""Beats and name of each part of ``arrangement``."""


def arrangement(
    bpm: float,
    *,
    start_s: float = 0.0,
    tonic: int = 9,
    parts: tuple[tuple[int, str], ...] = ARRANGEMENT,
    seed: int = 0,
    rate: int = RATE,
) -> tuple[Samples, NDArray[np.float64], NDArray[np.float64]]:
    """Render a four-on-the-floor track in a minor key.

    Returns
    -------
    tuple
        Sound; beats, seconds; starts of the parts, seconds (all multiples of 32 beats from the first).
    """
    beat_s = 60.0 / bpm
    total = sum(beats for beats, _ in parts)
    sound = noise(start_s + total * beat_s + 0.2, level=0.0005, seed=seed, rate=rate)
    drums = {"kick": kick(rate=rate), "snare": snare(rate=rate), "hat": hat(rate=rate)}
    progression = (0, 8, 3, 10)
    starts, beat = [], 0
    for beats, name in parts:
        starts.append(start_s + beat * beat_s)
        for count in range(beat, beat + beats):
            at = start_s + count * beat_s
            if name != "breakdown":
                place(drums["kick"], at, sound, gain=0.6, rate=rate)
            if name in ("build", "drop"):
                place(drums["hat"], at + beat_s / 2, sound, gain=0.5, rate=rate)
                if count % 2 == 1:
                    place(drums["snare"], at, sound, gain=0.5, rate=rate)
            if count % 4 == 0 and name in ("drop", "breakdown"):
                root = tonic + progression[count // 4 % 4]
                mode = 0 if count // 4 % 4 == 0 else 1
                place(chord(root, mode, 4 * beat_s, rate=rate), at, sound, gain=0.3, rate=rate)
            if name == "drop":
                root = tonic + progression[count // 4 % 4]
                place(tone(36 + root % 12, beat_s / 2, rate=rate), at + beat_s / 2, sound, gain=0.7, rate=rate)
        beat += beats
    return sound.clip(-1.0, 1.0), start_s + np.arange(total) * beat_s, np.array(starts)
