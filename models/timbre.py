"""Learn which band statistics a recording keeps from one moment to the next: the daemon's ``timbre.npz``.

usage: python -m segue.models.timbre FOLDER OUT.npz [--tracks 400] [--seed 1]

The middle of each recording is cut: the seconds before, put through drawn booths (three-band equaliser, gain, pitch),
are what is heard; those after it are on file. The map is the linear discriminant of the two, shrunk towards equal
noise in all directions, so that a few hundred recordings suffice.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from ..daemon.advice.timbre import WINDOW_TICKS, decibels, statistic
from ..daemon.clock import SAMPLE_RATE
from ..daemon.errors import DecodeError
from ..daemon.signal.bands import CENTRES_HZ, levels, shifted
from ..daemon.signal.resample import resample
from ..daemon.sound.decode import decode, mixdown

Floats = npt.NDArray[np.float32]

AXES, SHRINK = 96, 0.5
AROUND_S = 80
"""Seconds of a recording's middle that are looked at."""
_CUTS = (400, 790, 1180)
_BOOTHS = 2
_SUFFIXES = {".mp3", ".ogg", ".opus", ".flac", ".wav"}


def booth(level_db: Floats, rng: np.random.Generator) -> Floats:
    """Put levels through a drawn equaliser, gain and, now and then, a change of pitch."""
    bass, mid, treble = rng.uniform(-10, 6), rng.uniform(-6, 4), rng.uniform(-10, 6)
    curve = bass / (1 + (CENTRES_HZ / 160) ** 2) + mid / (1 + np.log2(CENTRES_HZ / 1000) ** 2)
    curve += treble / (1 + (4500 / CENTRES_HZ) ** 2) + rng.uniform(-14, 4)
    heard = (level_db + curve).astype(np.float32)
    if rng.random() < 0.25:
        heard = shifted(heard, float(rng.choice([-1.0, -0.5, 0.5, 1.0])))
    return np.clip(heard, -110, 17.5).astype(np.float32)


def pairs(recordings: Iterable[npt.NDArray[np.uint8]], seed: int) -> tuple[Floats, Floats]:
    """Return statistics heard and on file, (n, 3 * BANDS) each, of stored levels of ``AROUND_S`` seconds each."""
    rng = np.random.default_rng(seed)
    heard, filed = [], []
    for stored in recordings:
        level_db = decibels(stored)
        for cut in _CUTS:
            for _ in range(_BOOTHS):
                heard.append(statistic(booth(level_db[cut - WINDOW_TICKS : cut], rng)))
                filed.append(statistic(level_db[cut : cut + WINDOW_TICKS]))
    return np.array(heard), np.array(filed)


def learn(heard: Floats, filed: Floats, axes: int = AXES, shrink: float = SHRINK) -> dict[str, Floats]:
    """Return the arrays of a ``daemon.timbre.TimbreModel`` by name."""
    heard_mean, filed_mean, spread = heard.mean(0), filed.mean(0), filed.std(0) + 1e-3
    a, b = (heard - heard_mean) / spread, (filed - filed_mean) / spread
    within = (a - b).T @ (a - b) / (2 * len(a))
    within = (1 - shrink) * within + shrink * np.eye(len(within)) * np.trace(within) / len(within)
    both = np.concatenate([a, b])
    _, found = eigh(both.T @ both / len(both), within)
    chosen = found[:, ::-1][:, :axes]
    chosen = chosen / np.sqrt(((both @ chosen) ** 2).mean(0))
    kept = np.clip(((a @ chosen) * (b @ chosen)).mean(0), 0.02, 0.98)
    arrays = {"heard": heard_mean, "filed": filed_mean, "axes": chosen / spread[:, None], "kept": kept}
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def main() -> None:
    """Learn from a folder."""
    parser = argparse.ArgumentParser(prog="python -m segue.models.timbre", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tracks", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    files = [
        path for path in sorted(told.folder.rglob("*")) if path.suffix.lower() in {".mp3", ".ogg", ".flac", ".wav"}
    ]
    found = []
    for at in np.random.default_rng(told.seed).permutation(len(files)):
        try:
            sound = decode(files[at])
        except DecodeError:
            continue
        mono = resample(mixdown(sound.samples), sound.rate)
        spare = len(mono) - AROUND_S * SAMPLE_RATE
        if spare >= 0:
            found.append(levels(mono[spare // 2 :][: AROUND_S * SAMPLE_RATE]))
        if len(found) == told.tracks:
            break
    arrays = learn(*pairs(found, told.seed))
    np.savez_compressed(
        told.out,
        heard=arrays["heard"],
        filed=arrays["filed"],
        axes=arrays["axes"].astype(np.float16),
        kept=arrays["kept"],
    )
    print(f"{told.out}: {len(found)} recordings")


if __name__ == "__main__":
    main()
