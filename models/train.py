"""Training, top to bottom: draw a batch, encode both sides, two losses, a step; every few minutes a look at validation.

The same corpus, recipe and seed give the same batches in the same order. A checkpoint holds all that a resumed run
needs; ``log.jsonl`` beside it has a line every few steps.
"""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TextIO

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .checkpoint import Progress, load_checkpoint, save_checkpoint
from .corpora import Clip, Corpus
from .dataset import Batch, Batches
from .encoder import Encoder
from .frontend import log_mel
from .objectives import continuation, identity
from .spec import Spec

COLLAPSED = 0.05
"""Deviation of the keys of a batch, 1 where they fill the sphere, under which a run is given up."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be chosen about a run."""

    steps: int = 600
    minutes: float = 0.0
    """Stop after so long, the schedule following the clock; 0: after ``steps``."""
    seed: int = 1
    tracks: int = 24
    """Records a batch."""
    windows: int = 3
    """Windows a record."""
    heard_s: float = 28.0
    rate: float = 2e-3
    """Peak learning rate."""
    weight_decay: float = 0.03
    identity_weight: float = 1.0
    moments: int = 5
    """Moments for identity in each window."""
    look_every: int = 50
    """Steps between two looks at validation, each with a checkpoint."""


class Model(nn.Module):
    """The encoder and the two temperatures that are learnt beside it."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.encoder = Encoder(spec)
        self.continuation_scale = nn.Parameter(torch.tensor(math.log(12.0)))
        self.identity_scale = nn.Parameter(torch.tensor(math.log(12.0)))

    def losses(self, batch: Batch, moments: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, dict[str, float]]:
        """Return the continuation loss, the identity loss, and how often the batch was told right."""
        spec = self.encoder.spec
        n, w = len(batch.heard), len(batch.filed) // len(batch.heard)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            heard, heard_rows, _ = self.encoder.encode(log_mel(batch.heard), self.encoder.encode_state(n))
            filed, filed_rows, _ = self.encoder.encode(log_mel(batch.filed), self.encoder.encode_state(n * w))
        origin, rate = (x.repeat_interleave(w) for x in (batch.heard_start_s, batch.heard_rate))
        hop = ((batch.start_s - origin) / rate / spec.hop_s).round().long().clamp(1, heard.shape[1]) - 1
        both = torch.cat([heard[batch.track, hop], filed[:, -1]]).float()
        both = self.encoder.scale(both)
        query, key = self.encoder.query(both[: n * w]), self.encoder.key(both[n * w :])
        follow = continuation(query, key, batch.track, batch.start_s, self.continuation_scale.exp().clamp(max=50))

        token_s = spec.hop_s / spec.tokens
        least = spec.tokens * (2 * sum(spec.ident_dilations) // spec.tokens + 1) * token_s
        at = torch.tensor(rng.uniform(least, spec.key_window_s, (n * w, moments)), dtype=torch.float32)
        in_record = batch.start_s[:, None] + at * batch.filed_rate[:, None]
        in_heard = (in_record - origin[:, None]) / rate[:, None]
        skew = torch.tensor(rng.uniform(-0.5, 0.5, (n * w, moments)) * spec.hop_s, dtype=torch.float32)
        row = batch.track[:, None].expand(n * w, moments)
        fits = (in_heard < heard.shape[1] * spec.hop_s) & (in_heard > least)
        a = self._idents(heard_rows, row[fits], in_heard[fits], token_s)
        b = self._idents(
            filed_rows, torch.arange(n * w)[:, None].expand(n * w, moments)[fits], (at + skew)[fits], token_s
        )
        same = identity(a, b, row[fits], in_record[fits], self.identity_scale.exp().clamp(max=50))
        with torch.no_grad():
            scores = {
                "continuation@1": _top1(query @ key.T),
                "identity@1": _top1(a @ b.T),
                "spread": float(key.std(0).mean()) * math.sqrt(key.shape[1]),
            }
        return follow, same, scores

    def _idents(self, rows: Tensor, row: Tensor, at_s: Tensor, token_s: float) -> Tensor:
        """Return idents that end at ``at_s``, each the mean of a hop's tokens, (n, ident_dim)."""
        k = self.encoder.spec.tokens
        pooled = F.avg_pool1d(rows.float().transpose(1, 2), k, 1)
        index = (at_s / token_s).round().long().clamp(k, rows.shape[1]) - k
        return self.encoder.ident.embed(pooled[row, :, index])


