from collections.abc import Sequence

import numpy as np
import pytest
import synth

from segue.daemon.analysis.beatgrid import (
    NO_BEAT,
    BeatGrid,
    autocorrelation,
    beat_grid,
    choose_tempo,
    fit_line,
    follow,
    onset_envelopes,
    snap_tempo,
)
from segue.daemon.signal.spectrum import FPS, spectrum


def grid(sound: synth.Samples) -> BeatGrid:
    spectra = spectrum(sound)
    return beat_grid(spectra, onset_envelopes(spectra))


def errors_s(found: BeatGrid, true_s: np.ndarray) -> np.ndarray:
    return np.array([found.beats_s[np.abs(found.beats_s - at).argmin()] - at for at in true_s])


@pytest.mark.parametrize("bpm", [80.0, 87.5, 93.7, 100.0, 118.04, 127.3, 140.0, 150.07, 165.0, 175.0])
def test_clicks_give_their_tempo_to_a_tenth_and_their_attacks_to_five_milliseconds(bpm: float) -> None:
    found = grid(synth.clicks(bpm, 40.0, start_s=0.31, seed=1))
    errors = errors_s(found, synth.beat_times(bpm, 39.5, start_s=0.31))

    assert found.tempo_bpm == pytest.approx(bpm, abs=0.02)
    assert found.steady
    assert abs(np.median(errors)) < 0.005
    assert np.abs(errors).max() < 0.008


@pytest.mark.parametrize("bpm", [95.0, 124.0, 138.5])
def test_a_drum_loop_gives_its_tempo_and_beats_on_the_kick(bpm: float) -> None:
    sound, beats_s, _ = synth.arrangement(bpm, start_s=0.5, parts=((32, "build"), (32, "drop")))

    found = grid(sound)

    assert found.tempo_bpm == pytest.approx(bpm, abs=0.05)
    assert np.abs(np.median(errors_s(found, beats_s))) < 0.005


def test_votes_are_asked_where_a_related_tempo_is_as_likely_and_only_there() -> None:
    tempi, asked = np.exp(np.arange(np.log(68.0), np.log(190.0), 0.001)), []
    peaks = [np.exp(-(((np.log(tempi) - np.log(bpm)) / 0.01) ** 2)) for bpm in (100.0, 150.0)]

    def votes(options: Sequence[float]) -> np.ndarray:
        asked.append([round(bpm) for bpm in options])
        return np.array([-5.0 if round(bpm) == 100 else 0.0 for bpm in options])

    rival = choose_tempo(tempi, peaks[0] + 0.8 * peaks[1], votes)
    alone = choose_tempo(tempi, peaks[0] + 0.4 * peaks[1], votes)
    unasked = choose_tempo(tempi, peaks[0] + 0.8 * peaks[1], None)

    assert [round(tempi[found]) for found in (rival, alone, unasked)] == [150, 100, 100]
    assert asked == [[100, 150]]


def test_a_track_that_starts_on_its_first_sample_keeps_its_first_beat() -> None:
    found = grid(synth.clicks(120.0, 20.0))

    assert found.beats_s[0] == pytest.approx(0.0, abs=0.005)
    assert found.beats_s[0] >= 0.0


def test_a_drifting_tempo_is_followed_beat_by_beat() -> None:
    gaps = np.linspace(60 / 105.0, 60 / 128.0, 100)
    true_s = 0.4 + np.concatenate([[0.0], np.cumsum(gaps)])
    sound = synth.noise(float(true_s[-1]) + 1.0, level=0.001)
    for at in true_s:
        synth.place(synth.click(), at, sound, gain=0.5)

    found = grid(sound)
    errors = errors_s(found, true_s[4:-4])

    assert not found.steady
    assert np.mean(np.abs(errors) < 0.03) > 0.9


@pytest.mark.parametrize(
    "sound",
    [
        synth.silence(10.0),
        synth.noise(30.0),
        synth.noise(30.0, seed=5),
        synth.sine(220.0, 20.0),
        synth.clicks(120.0, 2.0),
    ],
    ids=["silence", "noise", "other noise", "tone", "too short"],
)
def test_what_has_no_pulse_has_no_beats(sound: synth.Samples) -> None:
    found = grid(sound)

    assert found is NO_BEAT
    assert found.tempo_bpm == 0.0
    assert len(found.beats_s) == 0


def test_beats_end_with_the_music() -> None:
    sound = np.concatenate([synth.clicks(120.0, 20.0), synth.silence(30.0)])

    assert grid(sound).beats_s[-1] < 20.6


def test_autocorrelation_of_a_pulse_train_peaks_at_its_period() -> None:
    train = np.zeros(1000)
    train[::40] = 1.0

    correlation = autocorrelation(train, 100)

    assert int(np.argmax(correlation[20:60])) + 20 == 40
    assert correlation[40] == pytest.approx(1.0, abs=0.05)


def test_a_line_is_fitted_through_attacks_that_lie_beside_the_first_guess() -> None:
    envelope = np.zeros(60 * FPS)
    at = np.round(20.0 + 48.3 * np.arange(120)).astype(int)
    envelope[at] = 1.0

    start, period = fit_line(envelope, 22.0, 48.28)

    assert start == pytest.approx(20.0, abs=0.5)
    assert period == pytest.approx(48.3, abs=0.01)


def test_a_tempo_next_to_a_whole_number_becomes_it_and_one_further_off_does_not() -> None:
    near, far = 6000 / 124.01, 6000 / 124.09

    start, period = snap_tempo(10.0, near, 60 * FPS)
    kept = snap_tempo(10.0, far, 60 * FPS)

    assert 6000 / period == pytest.approx(124.0)
    assert start + 62 * period == pytest.approx(10.0 + 62 * near, abs=0.01)
    assert kept == (10.0, far)


def test_following_jumps_over_a_missing_attack() -> None:
    envelope = np.zeros(20 * FPS)
    envelope[50::50] = 1.0
    envelope[1000] = 0.0

    beats = follow(envelope, 50.0)

    assert np.min(np.abs(beats - 1000)) <= 2
