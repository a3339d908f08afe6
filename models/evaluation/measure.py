"""The whole evaluation: music and artifacts in, one report of figures out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...daemon.clock import SAMPLE_RATE
from ...daemon.engine import Engine
from . import hubs, identity, queries, retrieval
from .baselines import LOG_MEL, baselines
from .conditions import CONDITIONS, listen
from .intervals import Bootstrap
from .queries import Floats, Music, Plan, Tell
from .result import CORRECTED, SYMMETRIC, Cloud, Report, Row, Track
from .retrieval import Answers
from .spaces import BASELINE, TRAINED, UNTRAINED, Asked, Library, Network, Space, window_s


def evaluate(
    folders: Sequence[Path],
    artifacts: Sequence[Path],
    *,
    untrained: Sequence[Path] = (),
    most: int = 40,
    chosen: Sequence[str] | None = None,
    seed: int = 3,
    tell: Tell = lambda what, share: None,
) -> Report:
    """Measure artifacts, and what needs no learning beside them, on music that they have not seen.

    Parameters
    ----------
    untrained
        Artifacts as they were before training.
    most
        Tracks at most.
    chosen
        Names of conditions; all by default.

    Raises
    ------
    SegueError
        If there are not at least two tracks of 90 s that can be read, or an artifact breaks its contract.
    """
    wanted = tuple(chosen or CONDITIONS)
    networks = [Network(Engine(path), TRAINED) for path in artifacts]
    networks += [Network(Engine(path), UNTRAINED) for path in untrained]
    music = queries.read(folders, most, seed, tell)
    plan = queries.plan(music, window_s(networks), seed)
    spaces: list[Space] = [*networks, *baselines()]
    filed = [space.file(music, plan, tell) for space in spaces]
    penalties = [
        hubs.penalty(library, plan) if space.role == TRAINED else None
        for space, library in zip(spaces, filed, strict=True)
    ]
    bootstrap = Bootstrap(plan.queries[:, 0], seed)
    rows: list[Row] = []
    first: list[tuple[Answers, Floats]] = []
    for condition in wanted:
        asked, rates = _ask(condition, spaces, filed, music, plan, seed, tell)
        answers: dict[tuple[str, str], Answers] = {}
        known: dict[str, identity.Identity] = {}
        for space, library, off, heard in zip(spaces, filed, penalties, asked, strict=True):
            query = np.stack([a.query for a in heard])
            answers[space.name, space.role] = retrieval.answer(query, library.keys, plan)
            if off is not None:
                answers[f"{space.name}, hubs corrected", CORRECTED] = retrieval.answer(query, library.keys, plan, off)
            if heard[0].symmetric is not None:  # an untrained query has nothing to do with an untrained key
                symmetric = np.stack([a.symmetric for a in heard if a.symmetric is not None])
                role = SYMMETRIC if space.role == TRAINED else space.role
                answers[f"{space.name}, key·key", role] = retrieval.answer(symmetric, library.keys, plan)
            if library.idents is not None:
                hops = [a.idents for a in heard if a.idents is not None]
                known[space.name] = identity.sum_up(
                    identity.look_up(hops, rates, plan.queries, library.idents), bootstrap
                )
        reference = answers[LOG_MEL, BASELINE]
        for (name, role), answer in answers.items():
            lead = None if answer is reference else reference
            rows.append(Row(name, role, condition, retrieval.score(answer, lead, bootstrap), known.get(name)))
        if condition == "clean" or not first:
            first = [(answers[spaces[0].name, spaces[0].role], np.stack([a.query for a in asked[0]]))]
    plain, query = first[0]
    return Report(
        _by_track(music, plan, plain),
        sum(len(samples) for samples in music.pcm) / SAMPLE_RATE,
        len(plan.keys),
        len(plan.queries),
        seed,
        wanted,
        tuple(rows),
        _hubs(spaces, filed, penalties, plan),
        tuple(network.engine.artifact for network in networks),
        _cloud(filed[0], query, plan, plain),
    )


def _ask(
    condition: str, spaces: Sequence[Space], filed: Sequence[Library], music: Music, plan: Plan, seed: int, tell: Tell
) -> tuple[list[list[Asked]], list[float]]:
    """What every space makes of every query under a condition, and how fast the record ran in each."""
    asked: list[list[Asked]] = [[] for _ in spaces]
    rates = []
    for number, (track, at) in enumerate(plan.queries):
        tell(condition, number / len(plan.queries))
        start = int(at) - int(queries.HEARD_S * SAMPLE_RATE)
        heard = listen(condition, music, number, int(track), start, int(at), seed)
        rates.append(heard.rate)
        for space, library, answers in zip(spaces, filed, asked, strict=True):
            answers.append(space.ask(heard.sound, library))
    return asked, rates


def _by_track(music: Music, plan: Plan, answers: Answers) -> tuple[Track, ...]:
    found = []
    for track, name in enumerate(music.names):
        mine = plan.queries[:, 0] == track
        once, ten = (answers.metrics[f"recall@{k}"][mine] for k in (1, 10))
        missed = plan.keys[answers.found[mine][once < 1], 0]
        drawn = music.names[int(np.bincount(missed).argmax())] if len(missed) else ""
        if mine.any():
            found.append(Track(name, int(mine.sum()), float(once.mean()), float(ten.mean()), drawn))
    return tuple(found)


def _cloud(library: Library, query: Floats, plan: Plan, answers: Answers) -> Cloud:
    other = answers.cosine_other[~np.isnan(answers.cosine_other)]
    hit = np.asarray(answers.metrics["recall@10"], np.float32)
    cosine = np.asarray(answers.cosine, np.float32)
    return Cloud(library.keys, plan.keys[:, 0], query, plan.truth, hit, cosine, other)


def _hubs(
    spaces: Sequence[Space], filed: Sequence[Library], penalties: Sequence[Floats | None], plan: Plan
) -> dict[str, hubs.Hubs]:
    found = {}
    for space, library, off in zip(spaces, filed, penalties, strict=True):
        found[space.name] = hubs.hubs(library, plan)
        if off is not None:
            found[f"{space.name}, hubs corrected"] = hubs.hubs(library, plan, off)
    return found
