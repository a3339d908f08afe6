"""Small sounds that are told apart easily, and what a small encoder makes of them."""

import numpy as np
import pytest
import torch
from small import SHAPE, SMALL

from segue.models.datasets.batches import Batches
from segue.models.datasets.clips import Clip, Corpus
from segue.models.encoder import Encoder
from segue.models.spec import Spec
from segue.models.views import encode

RATE = 16_000


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A folder of six decoded records of 50 s, and their clips."""
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


@pytest.fixture
def small_batch(cache):
    """One batch of those records with everything that an objective may ask for."""
    folder, clips = cache
    return Batches(Corpus(folder, clips), Spec(**SMALL), 1, SHAPE, needs=frozenset({"chroma", "tempo"})).draw(0)


@pytest.fixture
def small_encoder():
    """A small encoder, the same every time."""
    torch.manual_seed(0)
    return Encoder(Spec(**SMALL))


@pytest.fixture
def small_views(small_batch, small_encoder):
    """What the small encoder makes of the batch."""
    return encode(small_encoder, small_batch)


@pytest.fixture(autouse=True)
def one_thread():
    """As in training: two threads wait for each other; and the same start for every test."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
