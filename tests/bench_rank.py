"""How long a ranking of a large library takes, on one thread: random embeddings, tempos, keys and cue-ins."""

import os
import time
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from bench_table import CONSOLE, table

from segue.daemon.advice.columns import Columns
from segue.daemon.advice.mixout import MixOut
from segue.daemon.advice.ranker import Heard, Ranker
from segue.daemon.advice.suggestions import Shortlist
from segue.daemon.advice.taste import Taste
from segue.daemon.advice.timbre import VIEWS, WINDOW_TICKS, LastSound
from segue.daemon.advice.wishes import Wishes
from segue.daemon.config import Suggest
from segue.daemon.library.snapshot import Cue, Snapshot, Track
from segue.daemon.signal.bands import BANDS

DIM, CUES, RANKINGS = 128, 12, 300
_KINDS = ("intro", "mix_in", "drop", "breakdown")


def unit(rows: np.ndarray) -> np.ndarray:
    """Scale rows to length one."""
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def library(tracks: int, rng: np.random.Generator) -> Snapshot:
    """Make up a library; each tenth track has levels of its own, so that sound is compared as well."""
    made = []
    for n in range(tracks):
        cues = tuple(Cue(k, _KINDS[k % 4], 15.0 * k, 30 * k, float(rng.uniform(0.3, 1))) for k in range(CUES))
        made.append(
            Track(
                n, f"{n:016x}", f"/music/{n}.flac", f"Piece {n}", f"Band {n % 999}", "", "", 250.0,
                float(rng.uniform(90, 140)), 0.8, int(rng.integers(12)), int(rng.integers(2)), 0.6, -9.0,
                float(rng.uniform(0.2, 0.8)), cues, (),
            )
        )  # fmt: skip
    shared = [rng.integers(60, 160, (5000, BANDS)).astype(np.uint8) for _ in range(10)]
    keys = [unit(rng.standard_normal((CUES, DIM))) for _ in range(tracks)]
    return Snapshot.build(
        made, [np.zeros((0, 64), np.float32)] * tracks, keys, beats_s=[np.zeros(0)] * tracks,
        downbeats=[np.zeros(0, np.int32)] * tracks, bands=[shared[n % 10] for n in range(tracks)],
    )  # fmt: skip


def measure(tracks: int) -> dict[str, Any]:
    """Return milliseconds of a ranking, (p50, p99, most) by wall and by processor, and seconds to prepare."""
    rng = np.random.default_rng(1)
    snapshot, settings = library(tracks, rng), Suggest()
    started = time.perf_counter()
    sound = LastSound(snapshot.derived(Columns).entries.model)
    ready_s = time.perf_counter() - started
    ranker = Ranker(settings, snapshot)
    wishes = Wishes(settings, Taste(), Shortlist(settings.count, settings.hold_s))
    spent_ms = []
    query = unit(rng.standard_normal(DIM))
    standing: set[str] = set()
    for turn in range(RANKINGS):
        query = unit(query + 0.2 * unit(rng.standard_normal(DIM)))  # music goes on
        sound.add((10 ** rng.uniform(-8, -3, (VIEWS * WINDOW_TICKS, BANDS))).astype(np.float32))
        heard = Heard(
            query, 90 + 50 * (turn / RANKINGS), 0.9, turn % 12, 0, 0.7, False, 0.5, MixOut(120.0, "mix_out", 32),
            sound.views(), number=turn,
        )  # fmt: skip
        banned = {snapshot.tracks[n].id for n in range(turn // 5)}
        before, before_cpu = time.perf_counter(), time.thread_time()
        found = ranker.rank(heard, banned, 16, wishes, standing - banned)
        spent_ms.append((1000 * (time.perf_counter() - before), 1000 * (time.thread_time() - before_cpu)))
        assert 16 <= len(found) <= 24
        standing = standing if turn % 10 else {each.track.id for each in found[:8]}
    wall, processor = np.percentile(np.array(spent_ms), (50, 99, 100), axis=0).T.tolist()
    return {"wall": wall, "processor": processor, "ready_s": ready_s}


def rank(tracks: int) -> None:
    """Print the table."""
    shown = table(f"ranking, one thread, {CUES} cue-ins a track", "tracks", "", "p50", "p99", "most", "made ready in")
    for count in (tracks // 10, tracks):
        found = measure(count)
        for name in ("wall", "processor"):
            ready = f"{found['ready_s']:.1f} s" if name == "wall" else ""
            shown.add_row(f"{count:,}", name, *(f"{ms:.1f} ms" for ms in found[name]), ready)
    CONSOLE.print(shown)
