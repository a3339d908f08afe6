from dataclasses import replace

import numpy as np
import pytest
from fakes import DIM, heard, library, numbers, track, unit

from segue.daemon.advice.columns import Columns, names
from segue.daemon.advice.mixout import MixOut
from segue.daemon.advice.ranker import Ranker
from segue.daemon.advice.timbre import LastSound, decibels
from segue.daemon.config import Suggest
from segue.daemon.library.snapshot import Cue, Snapshot
from segue.daemon.signal.bands import BANDS


def rank(tracks, banned=frozenset(), wanted=24, settings=None, **changes):
    return Ranker(settings or Suggest(), library(tracks)).rank(heard(**changes), banned, wanted)


def test_one_suggestion_a_track_with_its_best_cue():
    snapshot = library([track(n) for n in range(12)])
    row = 2 * 4 + 1

    found = Ranker(Suggest(), snapshot).rank(heard(query=snapshot.keys[row]), frozenset(), 24)

    assert sorted(numbers(found)) == list(range(12))
    assert found[0].track.number == 4
    assert found[0].cue.index == 1
    assert found[0].reasons.startswith("continues the sound 1.00")


def test_scores_are_probabilities_and_fall():
    found = rank([track(n) for n in range(12)])

    scores = [suggestion.score for suggestion in found]
    assert scores == sorted(scores, reverse=True)
    assert 0.05 < scores[-1] <= scores[0] <= 1, "they are shown, as brightness too"


def test_what_was_played_is_never_suggested_nor_another_version_of_it():
    tracks = [track(n) for n in range(6)]
    tracks[1] = track(1, title="Title 0 (Extended Mix)", artist="artist  0")

    found = numbers(rank(tracks, banned={tracks[0].id}))

    assert sorted(found) == [2, 3, 4, 5]


def test_of_two_versions_of_a_song_one_is_suggested():
    tracks = [track(n) for n in range(6)]
    tracks[1] = track(1, title="TITLE 0 [2011 Remaster]", artist="Artist 0")

    assert len({0, 1} & set(numbers(rank(tracks)))) == 1


def test_two_files_with_the_same_sound_are_one_song():
    snapshot = library([track(n) for n in range(6)])
    snapshot.keys[2:4] = snapshot.keys[0:2]

    found = numbers(Ranker(Suggest(), snapshot).rank(heard(), frozenset(), 24))
    after = numbers(Ranker(Suggest(), snapshot).rank(heard(), {snapshot.tracks[0].id}, 24))

    assert len({0, 1} & set(found)) == 1
    assert not {0, 1} & set(after)


def test_a_tempo_out_of_range_comes_in_only_when_there_are_too_few():
    near = [track(n, tempo_bpm=120.0) for n in range(8)]

    assert 8 not in numbers(rank([*near, track(8, tempo_bpm=140.0)]))
    few = rank([*near[:3], track(3, tempo_bpm=140.0)])
    assert 3 in numbers(few)
    last = next(s for s in few if s.track.number == 3)
    assert "out of range" in last.reasons
    assert last.tempo_ratio == pytest.approx(120 / 140, abs=1e-3)


def test_what_stands_is_weighed_however_far_down_it_is_and_at_whatever_tempo():
    tracks = [*(track(n, tempo_bpm=120.0) for n in range(40)), track(40, tempo_bpm=140.0)]
    snapshot = library(tracks)
    ranker = Ranker(Suggest(), snapshot)
    last = ranker.rank(heard(), frozenset(), 40)[-1].track
    standing = {last.id, tracks[40].id}

    assert len(ranker.rank(heard(), frozenset(), 8)) == 8
    found = ranker.rank(heard(), frozenset(), 8, standing=standing)
    assert len(found) == 10
    assert standing <= {each.track.id for each in found}
    assert found[-1].track.number == 40
    assert standing.isdisjoint(each.track.id for each in ranker.rank(heard(), standing, 8, standing=standing))


def test_a_tempo_that_nobody_is_sure_of_keeps_no_track_out():
    near = [track(n, tempo_bpm=120.0) for n in range(8)]
    far = track(8, tempo_bpm=90.0, tempo_confidence=0.15)

    found = {s.track.number: s for s in rank([*near, far])}
    assert found[8].tempo_ratio == 1.0
    assert dict(found[8].terms)["tempo"] == 0.0
    assert "tempo" not in found[8].reasons
    assert 8 in numbers(rank([*near, track(8, tempo_bpm=90.0)], bpm_confidence=0.1))
    assert dict(next(s for s in rank([*near, track(8, tempo_bpm=121.0, tempo_confidence=0.15)])).terms)["tempo"] > 0


