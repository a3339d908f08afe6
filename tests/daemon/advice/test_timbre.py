import numpy as np
import pytest
from fakes import track

from segue.daemon.advice.timbre import LEAST_NATS, WINDOW_TICKS, Entries, LastSound, TimbreModel, decibels
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.signal.bands import BANDS, CENTRES_HZ, levels

RATE = 16_000


def music(seed, seconds=40):
    """Notes of a few pitches in a rhythm of its own, over noise of its own colour."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * RATE) / RATE
    period = rng.uniform(0.25, 0.8)
    pulse = np.exp(-((t % period) / period) * rng.uniform(1, 8))
    notes = sum(np.sin(2 * np.pi * hertz * t) * rng.uniform(0.2, 1) for hertz in 80 * 2 ** rng.uniform(0, 5, 6))
    noise = np.convolve(rng.standard_normal(len(t)), rng.standard_normal(32), "same") * rng.uniform(0.02, 0.3)
    return (0.1 * (notes * pulse + noise)).astype(np.float32)


def equalised(level_db, bass_db, treble_db):
    return level_db + bass_db / (1 + (CENTRES_HZ / 160) ** 2) + treble_db / (1 + (4500 / CENTRES_HZ) ** 2)


@pytest.fixture(scope="module")
def model():
    return TimbreModel.shipped()


@pytest.mark.parametrize(("bass_db", "treble_db"), [(0, 0), (-10, 5), (6, -10)])
def test_what_goes_on_has_more_evidence_than_other_music_whatever_the_equaliser(model, bass_db, treble_db):
    records = [decibels(levels(music(seed))) for seed in range(8)]
    filed = np.stack([model.of_filed(record[WINDOW_TICKS:]) for record in records])

    for at, record in enumerate(records):
        heard = model.of_heard(equalised(record[:WINDOW_TICKS], bass_db, treble_db).astype(np.float32))
        evidence = model.evidence(heard, filed)
        assert evidence.argmax() == at
        assert evidence[at] > max(0.0, float(np.median(evidence)))


def test_evidence_is_bounded(model):
    loud = model.of_heard(np.full((400, BANDS), 17.0, np.float32))

    assert model.evidence(loud, -loud[None]).tolist() == [LEAST_NATS]


def test_a_stream_is_placed_like_a_record_and_not_before_there_is_enough(model):
    sound = music(3)
    last = LastSound(model)
    for at in range(0, 20 * RATE, 4000):
        last.step(sound[at : at + 4000])
        if at == 5 * RATE:
            assert last.views() == ()

    whole = model.of_heard(decibels(levels(sound[: 20 * RATE])))
    (view,) = last.views()
    assert view.place == pytest.approx(whole, abs=0.05)


def test_the_last_minute_is_told_in_three_parts_the_last_one_first(model):
    last = LastSound(model)
    power = np.concatenate([np.full((WINDOW_TICKS, BANDS), 10.0**-n, np.float32) for n in range(2, 6)])
    last.add(power)

    views = last.views()

    flat = [np.full((WINDOW_TICKS, BANDS), -10.0 * n, np.float32) for n in (5, 4, 3)]
    assert len(views) == 3
    for view, level_db in zip(views, flat, strict=True):
        assert view.place == pytest.approx(model.of_heard(level_db), abs=1e-3)


def test_entries_are_read_once_and_tell_where_there_is_nothing(model):
    stored = [levels(music(1)), np.zeros((0, BANDS), np.uint8)]
    snapshot = Snapshot.build(
        [track(0, duration_s=40.0), track(1, duration_s=40.0)], [np.zeros((160, 8), np.float32)] * 2,
        [np.eye(2, 16, dtype=np.float32)] * 2, bands=stored,
    )  # fmt: skip
    entries = Entries(snapshot)

    assert entries.after(0, 20.0).place == pytest.approx(model.of_filed(decibels(stored[0][400:])))
    assert entries.after(0, 20.0) is entries.after(0, 20.0)
    (before,) = entries.before(0, 20.0)
    assert before.place == pytest.approx(model.of_filed(decibels(stored[0][:400])))
    assert entries.after(0, 35.0) is None, "five seconds are too few"
    assert entries.after(1, 0.0) is None
    assert len(entries.before(0, 40.0)) == 2
