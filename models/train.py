"""Training, top to bottom: draw a batch, encode both sides, two losses, a step; every few minutes a look at validation.

The same corpus, recipe and seed give the same batches in the same order. A checkpoint holds all that a resumed run
needs; ``log.jsonl`` beside it has a line every few steps.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

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
        b = self._idents(filed_rows, torch.arange(n * w)[:, None].expand(n * w, moments)[fits], (at + skew)[fits], token_s)
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


def train(clips: list[Clip], held_out: list[Clip], cache: Path, out: Path, recipe: Recipe, spec: Spec | None = None) -> Path:
    """Train, or go on with what is in ``out``; return the checkpoint's path."""
    spec = spec or Spec()
    out.mkdir(parents=True, exist_ok=True)
    target = out / "checkpoint.pt"
    torch.manual_seed(recipe.seed)
    model = Model(spec)
    optimiser = torch.optim.AdamW(model.parameters(), recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay)
    progress = load_checkpoint(target, model, optimiser) if target.exists() else Progress()
    corpus = Corpus(cache, clips)
    batches = prefetch(Batches(corpus, spec, recipe.seed + 7919 * progress.step, recipe.tracks, recipe.heard_s, recipe.windows))
    looks = [Batches(Corpus(cache, held_out), spec, 99, recipe.tracks, recipe.heard_s, recipe.windows).draw() for _ in range(4)] if held_out else []
    rng = np.random.default_rng(recipe.seed + progress.step)
    log = (out / "log.jsonl").open("a", buffering=1)
    log.write(json.dumps({"recipe": asdict(recipe), "music_s": round(corpus.seconds), "validation": look(model, looks)}) + "\n")
    began = time.monotonic() - progress.seconds
    while progress.share(recipe.steps, recipe.minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * schedule(progress.share(recipe.steps, recipe.minutes), progress.step)
        follow, same, scores = model.losses(next(batches), recipe.moments, rng)
        loss = follow + recipe.identity_weight * same
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        progress.step += 1
        progress.seconds = time.monotonic() - began
        if not math.isfinite(loss.item()) or scores["spread"] < 0.05:
            raise FloatingPointError(f"collapsed at step {progress.step}: loss {float(loss)}, {scores}")
        if progress.step % 10 == 0:
            line = {"step": progress.step, "s": round(progress.seconds), "follow": follow.item(), "same": same.item(), **scores}
            log.write(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()}) + "\n")
        if progress.step % recipe.look_every == 0:
            progress.scores = look(model, looks)
            log.write(json.dumps({"step": progress.step, "validation": progress.scores}) + "\n")
            save_checkpoint(target, model, optimiser, progress, recipe_json(recipe, spec, corpus))
    progress.scores = look(model, looks)
    log.write(json.dumps({"step": progress.step, "validation": progress.scores}) + "\n")
    save_checkpoint(target, model, optimiser, progress, recipe_json(recipe, spec, corpus))
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


def recipe_json(recipe: Recipe, spec: Spec, corpus: Corpus) -> dict[str, object]:
    """Return what the training card tells of data and settings."""
    return {**asdict(recipe), "spec": spec.to_json(), "music_hours": round(corpus.seconds / 3600, 1), "music_tracks": len(corpus.clips)}


def prefetch(batches: Batches) -> Iterator[Batch]:
    """Draw one batch ahead on another thread."""
    queue: Queue[Batch] = Queue(2)

    def fill() -> None:
        while True:
            queue.put(batches.draw())

    Thread(target=fill, daemon=True).start()
    while True:
        yield queue.get()


def _top1(scores: Tensor) -> float:
    return float((scores.argmax(1) == torch.arange(len(scores))).float().mean())
