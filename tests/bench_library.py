"""Size and speed of a library of many tracks: ``python tests/bench_library.py [TRACKS]`` makes one of random vectors.

Each track has 4 minutes in hops of 250 ms; its vectors wander as those of music do, so neighbours resemble each other.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from segue.daemon.library.catalogue import Catalogue, CueRow, File, Record
from segue.daemon.library.shelf import derive
from segue.daemon.library.snapshot import Snapshot

HOPS, E, D, CUES = 960, 64, 128, 12


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def make(folder, tracks):
    rng = np.random.default_rng(0)
    with Catalogue.create(folder) as catalogue:
        catalogue.set_artifact("a" * 64)
        for n in range(tracks):
            centre = rng.standard_normal(E)
            ident = unit(centre + np.cumsum(0.3 * rng.standard_normal((HOPS, E)), axis=0) % 4 - 2)
            cues = tuple(CueRow("mix_in", 8.0 * i, 16 * i, 0.5) for i in range(CUES))
            keys = unit(rng.standard_normal((CUES, D)))
            record = Record(
                f"{n:016x}", "a" * 64, 1, HOPS / 4, 120.0, 0.9, 0, 1, 0.5, -9.0, 0.0, 0.0, "", 0.25,
                np.arange(480) / 2, np.arange(0, 480, 4, dtype=np.int32), np.full(240, 0.5, np.float32),
                cues, cues[:4], (), ident.astype(np.float16), keys, keys[:4],
            )  # fmt: skip
            with catalogue.transaction():
                catalogue.put_track(record)
                catalogue.put_file(File(f"/music/{n}.ogg", 1, 1, "", f"{n:016x}"))


def main(tracks):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, tracks)
        before, cpu = time.perf_counter(), time.process_time()
        with Catalogue.open(folder) as catalogue:
            derive(folder, catalogue, "a" * 64)
        wall, cpu = time.perf_counter() - before, time.process_time() - cpu
        print(f"{tracks} tracks; indexes built in {wall:.1f} s ({cpu:.1f} s of CPU)")
        # A fresh process, so that what building took is not counted.
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bench_library as bench"
        subprocess.run([sys.executable, "-c", f"{code}; bench.load({name!r})"], check=True)


def load(name):
    process = psutil.Process()
    start_mb = process.memory_info().rss / 2**20
    before, cpu = time.perf_counter(), time.process_time()
    snapshot = Snapshot.load(Path(name), "a" * 64)
    wall, cpu = time.perf_counter() - before, time.process_time() - cpu
    print(f"loaded in {wall:.2f} s ({cpu:.2f} s of CPU)")
    rng = np.random.default_rng(2)
    picks = [(rng.integers(len(snapshot)), rng.integers(HOPS)) for _ in range(200)]
    for noise in (0.3, 0.6, 1.0):
        right, spent = 0, 0.0
        for number, hop in picks:
            row = snapshot.ident(number)[hop]
            query = unit(row + noise * rng.standard_normal(E) / np.sqrt(E))[None]
            before = time.process_time()
            _, found, at = snapshot.search_ident(query, 20)
            spent += time.process_time() - before
            right += any(f == number and abs(a - hop) <= 1 for f, a in zip(found[0], at[0], strict=True))
        print(
            f"ident search, noise {noise}: {1000 * spent / len(picks):.2f} ms, right among 20: {right / len(picks):.3f}"
        )
    queries = unit(rng.standard_normal((9, E)))
    before = time.process_time()
    for _ in range(20):
        snapshot.search_ident(queries, 20)
    print(f"ident search, 9 queries at once: {50 * (time.process_time() - before):.2f} ms")
    query = unit(rng.standard_normal(D))
    before = time.process_time()
    for _ in range(100):
        snapshot.search_entry(query, 50)
    print(f"entry search: {10 * (time.process_time() - before):.2f} ms")
    print(f"resident {process.memory_info().rss / 2**20:.0f} MB, {start_mb:.0f} MB of it before loading")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
