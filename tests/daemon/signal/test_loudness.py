import numpy as np
import pytest
import synth

from segue.daemon.signal.loudness import FLOOR_LUFS, LoudnessMeter, integrated, k_weighting


def stereo(mono: synth.Samples) -> synth.Samples:
    return np.stack([mono, mono], axis=1)


def test_the_filter_has_the_numbers_that_the_standard_prints_for_48_khz() -> None:
    shelf, high_pass = k_weighting(48_000)

    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585], abs=1e-8
    )
    assert high_pass == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621], abs=1e-8)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_of_997_hz_reads_its_level_at_any_rate(rate: int, level: float) -> None:
    sound = stereo(synth.sine(997.0, 5.0, level_dbfs=level, rate=rate))

    assert integrated(sound, rate) == pytest.approx(level, abs=0.1)


def test_one_channel_alone_reads_three_lu_less() -> None:
    tone = synth.sine(997.0, 5.0, level_dbfs=-20.0, rate=48_000)

    assert integrated(tone[:, None], 48_000) == pytest.approx(-23.0, abs=0.1)


def test_quiet_stretches_are_gated_out() -> None:
    # EBU Tech 3341, case 3: -36, -23 and -36 dBFS for 10, 60 and 10 s read -23.0.
    parts = [
        synth.sine(997.0, s, level_dbfs=level, rate=48_000) for level, s in ((-36.0, 10), (-23.0, 60), (-36.0, 10))
    ]

    assert integrated(stereo(np.concatenate(parts)), 48_000) == pytest.approx(-23.0, abs=0.1)


def test_silence_within_the_music_does_not_count() -> None:
    tone = synth.sine(997.0, 10.0, level_dbfs=-20.0, rate=48_000)
    sound = np.concatenate([tone, synth.silence(30.0, rate=48_000), tone])

    assert integrated(stereo(sound), 48_000) == pytest.approx(-20.0, abs=0.15)


def test_six_channels_leave_out_the_fourth_and_raise_the_surrounds() -> None:
    tone = synth.sine(997.0, 3.0, level_dbfs=-20.0, rate=48_000)
    quiet = np.zeros_like(tone)
    effects = np.stack([quiet, quiet, quiet, tone, quiet, quiet], axis=1)
    surround = np.stack([quiet, quiet, quiet, quiet, tone, quiet], axis=1)

    assert integrated(effects, 48_000) == FLOOR_LUFS
    assert integrated(surround, 48_000) == pytest.approx(-23.0 + 1.49, abs=0.1)


@pytest.mark.parametrize("frames", [0, 1, 1000, 4799])
def test_next_to_nothing_reads_the_floor(frames: int) -> None:
    assert integrated(np.ones((frames, 2), dtype=np.float32), 48_000) == FLOOR_LUFS


def test_damaged_samples_do_not_spread() -> None:
    sound = stereo(synth.sine(997.0, 5.0, level_dbfs=-23.0, rate=48_000))
    sound[1000] = np.nan

    assert integrated(sound, 48_000) == pytest.approx(-23.0, abs=0.2)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_meter_follows_a_change_within_its_windows(rate: int) -> None:
    block = round(rate / 20)
    loud, soft = (stereo(synth.sine(997.0, 4.0, level_dbfs=level, rate=rate)) for level in (-20.0, -40.0))
    meter = LoudnessMeter(rate, 2)

    for start in range(0, len(loud), block):
        meter.step(loud[start : start + block])
    before = meter.momentary(), meter.short_term()
    for start in range(0, 10 * block, block):
        meter.step(soft[start : start + block])

    assert before == (pytest.approx(-20.0, abs=0.1), pytest.approx(-20.0, abs=0.1))
    assert meter.momentary() == pytest.approx(-40.0, abs=0.3)
    assert meter.short_term() == pytest.approx(-20.0 + 10 * np.log10(2.5 / 3.0), abs=0.2)


def test_the_meter_counts_what_has_not_come_as_silence() -> None:
    meter = LoudnessMeter(48_000, 1)

    assert meter.momentary() == meter.short_term() == FLOOR_LUFS
    meter.step(synth.sine(997.0, 0.2, rate=48_000)[:, None])
    assert meter.momentary() == pytest.approx(-3.0 - 3.0, abs=0.5)


def test_hours_of_silence_leave_nothing_in_the_filter() -> None:
    meter = LoudnessMeter(48_000, 2)
    meter.step(stereo(synth.noise(0.05, rate=48_000)))

    for _ in range(400):
        meter.step(np.zeros((2400, 2), dtype=np.float32))

    assert not meter._filter._state.any()
    assert meter.momentary() == FLOOR_LUFS
