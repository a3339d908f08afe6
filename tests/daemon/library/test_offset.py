"""Another decoder's offset, told from where sound sets in under its grid."""

import numpy as np
import pytest

from segue.daemon.clock import SAMPLE_RATE
from segue.daemon.library.offset import FRAMES, offset

TEMPO, FIRST_S, LENGTH_S = 124.0, 0.7, 60.0


def drums(*, hats=0.0, seed=3):
    """Kicks on the beats, hats between them, over a chord and some noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(LENGTH_S * SAMPLE_RATE)) / SAMPLE_RATE
    sound = 0.02 * rng.standard_normal(len(t)) + 0.05 * np.sin(2 * np.pi * 220 * t) + 0.05 * np.sin(2 * np.pi * 277 * t)
    attack = 1 - np.exp(-np.arange(4000) / 40)
    s = np.arange(4000) / SAMPLE_RATE
    kick = 0.7 * attack * np.exp(-s * 18) * np.sin(2 * np.pi * (50 + 90 * np.exp(-s * 40)) * s)
    hat = hats * np.exp(-s[:1200] * 60) * rng.standard_normal(1200)
    for beat_s in grid():
        at = round(beat_s * SAMPLE_RATE)
        sound[at : at + 4000] += kick[: len(sound) - at]
        between = round((beat_s + 30 / TEMPO) * SAMPLE_RATE)
        if between < len(sound):
            sound[between : between + 1200] += hat[: len(sound) - between]
    return sound.astype(np.float32)


def grid():
    return np.arange(FIRST_S, LENGTH_S - 0.1, 60 / TEMPO)


MP3_S, AAC_S = FRAMES[".mp3"] / 44_100, FRAMES[".m4a"] / 44_100


@pytest.mark.parametrize("frames", [-2, -1, 1, 2])
@pytest.mark.parametrize("frame_s", [MP3_S, AAC_S])
@pytest.mark.parametrize("early_s", [0.0, 0.0095])  # Mixxx's beat finder
def test_a_decoder_that_keeps_what_ours_drops_is_found_out(frames, frame_s, early_s):
    beats = grid() - frames * frame_s - early_s

    assert offset(drums(hats=0.2), beats[1:], frame_s) == pytest.approx(frames * frame_s, abs=1e-5)


@pytest.mark.parametrize("shift_s", [0.0251, 0.0261, -0.0251, -0.0261])
def test_the_two_shifts_that_mp3s_are_known_for_are_undone_within_a_millisecond(shift_s):
    assert offset(drums(hats=0.2), grid() - shift_s, MP3_S) == pytest.approx(shift_s, abs=0.001)


@pytest.mark.parametrize("shift_s", [0.0, 0.004, -0.010])
def test_a_beat_finder_that_is_a_little_off_is_no_decoder(shift_s):
    assert offset(drums(hats=0.2), grid() - shift_s, MP3_S) == 0.0


def test_a_grid_half_a_beat_off_stays_as_the_dj_has_it():
    assert offset(drums(hats=0.5), grid() + 30 / TEMPO, MP3_S) == 0.0
    assert offset(drums(), grid() + 30 / TEMPO, MP3_S) == 0.0


def test_where_no_sound_sets_in_nothing_is_shifted():
    noise = np.random.default_rng(1).standard_normal(round(LENGTH_S * SAMPLE_RATE)).astype(np.float32)

    assert offset(noise, grid(), MP3_S) == 0.0
    assert offset(np.zeros_like(noise), grid(), MP3_S) == 0.0
    assert offset(drums(), np.zeros(0), MP3_S) == 0.0
    assert offset(np.zeros(0, np.float32), grid(), MP3_S) == 0.0


def test_a_grid_of_another_tempo_says_nothing():
    assert offset(drums(hats=0.3), np.arange(0.3, 58.0, 60 / 117.3), MP3_S) == 0.0
