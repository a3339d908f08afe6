"""Live against replay: a set through JACK and ``segue run``, then the recording of it through ``segue replay``.

    python tests/real/live_vs_replay.py [--seconds 300] [--set FILE --library DIR] [--folder DIR]

Prints samples lost without being counted, messages that oscdump refused, and whether live and replay named and
suggested the same. Without a set and a library, the demo's are made first. Exit 1 where something is not as it must be.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from booth import RATE, booth, compare, until

from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode

MACHINE = ("/status/state", "/status/xruns", "/status/load", "/status/info", "/status/log", "/status/alive")
"""What tells of the machine, not of the music."""


def prepare(folder: Path) -> tuple[Path, Path]:
    """Index the demo's music and mix a set of it."""
    from segue.daemon.artifact import default_artifact
    from segue.daemon.demo import render, session
    from segue.daemon.engine import Engine
    from segue.daemon.library.indexer import index
    from segue.daemon.library.snapshot import Snapshot

    library, file = folder / "library", folder / "set.wav"
    index(library, [session.MUSIC], default_artifact())
    snapshot = Snapshot.load(library, Engine(default_artifact()).artifact.sha256)
    render.write(render.mix(render.plan(session.crate(snapshot), 8, 1), session.read), file)
    return file, library


def for_jack(file: Path, folder: Path, seconds: float) -> Path:
    """Give the set at JACK's rate, in two channels of float."""
    sound = decode(file, limit_s=seconds + 60)
    samples = resample(np.ascontiguousarray(sound.samples[:, :2]), sound.rate, RATE)
    if samples.shape[1] == 1:
        samples = np.repeat(samples, 2, axis=1)
    soundfile.write(folder / "played.wav", samples, RATE, subtype="FLOAT")
    return folder / "played.wav"


def told(file: Path) -> list[dict]:
    """Read a file of lines."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def by_moment(lines: list[dict]) -> dict[tuple[float, str], list]:
    """Give what was said about the music, by stream time and address."""
    found: dict[tuple[float, str], list] = {}
    for line in lines:
        if not line["address"].endswith(MACHINE):
            found.setdefault((line["t"], line["address"]), []).append(line["args"])
    return found


def tracks(lines: list[dict]) -> list[str]:
    """Give the tracks named, in order, by title."""
    named = [line["args"][3] or line["args"][1] for line in lines if line["address"].endswith("/now/track")]
    return [name for n, name in enumerate(named) if n == 0 or name != named[n - 1]]


def lists(lines: list[dict]) -> list[tuple[str, ...]]:
    """Give the lists of suggestions, in order, each as the titles in its slots."""
    slots = [""] * 8
    found: list[tuple[str, ...]] = []
    for line in lines:
        parts = line["address"].split("/")
        if parts[2] != "next":
            continue
        if parts[-1] == "track":
            slots[int(parts[3][1:]) - 1] = line["args"][3]
        elif parts[-1] == "score" and line["args"][0] == 0:
            slots[int(parts[3][1:]) - 1] = ""
        elif parts[-1] == "commit" and (not found or found[-1] != tuple(slots)):
            found.append(tuple(slots))
    return found


def main() -> int:
    """Do it, and say what came of it."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seconds", type=float, default=300.0)
    asked.add_argument("--set", type=Path)
    asked.add_argument("--library", type=Path)
    asked.add_argument("--folder", type=Path)
    wish = asked.parse_args()
    if (wish.set is None) != (wish.library is None):
        asked.error("--set and --library go together")
    with tempfile.TemporaryDirectory(prefix="segue-live-") as temporary:
        folder = wish.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        file, library = (wish.set, wish.library) if wish.set else prepare(folder)
        return measure(for_jack(file, folder, wish.seconds), library, folder, wish.seconds)


def measure(played: Path, library: Path, folder: Path, seconds: float) -> int:
    """Play, listen, replay, compare."""
    with booth(folder, library) as stage:
        stage.jack()
        ear = stage.ear()
        stage.player(played, 1)
        start_s = time.monotonic()
        daemon = stage.daemon("--quiet")
        until(lambda: bool(stage.heard("/segue/live/")), 60, "the first live message")
        first_s = time.monotonic() - start_s
        time.sleep(seconds)
        memory_mb = resident_mb(daemon.pid)
        status, stop_s = stage.end(daemon)
        time.sleep(0.5)
        stage.end(ear)
        heard = stage.heard()

    lines = told(folder / "live.jsonl")
    command = [sys.executable, "-m", "segue.daemon", "replay", str(folder / "heard.wav")]
    files = [
        "--library",
        str(library),
        "--jsonl",
        str(folder / "replay.jsonl"),
        "--config",
        str(folder / "config.toml"),
    ]
    subprocess.run([*command, *files, "--quiet"], check=True)
    again = told(folder / "replay.jsonl")

    sound = soundfile.read(folder / "heard.wav", dtype="float32")[0]
    original = soundfile.read(played, dtype="float32")[0]
    found = compare(original[:, 0], sound[:, 0])
    counted = max(line["args"][0] for line in lines if line["address"].endswith("/status/xruns"))
    refused = len(lines) - len(heard) + sum(a["address"] != b[0] for a, b in zip(lines, heard, strict=False))
    live, replayed = by_moment(lines), by_moment(again)
    shared = [moment for moment in live if moment[0] < again[-1]["t"]]
    differing = sum(live[moment] != replayed.get(moment) for moment in shared)
    # The replay also hears the filter's last 50 ms, in which one more change may fall.
    same_now = tracks(lines) == tracks(again)[: len(tracks(lines))] and len(tracks(again)) <= len(tracks(lines)) + 1
    same_next = lists(lines) == lists(again)[: len(lists(lines))]

    rows = [
        ("live", f"{len(sound) / RATE:.1f} s, {len(lines)} messages"),
        ("frames exactly as played", f"{found.same} of {len(sound)}"),
        ("frames lost / counted / lost without being counted",
         f"{found.skipped} / {counted} / {max(0, found.skipped - counted)}"),
        ("frames of unknown origin", f"{found.unknown}"),
        ("messages refused or lost by oscdump", f"{refused}"),
        ("tracks named, live and replay", f"{len(tracks(lines))}, the same: {'yes' if same_now else 'NO'}"),
        ("lists of suggestions, live and replay", f"{len(lists(lines))}, the same: {'yes' if same_next else 'NO'}"),
        ("messages about the music that differ", f"{differing} of {len(shared)}"),
        ("first live message after the start", f"{first_s:.2f} s"),
        ("stop", f"status {status} in {stop_s:.2f} s"),
        ("resident memory, both processes", f"{memory_mb:.0f} MB"),
    ]  # fmt: skip
    for name, value in rows:
        print(f"{name:<52} {value}")
    good = found.skipped <= counted and not refused and same_now and same_next and status == 0
    return 0 if good else 1


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    import psutil

    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6


if __name__ == "__main__":
    sys.exit(main())
