"""Sections in blocks: the same as SciPy's, however cut."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from segue.daemon.signal.biquad import Cascade
from segue.daemon.signal.loudness import k_weighting


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_it_is_scipy_s_filter(rate: int, channels: int) -> None:
    x = np.random.default_rng(rate + channels).standard_normal((5_003, channels))

    y = Cascade(k_weighting(rate), channels).process(x)

    assert np.abs(y - sosfilt(k_weighting(rate), x, axis=0)).max() < 1e-10


@pytest.mark.parametrize("sizes", [[1], [31, 32, 33], [2205], [7, 500, 64]])
def test_pieces_are_the_whole(sizes: list[int]) -> None:
    sos = butter(6, 0.05, output="sos")
    x = np.random.default_rng(1).standard_normal((6_000, 2))
    cascade = Cascade(sos, 2)
    y, start, turn = [], 0, 0
    while start < len(x):
        y.append(cascade.process(x[start : start + sizes[turn % len(sizes)]]))
        start += sizes[turn % len(sizes)]
        turn += 1

    assert np.allclose(np.concatenate(y), sosfilt(sos, x, axis=0), atol=1e-10)


def test_silence_ends_in_exact_zeros() -> None:
    cascade = Cascade(k_weighting(48_000), 1)
    cascade.process(np.ones((4_800, 1)))
    for _ in range(250):
        y = cascade.process(np.zeros((4_800, 1)))

    assert not y.any()
