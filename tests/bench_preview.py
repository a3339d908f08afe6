"""Whether the beats of both tracks lie on one another in a rendered transition, measured in the sound of its stems.

usage: ``python tests/bench.py preview [--modules FOLDER]``; FOLDER as for ``beats``.

Conventions
-----------
Drums: tracks of clicks, steady and bending, whose beats are known and stand in the library as they are; the attacks of
each stem are found by level alone. Modules: their beats are known from a player and the library has its own idea of
them, whose errors count; a beat is looked for in the stem by the spectra around it in the track. A beat counts
as together within 15 ms, one of the sparser grid against the nearest of the denser one.
"""

from dataclasses import replace
from pathlib import Path

import bench_beats
import drums
import numpy as np
import soundfile
from bench_table import CONSOLE, table

from segue.daemon.artifact import default_artifact, fingerprint
from segue.daemon.config import Suggest
from segue.daemon.library.indexer import index
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.preview.choice import Crate
from segue.daemon.preview.plan import Plan, Side, plan
from segue.daemon.preview.render import RATE, Rendered, render

TOGETHER_S = 0.015
_STEP = 44
"""Samples from one spectrum to the next: 1 ms."""
_WINDOW = 1024
_AROUND_S, _SEARCH_S = 0.4, 0.1
PAIRS = 24


def side(path: Path, beats_s: np.ndarray) -> Side:
    """A track of drums as the library would have it."""
    return Side(path.stem, str(path), drums.write(path, beats_s), -16.0, beats_s, np.arange(0, len(beats_s), 4), ())


def attacks(stem: np.ndarray, low_s: float, high_s: float) -> np.ndarray:
    """Where a stem's level comes up after a pause, seconds."""
    found = drums.attacks(stem)
    return found[(found > low_s) & (found < high_s)]


def spectra(sound: np.ndarray) -> np.ndarray:
    """Log spectra up to 8 kHz in 48 bands, one a millisecond, (n, 48)."""
    rows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_STEP] * np.hanning(_WINDOW).astype(np.float32)
    magnitude = np.abs(np.fft.rfft(rows, axis=1))[:, 1:193]
    return np.log(magnitude.reshape(len(rows), 48, 4).mean(axis=2) + 1e-3)


def located(track: np.ndarray, stem: np.ndarray, beats_s: np.ndarray, expected_s: np.ndarray) -> np.ndarray:
    """Where the sound around each beat of a track is found in a stem, seconds; NaN where there is nothing to find."""
    mono, found = stem.mean(axis=1), np.full(len(beats_s), np.nan)
    around, room = round(_AROUND_S * RATE), round((_AROUND_S + _SEARCH_S) * RATE)
    speeds = np.gradient(beats_s) / np.gradient(expected_s)
    for number, (at_s, about_s, speed) in enumerate(zip(beats_s, expected_s, speeds, strict=True)):
        at, about = round(at_s * RATE), round(about_s * RATE)
        if at < around or about < room or at + around > len(track) or about + room > len(mono):
            continue
        known, heard = spectra(track[at - around : at + around]), spectra(mono[about - room : about + room])
        if known.std() < 0.1:
            continue
        # Only how fast it plays is taken from the plan, not where it is.
        known = known[(np.arange(0, (len(known) - 1) / speed) * speed).astype(int)]
        known -= known.mean(axis=0)
        off = [np.abs(known - (part - part.mean(axis=0))).mean()
               for part in (heard[lag : lag + len(known)] for lag in range(len(heard) - len(known)))]  # fmt: skip
        # Row 0 of the pattern is centred so far before the beat; at this speed it is as much sooner.
        before = (around - _WINDOW / 2) / speed
        found[number] = (about - room + int(np.argmin(off)) * _STEP + _WINDOW / 2 + before) / RATE
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
        outgoing = side(folder / "out.wav", drums.grid(out_bpm, bend=bend, seed=1))
        incoming = side(folder / "in.wav", drums.grid(in_bpm, bend=bend, seed=2))
        planned = plan(outgoing, float(outgoing.beats_s[64]), incoming, float(incoming.beats_s[16]), 64)
        made.append(("bending" if bend else "steady", render(planned)))
    return made