def train(
    clips: list[Clip], held_out: list[Clip], cache: Path, out: Path, recipe: Recipe, spec: Spec | None = None
) -> Path:
    """Train, or go on with what is in ``out``; return the checkpoint's path.

    Raises
    ------
    FloatingPointError
        If the loss is no number any more, or all keys have become one.
    """
    spec = spec or Spec()
    out.mkdir(parents=True, exist_ok=True)
    target = out / "checkpoint.pt"
    torch.manual_seed(recipe.seed)
    model = Model(spec)
    optimiser = torch.optim.AdamW(model.parameters(), recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay)
    progress = load_checkpoint(target, model, optimiser) if target.exists() else Progress()
    shape = (recipe.tracks, recipe.heard_s, recipe.windows)
    corpus = Corpus(cache, clips)
    source = Batches(corpus, spec, recipe.seed + 7919 * progress.step, *shape)
    looks = [Batches(Corpus(cache, held_out), spec, 99 + n, *shape).draw() for n in range(4)] if held_out else []
    card = {**asdict(recipe), "spec": spec.to_json(), "music_tracks": len(clips)}
    card["music_hours"] = round(corpus.seconds / 3600, 1)
    rng = np.random.default_rng(recipe.seed + progress.step)
    began = time.monotonic() - progress.seconds
    with (out / "log.jsonl").open("a", buffering=1) as log, ahead(source) as batches:
        _note(log, {"recipe": card, "validation": look(model, looks)})
        while (share := progress.share(recipe.steps, recipe.minutes)) < 1:
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate * schedule(share, progress.step)
            follow, same, scores = model.losses(next(batches), recipe.moments, rng)
            loss = follow + recipe.identity_weight * same
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            progress.step += 1
            progress.seconds = time.monotonic() - began
            if not math.isfinite(loss.item()) or scores["spread"] < COLLAPSED:
                raise FloatingPointError(f"collapsed at step {progress.step}: loss {loss.item()}, {scores}")
            if progress.step % 10 == 0:
                line = {"step": progress.step, "s": progress.seconds, "follow": follow.item(), "same": same.item()}
                _note(log, line | scores)
            if progress.step % recipe.look_every == 0:
                progress.scores = look(model, looks)
                _note(log, {"step": progress.step, "validation": progress.scores})
                save_checkpoint(target, model, optimiser, progress, card)
        progress.scores = look(model, looks)
        _note(log, {"step": progress.step, "validation": progress.scores})
        save_checkpoint(target, model, optimiser, progress, card)
    return target


def look(model: Model, batches: list[Batch]) -> dict[str, float]:
    """Return mean losses and hit rates on fixed batches of music that is not trained on."""
    if not batches:
        return {}
    model.eval()
    rng = np.random.default_rng(0)
    rows = []
    with torch.no_grad():
        for batch in batches:
            follow, same, scores = model.losses(batch, 5, rng)
            rows.append({"follow": float(follow), "same": float(same), **scores})
    model.train()
    return {k: round(float(np.mean([r[k] for r in rows])), 4) for k in rows[0]}


def schedule(share: float, step: int) -> float:
    """Return the factor on the learning rate: a short warm-up, then half a cosine."""
    return min(1.0, (step + 1) / 30) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


@contextmanager
def ahead(source: Batches) -> Iterator[Iterator[Batch]]:
    """Draw batches on another thread, at most two ahead of the one that is used."""
    queue: Queue[Batch] = Queue(2)
    over = Event()

    def fill() -> None:
        while not over.is_set():
            batch = source.draw()
            while not over.is_set():
                with suppress(Full):
                    queue.put(batch, timeout=0.2)
                    break

    thread = Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield iter(queue.get, None)
    finally:
        over.set()
        thread.join()


def _note(log: TextIO, line: dict[str, Any]) -> None:
    log.write(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()}) + "\n")


def _top1(scores: Tensor) -> float:
    return float((scores.argmax(1) == torch.arange(len(scores))).float().mean())
