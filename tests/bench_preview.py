"""Whether the beats of both tracks lie on one another in a rendered transition, measured in the sound of its stems.

usage: ``python tests/bench.py preview [--modules FOLDER]``; FOLDER as for ``beats``.

Conventions
-----------
Drums: tracks of clicks, steady and bending, whose beats are known and stand in the library as they are; the attacks of
each stem are found by level alone. Modules: their beats are known from a player and the library has its own idea of
them, whose errors count; a beat is looked for in the stem by the sound that surrounds it in the track. A beat counts as
together within 15 ms, one of the sparser grid against the nearest of the denser one.
"""

from pathlib import Path

import bench_beats
import numpy as np
import soundfile
from scipy.signal import correlate
from synth import click, kick, place, silence

from segue.daemon.artifact import default_artifact, fingerprint
from segue.daemon.config import Suggest
from segue.daemon.indexer import index
from segue.daemon.library import Snapshot
from segue.daemon.preview.choice import Crate
from segue.daemon.preview.plan import Plan, Side, plan
from segue.daemon.preview.render import RATE, Rendered, render

TOGETHER_S = 0.015
_STEP = 44
"""Samples of an envelope's step: 1 ms."""
_PAUSE_S = 0.1
_AROUND_S, _SEARCH_S = 0.12, 0.2
PAIRS = 40


def drums(beats_s: np.ndarray) -> np.ndarray:
    """Clicks over kicks, on every beat."""
    sound = silence(float(beats_s[-1]) + 1.0, rate=RATE)
    for at_s in beats_s:
        place(kick(rate=RATE), at_s, sound, gain=0.4, rate=RATE)
        place(click(hz=2000.0, rate=RATE), at_s, sound, gain=0.5, rate=RATE)
    return sound


def grid(bpm: float, bend: float, seed: int, beats: int = 160) -> np.ndarray:
    """Beats whose tempo wanders by up to ``bend`` each way, within some bars."""
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    return 0.5 + np.concatenate([[0.0], np.cumsum(60 / bpm * (1 + bend * np.sin(np.arange(beats) / 7 + phase)))])


def side(path: Path, beats_s: np.ndarray) -> Side:
    """A track of drums as the library would have it."""
    sound = drums(beats_s)
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return Side(path.stem, str(path), len(sound) / RATE, -16.0, beats_s, np.arange(0, len(beats_s), 4), ())


def attacks(stem: np.ndarray, low_s: float, high_s: float) -> np.ndarray:
    """Where the level comes up after a pause, seconds."""
    level = np.abs(stem).max(axis=1)
    loud = np.flatnonzero(level > 0.3 * level.max()) / RATE
    first = np.concatenate([[True], np.diff(loud) > _PAUSE_S])
    found = loud[first]
    return found[(found > low_s) & (found < high_s)]


def onsets(sound: np.ndarray) -> np.ndarray:
    """How much the sound rises, high frequencies counting most, one value a millisecond."""
    rise = np.diff(sound.astype(np.float64), prepend=0.0)
    power = np.add.reduceat(rise**2, np.arange(0, len(rise), _STEP))
    smooth = np.convolve(power, np.hanning(9) / 4, "same")
    return np.maximum(0.0, np.diff(np.log(smooth + 1e-7), prepend=np.log(1e-7)))


def located(track: np.ndarray, stem: np.ndarray, beats_s: np.ndarray, expected_s: np.ndarray) -> np.ndarray:
    """Where the sound around each beat of a track is found in a stem, seconds; NaN where there is no attack to find."""
    pattern, heard = onsets(track), onsets(stem.mean(axis=1))
    step_s, around, search = _STEP / RATE, round(1000 * _AROUND_S), round(1000 * _SEARCH_S)
    found = np.full(len(beats_s), np.nan)
    for number, (at_s, about_s) in enumerate(zip(beats_s, expected_s, strict=True)):
        at, about = round(at_s / step_s), round(about_s / step_s)
        piece = pattern[max(0, at - around) : at + around]
        low = about - around - search
        room = heard[max(0, low) : about + around + search]
        if len(piece) < 2 * around or low < 0 or len(room) < len(piece) or piece.sum() < 1.0:
            continue
        likeness = correlate(room, piece, mode="valid")
        found[number] = (max(0, low) + int(np.argmax(likeness)) + around) * step_s
    return found


def together(one_s: np.ndarray, other_s: np.ndarray) -> tuple[int, int, list[float]]:
    """Beats together, beats in all, and how far each was off."""
    sparse, dense = sorted((one_s[np.isfinite(one_s)], other_s[np.isfinite(other_s)]), key=len)
    off = [float(np.abs(dense - at).min()) for at in sparse] if len(dense) else []
    return sum(value <= TOGETHER_S for value in off), len(sparse), off


def drummed(folder: Path) -> list[tuple[str, Rendered]]:
    """Transitions between drums: steady and bending, ±6 %, half and double time."""
    made = []
    for out_bpm, in_bpm, bend in (
        *((124.0, 124.0 * ratio, bend) for ratio in (0.94, 0.97, 1.0, 1.03, 1.06) for bend in (0.0, 0.02)),
        *((124.0, 62.5, bend) for bend in (0.0, 0.02)),
        *((88.0, 174.0, bend) for bend in (0.0, 0.02)),
    ):
        outgoing = side(folder / "out.wav", grid(out_bpm, bend, 1))
        incoming = side(folder / "in.wav", grid(in_bpm, bend, 2))
        planned = plan(outgoing, float(outgoing.beats_s[64]), incoming, float(incoming.beats_s[16]), 64)
        made.append(("bending" if bend else "steady", render(planned)))
    return made


def fade(planned: Plan) -> tuple[float, float]:
    """Where both are heard, a hair inside its ends."""
    return planned.lead_s - 0.01, planned.lead_s + planned.fade_s - 0.01


def modules(folder: Path, source: Path) -> tuple[list[tuple[int, int, list[float]]], int]:
    """Transitions between modules within reach of one another, with the cues that the ranker would take."""
    truths = {}
    (folder / "modules").mkdir()
    for name, made in bench_beats.pieces(source):
        path = folder / "modules" / f"{name}.flac"
        soundfile.write(path, made.sound, bench_beats.RATE)
        truths[str(path)] = made
    index(folder / "modules.library", [folder / "modules"], default_artifact(), jobs=1)
    snapshot = Snapshot.load(folder / "modules.library", fingerprint(default_artifact()))
    crate, found, plain = Crate(snapshot, Suggest()), [], 0
    pairs = [(out, ours) for out in snapshot for ours in crate.admissible(out)]
    chosen = np.random.default_rng(1).permutation(len(pairs))[:PAIRS]
    for out, ours in (pairs[n] for n in chosen):
        mix_out = crate.mix_out(out)
        enter_s = crate.best_cue(out, mix_out, ours)
        planned = plan(crate.side(out, ()), mix_out.position_s, crate.side(ours, ()), enter_s, mix_out.length_beats)
        if not planned.shared:
            plain += 1
            continue
        rendered = render(planned)
        low, high = fade(planned)
        there = []
        for track, stem, heard_at in (
            (out, rendered.outgoing, lambda s, p=planned: s - p.leave_s + p.lead_s),
            (ours, rendered.incoming, planned.beats.when),
        ):
            truth = truths[track.path]
            expected_s = np.asarray(heard_at(truth.beats_s))
            inside = (expected_s > low) & (expected_s < high)
            there.append(located(truth.sound, stem, truth.beats_s[inside], expected_s[inside]))
        found.append(together(*there))
    return found, plain
