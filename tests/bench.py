"""Tables of measured figures: ``make bench``, or ``python tests/bench.py [NAME …]`` for some of them.

Names: engine, index, sets, start, memory, scale, rank, keys, stretch, osc, decks, long (``--hours``), preview and beats
(of tracker modules, in a folder: ``--modules``), excerpts (of a library of yours: ``--library``), unknown (the same
beside ``--music`` that it lacks), stage (the page in Chromium: ``--minutes``).
Everything runs on one core and on the demo's music unless it says otherwise.
Processor time is printed beside wall time, since a busy machine stretches only the latter.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command line sets it

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import bench_decks
import bench_keys
import bench_long
import bench_naming
import bench_osc
import bench_preview
import bench_rank
import bench_scale
import bench_stage
import bench_stretch
from bench_table import CONSOLE, table

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.library.indexer import Report, index
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import Message
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.heard import Heard
from segue.daemon.report.score import score
from segue.daemon.report.words import seconds
from segue.daemon.signal.resample import resample
from segue.daemon.sound.source import open_source

STEPS = 4000
SETS = 3


def engine(folder: Path) -> None:
    """Time of one step of the model."""
    model = Engine(default_artifact())
    rng = np.random.default_rng(0)
    hops = rng.standard_normal((16, model.hop)).astype(np.float32) * np.float32(0.1)
    state = model.init_state()
    spent_ms = np.empty(STEPS)
    for step in range(STEPS):
        start = time.perf_counter()
        _, state = model.step(hops[step % len(hops)], state)
        spent_ms[step] = 1000 * (time.perf_counter() - start)
    hop_ms = 1000 * model.artifact.hop_s
    shown = table(f"engine, {STEPS} steps of {hop_ms:.0f} ms", "", "ms", "share of the hop")
    for name, value in (("median", np.median(spent_ms)), ("99th percentile", np.percentile(spent_ms, 99))):
        shown.add_row(name, f"{value:.2f}", f"{value / hop_ms:.4f}")
    CONSOLE.print(shown)


def library(folder: Path) -> Report | None:
    """Index the demo's music with one worker, once; what was done, or None if it was done before."""
    if (folder / "library").exists():
        return None
    return index(folder / "library", [session.MUSIC], default_artifact(), jobs=1)


def indexing(folder: Path) -> None:
    """Speed of indexing on one core, analysis and embedding together."""
    before = os.times()
    done = library(folder)
    after = os.times()
    assert done is not None, "index comes before sets"
    spent_s = sum(after[:4]) - sum(before[:4])
    shown = table("index, one worker", "", "times real time")
    shown.add_row("audio per wall second", f"{done.audio_s / done.wall_s:.0f}")
    shown.add_row("audio per second of processor", f"{done.audio_s / spent_s:.0f}")
    CONSOLE.print(shown)


