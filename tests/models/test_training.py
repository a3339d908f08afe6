"""A run end to end on sounds that are told apart easily: it learns, repeats itself, and goes on after a stop."""

import itertools
import json

import numpy as np
import pytest
import torch

from segue.daemon.errors import SegueError
from segue.models.augment import LIVE, Booth, Speed
from segue.models.corpora import Clip, Corpus, load, prepare, split
from segue.models.dataset import Batches
from segue.models.spec import Spec
from segue.models.train import Recipe, train

RATE = 16_000
SMALL = Spec(channels=(4, 6, 8), token_dim=24, trunk_dim=16, ident_width=16, head_dim=16)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    rng, clips = np.random.default_rng(0), []
    t = np.arange(50 * RATE) / RATE
    for n in range(6):
        pitch = 110 * 2 ** (np.floor(t * (1 + 0.3 * n)) % 5 / 3 + n / 3)
        sound = 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * (1 - (t * (1.5 + 0.2 * n)) % 1)
        sound += 0.02 * rng.standard_normal(len(t))
        (sound * 32767).astype("<i2").tofile(folder / f"clip{n}.i16")
        clips.append(Clip(f"clip{n}", f"{n}.wav", f"artist{n}", len(t)))
    return folder, clips


def recipe(steps):
    return Recipe(steps=steps, seed=5, tracks=3, windows=2, heard_s=14.0, moments=3, look_every=4, rate=4e-3)


def lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_run_learns_and_repeats_itself(cache, tmp_path):
    folder, clips = cache

    for name in ("a", "b"):
        torch.set_num_threads(1)
        train(clips, clips[:4], folder, tmp_path / name, recipe(12), SMALL)

    first, last = lines(tmp_path / "a")[0]["validation"], lines(tmp_path / "a")[-1]["validation"]
    assert last["same"] < first["same"]
    assert lines(tmp_path / "b")[-1]["validation"] == last


def test_a_run_goes_on_where_it_stopped(cache, tmp_path):
    folder, clips = cache

    train(clips, [], folder, tmp_path, recipe(4), SMALL)
    path = train(clips, [], folder, tmp_path, recipe(6), SMALL)

    assert torch.load(path, weights_only=True)["progress"]["step"] == 6


def test_a_view_at_speed_holds_what_the_record_plays_by_then(cache):
    folder, clips = cache
    batches = Batches(Corpus(folder, clips), Spec(), 1, 2)

    plain = batches.view(0, 4.0, 400, Speed(1.0, 1.0))
    fast = batches.view(0, 4.0, 300, Speed(1.05, 1.0))

    at = np.arange(20, 280)
    apart = (torch.log(fast[at] + 1e-6) - torch.log(plain[np.round(at * 1.05).astype(int)] + 1e-6)).abs().mean()
    drifted = (torch.log(fast[at] + 1e-6) - torch.log(plain[at] + 1e-6)).abs().mean()
    assert apart < 0.5 * drifted


def test_the_booth_leaves_finite_power_and_never_the_same_twice(cache):
    folder, clips = cache
    batches = Batches(Corpus(folder, clips), Spec(), 1, 2)
    power, other = (batches.view(n, 1.0, 200, Speed(1.0, 1.0)) for n in (0, 1))
    booth, rng = Booth(Spec()), np.random.default_rng(1)

    views = [booth(power, LIVE, rng, other) for _ in range(30)]

    assert all(torch.isfinite(v).all() and (v >= 0).all() for v in views)
    assert not any(torch.equal(a, b) for a, b in itertools.pairwise(views))


def test_no_artist_is_on_both_sides():
    many = [Clip(f"{n}", "", f"artist{n % 40}", 1) for n in range(200)]

    learn, look = split(many, 0.3, seed=1)

    assert {c.group for c in learn}.isdisjoint({c.group for c in look})
    assert len(learn) + len(look) == 200
    assert look


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SegueError, match="nowhere"):
        prepare([tmp_path / "nowhere"], tmp_path / "cache")
    with pytest.raises(SegueError, match="no corpus"):
        load(tmp_path)