def test_what_the_fader_cannot_reach_stands_behind_all_that_it_can_whatever_else_speaks_for_it():
    tracks = [track(n, tempo_bpm=124.0 if n % 2 else 150.0) for n in range(8)]
    snapshot = library(tracks)
    settings = Suggest.model_validate({"weights": {"tempo": 0.0}})

    found = numbers(Ranker(settings, snapshot).rank(heard(query=snapshot.keys[0], bpm=124.0), frozenset(), 8))

    assert [n % 2 for n in found] == [1] * 4 + [0] * 4


def test_other_settings_forget_nothing_that_was_looked_at():
    snapshot = library([track(n) for n in range(4)])
    ranker = Ranker(Suggest(), snapshot)
    ranker._looks._looked.add(3)
    ranker.adopt(Suggest(count=3))

    assert ranker._looks._looked == {3}


def test_half_and_double_time_are_within_reach():
    found = {s.track.number: s for s in rank([track(0, tempo_bpm=60.0), track(1, tempo_bpm=244.0), track(2)])}

    assert found[0].tempo_ratio == 1.0
    assert "half time" in found[0].reasons
    assert found[1].tempo_ratio == pytest.approx(240 / 244, abs=1e-3)
    assert "double time" in found[1].reasons


@pytest.mark.parametrize("bpm", [0.0, 30.0, 61.3, 84.9, 120.0, 169.7, 251.0])
def test_a_tempo_ratio_is_always_playable(bpm):
    tracks = [track(n, tempo_bpm=tempo) for n, tempo in enumerate((0.0, 55.0, 84.8, 84.9, 119.0, 169.8, 240.0))]

    ratios = [s.tempo_ratio for s in rank(tracks, bpm=bpm)]

    assert len(ratios) == 7
    assert all(0.5 < ratio < 2.2 for ratio in ratios)


def test_an_unknown_tempo_neither_helps_nor_hurts():
    found = {s.track.number: dict(s.terms) for s in rank([track(0, tempo_bpm=0.0), track(1)])}

    assert found[0]["tempo"] == 0.0
    assert found[1]["tempo"] > 0.0
    assert all(dict(s.terms)["tempo"] == 0.0 for s in rank([track(0), track(1)], bpm=0.0))


def test_going_together_is_better_than_not():
    terms = {
        s.track.number: dict(s.terms)
        for s in rank(
            [
                track(0),
                track(1, tempo_bpm=128.0),
                track(2, pitch_class=3),
                track(3, energy=0.1),
                track(4, cues=(Cue(0, "breakdown", 0.0, 0, 0.1),)),
            ],
            mix_out=MixOut(176.0, "outro", 32),
        )
    }

    assert terms[0]["tempo"] > terms[1]["tempo"]
    assert terms[0]["key"] > 0 > terms[2]["key"]
    assert terms[0]["energy"] > terms[3]["energy"]
    assert terms[0]["phrase"] > terms[4]["phrase"]
    assert terms[0]["cue"] > terms[4]["cue"]


def test_without_key_lock_the_speed_moves_the_key():
    tracks = [track(0, tempo_bpm=113.3, pitch_class=8)]

    locked = rank(tracks)[0]
    moved = rank(tracks, pitch_moves=True)[0]

    assert locked.key_relation == 9
    assert moved.key_relation == 0


def test_an_unknown_key_is_told_as_such():
    found = rank([track(0, pitch_class=-1, mode=-1)])[0]

    assert found.key_relation == -1
    assert dict(found.terms)["key"] == 0.0


def test_a_cue_with_too_little_left_is_passed_over_but_a_short_track_keeps_its_first():
    late = (Cue(0, "intro", 10.0, 20, 0.1), Cue(1, "drop", 190.0, 380, 1.0))
    short = track(1, duration_s=20.0, cues=(Cue(0, "mix_in", 2.0, 4, 0.9), Cue(1, "drop", 8.0, 16, 0.9)))

    cues = {s.track.number: s.cue.index for s in rank([track(0, cues=late), short])}

    assert cues == {0: 0, 1: 0}


def test_a_track_without_cues_is_not_suggested():
    assert numbers(rank([track(0, cues=()), track(1)])) == [1]


def test_an_artist_who_came_before_counts_a_little_less():
    found = rank([track(n, artist="The Same") for n in range(3)])

    assert [dict(s.terms).get("artist", 0.0) for s in found] == [0.0, -0.3, -0.6]


def test_nothing_left_means_an_empty_ranking():
    tracks = [track(n) for n in range(3)]

    assert rank(tracks, banned={each.id for each in tracks}) == []
    assert rank([]) == []


def same_song(one, two):
    return bool(names(track(0, **one)) & names(track(1, **two)))


def test_songs_are_compared_without_version_case_and_accents():
    assert same_song({"title": "Café (Club Mix)", "artist": "Björk"}, {"title": "cafe", "artist": "BJORK"})
    assert not same_song({"title": "Cafe", "artist": "A"}, {"title": "Cafe", "artist": "B"})


