"""The change of harmony: seen where the chord changes, at its own latency, and blind to drums and to loudness."""

import numpy as np
import pytest
import synth

from segue.daemon.clock import TICK
from segue.daemon.signal.features import BANDS, FRAMES, Features
from segue.daemon.signal.harmony import LATENCY_S


def changes(sound: synth.Samples) -> np.ndarray:
    features = Features()
    heard = [features.step(sound[i : i + TICK], -20.0, -20.0).flux for i in range(0, len(sound) - TICK + 1, TICK)]
    assert heard[0].shape == (FRAMES, BANDS)
    return np.array([flux[0, -1] for flux in heard])


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_a_chord_that_changes_shows_after_the_latency_and_one_that_stays_does_not(gain: float) -> None:
    sound = np.concatenate([synth.tone(45, 4.0) + synth.tone(64, 4.0), synth.tone(41, 4.0) + synth.tone(60, 4.0)])

    found = changes(sound * np.float32(gain))

    centre_s = float((found[80:100] * (np.arange(80, 100) + 1)).sum() / found[80:100].sum()) * 0.05
    assert centre_s - 4.0 == pytest.approx(LATENCY_S + 0.025, abs=0.05)
    assert found[80:100].max() > 0.5
    assert max(found[20:80].max(), found[110:155].max()) < 0.1


def test_loud_drums_over_a_chord_that_stays_weigh_less_than_its_change() -> None:
    sound = np.concatenate([synth.chord(9, 0, 6.0), synth.chord(5, 1, 6.0)])
    for at in synth.beat_times(120.0, 11.5, start_s=0.5):
        synth.place(synth.snare(), at, sound, gain=0.6)

    found = changes(sound)

    assert found[120:135].max() > 2.0 * found[40:118].max()
