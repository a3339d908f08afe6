"""Training, top to bottom: draw a batch, encode both sides, weigh the objectives, a step; now and then a look.

The same corpus and recipe give the same model, whether or not the run was stopped in between: batch and dropout of a
step depend on the seed and the step's number alone, and a checkpoint holds all else. ``log.jsonl`` beside it has a line
every few steps, ``curves.html`` shows them.
"""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TextIO

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoint import Progress, adopt, load_checkpoint, origin, save_checkpoint
from .curves import draw_curves
from .datasets.batches import Batch, Batches
from .datasets.clips import Clip, Corpus
from .discriminant import fit_heads
from .encoder import Encoder
from .objectives import Objective
from .objectives.identity import Identity, IdentitySettings
from .objectives.registry import OBJECTIVES
from .recipe import Recipe
from .views import Views, encode

COLLAPSED = 0.05
"""Deviation of the keys of a batch, 1 where they fill the sphere, under which a run is given up."""
LOOKS = 4
"""Batches of validation."""
FITTING = 1_000_000
"""Number of the first batch that heads are fitted on."""


class Model(nn.Module):
    """The encoder, and the objectives with what is learnt for them alone."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.encoder = Encoder(recipe.encoder)
        chosen = recipe.chosen()
        self.objectives = nn.ModuleDict({name: OBJECTIVES[name][0](recipe.encoder, s) for name, s in chosen.items()})
        self.weights = {name: float(s.weight) for name, s in chosen.items()}  # type: ignore[attr-defined]
        self.needs = frozenset[str]().union(*(OBJECTIVES[name][0].needs for name in chosen))
        self.shuffled = recipe.control == "shuffled"

    def losses(self, batch: Batch, rng: np.random.Generator) -> tuple[dict[str, Tensor], Views]:
        """Return each objective's loss, not yet weighted, and the views that they were asked of."""
        device = batch.heard.device.type
        with torch.autocast(device, dtype=torch.bfloat16):
            views = encode(self.encoder, batch)
            if self.shuffled:
                views = views.shuffled(rng)
            return {n: o(views, self.encoder, rng).float() for n, o in self.objectives.items()}, views


def train(
    clips: list[Clip], held_out: list[Clip], cache: Path, out: Path, recipe: Recipe, start: Path | None = None
) -> Path:
    """Train, or go on with what is in ``out``; return the checkpoint's path.

    Parameters
    ----------
    start
        A checkpoint whose encoder the run begins with. Its heads are fitted to this music, and with a recipe of no
        steps that is all: minutes, where training takes an hour.

    Raises
    ------
    FloatingPointError
        If the loss is no number any more, or all keys have become one.
    """
    out.mkdir(parents=True, exist_ok=True)
    target = out / "checkpoint.pt"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    corpus = Corpus(cache, clips)
    torch.manual_seed(recipe.seed)
    model = Model(recipe).to(device)
    source = Batches(corpus, recipe.encoder, recipe.seed, recipe.batch, needs=model.needs)
    looks = [Batches(Corpus(cache, held_out), recipe.encoder, 99, recipe.batch, needs=model.needs)] if held_out else []
    checks = [source.draw(n).to(device) for source in looks for n in range(LOOKS)]
    if not target.exists():
        if start:
            adopt(model.encoder, start)
        how = {"learned": start is not None, "scale_alone": not recipe.discriminant}
        fit_heads(model.encoder, fitting(source, recipe, device), **how)
    for objective in parts(model):
        objective.attach(clips, cache, held_out)
        objective.begin(model.encoder)
    ema: Any = torch.optim.swa_utils.get_ema_multi_avg_fn
    average = torch.optim.swa_utils.AveragedModel(model.encoder, multi_avg_fn=ema(recipe.average), use_buffers=True)
    optimiser = torch.optim.AdamW(groups(model, recipe), betas=(0.9, 0.98), weight_decay=recipe.weight_decay)
    progress = load_checkpoint(target, model, average, optimiser) if target.exists() else Progress()
    card = {
        "recipe": recipe.model_dump(mode="json", exclude_none=True),
        "spec": recipe.encoder.to_json(),
        "music_tracks": len(clips),
        "music_hours": round(corpus.seconds / 3600, 1),
        "parameters": sum(p.numel() for p in model.encoder.parameters()),
        "seed": recipe.seed,
        **({"start": origin(start)} if start else {}),
    }
    began = time.monotonic() - progress.seconds
    with (out / "log.jsonl").open("a", buffering=1) as log, ahead(source, progress.step) as batches:
        _note(log, {"recipe": card, "validation": look(model, checks)})
        while (share := progress.share(recipe.steps, recipe.minutes)) < 1:
            torch.manual_seed(recipe.seed * 1_000_003 + progress.step)
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * schedule(share, progress.step)
            rng = np.random.default_rng([recipe.seed, progress.step, 1])
            losses, views = model.losses(next(batches).to(device), rng)
            loss = torch.stack([model.weights[name] * value for name, value in losses.items()]).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimiser.step()
            for objective in parts(model):
                objective.after_step(model.encoder)
            average.update_parameters(model.encoder)
            progress.step += 1
            progress.seconds = time.monotonic() - began
            spread = float(views.key.detach().std(0).mean()) * math.sqrt(views.key.shape[1])
            if not math.isfinite(loss.item()) or spread < COLLAPSED:
                raise FloatingPointError(
                    f"collapsed at step {progress.step}: loss {loss.item():.3g}, spread of keys {spread:.3g}; "
                    f"a smaller rate or other weights in the recipe may help, {target} is the last good state"
                )
            if progress.step % 10 == 0:
                told = {name: value.item() for name, value in losses.items()}
                _note(log, {"step": progress.step, "s": progress.seconds, "loss": told})
            if progress.step % recipe.look_every == 0 and progress.share(recipe.steps, recipe.minutes) < 1:
                progress.scores = look(model, checks)
                _note(log, {"step": progress.step, "validation": progress.scores})
                save_checkpoint(target, model, average, optimiser, progress, card)
        if recipe.average and progress.step:
            model.encoder.load_state_dict(average.module.state_dict())
        if recipe.refit and progress.step:
            fit_heads(model.encoder, fitting(source, recipe, device), learned=True)
        progress.scores = look(model, checks)
        _note(log, {"step": progress.step, "validation": progress.scores})
        save_checkpoint(target, model, average, optimiser, progress, card)
    draw_curves(out)
    return target


