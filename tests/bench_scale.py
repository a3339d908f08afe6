"""What a large library costs: makes one, then listens in a process of its own. ``make bench ARGS=scale``.

The library is the demo's, with made-up tracks of 250 s beside it (`crowd`), 1,000 hops and 12 cue-ins each. One of the
demo's sets is played against it, a hop at a time.
"""

import gc
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from bench_table import CONSOLE, table
from crowd import crowd, disturbed, fill

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.librarian import prepare
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.shelf import Lock, derive
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.heard import Heard
from segue.daemon.report.score import score
from segue.daemon.sound.source import open_source

HOPS = 1000
QUERIES = 400
_TRACKS = 100


def make(folder: Path, demo: Path, tracks: int) -> float:
    """Make a library of so many tracks out of the demo's; return the seconds that its indexes took."""
    artifact = Engine(default_artifact()).artifact.sha256
    real = Snapshot.load(demo, artifact)
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("*.faiss", "manifest.json", "lock"))
    fill(folder, artifact, crowd([real.ident(n) for n in range(len(real))], tracks - len(real), HOPS), real.keys)
    before = time.perf_counter()
    with Lock(folder), Catalogue.open(folder) as catalogue:
        derive(folder, catalogue, artifact)
    return time.perf_counter() - before


def memory_mb() -> dict[str, float]:
    """Resident memory: our own, and what is mapped from files, which the system may take back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {line.split(":")[0]: float(line.split()[1]) / 1024 for line in lines if line.startswith(("Rss", "VmRSS"))}
    return {"own": found["RssAnon"], "files": found["RssFile"] + found["RssShmem"], "all": found["VmRSS"]}


def listen(folder: Path, demo: Path) -> dict[str, object]:
    """Play a set of the demo's against the library, a hop at a time."""
    model = Engine(default_artifact())
    crate = session.crate(Snapshot.load(demo, model.artifact.sha256))
    plays = render.plan(crate, 6, 1)
    render.write(render.mix(plays, session.read), folder / "set.wav")
    before = memory_mb()
    started = time.perf_counter()
    snapshot = Snapshot.load(folder, model.artifact.sha256)
    prepare(snapshot)
    loaded = time.perf_counter()
    gc.collect()
    gc.freeze()  # as the librarian does
    heard = Heard("/segue")
    spent_ms: list[tuple[float, float]] = []
    most = memory_mb()
    with open_source(folder / "set.wav") as source:
        pipeline = Pipeline(Config(), model, None, Publisher(Config()), source.rate, source.channels)
        fresh = time.perf_counter()
        pipeline.replace_snapshot(snapshot)
        swapped = time.perf_counter()
        for block in source.blocks(source.rate // 4):
            wall, cpu = time.perf_counter(), time.thread_time()
            messages = pipeline.feed(block)
            spent_ms.append((1000 * (time.perf_counter() - wall), 1000 * (time.thread_time() - cpu)))
            heard.send(messages)
            if len(spent_ms) % 40 == 0:
                now = memory_mb()
                most = {name: max(most[name], now[name]) for name in most}
    judged = score(plays, heard.moments)
    (folder / "set.wav").unlink()
    queries, truth = _exact(snapshot)
    found = [snapshot.search_ident(query[None], 64) for query in queries]
    hits = [
        _rows(snapshot, number[0, :10], hop[0, :10]) & best for (_, number, hop), best in zip(found, truth, strict=True)
    ]
    return {
        "tracks": len(snapshot), "hops": snapshot.hops, "cues": len(snapshot.keys), "heard": len(spent_ms),
        "wall_ms": np.percentile([wall for wall, _ in spent_ms], (50, 99, 100)).tolist(),
        "cpu_ms": np.percentile([cpu for _, cpu in spent_ms], (50, 99, 100)).tolist(),
        "load_s": loaded - started, "swap_s": swapped - fresh, "memory": most, "before": before,
        "right": judged.right, "wrong": judged.wrong,
        "recall": sum(map(len, hits)) / (10 * len(truth)),
    }  # fmt: skip


def _rows(snapshot: Snapshot, number: np.ndarray, hop: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(number.tolist(), hop.tolist(), strict=True))


def _exact(snapshot: Snapshot) -> tuple[np.ndarray, list[set[tuple[int, int]]]]:
    """Disturbed plays of some hops, and the ten hops that are nearest to each when all are compared."""
    rng = np.random.default_rng(7)
    picked = [
        (int(n), int(rng.integers(len(snapshot.ident(int(n)))))) for n in rng.integers(len(snapshot), size=QUERIES)
    ]
    rows = np.stack([snapshot.ident(n)[hop] for n, hop in picked])
    queries = disturbed(rows, rng.uniform(0.8, 0.95, QUERIES), 8)
    score = np.zeros((QUERIES, 0), np.float32)
    place = np.zeros((QUERIES, 0, 2), np.int64)
    for start in range(0, len(snapshot), _TRACKS):
        numbers = range(start, min(start + _TRACKS, len(snapshot)))
        idents = [snapshot.ident(n) for n in numbers]
        places = np.array([(n, hop) for n, rows in zip(numbers, idents, strict=True) for hop in range(len(rows))])
        similarity = queries @ np.concatenate(idents).T
        few = np.argpartition(-similarity, 10, axis=1)[:, :10]
        score = np.concatenate([score, np.take_along_axis(similarity, few, axis=1)], axis=1)
        place = np.concatenate([place, places[few]], axis=1)
        best = np.argsort(-score, axis=1)[:, :10]
        score, place = np.take_along_axis(score, best, axis=1), np.take_along_axis(place, best[..., None], axis=1)
    return queries, [{(int(number), int(hop)) for number, hop in ten} for ten in place]


def run(folder: Path, demo: Path) -> dict[str, object]:
    """Listen in a process of its own, so that what making the library took is not counted."""
    command = [sys.executable, __file__, str(folder), str(demo)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, object] = json.loads(told.splitlines()[-1])
    return found


def scale(folder: Path, tracks: int, kept: Path | None) -> None:
    """The whole hop with a library of many tracks, and how many of the nearest hops it finds."""
    large = kept or folder / "scale"
    built_s = None if large.exists() else make(large, folder / "library", tracks)
    found = run(large, folder / "library")
    shown = table(f"scale, {found['tracks']} tracks, {found['hops']} hops, {found['cues']} cue-ins", "", "measured")
    if built_s is not None:
        shown.add_row("indexes built in", f"{built_s / 60:.1f} min")
    files = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.0f} MB" for path in sorted(large.glob("*.f*")))
    shown.add_row("on disk", files)
    shown.add_row("read and made ready in", f"{found['load_s']:.1f} s")
    shown.add_row("taken over in", f"{1000 * found['swap_s']:.0f} ms")
    for name, ms in (("wall", found["wall_ms"]), ("processor", found["cpu_ms"])):
        text = f"{ms[0]:.1f}, {ms[1]:.1f}, {ms[2]:.1f} ms; p99 is {ms[1] / 250:.3f} of it"
        shown.add_row(f"a hop ({found['heard']} of 250 ms), p50, p99, most, {name}", text)
    memory = found["memory"]
    shown.add_row(
        "resident memory: own, mapped, all", ", ".join(f"{memory[n]:.0f} MB" for n in ("own", "files", "all"))
    )
    shown.add_row("recall of the ten nearest, disturbed to a cosine of .80-.95", f"{found['recall']:.3f}")
    shown.add_row("set named right, wrong", f"{found['right']:.2f}, {found['wrong']:.2f}")
    CONSOLE.print(shown)


if __name__ == "__main__":
    print(json.dumps(listen(Path(sys.argv[1]), Path(sys.argv[2]))))