def fade(planned: Plan) -> tuple[float, float]:
    """Where both are heard, a hair inside its ends."""
    return planned.lead_s - 0.01, planned.lead_s + planned.fade_s - 0.01


def modules(folder: Path, source: Path) -> tuple[dict[str, list[tuple[int, int, list[float]]]], int]:
    """Transitions between modules within reach of one another, with the cues that the ranker would take.

    Once on the library's grids, and once on the player's own; and how many were plain fades, since there is no grid.
    """
    truths = {}
    (folder / "modules").mkdir()
    for name, made in bench_beats.pieces(source):
        path = folder / "modules" / f"{name}.flac"
        soundfile.write(path, made.sound, bench_beats.RATE)
        truths[str(path)] = made
    if not truths:
        raise SystemExit(f"no tracker modules of steady tempo below {source}")
    index(folder / "modules.library", [folder / "modules"], default_artifact(), jobs=1)
    crate = Crate(Snapshot.load(folder / "modules.library", fingerprint(default_artifact())), Suggest())
    found: dict[str, list[tuple[int, int, list[float]]]] = {"the player's grids": [], "the library's grids": []}
    plain = 0
    pairs = [(out, ours) for out in crate.snapshot for ours in crate.admissible(out)]
    for number in np.random.default_rng(1).permutation(len(pairs))[:PAIRS]:
        out, ours = pairs[number]
        mix_out = crate.mix_out(out)
        places = mix_out.position_s, crate.best_cue(out, mix_out, ours)
        for whose, judged in found.items():
            sides = [crate.side(track, ()) for track in (out, ours)]
            at_s = list(places)
            if whose == "the player's grids":
                for n, track in enumerate((out, ours)):
                    beats_s = truths[track.path].beats_s
                    sides[n] = replace(sides[n], beats_s=beats_s, downbeats=np.arange(0, len(beats_s), 4))
                    at_s[n] = float(beats_s[np.abs(beats_s - places[n]).argmin()])
            planned = plan(sides[0], at_s[0], sides[1], at_s[1], mix_out.length_beats)
            if not planned.shared:
                plain += 1
                continue
            judged.append(measured(render(planned), truths[out.path], truths[ours.path]))
    return found, plain


def measured(made: Rendered, theirs: bench_beats.Piece, ours: bench_beats.Piece) -> tuple[int, int, list[float]]:
    """Look for the true beats of both in the stems."""
    planned, (low, high) = made.plan, fade(made.plan)
    there = []
    for truth, stem, expected_s in (
        (theirs, made.outgoing, theirs.beats_s - planned.leave_s + planned.lead_s),
        (ours, made.incoming, planned.beats.when(ours.beats_s)),
    ):
        inside = (expected_s > low) & (expected_s < high)
        there.append(located(truth.sound, stem, truth.beats_s[inside], expected_s[inside]))
    return together(*there)


def preview(folder: Path, source: Path | None) -> None:
    """Print the table."""
    rows: dict[str, list[tuple[int, int, list[float]]]] = {}
    for kind, made in drummed(folder):
        stems = (attacks(stem, *fade(made.plan)) for stem in (made.outgoing, made.incoming))
        rows.setdefault(f"drums, {kind}, up to ±6 %, half and double", []).append(together(*stems))
    plain = 0
    if source is not None:
        found, plain = modules(folder, source)
        rows |= {f"tracker modules, {whose}": judged for whose, judged in found.items()}
    shown = table(
        "previews: beats of both tracks within 15 ms, over the whole overlap",
        *("", "transitions", "beats", "together", "off by, median", "95 %"),
    )
    for name, judged in rows.items():
        off_ms = 1000 * np.array([value for _, _, values in judged for value in values])
        beats, right = sum(count for _, count, _ in judged), sum(right for right, _, _ in judged)
        figures = (f"{np.percentile(off_ms, share):.1f} ms" if len(off_ms) else "–" for share in (50, 95))
        shown.add_row(name, str(len(judged)), str(beats), f"{right / max(beats, 1):.3f}", *figures)
    CONSOLE.print(shown)
    if plain:
        CONSOLE.print(f"{plain} more could not be aligned on one of the grids, and are plain fades\n")
