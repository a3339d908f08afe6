"""The demo's music and its sets: licensed, and exact to the sample."""

import itertools
import json
import tomllib
import wave
from dataclasses import replace

import numpy as np
import pytest

from segue.daemon.demo import render
from segue.daemon.demo.session import MUSIC
from segue.daemon.demo.stretch import key_lock, vinyl
from segue.daemon.sound.decode import decode

RATE = render.RATE
LICENCES = {"CC0-1.0", "CC-BY-3.0", "CC-BY-SA-3.0", "MIT"}


def crate(count=8):
    """Records at tempi near each other, except for the last."""
    rng = np.random.default_rng(4)
    records = []
    for number in range(count):
        bpm = 124.0 + number if number < count - 1 else 90.0
        bars_s = tuple(float(t) for t in np.arange(rng.uniform(0, 1), 140.0, 240.0 / bpm))
        records.append(render.Record(f"{number:016x}", MUSIC / f"{number}.wav", f"Track {number}", 140.0, bpm, bars_s))
    return records


def clicks(bpm, length_s):
    """A click on each beat."""
    sound = np.zeros(round(length_s * RATE), np.float32)
    for beat in range(int(length_s * bpm / 60)):
        start = round(beat * 60 / bpm * RATE)
        sound[start : start + 240] = np.hanning(240)[: len(sound) - start]
    return sound


def peaks_s(sound):
    """Times of the clicks in SOUND."""
    loud = np.flatnonzero(sound > 0.5 * sound.max())
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > RATE // 20) + 1)
    return np.array([group.mean() / RATE for group in groups])


# --- music


def test_every_track_has_author_and_a_licence_that_allows_it():
    listed = tomllib.loads((MUSIC / "tracks.toml").read_text("utf-8"))["track"]
    files = sorted(MUSIC.glob("*.opus"))

    assert sorted(entry["file"] for entry in listed) == [file.name for file in files]
    assert len(files) >= 12
    assert sum(file.stat().st_size for file in files) <= 20_000_000
    for entry in listed:
        assert entry["licence"] in LICENCES
        assert all(entry[name] for name in ("title", "author", "package", "source", "change"))


@pytest.mark.parametrize("file", sorted(MUSIC.glob("*.opus")), ids=lambda f: f.stem)
def test_every_track_can_be_decoded_and_is_long_enough(file):
    sound = decode(file)

    assert (sound.channels, sound.rate) == (1, RATE)
    assert sound.duration_s >= 90


# --- speed


@pytest.mark.parametrize("rate", [0.94, 1.0, 1.05])
def test_vinyl_plays_each_moment_where_the_rate_puts_it(rate):
    heard = vinyl(clicks(120, 20), rate, RATE)

    beats_s = peaks_s(heard)
    assert np.abs(np.diff(beats_s) - 0.5 / rate).max() < 0.001


@pytest.mark.parametrize("rate", [0.94, 1.0, 1.06])
def test_key_lock_keeps_the_pitch_and_changes_the_tempo(rate):
    t = np.arange(10 * RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * t).astype(np.float32)

    heard = key_lock(tone, rate)[RATE : 4 * RATE]

    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert np.argmax(spectrum) / 3 == pytest.approx(440, abs=0.5)
    assert len(key_lock(tone, rate)) == pytest.approx(len(tone) / rate, abs=4 * 2048)


def test_key_lock_never_strays_from_the_truth():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(8 * RATE).astype(np.float32)
    noise[: 4 * RATE] *= 0.05  # it is loud from second 4 on

    heard = key_lock(noise, 1.05)

    loud_from = np.argmax(np.convolve(heard**2, np.ones(480) / 480, "same") > 0.3) / RATE
    assert loud_from == pytest.approx(4 / 1.05, abs=0.04)


# --- sets


def test_the_same_seed_plans_the_same_set_and_another_seed_another():
    assert render.plan(crate(), 6, 1) == render.plan(crate(), 6, 1)
    assert render.plan(crate(), 6, 1) != render.plan(crate(), 6, 2)


@pytest.mark.parametrize("seed", range(10))
def test_a_plan_is_a_set_that_can_be_played(seed):
    plays = render.plan(crate(), 6, seed)

    assert len({play.id for play in plays}) == 6
    assert plays[0].start_s == 0.0
    for play in plays:
        assert 0.94 <= play.rate <= 1.06
        assert play.track_start_s >= 0
        assert play.position_s(play.end_s) <= 140.0
    for before, after in itertools.pairwise(plays):
        assert after.start_s + after.fade_in_s == pytest.approx(before.end_s)
        assert after.fade_in_s in (4.0, 8.0, 16.0)
        assert before.start_s + before.fade_in_s < after.start_s


def test_matched_tracks_meet_on_a_bar():
    records = {record.id: record for record in crate()}
    plays = render.plan(crate(), 6, 3)

    for before, after in itertools.pairwise(plays):
        bars_s = np.array(records[before.id].downbeats_s)
        assert np.abs(bars_s - before.position_s(after.start_s)).min() < 0.001
        assert after.track_start_s in records[after.id].downbeats_s


def test_the_truth_is_where_the_sound_is(tmp_path):
    sounds = {record.id: clicks(record.tempo_bpm, 140.0) for record in crate()}
    plays = [replace(play, bass_swap=False) for play in render.plan(crate(), 3, 5)]

    length_s = render.write(render.mix([replace(p, path=p.id) for p in plays], sounds.__getitem__), tmp_path / "s.wav")
    render.write_truth(plays, tmp_path / "s.json")

    with wave.open(str(tmp_path / "s.wav")) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    assert length_s == pytest.approx(plays[-1].end_s, abs=0.001)
    assert json.loads((tmp_path / "s.json").read_text())["plays"][1]["rate"] == plays[1].rate
    for number, play in enumerate(plays):
        fade_out_s = plays[number + 1].fade_in_s if number + 1 < len(plays) else 1.0
        start_s, end_s = play.start_s + play.fade_in_s + 0.5, play.end_s - fade_out_s
        found_s = start_s + peaks_s(heard[round(start_s * RATE) : round(end_s * RATE)])
        beat_s = 60 / (124.0 + int(play.id, 16) if int(play.id, 16) < 7 else 90.0)
        off = (play.position_s(found_s) - 120 / RATE) / beat_s  # a click's middle is 120 samples in
        assert np.abs(off - np.round(off)).max() * beat_s < (0.025 if play.keylock else 0.003)


def test_a_bass_swap_never_plays_two_basses():
    t = np.arange(140 * RATE) / RATE
    bass = np.sin(2 * np.pi * 60 * t).astype(np.float32)
    first, second = render.plan(crate(), 2, 1)
    second = replace(second, bass_swap=True, fade_in_s=8.0, start_s=first.end_s - 8.0)

    both = np.concatenate(list(render.mix([first, second], lambda _: bass)))

    level = np.sqrt(np.mean(both[: len(both) // RATE * RATE].reshape(-1, RATE) ** 2, axis=1))
    assert level[round(second.start_s) + 1 : round(first.end_s) - 1].max() < 1.1 * level[5]
