"""A planned transition as sound: both tracks, the fade between them, and one bass at a time.

Conventions
-----------
Sound is (frames, 2) float32 at ``RATE``. A *stem* is one track alone on the time of the result, before any fade. What
lies below the crossover is faded apart from the rest: it is handed over within a beat or so, so that two basses never
sound at once, while the rest fades over the whole length. All fades keep the power, sine against cosine.

Source
------
The crossover is a Butterworth of second order run forth and back: the magnitude of a Linkwitz-Riley of fourth order,
without its delay, and what is left over is its exact complement.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import LibraryError
from ..signal.resample import resample
from ..sound.decode import Writer, decode, mixdown
from .plan import Plan, Side
from .stretch import Samples, follow

RATE = 44_100
"""Frames per second of every preview."""
LOUDNESS_LUFS = -16.0
"""Both tracks are brought to this, which leaves room for two of them."""
CROSSOVER_HZ = 180.0
_MOST_GAIN_DB = 18.0
_SWAP_S = 0.5
_BEYOND_S = 1.0
"""Sound that the stretcher is given beyond the end."""
_CEILING = 0.97
_LOOK_AHEAD_S = 0.005
_EDGE_S = 0.03
_FADE_AWAY_S = 2.0


@dataclass(frozen=True, slots=True)
class Fades:
    """How loud each part is, (frames,) each, 0..1."""

    outgoing: Samples
    incoming: Samples
    outgoing_bass: Samples
    incoming_bass: Samples


@dataclass(frozen=True, slots=True)
class Rendered:
    """A transition as sound."""

    plan: Plan
    outgoing: Samples
    """The stem, (frames, 2)."""
    incoming: Samples
    """The stem, (frames, 2)."""
    fades: Fades
    mix: Samples
    """What is heard, (frames, 2), within ±.97."""


def render(plan: Plan) -> Rendered:
    """Render a transition.

    Raises
    ------
    LibraryError
        If a track's file is gone.
    DecodeError
        If it cannot be read.
    """
    frames = round(plan.length_s * RATE)
    start, end = round(plan.lead_s * RATE), round((plan.lead_s + plan.fade_s) * RATE)
    outgoing, incoming = (np.zeros((frames, 2), np.float32) for _ in range(2))
    first = round((plan.leave_s - plan.lead_s) * RATE)
    played = _sound(plan.outgoing, plan.leave_s + plan.fade_s)[max(first, 0) : first + end]
    outgoing[: len(played)] = played
    theirs = _sound(plan.incoming, float(plan.beats.at(plan.length_s)))
    incoming[start:] = follow(theirs, RATE, plan.beats, (frames - start) / RATE)[: frames - start]
    fades = _fades(plan, frames, start, end)
    mix = _faded(outgoing, fades.outgoing, fades.outgoing_bass) + _faded(incoming, fades.incoming, fades.incoming_bass)
    return Rendered(plan, outgoing, incoming, fades, _limited(mix))


def _sound(side: Side, until_s: float) -> Samples:
    """Give a track as far as it is needed: two channels, at our rate and loudness."""
    if not Path(side.path).is_file():
        raise LibraryError(
            f"the file of '{side.title}' is gone from {side.path}; put it back, or run 'segue index' where it is now"
        )
    found = decode(side.path, limit_s=until_s + _BEYOND_S)
    sound = found.samples if found.channels == 2 else np.repeat(mixdown(found.samples)[:, None], 2, axis=1)
    gain_db = float(np.clip(LOUDNESS_LUFS - side.loudness_lufs, -_MOST_GAIN_DB, _MOST_GAIN_DB))
    return resample(sound, found.rate, RATE) * np.float32(10.0 ** (gain_db / 20.0))


def _fades(plan: Plan, frames: int, start: int, end: int) -> Fades:
    t = np.arange(frames, dtype=np.float32)
    swap, half = plan.swap_s * RATE, min(_SWAP_S, plan.fade_s) * RATE / 2
    across = np.clip((t - start) / max(end - start, 1), 0.0, 1.0) * np.float32(np.pi / 2)
    over = np.clip((t - swap + half) / (2 * half), 0.0, 1.0) * np.float32(np.pi / 2)
    gains = (np.cos(across), np.sin(across), np.cos(over), np.sin(over))
    return Fades(*(np.asarray(gain, np.float32).clip(0.0, 1.0) for gain in gains))


def _faded(stem: Samples, fade: Samples, bass_fade: Samples) -> Samples:
    from scipy.signal import butter, sosfiltfilt

    low = sosfiltfilt(butter(2, CROSSOVER_HZ, "low", fs=RATE, output="sos"), stem, axis=0, padlen=0)
    return np.asarray((stem - low) * fade[:, None] + low * bass_fade[:, None], np.float32)


def _limited(mix: Samples) -> Samples:
    """Turn peaks down before they come, and let the ends come out of silence and go back to it."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    peak: NDArray[np.float32] = np.abs(mix).max(axis=1)
    look = 2 * round(_LOOK_AHEAD_S * RATE) + 1
    # A mean of minima over the same width is nowhere above the gain that its middle needs.
    needed = np.minimum(1.0, _CEILING / np.maximum(peak, 1e-9))
    gain = uniform_filter1d(minimum_filter1d(needed, look), look)
    edge, away = (min(round(s * RATE), len(mix)) for s in (_EDGE_S, _FADE_AWAY_S))
    gain[:edge] *= np.linspace(0.0, 1.0, edge)
    gain[len(mix) - away :] *= np.linspace(1.0, 0.0, away)
    return np.asarray(mix * gain[:, None], np.float32)


def write(mix: Samples, path: Path) -> None:
    """Write sound to a file, by its suffix: float WAV, 24-bit FLAC, or MP3.

    Raises
    ------
    DecodeError
        If it cannot be written.
    """
    file = Writer(path, RATE, mix.shape[1], lossy=True)
    try:
        file.write(mix)
    finally:
        file.close()
