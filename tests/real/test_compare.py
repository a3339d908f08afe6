"""The judge of the live tests: what was lost is counted, what merely repeats itself is not."""

import numpy as np
import pytest
from booth import RATE, compare


@pytest.fixture
def played():
    sound = np.random.default_rng(0).standard_normal(RATE * 20).astype(np.float32)
    sound[RATE * 12 : RATE * 14] = sound[RATE * 3 : RATE * 5]
    return sound


def test_a_recording_that_starts_inside_a_repetition_has_lost_nothing(played):
    assert compare(played, played[RATE * 13 : RATE * 19]).skipped == 0


def test_missing_frames_are_counted(played):
    heard = np.concatenate([played[RATE : RATE * 2], played[RATE * 2 + 500 : RATE * 6]])

    assert compare(played, heard).skipped == 500


def test_frames_that_silence_stands_for_are_no_loss(played):
    heard = np.concatenate([played[RATE : RATE * 2], np.zeros(500, np.float32), played[RATE * 2 + 500 : RATE * 6]])

    assert compare(played, heard).skipped == 0
