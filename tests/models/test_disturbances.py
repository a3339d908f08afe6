"""Dropouts and a crowd, in the power-mel domain."""

import numpy as np
import pytest
import torch

from segue.models.booth import disturbances


def test_mel_dropouts_take_a_few_frames_and_leave_the_rest():
    power = torch.rand(320, 80, generator=torch.Generator().manual_seed(1)) + 0.1

    for seed in range(50):
        heard = disturbances.dropouts(power, np.random.default_rng(seed))
        touched = (heard != power).any(1)
        silent = heard.sum(1) < power.sum(1) * 1e-4
        assert 1 <= int(touched.sum()) <= disturbances.MOST_GAPS * disturbances.LONGEST_FRAMES
        repeated = torch.cat([torch.tensor([False]), (heard[1:] == heard[:-1]).all(1)])
        assert bool((~touched | silent | repeated).all())
    assert len(disturbances.dropouts(power[:1], np.random.default_rng(0))) == 1


@pytest.mark.parametrize("count", [0, 3])
def test_a_mel_crowd_adds_speech_bands_under_the_music_and_takes_nothing(count):
    octaves = torch.linspace(-5, 3, 80)
    power = torch.ones(320, 80)
    others = [torch.rand(320, 80, generator=torch.Generator().manual_seed(n)) for n in range(count)]

    for seed in range(20):
        added = disturbances.crowd(power, others, np.random.default_rng(seed), octaves) - power
        low, high = disturbances.VOICE_OCTAVES
        assert not added[:, (octaves <= low) | (octaves >= high)].any()
        assert -28 < 10 * np.log10(float(added.mean())) < -2
        assert float(added.min()) >= 0
        level = added.mean(1)
        assert float(level.std() / level.mean()) > 0.3
