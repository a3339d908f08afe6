"""What a track is, found offline: beat grid, key, loudness, energy, sections, cue-ins and mix-outs.

Conventions
-----------
Times are seconds of the decoded sound from its first sample; a ``beat`` is an index into ``Analysis.beats_s``, -1
where a track has no beat. Every number is finite, every position lies inside the track.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..signal.loudness import gated, momentary_powers
from ..signal.spectrum import FPS, Spectrum, chroma, spectrum
from ..signal.tonality import estimate_key
from ..sound.decode import Sound
from . import edition
from .arbiter import votes
from .beatgrid import BeatGrid, beat_grid, onset_envelopes
from .cues import CuePoint, Lines, cue_ins, mix_outs, step_db
from .energy import energy_curve
from .novelty import Evidence, deviations, slot_features
from .phrases import Phrasing, phrasing
from .sections import Section, borders, change, sections

__all__ = ["VERSION", "Analysis", "CuePoint", "Section", "analyse"]

VERSION = edition.ANALYSIS
"""The edition of what this file finds; raise it there when stored analyses are worth doing again."""
_SILENCE_DB = -48.0
"""A frame this far under the track's loud parts, in every band, is silence."""
_PSEUDO_BEAT_S = 0.5
"""What stands in for a beat where there is none, so that change can be measured all the same."""
_LOW_BANDS = 2
_KEY_NEEDS_S = 2.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of a track from its sound alone."""

    version: int
    duration_s: float
    """Seconds."""
    tempo_bpm: float
    """Beats per minute, 0 where there is no beat."""
    tempo_confidence: float
    """0..1."""
    beats_s: NDArray[np.float64]
    """Seconds, (n,)."""
    downbeats: NDArray[np.int64]
    """Indexes into ``beats_s``, (m,)."""
    pitch_class: int
    """0 C … 11 B, -1 unknown."""
    mode: int
    """0 minor, 1 major, -1 unknown."""
    key_confidence: float
    """0..1."""
    loudness_lufs: float
    """Integrated loudness, BS.1770, at least -70."""
    energy: NDArray[np.float32]
    """0..1, one value a second, on a scale that is the same for all tracks, (seconds,)."""
    sections: tuple[Section, ...]
    cues: tuple[CuePoint, ...]
    """Cue-ins in order of time."""
    mix_outs: tuple[CuePoint, ...]
    """Mix-outs in order of time."""
    silence_start_s: float
    """Silence before the first sound, seconds."""
    silence_end_s: float
    """Silence after the last sound, seconds."""


def _sounding(spectra: Spectrum, duration_s: float) -> tuple[float, float]:
    """Return where the first sound starts and the last one ends, seconds; both 0 for silence."""
    loud = np.flatnonzero(spectra.level_db.max(axis=1, initial=-60.0) > _SILENCE_DB)
    if len(loud) == 0:
        return 0.0, 0.0
    return min(float(loud[0]) / FPS, duration_s), min((float(loud[-1]) + 1.0) / FPS, duration_s)


def _lines(spectra: Spectrum, beats_s: NDArray[np.float64], found: NDArray[np.int64], phrased: Phrasing | None,
           change: NDArray[np.float64], changes: dict[str, NDArray[np.float64]]) -> Lines:  # fmt: skip
    """Gather what is known of the beats ``found``, the candidates for cues."""
    frame = np.clip(np.round(beats_s * FPS).astype(np.int64), 0, len(spectra.level_db))
    total = np.vstack([np.zeros((1, 2)), np.cumsum(_powers(spectra), axis=0)])
    per_beat = np.diff(total[frame], axis=0) / np.maximum(np.diff(frame), 1)[:, None]
    return Lines(
        position_s=beats_s[found],
        beat=found if phrased is not None else np.full(len(found), -1, dtype=np.int64),
        length=phrased.bar * phrased.bars[found] if phrased is not None else np.zeros(len(found), dtype=np.int64),
        part=phrased.part[found] if phrased is not None else np.full(len(found), 0.5),
        change=change[found],
        changes={name: values[found] for name, values in changes.items()},
        energy_change=step_db(per_beat[:, 0], found),
        low_change=step_db(per_beat[:, 1], found),
    )


def _powers(spectra: Spectrum) -> NDArray[np.float64]:
    """Return the mean power of all bands and of the lowest, against the track's loud parts, (frames, 2)."""
    power = 10.0 ** (0.1 * spectra.level_db.astype(np.float64))
    return np.stack([power.mean(axis=1), power[:, :_LOW_BANDS].mean(axis=1)], axis=1)


