"""A run end to end on sounds that are told apart easily: it learns, repeats itself, and goes on after a stop."""

import itertools
import json

import numpy as np
import pytest
import torch

from segue.daemon.errors import SegueError
from segue.models.booth.mel import Booth
from segue.models.booth.strength import LIVE
from segue.models.checkpoint import save_checkpoint
from segue.models.datasets.batches import Batches
from segue.models.datasets.clips import Corpus
from segue.models.recipe import parse_recipe
from segue.models.spec import Spec
from segue.models.train import train

SMALL = {"channels": [4, 6, 8], "token_dim": 24, "trunk_dim": 16, "ident_width": 16, "head_dim": 16}
BATCH = {"tracks": 3, "heard_s": 16.0, "filed_s": 22.0, "windows": 4}
OBJECTIVES = {"continuation": {"queue": 24}, "identity": {"moments": 6}}


def recipe(steps, **more):
    values = {
        "seed": 5,
        "fit_batches": 4,
        "steps": steps,
        "rate": 4e-3,
        "look_every": 4,
        "encoder": SMALL,
        "batch": BATCH,
    }
    return parse_recipe({**values, "objectives": OBJECTIVES, **more})


def lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def weights(path):
    return torch.load(path, weights_only=True)["model"]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_a_run_learns_and_shows_it(cache, tmp_path):
    folder, clips = cache

    train(clips, clips[:4], folder, tmp_path, recipe(14, discriminant=False))

    log = lines(tmp_path)
    assert log[-1]["validation"]["identity"] < log[0]["validation"]["identity"]
    assert log[-1]["validation"]["continuation"] < log[0]["validation"]["continuation"]
    assert "<svg" in (tmp_path / "curves.html").read_text()


class KilledError(Exception):
    """Stands for a kill right after a checkpoint."""


def test_a_run_that_was_killed_ends_with_the_weights_that_it_would_have_had(cache, tmp_path, monkeypatch):
    folder, clips = cache
    whole = weights(train(clips, [], folder, tmp_path / "whole", recipe(7, average=0.9)))

    def save_and_die(*values):
        save_checkpoint(*values)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("segue.models.train.save_checkpoint", save_and_die)
        with pytest.raises(KilledError):
            train(clips, [], folder, tmp_path / "killed", recipe(7, average=0.9))
    killed = weights(tmp_path / "killed" / "checkpoint.pt")
    resumed = weights(train(clips, [], folder, tmp_path / "killed", recipe(7, average=0.9)))

    assert not torch.equal(killed["encoder.stem.out.weight"], resumed["encoder.stem.out.weight"])
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(cache, tmp_path):
    folder, clips = cache

    a, b = (weights(train(clips, [], folder, tmp_path / name, recipe(5))) for name in "ab")
    c = weights(train(clips, [], folder, tmp_path / "c", recipe(5, seed=6)))

    assert all(torch.equal(a[k], b[k]) for k in a)
    assert not torch.equal(a["encoder.stem.out.weight"], c["encoder.stem.out.weight"])


def test_no_steps_leave_heads_that_are_fitted_or_only_scaled(cache, tmp_path):
    folder, clips = cache

    fit = weights(train(clips, [], folder, tmp_path / "fit", recipe(0, fit_batches=2)))
    control = weights(train(clips, [], folder, tmp_path / "control", recipe(0, fit_batches=2, discriminant=False)))

    assert torch.equal(fit["encoder.query.mean"], control["encoder.query.mean"])
    assert control["encoder.query.mean"].abs().max() > 0
    assert fit["encoder.query.out.weight"].abs().max() == 0 < control["encoder.query.out.weight"].abs().max()


def test_a_run_may_begin_with_the_encoder_of_another(cache, tmp_path):
    folder, clips = cache
    first = train(clips, [], folder, tmp_path / "first", recipe(3, fit_batches=2))

    path = train(clips, [], folder, tmp_path / "second", recipe(0, fit_batches=2, seed=8), first)

    assert torch.equal(weights(first)["encoder.stem.out.weight"], weights(path)["encoder.stem.out.weight"])
    assert torch.load(path, weights_only=True)["card"]["start"]["step"] == 3
    other = recipe(0, encoder={**SMALL, "token_dim": 20})
    with pytest.raises(SegueError, match="another shape"):
        train(clips, [], folder, tmp_path / "third", other, first)


def test_a_collapse_ends_the_run_with_words(cache, tmp_path, monkeypatch):
    folder, clips = cache
    monkeypatch.setattr("segue.models.train.COLLAPSED", 1.5)

    with pytest.raises(FloatingPointError, match="collapsed at step 1"):
        train(clips, [], folder, tmp_path, recipe(3))


def test_a_fault_while_drawing_ends_the_run_instead_of_hanging_it(cache, tmp_path, monkeypatch):
    folder, clips = cache

    def broken(*_args):
        raise SegueError("clip0 is gone")

    monkeypatch.setattr(Corpus, "read", broken)

    with pytest.raises(SegueError, match="clip0 is gone"):
        train(clips, [], folder, tmp_path, recipe(3))


def test_the_shuffled_control_is_told_nothing_true(small_views):
    shuffled = small_views.shuffled(np.random.default_rng(0))

    right = shuffled.follows == small_views.follows
    assert right.float().mean() < 0.5
    assert sorted(shuffled.follows.tolist()) == sorted(small_views.follows.tolist())


def test_a_view_at_speed_holds_what_the_record_plays_by_then(cache):
    folder, clips = cache
    batches = Batches(Corpus(folder, clips), Spec(), 1)

    plain = batches.mel(batches.spectrum(0, 4.0, 400, 1.0), 1.0)
    fast = batches.mel(batches.spectrum(0, 4.0, 300, 1.05), 1.0)

    at = np.arange(20, 280)
    apart = (torch.log(fast[at] + 1e-6) - torch.log(plain[np.round(at * 1.05).astype(int)] + 1e-6)).abs().mean()
    drifted = (torch.log(fast[at] + 1e-6) - torch.log(plain[at] + 1e-6)).abs().mean()
    assert apart < 0.5 * drifted


def test_the_booth_leaves_finite_power_and_never_the_same_twice(cache):
    folder, clips = cache
    batches = Batches(Corpus(folder, clips), Spec(), 1)
    power, other = (batches.mel(batches.spectrum(n, 1.0, 200, 1.0), 1.0) for n in (0, 1))
    booth, rng = Booth(Spec()), np.random.default_rng(1)

    views = [booth(power, LIVE, rng, other) for _ in range(30)]

    assert all(torch.isfinite(v).all() and (v >= 0).all() for v in views)
    assert not any(torch.equal(a, b) for a, b in itertools.pairwise(views))
