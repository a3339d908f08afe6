"""Decks that come in by themselves: what each costs, and how much sooner the master names what it fades in.

The sets are the demo's, with two decks beside the master: each track runs on its own deck for up to eight seconds
before it is faded in, as it does while a DJ beat-matches it.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_table import CONSOLE, table

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher

SEEDS, TRACKS, CUED_S = (1, 2), 6, 8.0
BLOCK = render.RATE // 4


def decks(library: Path) -> None:
    """Play sets with and without decks."""
    model = Engine(default_artifact())
    snapshot = Snapshot.load(library, model.artifact.sha256)
    crate = session.crate(snapshot)
    sooner: list[float] = []
    ahead: list[float] = []
    costs: dict[int, list[tuple[float, np.ndarray]]] = {0: [], 2: [], 4: []}
    wrong = [0, 0]
    for seed in SEEDS:
        plays = render.plan(crate, TRACKS, seed)
        master = np.concatenate(list(render.mix(plays, session.read)))
        own = sides(plays, len(master))
        names = {}
        for count, spent in costs.items():
            sound = np.column_stack([master, *[own[n % 2] for n in range(count)]])
            names[count], on_decks, took = hear(model, snapshot, sound, count)
            spent.append(took)
            if count == 2:
                ahead += [play.start_s - on_decks.get(play.id, np.inf) for play in plays[1:]]
        sooner += [names[0].get(play.id, np.inf) - names[2].get(play.id, np.inf) for play in plays[1:]]
        for n, count in enumerate((0, 2)):
            wrong[n] += len(set(names[count]) - {play.id for play in plays})
    shown = table(f"decks beside the master, {len(SEEDS)} sets", "decks", "CPU s / s", "hop, p50, ms", "hop, p99, ms")
    for count, spent in costs.items():
        share = np.mean([cpu for cpu, _ in spent])
        p50, p99 = np.mean([hop for _, hop in spent], axis=0)
        shown.add_row(str(count), f"{share:.3f}", f"{p50:.1f}", f"{p99:.1f}")
    CONSOLE.print(shown)
    shown = table(f"what they tell, {len(sooner)} fades, seconds", "", "p10", "median", "p90")
    for what, seconds in (("known on its deck before the fade", ahead), ("named in the master sooner by", sooner)):
        shown.add_row(what, *(f"{np.percentile(seconds, q):.2f}" for q in (10, 50, 90)))
    CONSOLE.print(shown)
    CONSOLE.print(f"wrong names: {wrong[0]} without decks, {wrong[1]} with", highlight=False)


def sides(plays: Sequence[render.Play], frames: int) -> list[np.ndarray]:
    """Two decks, before their faders, (frames,) each."""
    own = [np.zeros(frames, np.float32) for _ in range(2)]
    for number, play in enumerate(plays):
        lead_s = min(CUED_S, play.track_start_s / play.rate, play.start_s)
        longer = replace(play, start_s=play.start_s - lead_s, track_start_s=play.track_start_s - lead_s * play.rate)
        start = round(longer.start_s * render.RATE)
        sound = render._played(longer, session.read(play.path))[: frames - start]
        own[number % 2][start : start + len(sound)] = sound
    return own


def hear(
    model: Engine, snapshot: Snapshot, sound: np.ndarray, count: int
) -> tuple[dict[str, float], dict[str, float], tuple[float, np.ndarray]]:
    """When each track was first named in the master and on a deck, s; processor seconds a second; hops, ms."""
    config = Config.model_validate({"audio": {"channels": [1], "decks": [[n + 2] for n in range(count)]}})
    pipeline = Pipeline(config, model, snapshot, Publisher(config), render.RATE, count + 1)
    named: dict[str, float] = {}
    on_decks: dict[str, float] = {}
    hops, begun = [], time.process_time()
    for start in range(0, len(sound), BLOCK):
        at = time.perf_counter()
        for message in pipeline.feed(np.ascontiguousarray(sound[start : start + BLOCK], np.float32)):
            if message.address.endswith("/track") and "/next/" not in message.address:
                known = on_decks if "/deck/" in message.address else named
                known.setdefault(str(message.args[1]), message.t)
        hops.append(1000 * (time.perf_counter() - at))
    spent = (time.process_time() - begun) / (len(sound) / render.RATE)
    return named, on_decks, (spent, np.percentile(hops, [50, 99]))
