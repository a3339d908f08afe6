"""Transitions: planned on two grids, rendered, and measured in their own sound."""

import sys

import numpy as np
import pytest
import soundfile
from drums import RATE, attacks, grid, write
from synth import chord

from segue.daemon.errors import ConfigError, LibraryError
from segue.daemon.preview.plan import Side, on_the_bar, plan
from segue.daemon.preview.render import render
from segue.daemon.preview.stretch import Map, follow, simplest


@pytest.fixture
def side(tmp_path):
    def make(name, heard_s, **changes):
        duration_s = write(tmp_path / f"{name}.wav", heard_s)
        values = {
            "title": name, "path": str(tmp_path / f"{name}.wav"), "duration_s": duration_s, "loudness_lufs": -16.0,
            "beats_s": heard_s, "downbeats": np.arange(0, len(heard_s), 4), "marks": (),
        }  # fmt: skip
        return Side(**{**values, **changes})

    return make


def overlap(made, stem):
    """Attacks of a stem while both play, seconds."""
    found, planned = attacks(stem), made.plan
    return found[(found > planned.lead_s - 0.01) & (found < planned.lead_s + planned.fade_s - 0.01)]


def power(sound, start_s, end_s):
    return float(np.mean(sound[round(start_s * RATE) : round(end_s * RATE)] ** 2))


@pytest.mark.parametrize(
    ("out_bpm", "in_bpm", "bend", "meet"),
    [(124, 132, 0.0, 32), (124, 116, 0.02, 32), (124, 62.5, 0.0, 16), (88, 174, 0.02, 64)],
)
def test_the_beats_of_both_tracks_are_heard_together_over_the_whole_overlap(side, out_bpm, in_bpm, bend, meet):
    outgoing, incoming = side("a", grid(out_bpm, bend=bend, seed=1)), side("b", grid(in_bpm, bend=bend, seed=2))

    made = render(plan(outgoing, outgoing.beats_s[64], incoming, incoming.beats_s[16], 32))

    theirs, ours = overlap(made, made.outgoing), overlap(made, made.incoming)
    assert (len(theirs), len(ours)) == (32, meet)
    sparse, dense = sorted((theirs, ours), key=len)
    assert max(np.abs(dense - at).min() for at in sparse) < 0.005


def test_a_bar_meets_a_bar_where_a_time_was_typed_in(side):
    track = side("a", grid(120))

    assert on_the_bar(track, 0.5 + 4.3) == pytest.approx(0.5 + 4.0)
    assert on_the_bar(side("b", grid(120), downbeats=np.zeros(0, np.int64)), 7.3) == 7.3


def test_the_pitch_is_kept_and_the_level_too():
    sound = np.repeat(chord(9, 0, 20, rate=RATE)[:, None], 2, axis=1)

    slower = follow(sound, RATE, Map(np.array([0.0, 16.0]), np.array([1.0, 16.0])), 16.0)

    def loudest_hz(samples):
        spectrum = np.abs(np.fft.rfft(samples[RATE : 9 * RATE, 0] * np.hanning(8 * RATE)))
        return np.argmax(spectrum) / 8

    assert len(slower) == 16 * RATE
    assert loudest_hz(slower) == pytest.approx(loudest_hz(sound), abs=0.2)
    assert power(slower, 1, 15) == pytest.approx(power(sound, 1, 15), rel=0.1)


def test_where_the_stretcher_is_missing_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_stretch", None)

    with pytest.raises(ConfigError, match="pip install python-stretch"):
        follow(np.zeros((RATE, 2), np.float32), RATE, Map(np.array([0.0, 1.0]), np.array([0.0, 1.1])), 0.5)


def test_a_track_at_its_own_speed_keeps_its_samples():
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (3 * RATE, 2)).astype(np.float32)

    same = follow(sound, RATE, Map(np.array([5.0, 6.0]), np.array([1.0, 2.0])), 3.0)

    assert np.array_equal(same[: 2 * RATE], sound[RATE:])
    assert not same[2 * RATE :].any()


def test_a_steady_grid_is_one_stretch_and_a_bend_is_as_few_as_hold_the_beats():
    jitter = np.random.default_rng(1).uniform(-0.0008, 0.0008, 33)

    steady = simplest(Map(np.arange(33) * 0.5, np.arange(33) * 0.52 + jitter))
    bend = Map(np.arange(65) * 0.5, grid(120, bend=0.03, beats=64))

    assert len(steady.result_s) == 2
    assert len(simplest(bend).result_s) < 33
    assert np.abs(simplest(bend).when(bend.track_s) - bend.result_s).max() < 0.0021


def test_the_same_transition_gives_the_same_bytes(side):
    outgoing, incoming = side("a", grid(124)), side("b", grid(128, bend=0.01))

    first, again = (render(plan(outgoing, outgoing.beats_s[64], incoming, 0.5, 16)).mix for _ in range(2))

    assert np.array_equal(first, again)


