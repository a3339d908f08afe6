from itertools import pairwise

import numpy as np
import pytest
import synth
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.daemon.analysis.analyse import analyse
from segue.daemon.analysis.cues import MOST_CUES, MOST_MIX_OUTS, Lines, cue_ins, mix_outs, step_db
from segue.daemon.sound.decode import Sound

EVIDENCE = [
    *("part", "line", "energy", "timbre", "harmony", "drums", "repetition"),
    *("energy_change", "low_change"),
]


def lines(count: int, apart_s: float, seed: int) -> Lines:
    rng = np.random.default_rng(seed)
    return Lines(
        position_s=0.5 + apart_s * np.arange(count),
        beat=8 * np.arange(count),
        length=np.resize([32, 8, 16, 8], count),
        part=rng.random(count),
        change=rng.standard_normal(count),
        changes={"energy": rng.standard_normal(count)},
        energy_change=5.0 * rng.standard_normal(count),
        low_change=5.0 * rng.standard_normal(count),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 120), st.floats(2.0, 8.0), st.integers(0, 99))
def test_cues_keep_their_promises_whatever_the_lines(count: int, apart_s: float, seed: int) -> None:
    found = lines(count, apart_s, seed)
    end_s = float(found.position_s[-1]) + apart_s

    cues, outs = cue_ins(found, end_s, 1.0), mix_outs(found, end_s, 1.0)

    assert 1 <= len(cues) <= MOST_CUES
    assert 1 <= len(outs) <= MOST_MIX_OUTS
    assert cues[0].kind == "intro"
    assert cues[0].position_s == found.position_s[0]
    for points in (cues, outs):
        assert [point.index for point in points] == list(range(len(points)))
        assert all(a.position_s < b.position_s for a, b in pairwise(points))
        assert all(0.0 <= point.confidence <= 1.0 for point in points)
        assert all(point.position_s in found.position_s for point in points)
    assert all(end_s - cue.position_s >= 16.0 for cue in cues[1:])
    assert {cue.kind for cue in cues} <= {"intro", "mix_in", "drop", "breakdown"}
    assert {out.kind for out in outs} <= {"mix_out", "outro"}


def test_a_long_track_can_be_left_at_any_time() -> None:
    found = lines(60, 4.0, 3)

    outs = mix_outs(found, 240.0, 1.0)
    gaps = np.diff([0.0, *(out.position_s for out in outs), 240.0])

    assert len(outs) >= 6
    assert gaps[1:].max() < 64.0
    assert sum(out.position_s > 120.0 for out in outs) >= len(outs) / 2


def test_a_step_is_how_much_louder_it_gets() -> None:
    power = np.repeat([0.001, 0.1], 32)

    found = step_db(power, np.array([0, 32, 64]))

    assert found == pytest.approx([0.0, 10 * np.log10(0.1001 / 0.0011), 0.0])
    assert step_db(power, np.array([40]))[0] < found[1] - 10.0


def steady(count: int, **changes: np.ndarray) -> Lines:
    """Lines of 16 beats at 120 BPM on which nothing happens, unless told otherwise."""
    nothing = np.zeros(count)
    values = {
        "part": np.full(count, 0.9),
        "change": nothing,
        "energy_change": nothing,
        "low_change": nothing,
        **changes,
    }
    beat = 16 * np.arange(count)
    return Lines(position_s=0.5 * beat, beat=beat, length=np.full(count, 16), changes={"energy": nothing}, **values)


def at(count: int, values: dict[int, float]) -> np.ndarray:
    return np.array([values.get(line, 0.0) for line in range(count)])


@pytest.mark.parametrize(
    ("name", "sign", "kind"),
    [
        ("energy_change", 1.0, "drop"),
        ("low_change", 1.5, "drop"),
        ("energy_change", -1.0, "breakdown"),
        ("low_change", -1.5, "breakdown"),
    ],
)
def test_a_step_makes_one_drop_or_breakdown_and_its_neighbours_none(name: str, sign: float, kind: str) -> None:
    found = cue_ins(steady(24, **{name: sign * at(24, {9: 3.0, 10: 6.0, 11: 3.0})}), 192.0, 1.0)

    assert {cue.beat: cue.kind for cue in found if cue.kind not in ("intro", "mix_in")} == {160: kind}


def test_a_line_beside_a_drop_is_none() -> None:
    beside = steady(24, energy_change=at(24, {9: 3.0, 10: 6.0, 11: 3.0}), change=at(24, {9: 9.0}))

    found = cue_ins(beside, 192.0, 1.0)

    assert [cue.kind for cue in found if cue.beat == 144] == ["mix_in"]


def test_a_part_that_surely_starts_is_a_better_cue_and_nobody_leaves_on_a_drop() -> None:
    sure = np.where(np.arange(24) % 4 == 2, 0.99, 0.5)
    dropping = steady(24, energy_change=at(24, {12: 6.0, 20: -6.0}))

    cues, outs = cue_ins(steady(24, part=sure), 192.0, 1.0), mix_outs(dropping, 192.0, 1.0)

    assert [cue.beat // 16 % 4 for cue in cues[1:]].count(2) == 6
    assert min(cue.confidence for cue in cues if cue.evidence["part"] > 0.9) > 0.6
    assert 192 not in [out.beat for out in outs]
    assert 320 in [out.beat for out in outs]


@pytest.mark.parametrize("bpm", [126.0])
def test_cues_of_an_arrangement_lie_on_its_phrase_lines_and_name_what_happens(bpm: float) -> None:
    sound, beats_s, starts_s = synth.arrangement(bpm, start_s=0.2)

    found = analyse(Sound(sound[:, None], synth.RATE), sound)
    by_part = {
        name: min(found.cues, key=lambda cue: abs(cue.position_s - at))
        for name, at in zip("ibdko", starts_s, strict=False)
    }
    phrase_s = beats_s[::8]

    assert 4 <= len(found.cues) <= 12
    assert 2 <= len(found.mix_outs) <= 8
    for point in (*found.cues, *found.mix_outs):
        assert np.abs(phrase_s - point.position_s).min() < 0.02
        assert found.beats_s[point.beat] == point.position_s
        assert list(point.evidence) == EVIDENCE
    assert by_part["i"].kind == "intro"
    assert by_part["d"].kind == "drop"
    assert by_part["k"].kind == "breakdown"
    assert abs(found.mix_outs[-1].position_s - starts_s[-1]) < 0.02
    assert found.mix_outs[-1].kind == "outro"


def test_sections_of_an_arrangement_are_its_parts_and_the_drop_returns() -> None:
    sound, _, starts_s = synth.arrangement(126.0)

    found = analyse(Sound(sound[:, None], synth.RATE), sound)

    assert [section.start_s for section in found.sections] == pytest.approx(starts_s, abs=0.02)
    assert found.sections[2].label == found.sections[4].label
    assert len({section.label for section in found.sections[1:4]}) == 3
    assert found.sections[-1].end_s == found.duration_s
    assert found.sections[3].energy < found.sections[2].energy
