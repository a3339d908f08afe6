"""Levels in semitone bands, and sound with one of its two parts taken out."""

import numpy as np
import pytest
import soxr
import synth

from segue.daemon.clock import HOP, TICK
from segue.daemon.hearing.removal import DELAY_S, Fader, Removal, gains, left
from segue.daemon.signal.bands import BANDS, CENTRES_HZ, LEAST, NEPERS, OVERLAP, Bands, levels, shifted

RATE = 16_000


def tone(hz, seconds, level=0.2):
    t = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def pulses(hz, every_s, seconds, level=0.2):
    """Notes that come and go, as music does."""
    t = np.arange(round(seconds * RATE)) / RATE
    return tone(hz, seconds, level) * np.exp(-6 * (t % every_s)).astype(np.float32)


def heard(sound):
    bands, parts = Bands(), []
    for start in range(0, len(sound) - HOP + 1, HOP):
        parts.append(bands.step(sound[start : start + HOP]))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def test_a_stream_has_the_levels_that_are_stored_of_the_whole():
    sound = pulses(440, 0.5, 4) + synth.noise(4, level=0.01)

    stored = levels(sound)

    _, power = heard(sound)
    assert stored.shape == (4 * RATE // TICK, BANDS)
    assert np.abs(np.log(power + LEAST) - np.log(LEAST) - stored * NEPERS).max() < 0.06


def test_a_tone_is_loudest_in_its_own_band():
    _, power = heard(tone(440.0, 2))

    assert abs(np.log2(CENTRES_HZ[power[20].argmax()] / 440.0)) < 1 / 12


def test_a_record_played_faster_is_the_same_picture_moved_along_the_bands():
    sound = pulses(330, 0.5, 4) + pulses(880, 0.25, 4)
    faster = soxr.resample(sound, RATE * 2 ** (1 / 12), RATE)

    own = levels(sound)[10:70].mean(axis=0, dtype=np.float32, keepdims=True)
    moved = levels(faster.astype(np.float32))[10:66].mean(axis=0, dtype=np.float32, keepdims=True)

    loud = own[0] > own.max() - 60
    assert np.abs(shifted(own, 1.0) - moved)[0, loud].mean() < np.abs(own - moved)[0, loud].mean() / 3


def test_what_is_left_whole_comes_out_as_it_went_in():
    sound = synth.noise(3)
    spectrum, power = heard(sound)
    removal = Removal()

    out = np.concatenate([removal.step(spectrum[i : i + 5], np.ones_like(power[i : i + 5])) for i in range(0, 60, 5)])

    assert round(DELAY_S * RATE) == OVERLAP
    assert np.abs(out[OVERLAP + 2000 :] - sound[2000 : len(out) - OVERLAP]).max() < 1e-5


def test_a_known_record_is_taken_out_and_the_other_one_stays():
    known, other = pulses(220, 0.5, 8), pulses(1500, 0.37, 8, 0.1)
    spectrum, power = heard(0.5 * known + other)
    _, own = heard(known)
    fader, removal, out = Fader(), Removal(), []

    for i in range(0, len(power), 5):
        added = fader.step(power[i : i + 5], own[i : i + 5])
        out.append(removal.step(spectrum[i : i + 5], left(power[i : i + 5], added)))

    _, after = heard(np.concatenate(out))
    low, high = np.abs(CENTRES_HZ - 220).argmin(), np.abs(CENTRES_HZ - 1500).argmin()
    assert after[60:, low].sum() < 0.05 * power[60:, low].sum()
    assert after[60:, high].sum() > 0.8 * power[60:, high].sum()


@pytest.mark.parametrize("faders", [(1.0, 0.5), (0.3, 0.9)])
def test_faders_are_read_from_both_records_at_once(faders):
    rng = np.random.default_rng(0)
    records = rng.gamma(0.15, size=(2, 30, BANDS)).astype(np.float32)
    mixture = sum(f**2 * r for f, r in zip(faders, records, strict=True))

    found = gains(mixture, records)

    assert (found[0] > found[1]).all() == (faders[0] > faders[1])
    assert np.abs(np.log(found.mean(axis=1) / faders)).max() < 0.25