def _tidy(position_s: NDArray[np.floating], duration_s: float) -> NDArray[np.float64]:
    """Round to a tenth of a millisecond, inside the track."""
    return np.asarray(np.round(position_s, 4).clip(0.0, max(0.0, duration_s - 1e-4)), dtype=np.float64)


def analyse(sound: Sound, mono16k: NDArray[np.float32]) -> Analysis:
    """Analyse a whole track.

    Parameters
    ----------
    sound
        As decoded, at its own rate; loudness is measured on it.
    mono16k
        The same sound, mixed down and resampled to 16 kHz; everything else is measured on it.

    Returns
    -------
    Analysis
        Always complete: silence has no beat, no key, one section and a cue at 0.
    """
    duration_s = len(sound.samples) / sound.rate
    mono = np.nan_to_num(np.asarray(mono16k, dtype=np.float32), posinf=0.0, neginf=0.0)
    mono = mono - np.float32(mono.mean()) if len(mono) else np.zeros(1, dtype=np.float32)
    powers = momentary_powers(sound.samples, sound.rate)
    spectra = spectrum(mono)
    pitch = chroma(mono)
    start_s, end_s = _sounding(spectra, duration_s)
    envelopes = onset_envelopes(spectra)
    grid: BeatGrid = beat_grid(spectra, envelopes, lambda tempi: votes(mono, tempi))
    phrased: Phrasing | None = None
    if len(grid.beats_s) >= 8:
        phrased = phrasing(spectra, pitch, envelopes, grid.beats_s, start_s)
        beats_s = _tidy(phrased.beats_s, duration_s)
        features, evidence, bars = phrased.features, phrased.evidence, phrased.bars
        trust = min(1.0, 0.4 + grid.confidence) * (0.5 + 0.5 * phrased.confidence)
    else:
        count = max(2, int((max(end_s, 2 * _PSEUDO_BEAT_S) - start_s) / _PSEUDO_BEAT_S) + 1)
        beats_s = _tidy(start_s + _PSEUDO_BEAT_S * np.arange(count), duration_s)
        features, bars = slot_features(spectra, pitch, beats_s), None
        evidence = Evidence(features)
        trust = 0.3
    changed = change(evidence, bars)
    starts = borders(changed, bars)
    if bars is not None:
        found = np.flatnonzero((bars >= 2) & (beats_s < max(end_s, 1e-3)))
        first_downbeat = int(np.argmax(bars > 0))
        if len(found) == 0 or found[0] - first_downbeat > 4:
            found = np.insert(found, 0, first_downbeat)
    else:
        found = starts
    lines = _lines(spectra, beats_s, found, phrased, changed, deviations(features, evidence))
    energy = energy_curve(powers, spectra, duration_s)
    heard_s = end_s - start_s
    pitch_class, mode, key_confidence = estimate_key(pitch.sum(axis=0)) if heard_s >= _KEY_NEEDS_S else (-1, -1, 0.0)
    return Analysis(
        version=VERSION,
        duration_s=duration_s,
        tempo_bpm=round(grid.tempo_bpm, 3) if phrased is not None else 0.0,
        tempo_confidence=round(grid.confidence, 4) if phrased is not None else 0.0,
        beats_s=beats_s if phrased is not None else np.zeros(0),
        downbeats=np.flatnonzero(phrased.bars) if phrased is not None else np.zeros(0, dtype=np.int64),
        pitch_class=pitch_class,
        mode=mode,
        key_confidence=key_confidence,
        loudness_lufs=round(gated(powers), 2),
        energy=energy,
        sections=sections(features, starts, energy, duration_s),
        cues=cue_ins(lines, end_s, trust),
        mix_outs=mix_outs(lines, end_s, trust),
        silence_start_s=start_s,
        silence_end_s=max(0.0, duration_s - end_s),
    )
