"""One recording is kept once, however it was stored; two tracks of one album are two; nothing leaks over a split."""

import functools
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from segue.models.datasets.clips import Clip, Corpus
from segue.models.datasets.duplicates import distinct, pairs
from segue.models.datasets.fingerprint import fingerprint
from segue.models.datasets.split import held_back, split

RATE = 16_000


@functools.cache
def tune(seed, seconds=36.0, beat=0.5):
    """A melody over chords with a drum on every beat: the seed draws the notes alone, as in one album."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    out = np.zeros(len(t))
    for voice, (low, steps) in enumerate([(24, 4.0), (45, 1.0), (57, 0.5), (64, 0.25)]):
        notes = rng.choice([0, 2, 4, 5, 7, 9, 11, 12], 1000)
        at = t / beat / steps
        loud = np.exp(-(at % 1) * (1 + voice)) * (rng.random(1000)[at.astype(int)] > 0.15)
        hz = 440 * 2 ** ((low + notes[at.astype(int)] - 69) / 12)
        out += (2 * (np.cumsum(hz) / RATE % 1) - 1) * loud
    out += 3 * np.random.default_rng(99).standard_normal(len(t)) * np.exp(-(t / beat % 1) * 20)
    return (0.08 * out).astype(np.float32)


def kept(folder, sounds, **more):
    """Write sounds to a cache; each clip is its own artist."""
    clips = []
    for name, sound in sounds.items():
        (np.clip(sound, -1, 1) * 32767).astype("<i2").tofile(folder / f"{name}.i16")
        clips.append(Clip(name, f"/m/{name}", f"artist {name}", len(sound), **more.get(name, {})))
    return Corpus(folder, clips)


def as_mp3(sound, folder, kbit=64):
    """Encode and decode, at 44.1 kHz in between."""
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "1"]
    path = folder / "copy.mp3"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *raw, "-i", "-", "-ar", "44100", "-b:a", f"{kbit}k", path],
        input=sound.tobytes(),
        check=True,
    )
    back = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *raw, "-"], capture_output=True, check=True).stdout
    return np.frombuffer(back, np.float32)


def told(corpus):
    names = [c.name for c in corpus.clips]
    return {(names[p.first], names[p.second]): p for p in pairs(corpus)}


def test_a_quieter_trimmed_mp3_is_the_same_recording(tmp_path, capsys):
    sound = tune(1)
    copy = as_mp3(0.4 * sound[round(2.037 * RATE) :], tmp_path)
    corpus = kept(tmp_path, {"a": sound, "b": tune(2), "copy": copy})

    found = told(corpus)
    left = distinct(corpus)

    assert list(found) == [("a", "copy")]
    assert found["a", "copy"].same
    assert found["a", "copy"].distance < 0.2
    assert [c.name for c in left] == ["a", "b"]
    assert [c.group for c in left] == ["artist a", "artist b"]
    assert "the same recording twice: /m/copy is left out for /m/a" in capsys.readouterr().err


def test_tracks_of_one_album_are_not_one_recording(tmp_path):
    album = kept(tmp_path, {str(n): tune(n) for n in range(6)})

    assert told(album) == {}
    assert distinct(album) == list(album.clips)


def test_the_same_notes_at_another_pace_or_backwards_are_not_one_recording(tmp_path):
    sound = tune(3)

    assert told(kept(tmp_path, {"a": sound, "slow": tune(3, beat=0.55), "back": sound[::-1]})) == {}


def test_silence_hum_and_very_short_clips_are_like_nothing(tmp_path):
    hum = 0.3 * np.sin(2 * np.pi * 220 * np.arange(40 * RATE) / RATE)
    quiet = np.zeros(40 * RATE)
    corpus = kept(tmp_path, {"a": quiet, "b": quiet, "c": hum, "d": hum, "e": tune(1)[:RATE], "f": tune(1)[:RATE]})

    assert told(corpus) == {}


def test_an_excerpt_goes_and_the_whole_stays(tmp_path):
    sound = tune(4, 60.0)
    corpus = kept(tmp_path, {"excerpt": sound[20 * RATE : 45 * RATE], "whole": sound})

    assert [c.name for c in distinct(corpus)] == ["whole"]


def test_a_stretch_in_common_joins_the_groups_and_keeps_both(tmp_path):
    one, other, shared = tune(5, 60.0), tune(6, 60.0), tune(7, 60.0)
    corpus = kept(tmp_path, {"a": np.concatenate([shared, one]), "b": np.concatenate([other, shared]), "c": tune(8)})

    left = distinct(corpus)

    assert [(c.name, c.group) for c in left] == [("a", "artist a"), ("b", "artist a"), ("c", "artist c")]


def test_a_part_of_two_tracks_does_not_make_them_one(tmp_path):
    jingle = tune(9, 20.0)
    corpus = kept(
        tmp_path,
        {
            "a": np.concatenate([jingle, tune(10, 50.0)]),
            "b": np.concatenate([tune(11, 55.0), jingle]),
            "jingle": jingle,
        },
    )

    assert [c.name for c in distinct(corpus)] == ["a", "b"]


def test_a_track_played_in_a_recorded_set_stays_but_goes_where_the_set_goes(tmp_path):
    track = tune(12, 40.0)
    corpus = kept(
        tmp_path,
        {"set": np.concatenate([tune(13, 40.0), track, tune(14, 40.0)]), "track": track},
        set={"transitions_s": (40.0, 80.0)},
    )

    assert [(c.name, c.group) for c in distinct(corpus)] == [("set", "artist set"), ("track", "artist set")]


def test_of_two_copies_the_one_stays_that_is_held_back(tmp_path):
    sound = tune(15)
    corpus = kept(tmp_path, {"long": sound, "test": sound[RATE:]}, test={"split": "test"}, long={"split": "train"})

    assert [c.name for c in distinct(corpus)] == ["test"]


def test_fingerprints_are_kept_and_the_second_run_gives_the_same(tmp_path, monkeypatch):
    sound = tune(16)
    corpus = kept(tmp_path, {"a": sound, "b": tune(17), "c": sound[RATE:]})
    first = distinct(corpus)
    monkeypatch.setattr("segue.models.datasets.duplicates.fingerprint", lambda sound: pytest.fail("made anew"))

    assert distinct(corpus) == first
    assert sorted(p.name for p in tmp_path.glob("*.npy")) == [f"{n}.print1.npy" for n in "abc"]


def test_a_look_without_keeping_leaves_the_cache_as_it_is(tmp_path):
    corpus = kept(tmp_path, {"a": tune(1), "b": tune(1)})

    assert len(pairs(corpus, keep=False)) == 1
    assert not list(tmp_path.glob("*.npy"))


def test_a_fingerprint_has_eight_bytes_for_a_tenth_of_a_second(tmp_path):
    sound = (tune(1, 75.0) * 32767).astype(np.int16)

    whole = fingerprint(sound)

    assert whole.dtype == np.uint32
    assert whole.shape == pytest.approx((750, 2), abs=25)
    assert np.array_equal(fingerprint(sound[: 30 * RATE]), whole[: len(fingerprint(sound[: 30 * RATE]))])


MANY = [Clip(f"{n}", "", f"artist{n % 40}", 1) for n in range(200)]


def test_no_artist_is_on_both_sides_and_more_music_moves_nobody():
    train, validation = split(MANY, 0.3, seed=1)

    more = split([*MANY, *(Clip(f"m{n}", "", f"more{n}", 1) for n in range(50))], 0.3, seed=1)

    assert {c.group for c in train}.isdisjoint({c.group for c in validation})
    assert len(train) + len(validation) == 200
    assert validation
    assert set(validation) <= set(more[1])
    assert split(MANY, 0.3, seed=2) != (train, validation)
    assert split(MANY, 0.0, seed=1) == (MANY, [])


def test_a_datasets_own_split_wins_and_its_test_is_held_back():
    sides = ("train", "validation", "test", None)
    clips = [replace(c, split=sides[n % 4], group="one" if n % 4 < 3 else c.group) for n, c in enumerate(MANY)]

    train, validation = split(clips, 0.3, seed=1)

    assert {c.split for c in train} == {"train", None}
    assert {c.split for c in validation} == {"validation", None}
    assert held_back(clips) == [c for c in clips if c.split == "test"]


@pytest.mark.parametrize(("official", "side"), [("train", 0), ("validation", 1)])
def test_music_that_is_joined_with_a_split_goes_along(official, side):
    clips = [Clip(str(n), "", f"g{n}", 1, split=official) for n in range(20)]
    loose = [Clip(f"l{n}", "", f"g{n}", 1) for n in range(20)]

    assert set(loose) <= set(split([*clips, *loose], 0.5, seed=0)[side])
