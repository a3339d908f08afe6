"""Does the continuation lie nearest, and is a moment found again in a booth? Asked of artifacts, without torch.

The library holds a key every 4 s of every track, from a fresh state. A query is what the model expects after 30 s that
end at one of those places; the truth is the key that starts there, and the 30 s themselves take no part. The booth
changes the speed by 4 %, with the pitch, and takes the lows or the highs away. Beside the artifacts stands what needs
no learning: mean and deviation of log-mel over the same seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from ..daemon.clock import SAMPLE_RATE
from ..daemon.decode import decode, mixdown
from ..daemon.engine import Engine
from ..daemon.errors import SegueError
from ..daemon.resample import resample
from .corpora import find

Floats = NDArray[np.float32]
EVERY_S, HEARD_S, LIMIT_S = 4.0, 30.0, 240.0
LEAST_S = 90.0


@dataclass(frozen=True, slots=True)
class Result:
    """One embedding under one condition."""

    name: str
    heard: str
    """``clean`` or ``booth``."""
    recall_1: float
    recall_10: float
    """Share of queries whose very continuation is among the nearest 1 and 10 keys."""
    cross_1: float
    """Share whose continuation lies nearer than any key of another track."""
    moment: float | None
    """Share of single hops whose nearest ident is in the right track within half a second; None without ident."""
    queries: int


def evaluate(folders: Sequence[Path], artifacts: Sequence[Path], most: int, seed: int = 3) -> list[Result]:
    """Measure artifacts, and log-mel statistics beside them, on the tracks of some folders.

    Raises
    ------
    SegueError
        If there are not at least two tracks of 90 s that can be read.
    """
    rng = np.random.default_rng(seed)
    sounds = _sounds(folders, most, rng)
    places = [
        (n, start) for n, sound in enumerate(sounds) for start in _starts(sound) if start >= HEARD_S * SAMPLE_RATE
    ]
    queries = [places[i] for i in sorted(rng.permutation(len(places))[: 4 * len(sounds)])]
    heard = {
        "clean": [_before(sounds[n], at) for n, at in queries],
        "booth": [_booth(_before(sounds[n], at), rng) for n, at in queries],
    }
    rows: list[Result] = []
    for artifact in artifacts:
        rows += _artifact(Engine(artifact), sounds, queries, heard)
    return rows + _statistics(sounds, queries, heard)


def _sounds(folders: Sequence[Path], most: int, rng: np.random.Generator) -> list[Floats]:
    files = [path for path, _ in find(folders)]
    sounds: list[Floats] = []
    for i in rng.permutation(len(files)):
        try:
            sound = decode(files[i], limit_s=LIMIT_S)
        except SegueError:
            continue
        if len(sound.samples) >= LEAST_S * sound.rate:
            sounds.append(resample(mixdown(sound.samples), sound.rate))
        if len(sounds) == most:
            break
    if len(sounds) < 2:
        raise SegueError(f"found {len(sounds)} readable tracks of {LEAST_S:.0f} s or more, at least 2 are needed")
    return sounds


def _starts(sound: Floats, window_s: float = 8.0) -> range:
    return range(0, len(sound) - int(window_s * SAMPLE_RATE), int(EVERY_S * SAMPLE_RATE))


def _before(sound: Floats, at: int) -> Floats:
    return sound[at - int(HEARD_S * SAMPLE_RATE) : at]


def _booth(sound: Floats, rng: np.random.Generator) -> Floats:
    rate = float(rng.choice([0.96, 1.04]))
    turned = resample(sound, SAMPLE_RATE, round(SAMPLE_RATE / rate))
    side, corner = (("lowpass", 3000), ("highpass", 250))[int(rng.integers(2))]
    return np.asarray(sosfilt(butter(2, corner, side, fs=SAMPLE_RATE, output="sos"), turned), np.float32)


def _artifact(
    engine: Engine, sounds: list[Floats], queries: list[tuple[int, int]], heard: dict[str, list[Floats]]
) -> list[Result]:
    keys, table, idents, moments = [], [], [], []
    for n, sound in enumerate(sounds):
        for start in _starts(sound):
            keys.append(engine.key_at(sound, start))
            table.append((n, start))
        rows = engine.run(sound).ident
        idents.append(rows)
        moments += [(n, (h + 1) * engine.hop) for h in range(len(rows))]
    library, where = np.concatenate(idents), np.array(moments)
    results = []
    for condition, parts in heard.items():
        embedded = [engine.run(_whole(part, engine.hop)) for part in parts]
        query = np.stack([e.query[-1] for e in embedded])
        found = where[(np.stack([e.ident[-1] for e in embedded]) @ library.T).argmax(1)]
        right = [n == m and abs(at - p) <= SAMPLE_RATE // 2 for (n, at), (m, p) in zip(queries, found, strict=True)]
        name = f"{engine.artifact.encoder} {engine.artifact.sha256[:8]}"
        results.append(_score(name, condition, query, np.stack(keys), np.array(table), queries, float(np.mean(right))))
    return results


def _whole(sound: Floats, hop: int) -> Floats:
    return sound[len(sound) % hop :]


def _statistics(sounds: list[Floats], queries: list[tuple[int, int]], heard: dict[str, list[Floats]]) -> list[Result]:
    window = 8 * SAMPLE_RATE
    table = [(n, s) for n, sound in enumerate(sounds) for s in _starts(sound)]
    keys = np.stack([log_mel_statistics(sounds[n][s : s + window]) for n, s in table])
    mean, deviation = keys.mean(0), keys.std(0) + 1e-9

    def unit(x: Floats) -> Floats:
        z = (x - mean) / deviation
        return np.asarray(z / np.linalg.norm(z, axis=1, keepdims=True), np.float32)

    return [
        _score(
            "log-mel statistics",
            condition,
            unit(np.stack([log_mel_statistics(part[-window:]) for part in parts])),
            unit(keys),
            np.array(table),
            queries,
            None,
        )
        for condition, parts in heard.items()
    ]


def log_mel_statistics(sound: Floats) -> Floats:
    """Return mean, deviation and deviation of the change of 48 log bands over a sound, (144,)."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::320] * np.hanning(1024).astype(np.float32)
    edges = np.unique(np.round(np.geomspace(2, 512, 49)).astype(int))
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    bands = np.log(np.add.reduceat(power, edges[:-1], axis=1) + 1e-4)
    return np.concatenate([bands.mean(0), bands.std(0), np.diff(bands, axis=0).std(0)]).astype(np.float32)


def _score(
    name: str,
    condition: str,
    query: Floats,
    keys: Floats,
    table: NDArray[np.int64],
    queries: list[tuple[int, int]],
    moment: float | None,
) -> Result:
    truth = np.array(queries)
    similarity = query @ keys.T
    same = table[None, :, 0] == truth[:, None, 0]
    ago = (truth[:, None, 1] - table[None, :, 1]) / SAMPLE_RATE
    similarity[same & (ago > 0) & (ago < HEARD_S + 8)] = -9
    exact = same & (ago == 0)
    own = similarity[exact]
    rank = (similarity > own[:, None]).sum(1)
    cross = (np.where(same, -9, similarity) > own[:, None]).sum(1)
    share = [float(np.mean(x)) for x in (rank < 1, rank < 10, cross < 1)]
    return Result(name, condition, share[0], share[1], share[2], moment, len(queries))
