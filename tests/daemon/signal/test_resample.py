"""Resampling: one answer however cut, the same offline, nothing shifted."""

import numpy as np
import pytest

from segue.daemon.signal.resample import Resampler, resample

RATES = [8_000, 16_000, 22_050, 44_056, 44_100, 48_000, 96_000]


def noise(rate: int, seconds: float = 3.0) -> np.ndarray:
    """Seeded noise."""
    return (0.1 * np.random.default_rng(7).standard_normal(round(rate * seconds))).astype(np.float32)


def cut(x: np.ndarray, sizes: list[int], rate: int) -> np.ndarray:
    """Through a stream in blocks of these sizes, again and again."""
    stream = Resampler(rate)
    out = []
    start = turn = 0
    while start < len(x):
        size = sizes[turn % len(sizes)]
        out.append(stream.process(x[start : start + size]))
        start += size
        turn += 1
    return np.concatenate([*out, stream.flush()])


@pytest.mark.parametrize("rate", RATES)
def test_pieces_are_the_whole_bit_for_bit(rate: int) -> None:
    x = noise(rate)

    whole = cut(x, [len(x)], rate)

    assert len(whole) == 48_000
    for sizes in ([rate // 20], [64], [1, 977, 4096, 3]):
        assert np.array_equal(cut(x, sizes, rate), whole)


@pytest.mark.parametrize("rate", RATES)
def test_the_stream_agrees_with_the_file(rate: int) -> None:
    x = noise(rate)

    assert np.abs(cut(x, [rate // 20], rate) - resample(x, rate)).max() < 1e-4


@pytest.mark.parametrize("rate", RATES)
def test_sample_n_is_time_n_over_rate(rate: int) -> None:
    centre_s = 1.25
    time_s = np.arange(3 * rate) / rate
    pulse = np.exp(-(((time_s - centre_s) / 0.01) ** 2)).astype(np.float32)

    heard = cut(pulse, [rate // 20], rate)

    place_s = float((heard * np.arange(len(heard))).sum() / heard.sum()) / 16_000
    assert abs(place_s - centre_s) < 0.0001


@pytest.mark.parametrize("rate", RATES)
def test_the_stream_answers_within_100_ms_and_knows_its_delay(rate: int) -> None:
    stream = Resampler(rate)
    x = noise(rate, 1.0)
    given = 0
    for start in range(0, rate, rate // 20):
        given += len(stream.process(x[start : start + rate // 20]))

        due = min(start + rate // 20, rate) * 16_000 // rate
        assert stream.pending_samples == due - given
        assert 0 <= stream.pending_samples <= 1_600


def test_later_sound_never_changes_earlier_samples() -> None:
    x = noise(44_100)
    y = x.copy()
    y[66_150:] = 0

    first, second = cut(x, [2205], 44_100), cut(y, [2205], 44_100)

    assert np.array_equal(first[: 24_000 - 1_040], second[: 24_000 - 1_040])


def test_two_channels_stay_apart() -> None:
    x = np.stack([noise(44_100), np.zeros_like(noise(44_100))], axis=1)

    y = np.concatenate([(stream := Resampler(44_100, channels=2)).process(x), stream.flush()])

    assert y.shape == (48_000, 2)

    assert not y[:, 1].any()
    assert np.allclose(y[:, 0], resample(x[:, 0], 44_100), atol=1e-6)


def test_silence_and_nothing_are_fine_and_a_flushed_stream_refuses_more() -> None:
    stream = Resampler(44_100)

    assert len(stream.process(np.zeros(0, np.float32))) == 0
    assert not stream.process(np.zeros(44_100, np.float32)).any()
    stream.flush()
    assert len(stream.flush()) == 0
    with pytest.raises(ValueError, match="flushed"):
        stream.process(np.zeros(10, np.float32))


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(0)
