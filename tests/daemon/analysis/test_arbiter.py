"""The live tracker's ear as an arbiter: it names the tempo among related ones, and has no opinion on silence."""

import numpy as np
import pytest
import synth

from segue.daemon.analysis.arbiter import votes


@pytest.mark.parametrize("bpm", [96.0, 125.0, 140.0])
def test_the_tempo_of_a_drum_loop_wins_over_its_relatives(bpm: float) -> None:
    sound, _, _ = synth.arrangement(bpm, parts=((64, "drop"),))

    found = votes(sound, [bpm * 2 / 3, bpm, bpm * 4 / 3])

    assert int(np.argmax(found)) == 1
    assert found[1] > found[[0, 2]].max() + 2.0


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0, 40.0])
def test_silence_of_any_length_has_no_favourite(seconds: float) -> None:
    found = votes(synth.silence(seconds), [90.0, 120.0, 180.0])

    assert found.shape == (3,)
    assert np.isfinite(found).all()
    assert np.ptp(found) < 8.0
