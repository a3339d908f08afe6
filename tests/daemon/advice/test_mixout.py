import pytest
from fakes import playing, track
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.daemon.advice.mixout import AHEAD_S, PATIENCE, UNKNOWN, Aim, blend_beats, next_mix_out
from segue.daemon.library.track import Cue
from segue.daemon.publish.decks import countdown


def test_what_is_not_known_cannot_be_left():
    assert next_mix_out(None) == UNKNOWN


def test_the_next_line_far_enough_ahead_is_taken():
    mix_out = next_mix_out(playing(track(0), 100.0))

    assert (mix_out.position_s, mix_out.kind, mix_out.length_beats) == (128.0, "mix_out", 64)


def test_a_line_too_near_is_missed_and_the_blend_gets_shorter():
    mix_out = next_mix_out(playing(track(0), 121.0))

    assert (mix_out.position_s, mix_out.kind, mix_out.length_beats) == (176.0, "outro", 32)


def test_a_fast_record_reaches_its_line_sooner():
    assert next_mix_out(playing(track(0), 119.5, tempo_ratio=1.0)).position_s == 128.0
    assert next_mix_out(playing(track(0), 119.5, tempo_ratio=1.1)).position_s == 176.0


@pytest.mark.parametrize("tempo_bpm", [0.0, 120.0])
def test_without_a_line_left_it_is_some_whole_bars_before_the_end(tempo_bpm):
    def at(position_s):
        mix_out = next_mix_out(playing(track(0, mix_outs=(), tempo_bpm=tempo_bpm), position_s))
        return mix_out.position_s, mix_out.kind, mix_out.length_beats

    assert at(0.0) == at(176.0) == (184.0, "end", 32)
    assert at(177.0) == at(184.0) == (192.0, "end", 16)
    assert at(188.0) == (196.0, "end", 16)
    assert at(190.0) == at(197.9) == (198.0, "end", 16)
    assert at(198.1) == at(230.0) == (198.0, "now", 16)


def test_the_last_bars_are_those_of_the_grid_and_end_with_it():
    bars_s = [0.7 + 2.1 * bar for bar in range(80)]
    mix_out = next_mix_out(playing(track(0, mix_outs=()), 100.0), bars_s)

    assert mix_out.position_s == pytest.approx(bars_s[72])
    assert mix_out.kind == "end"


def test_an_aim_outlasts_a_jump_to_a_passage_that_sounds_alike():
    aim = Aim()
    there = [aim.step(playing(track(0), at)).position_s for at in (60.0, 61.0, 150.0, 151.0, 64.0, 65.0, 66.0)]

    assert there == [128.0] * 7


def test_an_aim_holds_until_it_is_past_then_the_next_counts_and_another_track_at_once():
    aim = Aim()
    there = [aim.step(playing(track(0), 119.0 + k)).position_s for k in range(9 + PATIENCE + 1)]

    assert there == [128.0] * (9 + PATIENCE) + [176.0]
    assert aim.step(playing(track(1), 20.0)).position_s == 128.0
    assert aim.step(None) == UNKNOWN


def test_after_a_jump_back_the_nearer_line_counts():
    aim = Aim()
    aim.step(playing(track(0), 140.0))
    back = [aim.step(playing(track(0), 60.0 + k)).position_s for k in range(PATIENCE + 1)]

    assert back == [176.0] * (PATIENCE - 1) + [128.0] * 2


@st.composite
def plays(draw):
    """A track on a grid, with mix-outs on some of its beats, and the seconds in which it is played."""
    tempo_bpm, first_s = draw(st.floats(70.0, 180.0)), draw(st.integers(0, 300)) / 100
    beats_s = [first_s + 60.0 / tempo_bpm * n for n in range(draw(st.integers(64, 600)))]
    outs = draw(st.lists(st.integers(16, len(beats_s) - 1), max_size=8, unique=True).map(sorted))
    duration_s = beats_s[-1] + 60.0 / tempo_bpm + draw(st.integers(0, 2000)) / 100
    mix_outs = tuple(Cue(n, "mix_out", beats_s[beat], beat, 0.5) for n, beat in enumerate(outs))
    return track(0, tempo_bpm=tempo_bpm, duration_s=duration_s, mix_outs=mix_outs), beats_s


@settings(max_examples=150, deadline=None)
@given(plays(), st.floats(0.9, 1.1), st.integers(0, 100), st.integers(0, 100), st.integers(0, 3))
def test_the_countdown_runs_down_to_a_beat_and_turns_back_only_once_that_is_past(play, ratio, start, jump_to, phase):
    record, beats_s = play
    bars_s, aim = beats_s[phase::4], Aim()
    position_s, jumped, before = start / 200 * record.duration_s, -99, None

    for second in range(round(1.2 * record.duration_s)):
        if second == round(0.4 * record.duration_s):
            position_s, jumped = jump_to / 100 * record.duration_s, second
        now = playing(record, position_s, ratio)
        mix_out = aim.step(now, bars_s)
        left_s, left_beats = countdown(mix_out.position_s, now)

        assert left_s >= 0.0
        assert left_beats == pytest.approx(left_s * ratio * record.tempo_bpm / 60.0)
        assert min(abs(beat - mix_out.position_s) for beat in beats_s) < 1e-6
        assert mix_out.length_beats in (16, 32, 64)
        if before is not None and second - jumped > PATIENCE:
            was, was_left_s = before
            if mix_out == was:
                assert left_s == pytest.approx(max(0.0, was_left_s - 1.0), abs=1e-6)
            else:
                assert was_left_s == 0.0
                assert mix_out.kind == "now" or left_s >= AHEAD_S - 1e-6 or mix_out.position_s >= bars_s[-2]
        before = mix_out, left_s
        position_s += ratio


@pytest.mark.parametrize(
    ("cue", "octaves", "beats"),
    [(0, 0, 32), (1, 0, 16), (2, 0, 64), (0, 1, 64), (0, -1, 16)],
    ids=["until it drops", "on the drop", "until the end", "at half time", "at double time"],
)
def test_a_blend_is_over_before_the_next_track_turns(cue, octaves, beats):
    cues = (Cue(0, "intro", 0.0, 0, 0.9), Cue(1, "drop", 16.0, 32, 0.7), Cue(2, "mix_in", 48.0, 96, 0.7))
    leaving = next_mix_out(playing(track(0), 60.0))

    assert leaving.length_beats == 64
    assert blend_beats(leaving, track(1, cues=cues), cues[cue], octaves) == beats


def test_a_blend_is_no_longer_than_what_is_left_of_the_track_that_plays():
    leaving = next_mix_out(playing(track(0), 150.0))

    assert leaving.length_beats == 32
    assert blend_beats(leaving, track(1, cues=()), Cue(0, "intro", 0.0, 0, 0.9)) == 32
    assert blend_beats(leaving, track(1, tempo_bpm=0.0), Cue(0, "intro", 0.0, 0, 0.9)) == 32