def test_one_bass_sounds_at_a_time_and_nothing_clips(side):
    outgoing, incoming = side("a", grid(124), loudness_lufs=-34.0), side("b", grid(124), loudness_lufs=-34.0)

    made = render(plan(outgoing, outgoing.beats_s[64], incoming, 0.5, 32))

    assert np.abs(made.mix).max() <= 0.9701
    assert np.abs(made.outgoing + made.incoming).max() > 1.5  # the limiter had something to do
    together = made.fades.outgoing_bass**2 + made.fades.incoming_bass**2
    assert together == pytest.approx(1.0, abs=1e-5)
    both = np.minimum(made.fades.outgoing_bass, made.fades.incoming_bass) > 0.01
    assert both.sum() < 0.6 * RATE
    assert abs(np.flatnonzero(both).mean() / RATE - made.plan.swap_s) < 0.01
    assert np.abs(np.diff(made.fades.outgoing_bass)).max() < 1e-3  # no click


def test_both_tracks_come_at_one_loudness(side):
    quiet, loud = side("a", grid(124), loudness_lufs=-26.0), side("b", grid(124), loudness_lufs=-14.0)

    made = render(plan(quiet, quiet.beats_s[64], loud, loud.beats_s[0], 32))

    ratio = power(made.outgoing, 0, 10) / power(made.incoming, 11, 21)
    assert 10 * np.log10(ratio) == pytest.approx(12.0, abs=0.5)  # the same sound, called 12 dB apart


def test_a_track_without_beats_is_faded_and_it_is_said(side):
    outgoing, incoming = side("a", grid(124)), side("b", grid(124), beats_s=np.zeros(0), downbeats=np.zeros(0, int))

    planned = plan(outgoing, outgoing.beats_s[64], incoming, 3.0, 32)

    assert planned.shared == 0
    assert "'b' has no beat" in planned.note
    assert planned.speed == 1.0


def test_tempi_out_of_reach_are_faded_and_it_is_said(side):
    outgoing, incoming = side("a", grid(124)), side("b", grid(93))

    planned = plan(outgoing, outgoing.beats_s[64], incoming, 0.5, 32)

    assert planned.shared == 0
    assert "124.0 and 93.0 bpm" in planned.note


def test_a_grid_with_a_hole_is_not_followed(side):
    holed = np.delete(grid(124), 20)
    outgoing, incoming = side("a", grid(124)), side("b", holed)

    planned = plan(outgoing, outgoing.beats_s[64], incoming, 0.5, 64)

    assert "uneven" in planned.note


def test_the_fade_ends_where_a_track_does(side):
    outgoing, incoming = side("a", grid(124, beats=70)), side("b", grid(124, beats=160))

    made = render(plan(outgoing, outgoing.beats_s[60], incoming, 0.5, 64))

    assert made.plan.shared - 1 == 8
    assert made.plan.tail_s == 10.0


def test_a_very_short_track_still_comes_in(side):
    outgoing, short = side("a", grid(124)), side("b", grid(124, beats=1))

    made = render(plan(outgoing, outgoing.beats_s[64], short, 0.0, 32))

    assert made.plan.fade_s == pytest.approx(short.duration_s)
    assert np.isfinite(made.mix).all()


@pytest.mark.parametrize(("leave_s", "enter_s", "said"), [(999.0, 0.0, "mix-out at 999.0"), (1.0, 999.0, "cue at 999")])
def test_a_place_beyond_its_track_is_refused(side, leave_s, enter_s, said):
    with pytest.raises(ConfigError, match=said):
        plan(side("a", grid(124)), leave_s, side("b", grid(124)), enter_s, 32)


def test_nothing_left_to_fade_is_refused(side):
    short = side("b", grid(124, beats=1))

    with pytest.raises(ConfigError, match="choose an earlier cue"):
        plan(side("a", grid(124)), 40.0, short, short.duration_s - 0.1, 32)


def test_mono_at_an_odd_rate_and_six_channels_come_out_as_stereo(side, tmp_path):
    outgoing, incoming = side("a", grid(124)), side("b", grid(124))
    sound, _ = soundfile.read(outgoing.path)
    write(tmp_path / "a.wav", grid(124), rate=22_050)
    soundfile.write(tmp_path / "b.wav", np.repeat(sound[:, None], 6, axis=1), RATE)

    made = render(plan(outgoing, outgoing.beats_s[64], incoming, 0.5, 32))

    assert made.mix.shape[1] == 2
    gaps_s = [np.abs(overlap(made, made.incoming) - at).min() for at in overlap(made, made.outgoing)]
    assert max(gaps_s) < 0.005


def test_a_file_that_is_gone_names_itself_and_what_to_do(side, tmp_path):
    outgoing, incoming = side("a", grid(124)), side("b", grid(124))
    (tmp_path / "b.wav").unlink()

    with pytest.raises(LibraryError, match=r"'b' is gone from .*segue index"):
        render(plan(outgoing, 10.0, incoming, 0.5, 32))
