"""Beats and phrases of tracker modules: a player tells to the sample when each row starts, so the truth is exact.

usage: ``python tests/bench.py beats --modules FOLDER``, FOLDER with .mod, .xm, .s3m and .it files below it.
Needs libopenmpt (Debian: libopenmpt0). The figures in the README are of packages that no model has learnt from:
``segue fetch-music FOLDER biniax2-data bomberclone-data rafkill-data tecnoballz-data``.

Conventions
-----------
Sound is mono at 44.1 kHz. A beat is every R rows, R of 2, 3, 4, 6 and 8 so that beats never straddle a pattern and come
nearest to the player's own idea of the tempo. Modules whose rows do not keep their time are left out. Where a pattern
starts, which is as the composer wrote it, a phrase starts.
"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

RATE, STEP = 44_100, 64
LONGEST_S, SHORTEST_S = 240.0, 60.0
KINDS = {".mod", ".xm", ".s3m", ".it"}


@dataclass(frozen=True)
class Row:
    start_s: float
    order: int
    number: int


@dataclass(frozen=True)
class Piece:
    sound: np.ndarray
    beats_s: np.ndarray
    tempo_bpm: float
    patterns_s: np.ndarray


def _player() -> ctypes.CDLL:
    found = ctypes.util.find_library("openmpt")
    if found is None:
        raise SystemExit("the beats table needs libopenmpt (Debian: apt-get install libopenmpt0)")
    player = ctypes.CDLL(found)
    pointer, number = ctypes.c_void_p, ctypes.c_int32
    player.openmpt_module_create_from_memory2.restype = pointer
    player.openmpt_module_create_from_memory2.argtypes = [ctypes.c_char_p, ctypes.c_size_t] + [pointer] * 7
    player.openmpt_module_read_float_mono.restype = ctypes.c_size_t
    player.openmpt_module_read_float_mono.argtypes = [pointer, number, ctypes.c_size_t, ctypes.POINTER(ctypes.c_float)]
    player.openmpt_module_get_current_estimated_bpm.restype = ctypes.c_double
    for name in ("get_current_row", "get_current_order", "get_current_estimated_bpm", "destroy"):
        getattr(player, f"openmpt_module_{name}").argtypes = [pointer]
    player.openmpt_module_destroy.restype = None
    return player


def render(path: Path) -> tuple[np.ndarray, list[Row], float] | None:
    """Play a module once: its sound, when each row starts, and the player's idea of its tempo."""
    player, data = _player(), path.read_bytes()
    module = player.openmpt_module_create_from_memory2(data, len(data), *[None] * 7)
    if not module:
        return None
    block, blocks, rows, tempi, frames = (ctypes.c_float * STEP)(), [], [], [], 0
    while frames < LONGEST_S * RATE:
        count = player.openmpt_module_read_float_mono(module, RATE, STEP, block)
        if not count:
            break
        here = player.openmpt_module_get_current_order(module), player.openmpt_module_get_current_row(module)
        if not rows or here != (rows[-1].order, rows[-1].number):
            rows.append(Row(frames / RATE, *here))
            tempi.append(player.openmpt_module_get_current_estimated_bpm(module))
        blocks.append(np.frombuffer(block, np.float32, count).copy())
        frames += count
    player.openmpt_module_destroy(module)
    return np.concatenate(blocks), rows, float(np.median(tempi))


def rows_in_a_beat(sound: np.ndarray, rows: list[Row], row_s: float, tempo_bpm: float) -> int | None:
    """Choose how many rows make a beat, None if nothing fits."""
    borders = [i for i, row in enumerate(rows) if i == 0 or row.order != rows[i - 1].order]
    sizes = np.diff([*borders, len(rows)])
    fitting = [
        count
        for count in (2, 3, 4, 6, 8)
        if 70 <= 60 / (row_s * count) <= 180 and sizes[sizes % count == 0].sum() > 0.9 * sizes.sum()
    ]
    if {count % 3 == 0 for count in fitting} == {True, False}:  # patterns of 24 or 48 rows: the attacks decide
        three = _accent(sound, rows, 3) > _accent(sound, rows, 2)
        fitting = [count for count in fitting if (count % 3 == 0) == three]
    return min(fitting, key=lambda n: (abs(np.log(60 / (row_s * n) / tempo_bpm)), abs(n - 4)), default=None)


