import numpy as np
import pytest

from segue.daemon.analysis.novelty import (
    SLOTS,
    Evidence,
    SlotFeatures,
    deviations,
    novelty,
    repetition,
    sharpen,
    slot_mean,
)


def features(order: list[int], beats: int = 16) -> SlotFeatures:
    """Parts of random sounds that come back in an order."""
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((max(order) + 1, beats * SLOTS, 36))
    sound = np.concatenate([parts[n] for n in order])
    return SlotFeatures(np.arange(len(sound) + 1) / 8, sound[:, :12], np.abs(sound[:, 12:24]), sound[:, 24:])


def test_novelty_is_the_checkerboard_of_foote() -> None:
    values = np.random.default_rng(0).standard_normal((40, 3))
    similarity = values @ values.T
    span, border = 4, 17
    before, after = slice(border - span, border), slice(border, border + span)
    checker = similarity[before, before].sum() + similarity[after, after].sum() - 2 * similarity[before, after].sum()

    assert novelty(values, span)[border] ** 2 * 3 * span**2 == pytest.approx(checker)


def test_novelty_peaks_where_the_music_changes() -> None:
    values = np.repeat([[0.0], [1.0], [0.2]], 32, axis=0)

    found = novelty(values, 16)

    assert int(np.argmax(found)) == 32
    assert np.flatnonzero(sharpen(found, 4) > 0.17).tolist() == [*range(31, 34), 64]


def test_slot_means_weigh_parts_of_frames() -> None:
    values = np.arange(10.0)[:, None]

    assert slot_mean(values, 1.0, np.array([0.5, 2.5, 4.5]))[:, 0].tolist() == [1.5, 3.5]


def test_what_comes_back_is_like_itself_at_its_lag_and_the_rest_like_the_mean() -> None:
    likeness = repetition(features([0, 1, 0, 1]))
    of_lag = {lag: likeness[:, 2 * n : 2 * n + 2] for n, lag in enumerate(range(4, 129, 4))}

    assert of_lag[32][32 * SLOTS :, 0] == pytest.approx(1.0)
    assert of_lag[32][: 32 * SLOTS, 1] == pytest.approx(1.0)
    assert of_lag[16].max() < 0.5
    assert of_lag[32][: 32 * SLOTS, 0] == pytest.approx(1.0)
    assert of_lag[16][: 16 * SLOTS, 0] == pytest.approx(of_lag[16][16 * SLOTS :, 0].mean())
    assert not of_lag[64].any()


def test_where_a_part_begins_that_comes_back_repetition_is_new() -> None:
    evidence = Evidence(features([0, 1, 0, 2, 1, 0, 3, 3, 1]))

    found = evidence.term(("repeat", 8, 2))

    assert (found[16 * SLOTS :: 16 * SLOTS][:8] > 5.0).all()
    assert np.argsort(-found)[:5] % (16 * SLOTS) == pytest.approx(0)


def test_deviations_name_what_changes() -> None:
    still = features([0] * 8)
    louder = np.where(np.arange(len(still.level)) < 64 * SLOTS, 0.0, 5.0)[:, None]
    changed = SlotFeatures(still.edges_s, still.level + louder, still.rise, still.pitch)

    found = deviations(changed, Evidence(changed))

    assert set(found) == {"energy", "timbre", "harmony", "drums", "repetition"}
    assert int(np.argmax(found["energy"])) == 64
    assert found["energy"][64] > 4.0
    assert abs(found["timbre"][64]) < 3.0


@pytest.mark.parametrize("slots", [4, 12, 40])
def test_short_and_silent_music_has_finite_evidence(slots: int) -> None:
    nothing = SlotFeatures(np.arange(slots + 1.0), *(np.zeros((slots, 12)) for _ in range(3)))

    evidence = Evidence(nothing)

    assert np.isfinite(evidence.total({("repeat", 8, 2): 1.0, ("pitch", 1, 2): 1.0})).all()
    assert all(np.isfinite(values).all() for values in deviations(nothing, evidence).values())
