"""A listening test: pairs of transitions out of one track, chosen by different means, told apart by the key alone.

Conventions
-----------
A test is a folder: ``index.html``, the sound of each side, and ``key.json``, which says who chose what. The page never
reads the key; it carries the key's fingerprint, so that votes belong to one test. Sides, order and chance choices come
from the seed: the same seed over the same library gives the same test.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from ..advice.mixout import MixOut
from ..errors import ConfigError, SegueError
from ..library.track import Track
from .choice import Crate, Next
from .plan import plan
from .render import Rendered, render, write

SYSTEMS = ("segue", "rule", "random")
"""Who chooses: the ranker; keys that go together, then the nearest tempo; chance, within the fader's reach."""
KEY = "key.json"
_LEAST_S = 45.0
"""A shorter outgoing track is a jingle."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a test."""

    pairs: int
    agreed: Counter[str]
    """How often two systems chose the same track, by their names; there is nothing to compare then."""
    skipped: tuple[str, ...]
    """Why outgoing tracks were passed over."""


def make(
    folder: Path, crate: Crate, count: int, seed: int, progress: Callable[[int], None] = lambda done: None
) -> Made:
    """Render a test of up to ``count`` pairs into a new folder.

    Raises
    ------
    ConfigError
        If the folder holds a test already or cannot be made, or the library has nothing to compare.
    """
    if (folder / KEY).exists():
        raise ConfigError(f"{folder} holds a listening test already, and votes may be out; give another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError(f"cannot make the folder {folder}: {exc.strerror or exc}") from exc
    rng = np.random.default_rng(seed)
    leaving = [t for t in crate.snapshot if t.tempo_bpm > 0 and t.mix_outs and t.duration_s >= _LEAST_S]
    key: list[dict[str, object]] = []
    shown: list[dict[str, object]] = []
    asked: Counter[tuple[str, str]] = Counter()
    agreed: Counter[str] = Counter()
    skipped: list[str] = []
    for number in rng.permutation(len(leaving)).tolist():
        if len(key) == count:
            break
        outgoing = leaving[number]
        mix_out = crate.mix_out(outgoing)
        wanted = crate.choice(outgoing, mix_out), crate.rule(outgoing, mix_out), crate.draw(outgoing, rng)
        chosen = {who: found for who, found in zip(SYSTEMS, wanted, strict=True) if found is not None}
        pair = _pair(chosen, asked, agreed)
        if pair is None:
            continue
        sides = dict(zip("ab", [pair[at] for at in rng.permutation(2).tolist()], strict=True))
        try:
            rendered = {side: _rendered(crate, outgoing, mix_out, chosen[who]) for side, who in sides.items()}
        except SegueError as exc:  # a file that is gone or damaged spoils one pair, not the test
            skipped.append(str(exc))
            continue
        asked[pair] += 1
        name = f"{len(key) + 1:02d}"
        told: dict[str, object] = {"pair": len(key) + 1, "outgoing": outgoing.id}
        for side, who in sides.items():
            write(rendered[side].mix, folder / f"{name}{side}.mp3")
            planned = rendered[side].plan
            told[side] = {"system": who, "track": chosen[who][0].id, "title": planned.incoming.title,
                          "cue_s": planned.enter_s, "aligned": planned.shared > 0}  # fmt: skip
        key.append(told)
        begun = rendered["a"].plan
        shown.append({"title": begun.outgoing.title, "lead_s": round(begun.lead_s, 3), "file": name})
        progress(len(key))
    if not key:
        why = f": {skipped[0]}" if skipped else " of known tempo that two systems would follow differently"
        raise ConfigError(f"the library has no track to leave{why}")
    text = json.dumps({"systems": SYSTEMS, "seed": seed, "pairs": key}, indent=1)
    (folder / KEY).write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(_page(fingerprint(text), shown), encoding="utf-8")
    return Made(len(key), agreed, tuple(skipped))


def fingerprint(key: str) -> str:
    """Return what ties votes to a key, 16 hex digits."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _pair(chosen: dict[str, Next], asked: Counter[tuple[str, str]], agreed: Counter[str]) -> tuple[str, str] | None:
    """Pick the two systems that were asked least so far and disagree here."""
    found = []
    for one, other in itertools.combinations(chosen, 2):
        if chosen[one][0].id == chosen[other][0].id:
            agreed[f"{one} and {other}"] += 1
        else:
            found.append((one, other))
    return min(found, key=lambda pair: asked[pair], default=None)


def _rendered(crate: Crate, outgoing: Track, mix_out: MixOut, chosen: Next) -> Rendered:
    track, cue = chosen
    theirs, ours = crate.side(outgoing, outgoing.mix_outs), crate.side(track, track.cues)
    return render(plan(theirs, mix_out.position_s, ours, cue.position_s, mix_out.length_beats))


def _page(test: str, shown: list[dict[str, object]]) -> str:
    page = files(__package__).joinpath("listening.html").read_text(encoding="utf-8")
    data = json.dumps({"test": test, "pairs": shown}).replace("</", "<\\/")
    return page.replace("{/* the test */}", data)