def sets(folder: Path) -> None:
    """Naming, suggestions and cost on sets whose truth is exact."""
    library(folder)
    model = Engine(default_artifact())
    snapshot = Snapshot.load(folder / "library", model.artifact.sha256)
    crate = session.crate(snapshot)
    shown = table(
        "demo sets, seeds 1-3 (the model that ships has learnt from these tracks)",
        *("set", "right", "wrong", "none", "delay", "position", "next was suggested", "cost (wall)", "cost (CPU)"),
    )
    for seed in range(1, SETS + 1):
        plays = render.plan(crate, 6, seed)
        length_s = render.write(render.mix(plays, session.read), folder / "set.wav")
        heard = Heard("/segue")
        wall, spent = time.perf_counter(), time.process_time()
        with open_source(folder / "set.wav") as source:
            pipeline = Pipeline(Config(), model, snapshot, Publisher(Config()), source.rate, source.channels)
            for block in source.blocks(source.rate // 2):
                heard.send(pipeline.feed(block))
            heard.send(pipeline.finish())
        wall, spent = time.perf_counter() - wall, time.process_time() - spent
        judged = score(plays, heard.moments)
        placed = sum(f.suggested_place is not None for f in judged.plays[1:])
        shown.add_row(
            f"seed {seed}",
            *(f"{share:.2f}" for share in (judged.right, judged.wrong, judged.none)),
            seconds(judged.lag_median_s),
            seconds(judged.position_median_s, 2),
            f"{placed} of {len(plays) - 1}",
            f"{wall / length_s:.3f}",
            f"{spent / length_s:.3f}",
        )
    CONSOLE.print(shown)


def start(folder: Path) -> None:
    """Seconds from the start of ``segue run`` to its first live message, through JACK."""
    import soundfile
    from booth import RATE, booth, until

    library(folder)
    noise = np.random.default_rng(1).standard_normal((30 * RATE, 2)).astype(np.float32) * np.float32(0.1)
    soundfile.write(folder / "noise.wav", noise, RATE, subtype="FLOAT")
    taken_s = []
    with booth(folder, folder / "library") as stage:
        stage.jack()
        stage.player(folder / "noise.wav")
        for _ in range(3):
            ear = stage.ear()
            begun = time.monotonic()
            daemon = stage.daemon("--quiet")
            until(lambda: bool(stage.heard("/segue/live/")), 60, "the first live message")
            taken_s.append(time.monotonic() - begun)
            stage.end(daemon)
            stage.end(ear)
    shown = table("segue run, start to first live message", "", "seconds")
    shown.add_row("three starts, through JACK", ", ".join(f"{seconds:.2f}" for seconds in taken_s))
    CONSOLE.print(shown)


LISTENING = """
import sys
from pathlib import Path
import numpy as np, psutil
from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.engine import Engine
from segue.daemon.library import Snapshot
from segue.daemon.pipeline import Pipeline
from segue.daemon.publisher import Publisher
snapshot = Snapshot.load(Path(sys.argv[1]), "a" * 64)
pipeline = Pipeline(Config(), Engine(default_artifact()), snapshot, Publisher(Config()), 44100, 2)
rng = np.random.default_rng(0)
for _ in range(120):
    pipeline.feed(rng.standard_normal((44100, 2)).astype(np.float32) * np.float32(0.1))
print(psutil.Process().memory_info().rss / 2**20)
"""
"""Run in a process of its own, so that what making the library took is not counted."""


def memory(folder: Path) -> None:
    """Resident memory of all that listens, after two minutes, with a library of 1,000 tracks of four minutes."""
    from bench_library import make

    from segue.daemon.library.catalogue import Catalogue
    from segue.daemon.library.shelf import derive

    large = folder / "large"
    make(large, 1000)
    with Catalogue.open(large) as catalogue:
        derive(large, catalogue, "a" * 64)
    command = [sys.executable, "-c", LISTENING, str(large)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    shown = table("memory, 1,000 tracks of 4 minutes (random vectors)", "", "MB")
    shown.add_row("library, model and pipeline, resident", f"{float(told):.0f}")
    CONSOLE.print(shown)


def listen(sound: np.ndarray, rate: int, snapshot: Snapshot) -> list[Message]:
    """Hear mono sound as ``segue replay`` would."""
    pipeline = Pipeline(Config(), Engine(default_artifact()), snapshot, Publisher(Config()), rate, 1)
    told = pipeline.feed(np.ascontiguousarray(sound[:, None]))
    return told + pipeline.finish()


def beats(folder: Path, modules: Path) -> None:
    """Beats, tempo and cues against tracker modules: the library's; beats live, too, track in the library or not."""
    import bench_beats
    import soundfile

    truths = {}
    (folder / "modules").mkdir()
    for name, made in bench_beats.pieces(modules):
        soundfile.write(folder / "modules" / f"{name}.flac", made.sound, bench_beats.RATE)
        truths[name] = made
    if not truths:
        sys.exit(f"no tracker modules of steady tempo below {modules}")
    artifact = default_artifact()
    index(folder / "modules.library", [folder / "modules"], artifact, jobs=1)
    library(folder)
    model = Engine(artifact)
    known = Snapshot.load(folder / "modules.library", model.artifact.sha256)
    other = Snapshot.load(folder / "library", model.artifact.sha256)
    found: dict[str, list[list[float]]] = {"in the library": [], "live, known": [], "live, unknown": []}
    cues: dict[str, list[list[float]]] = {"cue-ins": [], "mix-outs": []}
    keys = []
    for name, truth in truths.items():
        track = known.by_path[str(folder / "modules" / f"{name}.flac")]
        found["in the library"].append(bench_beats.scores(truth, known.beats_s(track.number), track.tempo_bpm))
        for what, points in (("cue-ins", track.cues), ("mix-outs", track.mix_outs)):
            cues[what].append(bench_beats.cue_scores(truth, [point.position_s for point in points]))
        mono = resample(truth.sound.astype(np.float32), bench_beats.RATE)
        keys.append((track.pitch_class, track.mode) == bench_keys.second_opinion(mono))
        for how, snapshot in (("live, known", known), ("live, unknown", other)):
            told = listen(truth.sound, bench_beats.RATE, snapshot)
            at_s = np.array([message.t for message in told if message.address == "/segue/ev/beat"])
            bpm = [message.args[0] for message in told if message.address == "/segue/live/bpm" and message.args[0] > 0]
            found[how].append(bench_beats.scores(truth, at_s, float(np.median(bpm)) if bpm else 0.0))
    shown = table(
        f"beats of {len(truths)} tracker modules, means",
        *("", "F", "F, best level", "Acc1", "Acc2", "signed error, ms"),
    )
    for how, rows in found.items():
        *shares, error_ms = np.nanmean(np.array(rows, dtype=float), axis=0)
        shown.add_row(how, *(f"{share:.3f}" for share in shares), f"{error_ms:.0f}")
    CONSOLE.print(shown)
    shown = table("where their cues lie", "", "on a beat", "on a pattern's start", "by chance", "a track")
    for what, rows in cues.items():
        *shares, count = np.nanmean(np.array(rows), axis=0)
        shown.add_row(what, *(f"{share:.3f}" for share in shares), f"{count:.1f}")
    CONSOLE.print(shown)
    CONSOLE.print(f"keys of the same: {np.mean(keys):.2f} as a second, simpler analyser says\n")


ALL: dict[str, Callable[[Path], None]] = {
    "engine": engine,
    "index": indexing,
    "sets": sets,
    "start": start,
    "memory": memory,
    "keys": bench_keys.keys,
}


def main() -> None:
    """Measure what is named, or everything but what takes a quarter of an hour or wants a folder."""
    heavy = ["rank", "scale", "beats", "preview", "stretch", "long", "excerpts", "unknown", "osc", "stage", "decks"]
    names = [*ALL, *heavy]
    asked = argparse.ArgumentParser()
    asked.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names))
    asked.add_argument("--tracks", type=int, default=10_000, help="of the library that rank and scale make")
    asked.add_argument("--library", type=Path, help="where scale makes it, or finds it; whose music to play")
    asked.add_argument("--music", type=Path, help="folder of music that the library lacks, for unknown")
    asked.add_argument("--count", type=int, default=200, help="of excerpts")
    asked.add_argument("--minutes", type=float, default=30, help="of unknown music, or of the stage page")
    asked.add_argument("--hours", type=float, default=3, help="of the long set")
    asked.add_argument("--modules", type=Path, help="folder of tracker modules for beats and preview")
    options = asked.parse_args()
    if "beats" in options.names and options.modules is None:
        asked.error("beats wants --modules FOLDER, tracker modules as 'segue fetch-music' brings them")
    if {"excerpts", "unknown"} & set(options.names) and options.library is None:
        asked.error("excerpts and unknown want --library FOLDER")
    if "unknown" in options.names and options.music is None:
        asked.error("unknown wants --music FOLDER, of music that the library lacks")
    tables = {
        **ALL,
        "decks": lambda folder: (library(folder), bench_decks.decks(folder / "library"))[1],
        "long": lambda folder: (library(folder), bench_long.long(folder / "library", options.hours))[1],
        "excerpts": lambda folder: bench_naming.excerpts(options.library, options.count),
        "unknown": lambda folder: bench_naming.unknown(options.library, options.music, options.minutes),
        "rank": lambda folder: bench_rank.rank(options.tracks),
        "scale": lambda folder: (library(folder), bench_scale.scale(folder, options.tracks, options.library))[1],
        "beats": partial(beats, modules=options.modules),
        "osc": lambda folder: (library(folder), bench_osc.osc(folder / "library"))[1],
        "stretch": lambda folder: bench_stretch.stretch(),
        "stage": lambda folder: bench_stage.stage(folder, options.minutes),
        "preview": partial(bench_preview.preview, source=options.modules),
    }
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as temporary:
        for name in options.names or ALL:
            tables[name](Path(temporary))


if __name__ == "__main__":
    main()
