"""Mix a set as a DJ would, and write down exactly what was played.

Conventions
-----------
Sound is mono (frames,) float32; times in seconds of the set unless a name says of the track. A play covers
``[start_s, end_s)`` of the set, and the track's own position there is ``track_start_s + (t - start_s) * rate``. The
same seed over the same library gives the same set.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from .stretch import key_lock, vinyl

Samples = NDArray[np.float32]

RATE = 48_000
"""Samples per second of the bundled music and of the set."""
LOUDNESS = 0.1
"""Every play is brought to this root mean square."""
CROSSOVER_HZ = 180.0
"""What lies below is the bass that two tracks do not play at once."""


@dataclass(frozen=True, slots=True)
class Record:
    """A track in the crate, as far as mixing needs to know it."""

    id: str
    path: Path
    title: str
    duration_s: float
    tempo_bpm: float
    """0: none."""
    downbeats_s: tuple[float, ...]
    """Of the track."""


@dataclass(frozen=True, slots=True)
class Play:
    """One track's part in the set."""

    id: str
    path: str
    title: str
    start_s: float
    end_s: float
    track_start_s: float
    rate: float
    keylock: bool
    fade_in_s: float
    """0 for the first one."""
    bass_swap: bool
    """Whether the fade into it exchanges the bass at its middle."""

    @property
    def ids(self) -> frozenset[str]:
        """What it may rightly be named."""
        return frozenset({self.id})

    def position_s(self, t: float) -> float:
        """Position in the track at ``t``."""
        return self.track_start_s + (t - self.start_s) * self.rate


def plan(crate: Sequence[Record], count: int, seed: int) -> list[Play]:
    """Choose ``count`` tracks and lay them out: matched in tempo and on the bar where the fader's range allows it."""
    rng = np.random.default_rng(seed)
    left = sorted(crate, key=lambda record: record.title)
    plays: list[Play] = []
    playing: Record | None = None
    for number in range(min(count, len(left))):
        record, rate = _choose(rng, left, plays[-1].rate * playing.tempo_bpm if playing else 0.0)
        left.remove(record)
        length_s = float(rng.uniform(50.0, 64.0))
        fade_s = float(rng.choice([4.0, 8.0, 16.0]))
        keylock, bass_swap = bool(number % 2), bool(rng.random() < 0.5)
        rate = round(rate * RATE) / RATE  # what a resampler can do exactly
        latest_s = record.duration_s - (length_s + 1.0) * rate
        start_s = 0.0
        if playing is not None:
            last = plays[-1]
            bars_s = [last.start_s + (beat_s - last.track_start_s) / last.rate for beat_s in playing.downbeats_s]
            start_s = _nearest(bars_s, last.end_s - fade_s, last.start_s + 30.0, last.end_s)
            plays[-1] = _ending(last, start_s + fade_s)
        track_start_s = _nearest(record.downbeats_s, float(rng.uniform(0.05, 0.35)) * record.duration_s, 0.0, latest_s)
        plays.append(
            Play(
                id=record.id,
                path=str(record.path),
                title=record.title,
                start_s=start_s,
                end_s=start_s + length_s,
                track_start_s=max(0.0, track_start_s),
                rate=rate,
                keylock=keylock,
                fade_in_s=fade_s if playing else 0.0,
                bass_swap=bass_swap,
            )
        )
        playing = record
    return plays


def _choose(rng: np.random.Generator, left: Sequence[Record], tempo_bpm: float) -> tuple[Record, float]:
    """Pick the next record and its speed: one whose tempo can be matched within 6 %, else any with any speed."""
    fits = [record for record in left if record.tempo_bpm and abs(tempo_bpm / record.tempo_bpm - 1.0) <= 0.06]
    if tempo_bpm and fits:
        record = fits[int(rng.integers(len(fits)))]
        return record, tempo_bpm / record.tempo_bpm
    return left[int(rng.integers(len(left)))], float(rng.uniform(0.95, 1.05))


def _nearest(times_s: Sequence[float], wanted_s: float, low_s: float, high_s: float) -> float:
    """Find the time nearest to the wanted one within bounds, or the wanted one itself where there is none."""
    inside = [time_s for time_s in times_s if low_s <= time_s <= high_s]
    return float(min(inside, key=lambda time_s: abs(time_s - wanted_s), default=min(wanted_s, high_s)))


def _ending(play: Play, end_s: float) -> Play:
    return Play(**{**asdict(play), "end_s": end_s})


def mix(plays: Sequence[Play], read: Callable[[str], Samples]) -> Iterator[Samples]:
    """Render the set, one play at a time.

    Parameters
    ----------
    plays
        From ``plan``.
    read
        Gives a whole track at ``RATE``.

    Yields
    ------
    (frames,), float32: the set up to where the next play comes in; together they are the whole of it.
    """
    tail = np.zeros(0, np.float32)
    for number, play in enumerate(plays):
        sound = _played(play, read(play.path))
        sound *= LOUDNESS / (float(np.sqrt(np.mean(sound**2))) + 1e-6)
        fade = round(play.fade_in_s * RATE)
        if number:
            sound, tail = _faded(sound, tail, fade, play.bass_swap)
            sound[: len(tail)] += tail
        ahead = round(plays[number + 1].fade_in_s * RATE) if number + 1 < len(plays) else 0
        cut = len(sound) - ahead
        tail = sound[cut:].copy()
        yield _limited(sound[:cut])


def _played(play: Play, track: Samples) -> Samples:
    frames = round(play.end_s * RATE) - round(play.start_s * RATE)
    start = round(play.track_start_s * RATE)
    piece = track[start : start + round((frames / RATE + 1.0) * play.rate * RATE)]
    sound = key_lock(piece, play.rate) if play.keylock else vinyl(piece, play.rate, RATE)
    return np.pad(sound[:frames], (0, max(0, frames - len(sound))))


def _faded(sound: Samples, tail: Samples, fade: int, bass_swap: bool) -> tuple[Samples, Samples]:
    ramp = np.sin(np.linspace(0.0, np.pi / 2, fade, dtype=np.float32))
    head = sound[:fade]
    if bass_swap:
        swap = np.clip((np.arange(fade, dtype=np.float32) - fade / 2) / (0.25 * RATE) + 0.5, 0.0, 1.0)
        head = head - _bass(head) * (1.0 - swap)
        tail = tail - _bass(tail) * swap[: len(tail)]
    return np.concatenate([head * ramp, sound[fade:]]), tail * ramp[::-1][: len(tail)]


def _bass(sound: Samples) -> Samples:
    return np.asarray(sosfiltfilt(butter(2, CROSSOVER_HZ, "low", fs=RATE, output="sos"), sound), np.float32)


def _limited(sound: Samples) -> Samples:
    return np.asarray(np.tanh(sound * 1.5) / 1.5, np.float32)


def write(pieces: Iterator[Samples], file: Path) -> float:
    """Write the set as a 16-bit WAV; return its length in seconds."""
    frames = 0
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for piece in pieces:
            out.writeframes((np.clip(piece, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
            frames += len(piece)
    return frames / RATE


def write_truth(plays: Sequence[Play], file: Path) -> None:
    """Write what was played, as JSON."""
    file.write_text(json.dumps({"plays": [asdict(play) for play in plays]}, indent=1), encoding="utf-8")