def fitting(source: Batches, recipe: Recipe, device: torch.device) -> Iterator[Batch]:
    """Yield the batches that the heads are fitted on, which no step sees."""
    return (source.draw(FITTING + n).to(device) for n in range(recipe.fit_batches))


def look(model: Model, batches: list[Batch]) -> dict[str, float]:
    """Return mean losses, hit rates and the spread of keys on fixed batches of music that is not trained on."""
    if not batches:
        return {}
    model.eval()
    rows = []
    with torch.no_grad():
        for number, batch in enumerate(batches):
            losses, views = model.losses(batch, np.random.default_rng(number))
            rows.append({name: float(value) for name, value in losses.items()} | scores(model.encoder, views))
    model.train()
    return {k: round(float(np.mean([r[k] for r in rows])), 4) for k in rows[0]}


def scores(encoder: Encoder, views: Views) -> dict[str, float]:
    """Return how often a batch is told right, and how far its keys fill the sphere (1: evenly)."""
    likeness = views.query @ views.key.T
    same = views.anchor_track[:, None] == views.key_track[None]
    past = same & (views.key_s[None] < views.anchor_s[:, None] - 1e-3)
    likeness = likeness.masked_fill(past, -2.0)
    own = likeness.gather(1, views.follows[:, None])
    heard, filed, _, _ = Identity(encoder.spec, IdentitySettings()).pairs(views, encoder, np.random.default_rng(0))
    right = (heard @ filed.T).argmax(1) == torch.arange(len(heard), device=heard.device)
    return {
        "continuation@1": float((likeness.argmax(1) == views.follows).float().mean()),
        "record@1": float((likeness.masked_fill(same, -2.0) < own).all(1).float().mean()),
        "identity@1": float(right.float().mean()),
        "spread": float(views.key.std(0).mean()) * math.sqrt(views.key.shape[1]),
    }


def parts(model: Model) -> Iterator[Objective]:
    """Yield the objectives."""
    for objective in model.objectives.values():
        assert isinstance(objective, Objective)
        yield objective


def groups(model: Model, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the optimiser's groups: the heads of query and key, and all the rest."""
    heads = [*model.encoder.query.parameters(), *model.encoder.key.parameters()]
    known = {id(p) for p in heads}
    rest = [p for p in model.parameters() if id(p) not in known and p.requires_grad]
    return [
        {"params": rest, "lr": recipe.rate, "rate": recipe.rate},
        {"params": heads, "lr": recipe.rate * recipe.head_rate, "rate": recipe.rate * recipe.head_rate},
    ]


def schedule(share: float, step: int) -> float:
    """Return the factor on the learning rate: a short warm-up, then half a cosine."""
    return min(1.0, (step + 1) / 30) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


@contextmanager
def ahead(source: Batches, first: int) -> Iterator[Iterator[Batch]]:
    """Draw batches from ``first`` on on another thread, at most two ahead of the one that is used."""
    queue: Queue[Batch | BaseException] = Queue(2)
    over = Event()

    def fill() -> None:
        number = first
        while not over.is_set():
            try:
                drawn: Batch | BaseException = source.draw(number)
            except BaseException as exc:
                drawn = exc
            number += 1
            while not over.is_set():
                with suppress(Full):
                    queue.put(drawn, timeout=0.2)
                    break

    def drawn() -> Iterator[Batch]:
        while True:
            batch = queue.get()
            if isinstance(batch, BaseException):
                raise batch
            yield batch

    thread = Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield drawn()
    finally:
        over.set()
        thread.join()


def _note(log: TextIO, line: dict[str, Any]) -> None:
    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: short(v) for k, v in value.items()}
        return round(value, 4) if isinstance(value, float) else value

    log.write(json.dumps(short(line)) + "\n")
