"""Features: levels that ignore the gain, onsets where attacks are, chroma in tune, and nothing that is not a number."""

import numpy as np
import pytest
import synth

from segue.daemon.clock import TICK
from segue.daemon.signal.features import FRAMES, Features


def run(sound, lufs=-20.0):
    features = Features()
    return [features.step(sound[i : i + TICK], lufs, lufs) for i in range(0, len(sound) - TICK + 1, TICK)]


def numbers(heard):
    level = heard.level
    values = [level.lufs_m, level.lufs_s, level.energy, level.low, level.mid, level.high, float(level.silence)]
    return np.concatenate([values, heard.onset, heard.low, heard.flux.ravel(), heard.chroma])


HARD = {
    "zeros": np.zeros(16_000 * 4, np.float32),
    "a constant": np.full(16_000 * 4, 0.7, np.float32),
    "clipping": np.sign(np.sin(np.arange(16_000 * 4) * 0.05)).astype(np.float32) * 4,
    "noise": synth.noise(4.0, level=0.3),
    "the smallest numbers": np.full(16_000 * 4, 1e-40, np.float32),
    "not a number": np.where(np.arange(16_000 * 4) % 999 == 0, np.nan, 0.1).astype(np.float32),
    "infinity": np.where(np.arange(16_000 * 4) % 999 == 0, np.inf, 0.1).astype(np.float32),
}


@pytest.mark.parametrize("name", HARD)
def test_whatever_comes_in_only_numbers_in_range_come_out(name):
    heard = run(HARD[name])

    for tick in heard:
        assert np.isfinite(numbers(tick)).all()
        level = tick.level
        assert all(0 <= value <= 1 for value in (level.energy, level.low, level.mid, level.high))
        assert min(tick.onset.min(), tick.flux.min(), tick.chroma.min()) >= 0
        assert tick.chroma.max() <= 1.0001


def test_loudness_that_is_no_number_is_the_floor():
    level = Features().step(np.zeros(TICK, np.float32), float("nan"), float("-inf")).level

    assert (level.lufs_m, level.lufs_s) == (-70.0, -70.0)


def test_the_same_sound_gives_the_same_features():
    sound, _, _ = synth.arrangement(126.0, parts=((8, "drop"),))

    first, second = run(sound), run(sound)

    assert all(np.array_equal(numbers(a), numbers(b)) for a, b in zip(first, second, strict=True))


def test_an_attack_shows_in_the_frames_after_it():
    sound = synth.clicks(60.0, 4.0, start_s=1.0)

    onset = np.concatenate([tick.onset for tick in run(sound)])

    for second in (1, 2, 3):
        peak = int(onset[second * 100 - 20 : second * 100 + 50].argmax()) - 20
        assert 0 <= peak <= 3
        assert onset[second * 100 + 20 : second * 100 + 80].max() < 0.05 * onset.max()
    assert run(sound)[0].onset.shape == (FRAMES,)


def test_bands_and_onsets_do_not_move_with_the_input_gain():
    sound, _, _ = synth.arrangement(126.0, parts=((32, "drop"),))

    loud, quiet = run(sound, -12.0), run(sound * np.float32(0.06), -36.4)

    for name in ("low", "mid", "high", "energy"):
        a, b = (np.array([getattr(tick.level, name) for tick in ticks[80:]]) for ticks in (loud, quiet))
        assert np.abs(a - b).mean() < 0.08, name
    a, b = (np.concatenate([tick.onset for tick in ticks[80:]]) for ticks in (loud, quiet))
    assert np.corrcoef(a, b)[0, 1] > 0.95
    assert loud[-1].level.lufs_s > quiet[-1].level.lufs_s


def test_each_band_answers_to_its_own_sound():
    for hertz, name in ((60.0, "low"), (900.0, "mid"), (5000.0, "high")):
        tone = synth.sine(hertz, 3.0, level_dbfs=-12.0) + synth.noise(3.0, level=1e-5)

        level = run(tone)[-1].level

        assert getattr(level, name) == max(level.low, level.mid, level.high)
        assert getattr(level, name) > 0.6


def test_a_drop_has_more_energy_than_the_breakdown_before_it():
    sound, _, starts = synth.arrangement(126.0, parts=((32, "drop"), (32, "breakdown"), (32, "drop")))

    energy = np.array([tick.level.energy for tick in run(sound)])

    breakdown, drop = (energy[int((starts[i] + 10) * 20) : int((starts[i] + 15) * 20)].mean() for i in (1, 2))
    assert drop > breakdown + 0.1


def test_silence_takes_a_second_to_come_and_none_to_go():
    features = Features()
    quiet, tone = np.zeros(TICK, np.float32), synth.sine(440.0, 0.05, level_dbfs=-12.0)

    told = [features.step(tone, -20.0, -20.0).level.silence for _ in range(40)]
    told += [features.step(quiet, -70.0, -30.0).level.silence for _ in range(40)]
    told += [features.step(quiet, -58.5, -40.0).level.silence for _ in range(5)]
    told += [features.step(tone, -20.0, -30.0).level.silence]

    assert not any(told[:59])
    assert all(told[59:85])
    assert not told[85]


@pytest.mark.parametrize("detune", [0.0, 0.4, -0.4])
def test_chroma_is_tuned_to_the_record(detune):
    sound = synth.chord(0, 1, 6.0, detune=detune)

    chroma = run(sound)[-1].chroma

    assert set(np.argsort(chroma)[-3:]) == {0, 4, 7}
