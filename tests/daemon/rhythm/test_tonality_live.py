"""The live key: right within seconds on chords that settle it, steady, and silent when there is none."""

import numpy as np
import pytest
import synth

from segue.daemon.clock import TICK
from segue.daemon.rhythm.tonality_live import NO_KEY, KeyTracker
from segue.daemon.signal.features import Features


def run(sound):
    features, tracker = Features(), KeyTracker()
    return [
        tracker.step(features.step(sound[i : i + TICK], -20.0, -20.0).chroma)
        for i in range(0, len(sound) - TICK + 1, TICK)
    ]


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("tonic", [0, 3, 6, 9])
def test_a_cadence_names_its_key_within_eight_seconds_and_keeps_it(tonic, mode):
    keys = run(synth.cadence(tonic, mode, 14.0, detune=0.3 if tonic == 6 else 0.0))

    assert {(key.pitch_class, key.mode) for key in keys[160:]} == {(tonic, mode)}
    assert keys[-1].confidence > 0.5


def test_camelot_goes_with_the_key():
    key = run(synth.cadence(9, 0, 8.0))[-1]

    assert (key.pitch_class, key.mode, key.camelot) == (9, 0, 8)


def test_a_new_key_takes_over_once():
    sound = np.concatenate([synth.cadence(9, 0, 16.0), synth.cadence(11, 0, 30.0)])

    keys = [(key.pitch_class, key.mode) for key in run(sound)]

    named = [key for i, key in enumerate(keys) if key[0] >= 0 and (i == 0 or key != keys[i - 1])]
    assert (named[0], keys[-1]) == ((9, 0), (11, 0))
    assert len(named) <= 3


@pytest.mark.parametrize("sound", [synth.silence(8.0), synth.noise(12.0, level=0.2)], ids=["silence", "noise"])
def test_no_key_where_there_is_none(sound):
    assert set(run(sound)) == {NO_KEY}


def test_the_key_is_forgotten_in_silence():
    keys = run(np.concatenate([synth.cadence(0, 1, 10.0), synth.silence(8.0)]))

    assert keys[199].pitch_class == 0
    assert keys[220].pitch_class == 0
    assert keys[-1] == NO_KEY