def _accent(sound: np.ndarray, rows: list[Row], every: int) -> float:
    """How much louder the attacks on every so many rows are than on all."""
    width = int(0.03 * RATE)
    energy = np.concatenate([[0], np.cumsum(sound.astype(np.float64) ** 2)])
    at = np.clip([int(row.start_s * RATE) for row in rows], width, len(sound) - width)
    after, before = energy[at + width] - energy[at], energy[at] - energy[at - width]
    rise = np.maximum(0.0, np.log((after + 1e-6) / (before + 1e-6)))
    return float(rise[[row.number % every == 0 for row in rows]].mean() / (rise.mean() + 1e-9))


def piece(path: Path) -> Piece | None:
    """Render a module with its beats; None if it is short, silent, or its rows do not keep their time."""
    played = render(path)
    if played is None or len(played[0]) < SHORTEST_S * RATE or np.abs(played[0]).max() < 1e-3 or len(played[1]) < 64:
        return None
    sound, rows, guess_bpm = played
    gaps = np.diff([row.start_s for row in rows])
    even = np.abs(gaps - np.median(gaps)) < 0.25 * np.median(gaps)
    count = rows_in_a_beat(sound, rows, float(gaps[even].mean()), guess_bpm or 120.0)
    if count is None or even.mean() <= 0.95:
        return None
    beats_s = np.array([row.start_s for row in rows if row.number % count == 0])
    spans = np.diff(beats_s)
    right = np.abs(spans - np.median(spans)) < 0.03 * np.median(spans)
    if right.mean() <= 0.95:
        return None
    starts = [i for i, row in enumerate(rows[:-1]) if i == 0 or row.order != rows[i - 1].order]
    patterns_s = np.array([rows[i].start_s for i in starts])
    level = max(1.0, float(np.abs(sound).max())) / 0.99
    return Piece(sound / level, beats_s, 60.0 / float(spans[right].mean()), patterns_s)


def pieces(folder: Path) -> Iterator[tuple[str, Piece]]:
    """Render what is below FOLDER."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in KINDS and path.is_file():
            made = piece(path)
            if made is not None:
                yield "_".join(path.relative_to(folder).parts), made


def scores(truth: Piece, found_s: np.ndarray, tempo_bpm: float) -> list[float]:
    """Beat F (within 70 ms, after 5 s), the same at the best of five levels, Acc1, Acc2, signed error in ms."""
    true_s = truth.beats_s
    between = (true_s[:-1] + true_s[1:]) / 2
    levels = [true_s, between, np.sort(np.concatenate([true_s, between])), true_s[::2], true_s[1::2]]
    trim = mir_eval.beat.trim_beats
    marks = [mir_eval.beat.f_measure(trim(level), trim(found_s)) if len(found_s) > 1 else 0.0 for level in levels]
    ratio = tempo_bpm / truth.tempo_bpm
    near = np.array([found_s[np.abs(found_s - at).argmin()] - at for at in true_s]) if len(found_s) else np.zeros(0)
    near = near[np.abs(near) < 0.07]
    return [
        marks[0],
        max(marks),
        abs(ratio - 1) < 0.04,
        any(abs(ratio / k - 1) < 0.04 for k in (1, 2, 1 / 2, 3, 1 / 3)),
        1000 * float(np.median(near)) if len(near) else np.nan,
    ]


def cue_scores(truth: Piece, found_s: list[float]) -> list[float]:
    """Share of cues on a beat, and on the start of a pattern (within 70 ms), and what chance gives: a beat's for those.

    The first second does not count: where a file starts is no finding. Fewer than four patterns tell nothing: nan.
    """
    cues = np.array([at for at in found_s if at > 1.0])
    patterns_s = truth.patterns_s[truth.patterns_s > 1.0]
    if len(truth.patterns_s) < 4:
        return [np.nan] * 4

    def share(lines_s: np.ndarray) -> float:
        return float(np.mean([np.abs(lines_s - at).min() <= 0.07 for at in cues])) if len(cues) else 0.0

    return [share(truth.beats_s), share(patterns_s), len(patterns_s) / len(truth.beats_s), len(cues)]
