"""A booth on the sound itself: every effect does what its name says, and the chain keeps time and its head."""

import numpy as np
import pytest
import synth
import torch

from segue.daemon.errors import SegueError
from segue.models.booth.filters import KILLED_DB, equaliser, high_pass, low_pass
from segue.models.booth.glitches import LONGEST_S, SHORTEST_S, Gap, draw_gaps, glitches
from segue.models.booth.limiter import limiter
from segue.models.booth.room import crowd, response, room
from segue.models.booth.strength import Strength
from segue.models.booth.stretch import grains, key_lock, turntable, vocoder
from segue.models.booth.waveform import WaveBooth
from segue.models.codec import AAC, MP3, Format, codec

RATE = synth.RATE


def wave(samples):
    return torch.from_numpy(np.ascontiguousarray(samples))


def band_db(sound, low_hz, high_hz):
    power = torch.fft.rfft(sound).abs().square()
    hz = torch.fft.rfftfreq(len(sound), 1 / RATE)
    return 10 * float(torch.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


def loudest_hz(sound):
    power = torch.fft.rfft(sound * torch.hann_window(len(sound))).abs()
    return float(power.argmax()) * RATE / len(sound)


@pytest.fixture(scope="module")
def music():
    return wave(synth.arrangement(128.0, parts=((8, "drop"),), seed=4)[0][: 3 * RATE])


@pytest.fixture(scope="module")
def hiss():
    return wave(synth.noise(4.0, seed=1))


@pytest.mark.parametrize("way", [vocoder, grains])
@pytest.mark.parametrize("rate", [0.92, 1.03, 1.08])
def test_a_locked_key_keeps_the_pitch_and_changes_the_length(way, rate):
    sound = wave(synth.sine(440.0, 4.0, level_dbfs=-6.0))

    locked, turned = way(sound, rate, RATE), turntable(sound, rate)

    assert len(locked) == pytest.approx(len(sound) / rate, abs=1)
    assert len(turned) == pytest.approx(len(sound) / rate, abs=1)
    assert loudest_hz(locked) == pytest.approx(440, abs=1)
    assert loudest_hz(turned) == pytest.approx(440 * rate, abs=1)
    middle = slice(RATE, 2 * RATE)
    assert float(locked[middle].square().mean()) == pytest.approx(float(sound[middle].square().mean()), rel=0.25)


def test_a_key_is_locked_by_either_way(music):
    locked = [key_lock(music, 1.05, RATE, np.random.default_rng(seed)) for seed in range(8)]

    for way in (vocoder, grains):
        assert any(torch.equal(way(music, 1.05, RATE), heard) for heard in locked)


@pytest.mark.parametrize(
    ("stretch", "off_s"),
    [(vocoder, 0.035), (grains, 0.012), (lambda sound, rate, _: turntable(sound, rate), 0.001)],
    ids=["vocoder", "grains", "turntable"],
)
@pytest.mark.parametrize("rate", [0.92, 1.08])
def test_another_speed_puts_every_moment_where_its_labels_say(stretch, off_s, rate):
    sound = torch.zeros(4 * RATE)
    for at_s in (0.5, 2.0, 3.5):
        sound[round(at_s * RATE) :][:480] += wave(synth.click())

    heard = stretch(sound, rate, RATE)

    for at_s in (0.5, 2.0, 3.5):
        begin = round((at_s / rate - 0.1) * RATE)
        peak = begin + int(heard[begin : begin + round(0.2 * RATE)].abs().argmax())
        assert peak / RATE == pytest.approx(at_s / rate, abs=off_s)


def test_a_low_pass_takes_the_highs_and_a_high_pass_the_lows(hiss):
    low, high = low_pass(hiss, 1000.0, 1000.0, RATE), high_pass(hiss, 1000.0, 1000.0, RATE)

    assert band_db(low, 100, 700) == pytest.approx(band_db(hiss, 100, 700), abs=0.5)
    assert band_db(low, 4000, 4400) < band_db(hiss, 4000, 4400) - 40
    assert band_db(high, 1500, 6000) == pytest.approx(band_db(hiss, 1500, 6000), abs=0.5)
    assert band_db(high, 200, 300) < band_db(hiss, 200, 300) - 40


def test_a_sweep_opens_as_it_goes_and_has_no_seams(hiss):
    swept = low_pass(hiss, 300.0, 6000.0, RATE)

    lost = [band_db(hiss[a : a + RATE // 2], 2000, 2500) - band_db(swept[a : a + RATE // 2], 2000, 2500)
            for a in range(0, len(hiss), RATE // 2)]  # fmt: skip
    assert lost[0] > 40
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] < 2
    tone = wave(synth.sine(200.0, 4.0, level_dbfs=-6.0))
    kept = low_pass(tone, 2000.0, 6000.0, RATE)[RATE // 4 : -RATE // 4]
    assert band_db(kept * torch.hann_window(len(kept)), 400, 8000) < band_db(kept, 150, 250) - 60


def test_a_sweep_that_hardly_moves_is_the_filter_that_stands():
    sound = wave(synth.sine(40.0, 3.0, level_dbfs=-6.0))

    stands, moves = high_pass(sound, 80.0, 80.0, RATE), high_pass(sound, 80.0, 80.01, RATE)

    assert float((stands - moves).abs().max()) < 0.01 * float(stands[RATE:].abs().max())


def test_a_killed_band_is_gone_and_the_others_stay(hiss):
    low = equaliser(hiss, KILLED_DB, 0.0, 0.0, RATE)
    high = equaliser(hiss, 0.0, 0.0, KILLED_DB, RATE)

    assert band_db(low, 30, 80) < band_db(hiss, 30, 80) - 30
    assert band_db(low, 500, 7000) == pytest.approx(band_db(hiss, 500, 7000), abs=0.5)
    assert band_db(high, 6500, 7500) < band_db(hiss, 6500, 7500) - 30
    assert band_db(high, 50, 1500) == pytest.approx(band_db(hiss, 50, 1500), abs=0.5)


def test_filters_do_not_clip_a_loud_sound(hiss):
    raised = equaliser(hiss * 20, 6.0, 0.0, 0.0, RATE)

    assert torch.allclose(raised / 20, equaliser(hiss, 6.0, 0.0, 0.0, RATE), atol=1e-4)
    assert float(raised.abs().max()) > 5


@pytest.mark.parametrize("rt60_s", [0.4, 1.2])
def test_a_room_rings_on_for_as_long_as_it_says(rt60_s):
    burst = torch.zeros(3 * RATE)
    burst[: RATE // 4] = wave(synth.noise(0.25, seed=3))

    heard = room(burst, response(rt60_s, 0.0, np.random.default_rng(1), RATE))

    left = heard.square().flip(0).cumsum(0).flip(0)
    level_db = 10 * torch.log10(left / left[RATE // 4] + 1e-12)[RATE // 4 :]
    from_s, to_s = (float((level_db < db).nonzero()[0]) / RATE for db in (-10, -40))
    assert 60 * (to_s - from_s) / 30 == pytest.approx(rt60_s, rel=0.25)
    assert not burst[RATE // 4 :].any()


def test_a_room_delays_nothing_and_is_as_wet_as_asked():
    heard = response(0.6, -3.0, np.random.default_rng(2), RATE)

    assert float(heard[0]) == 1
    assert float(heard[1:].square().sum()) == pytest.approx(10**-0.3, rel=1e-3)


@pytest.mark.parametrize("of_music", [False, True])
def test_a_crowd_talks_where_people_do_and_in_syllables(music, of_music):
    babble = crowd(len(music), np.random.default_rng(3), RATE, music if of_music else None)

    assert band_db(babble, 200, 4500) > band_db(babble, 0, 195) + 30
    assert band_db(babble, 200, 4500) > band_db(babble, 4600, 8000) + 30
    assert float(babble.square().mean()) == pytest.approx(1, rel=1e-3)
    loud = babble[: len(babble) // 1600 * 1600].view(-1, 1600).square().mean(1)
    assert float(loud.std() / loud.mean()) > 0.3


def test_a_limiter_bounds_the_peaks_and_leaves_quiet_parts_alone():
    sound = torch.cat([wave(synth.noise(1.0, level=0.02, seed=1)), wave(synth.noise(1.0, level=0.3, seed=2)),
                       wave(synth.noise(2.0, level=0.02, seed=3))])  # fmt: skip

    heard = limiter(sound, 0.25, RATE, attack_s=0.004, release_db_s=60.0)

    assert float(heard.abs().max()) <= 0.25 * (1 + 1e-5)
    assert torch.equal(heard[: RATE - 200], sound[: RATE - 200])
    assert torch.equal(heard[3 * RATE :], sound[3 * RATE :])
    gain = (heard / sound)[2 * RATE + 800 : 2 * RATE + 1600]
    assert float(gain.max()) < 0.7, "the gain comes back slowly"
    fine = torch.fft.irfft(torch.fft.rfft(heard), 4 * len(heard)) * 4
    assert float(fine.abs().max()) < 0.25 * 1.15, "between the samples"


def test_a_limiter_turns_down_before_a_peak_and_without_a_jump():
    sound = wave(synth.sine(1000.0, 1.0, level_dbfs=-20.0))
    sound[8000:8400] *= 8

    gain = limiter(sound, 0.2, RATE, attack_s=0.01)[7700:8000] / sound[7700:8000]

    gain = gain[torch.isfinite(gain)]
    assert float(gain[0]) == pytest.approx(1)
    assert float(gain[-1]) < 0.5
    assert float(gain.diff().abs().max()) < 0.02


@pytest.mark.parametrize(
    ("form", "kbps", "cut_hz"), [(MP3, 24, 6000), (MP3, 48, 7500), (AAC, 24, None), (AAC, 48, None)]
)
def test_a_codec_keeps_what_is_in_its_band_and_the_time(music, hiss, form, kbps, cut_hz):
    sound = music + 0.02 * torch.nn.functional.pad(hiss, (0, len(music) - len(hiss)))

    heard = torch.from_numpy(codec(sound.numpy(), form, kbps, RATE))

    lost = low_pass(heard - sound, 3000.0, 3000.0, RATE)
    kept = low_pass(sound, 3000.0, 3000.0, RATE)
    assert float(kept.square().mean() / lost.square().mean()) > 10**1.2
    assert float(lost.square().mean()) > 0
    late = torch.fft.irfft(torch.fft.rfft(heard) * torch.fft.rfft(sound).conj(), len(sound))
    assert int(late.argmax()) == 0
    if cut_hz:
        assert band_db(heard, cut_hz, 8000) < band_db(sound, cut_hz, 8000) - 25


def test_a_codec_that_ffmpeg_does_not_have_is_told(music):
    with pytest.raises(SegueError, match="cannot make libnone of 48 kbit/s at 16000 Hz"):
        codec(music.numpy(), Format("libnone", "none", (), 0), 48, RATE)
    with pytest.raises(SegueError, match="at 12345 Hz"):
        codec(music.numpy(), MP3, 48, 12_345)


def test_glitches_silence_or_repeat_what_they_say_and_nothing_else(hiss):
    before = hiss.clone()

    heard = glitches(hiss, [Gap(1000, 300, 0), Gap(20_000, 160, 3)])

    assert torch.equal(hiss, before)
    assert not heard[1000:1300].any()
    assert torch.equal(heard[20_000:20_480], hiss[19_840:20_000].repeat(3))
    same = heard == hiss
    assert bool(same[:1000].all() and same[1300:20_000].all() and same[20_480:].all())


def test_gaps_are_short_and_lie_within_the_sound():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        samples = int(rng.integers(10, 20_000))
        for gap in draw_gaps(samples, rng, RATE):
            assert SHORTEST_S * RATE - 1 <= gap.length <= LONGEST_S * RATE + 1
            assert gap.start >= gap.length
            assert gap.end <= samples


def test_the_chain_keeps_length_and_level_bounds_and_is_drawn_anew_each_time(music, hiss):
    booth = WaveBooth(RATE, Strength(0.0, 1.0, 0.6))

    heard = [booth(music, np.random.default_rng(seed), hiss) for seed in range(8)]

    assert all(len(y) == len(music) and bool(torch.isfinite(y).all()) for y in heard)
    assert all(1e-4 < float(y.abs().max()) < 20 for y in heard)
    assert not any(torch.equal(heard[0], y) for y in heard[1:])
    assert len(heard[0]) == len(booth(music, np.random.default_rng(0)))


def test_the_same_seed_gives_the_same_samples_and_the_source_is_left_alone(music):
    booth, before = WaveBooth(RATE, Strength(0.0, 1.0, 1.0)), music.clone()

    for seed in range(4):
        first = booth(music, np.random.default_rng(seed), music.flip(0))
        assert torch.equal(first, booth(music, np.random.default_rng(seed), music.flip(0)))

    assert torch.equal(music, before)


def test_the_chain_never_moves_time(hiss):
    booth = WaveBooth(RATE, Strength(0.0, 1.0, 0.0))

    for seed in range(6):
        heard = booth(hiss, np.random.default_rng(seed))
        late = torch.fft.irfft(torch.fft.rfft(heard) * torch.fft.rfft(hiss).conj(), len(hiss))
        at = int(late.abs().argmax())
        assert min(at, len(hiss) - at) < 0.003 * RATE


def test_a_strength_of_nothing_is_a_change_of_gain(music):
    heard = WaveBooth(RATE, Strength(0.0, 0.0, 0.0))(music, np.random.default_rng(1), music.flip(0))

    assert torch.allclose(heard / heard.abs().max(), music / music.abs().max(), atol=1e-6)


def test_silence_a_few_samples_and_broken_ones_come_out_finite():
    booth = WaveBooth(RATE, Strength(0.0, 1.0, 1.0))
    broken = wave(synth.noise(0.5, seed=2))
    broken[::7], broken[3::11] = float("nan"), float("inf")

    for seed in range(6):
        for sound in (torch.zeros(4000), torch.zeros(0), torch.ones(1), torch.ones(37), broken):
            heard = booth(sound, np.random.default_rng(seed), (None, torch.zeros(10), broken)[seed % 3])
            assert len(heard) == len(sound)
            assert bool(torch.isfinite(heard).all())