def test_what_stands_in_brackets_counts_unless_the_lengths_agree():
    parts = [{"title": f"Theme (Part {n})", "artist": "A", "duration_s": 200.0 + 30 * n} for n in range(2)]
    stems = [{"title": f"Theme (fof {name})", "artist": "A", "duration_s": 200.6} for name in ("guitar", "rhythm")]

    assert not same_song(*parts)
    assert same_song(*stems)


def test_a_title_alone_needs_the_same_length():
    assert same_song({"title": "Intro", "artist": ""}, {"title": "intro", "artist": ""})
    assert not same_song({"title": "Intro", "artist": ""}, {"title": "intro", "artist": "", "duration_s": 100.0})


def test_a_track_without_a_title_is_no_version_of_another():
    assert names(track(0, title="")) == frozenset()


def test_a_tempo_that_may_be_counted_otherwise_keeps_no_track_out_unless_it_is_sure():
    many = [track(n) for n in range(8)]

    for bpm in (90.0, 160.0):
        unsure, sure = (track(8, tempo_bpm=bpm, tempo_confidence=sureness) for sureness in (0.3, 0.9))
        assert 8 in numbers(rank([*many, unsure]))
        assert 8 not in numbers(rank([*many, sure]))
    assert 8 not in numbers(rank([*many, track(8, tempo_bpm=105.0, tempo_confidence=0.3)]))


def sound(seed):
    """Stored levels of 40 s: a spectrum, a chord and a rhythm."""
    rng = np.random.default_rng(seed)
    spectrum = np.interp(np.arange(BANDS), np.linspace(0, BANDS, 6), rng.uniform(60, 140, 6))
    chord = np.tile(rng.uniform(-15, 15, 12), BANDS // 12)
    rhythm = np.tile(rng.uniform(-20, 20, 9 + seed), 100)[:800, None] * np.linspace(1, 0.5, BANDS)
    return np.clip(spectrum + chord + rhythm + rng.normal(0, 3, (800, BANDS)), 0, 255).astype(np.uint8)


def test_the_same_sound_counts_from_any_cue_in_and_its_rhythm_and_tones_from_the_one_that_is_suggested():
    sounds = [sound(seed) for seed in range(4)]
    cues = Cue(0, "intro", 0.0, 0, 0.9), Cue(1, "drop", 20.0, 40, 0.7)
    snapshot = Snapshot.build(
        [track(n, duration_s=60.0, cues=cues) for n in range(4)],
        [np.zeros((240, 8), np.float32)] * 4,
        list(np.eye(8, DIM, dtype=np.float32).reshape(4, 2, DIM)),
        bands=[np.concatenate([sound(n + 7)[:400], each]) for n, each in enumerate(sounds)],
    )  # fmt: skip
    last = LastSound(snapshot.derived(Columns).entries.model)
    last.add(10 ** (decibels(sounds[2][:400]) / 10))

    def terms(cue):
        query = unit(snapshot.keys[cue::2].sum(axis=0))
        found = Ranker(Suggest(), snapshot, looks=99).rank(heard(sounds=last.views(), query=query), frozenset(), 4)
        assert {each.cue.index for each in found} == {cue}
        return {each.track.number: dict(each.terms) for each in found}

    drop, intro = terms(1), terms(0)
    for name in ("timbre", "groove", "clash"):
        assert max(drop, key=lambda n, name=name: drop[n][name]) == 2
    assert intro[2]["timbre"] == drop[2]["timbre"]
    assert intro[2]["groove"] < drop[2]["groove"]


def test_a_cue_beside_the_beat_counts_for_less():
    def nats(beside_s):
        cues = tuple(replace(cue, position_s=cue.position_s + beside_s) for cue in track(0).cues)
        snapshot = library([track(0, cues=cues)])
        found = Ranker(Suggest(), snapshot).rank(heard(query=snapshot.keys[1]), frozenset(), 1)
        return dict(found[0].terms)["cue"]

    assert nats(0.25) < nats(0.15) < nats(0.02) == nats(0.0)


def test_what_is_like_one_higher_in_the_list_counts_a_little_less():
    snapshot = library([track(n, cues=track(n).cues[:1]) for n in range(3)])
    one, other = np.eye(DIM, dtype=np.float32)[:2]
    snapshot.keys[:] = unit(np.stack([one + other, 1.5 * one + other, other - one]))

    found = Ranker(Suggest(), snapshot).rank(heard(query=unit(one + other)), frozenset(), 3)

    taken = {suggestion.track.number: dict(suggestion.terms).get("diversity", 0.0) for suggestion in found}
    assert min(taken[0], taken[1]) < 0 == max(taken[0], taken[1])
    assert taken[2] == 0
