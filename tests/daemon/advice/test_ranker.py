from dataclasses import replace

import numpy as np
from fakes import DIM, heard, library, numbers, track, unit

from segue.daemon.advice.columns import Columns
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


def test_what_stands_is_weighed_however_far_down_it_is():
    rng = np.random.default_rng(1)
    snapshot = Snapshot.build(
        [track(n, duration_s=40.0, cues=(Cue(0, "intro", 0.0, 0, 0.9),)) for n in range(60)],
        [np.zeros((160, 8), np.float32)] * 60,
        [unit(rng.standard_normal((1, DIM))) for _ in range(60)],
        bands=[sound(n) for n in range(60)],
    )
    last = LastSound(snapshot.derived(Columns).entries.model)
    last.add(10 ** (decibels(sound(1)[:400]) / 10))
    ranker = Ranker(Suggest(), snapshot, looks=999)
    now = heard(sounds=last.views())
    worst = ranker.rank(heard(), frozenset(), 60)[-1].track

    assert len(ranker.rank(now, frozenset(), 8)) == 8
    found = ranker.rank(now, frozenset(), 8, standing={worst.id})
    assert [each.track.number for each in found[8:]] == [worst.number]
    assert dict(found[8].terms)["timbre"] != 0.0
    assert worst not in [each.track for each in ranker.rank(now, {worst.id}, 8, standing={worst.id})]


def test_what_stands_may_be_somewhat_farther_off_than_what_does_not():
    near = [track(n, tempo_bpm=120.0) for n in range(8)]
    edge, off = track(8, tempo_bpm=120.0 * 1.08**1.4), track(9, tempo_bpm=120.0 * 1.08**1.6)
    ranker = Ranker(Suggest(tempo_range=0.08), library([*near, edge, off]))

    assert sorted(numbers(ranker.rank(heard(bpm=120.0), frozenset(), 24))) == list(range(8))
    found = ranker.rank(heard(bpm=120.0), frozenset(), 24, standing={edge.id, off.id})
    assert sorted(numbers(found)) == list(range(9))
    assert found[-1].track.number == 8


def test_other_settings_forget_nothing_that_was_looked_at():
    snapshot = library([track(n) for n in range(4)])
    ranker = Ranker(Suggest(), snapshot)
    ranker._looks._looked.add(3)
    ranker.adopt(Suggest(count=3))

    assert ranker._looks._looked == {3}


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
