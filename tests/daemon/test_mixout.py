import pytest
from fakes import playing, track

from segue.daemon.mixout import PATIENCE, UNKNOWN, Aim, next_mix_out


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


@pytest.mark.parametrize("position_s", [0.0, 150.0, 180.0, 190.0, 195.0, 199.9, 200.0, 230.0])
@pytest.mark.parametrize("tempo_bpm", [0.0, 120.0])
def test_without_a_line_left_it_is_some_whole_bars_before_the_end(position_s, tempo_bpm):
    mix_out = next_mix_out(playing(track(0, mix_outs=(), tempo_bpm=tempo_bpm), position_s))

    assert mix_out.kind == "end"
    assert 0.0 <= mix_out.position_s < 200.0
    assert (200.0 - mix_out.position_s) % 2.0 == pytest.approx(0.0)
    assert mix_out.length_beats in (16, 32, 64)
    if position_s <= 180.0:
        assert mix_out.position_s >= position_s


def test_the_end_does_not_creep_along_with_the_playhead():
    ends = {next_mix_out(playing(track(0, mix_outs=()), 190.0 + 0.1 * i)).position_s for i in range(10)}

    assert len(ends) == 1


def test_an_aim_outlasts_a_jump_to_a_passage_that_sounds_alike():
    aim = Aim()
    there = [aim.step(playing(track(0), at)).position_s for at in (60.0, 61.0, 150.0, 151.0, 64.0, 65.0, 66.0)]

    assert there == [128.0] * 7


def test_a_missed_line_gives_way_after_a_while_and_another_track_at_once():
    aim = Aim()
    aim.step(playing(track(0), 119.0))
    missed = [aim.step(playing(track(0), 121.0 + k)).position_s for k in range(PATIENCE)]

    assert missed == [128.0] * (PATIENCE - 1) + [176.0]
    assert aim.step(playing(track(1), 20.0)).position_s == 128.0
    assert aim.step(None) == UNKNOWN
