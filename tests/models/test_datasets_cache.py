"""Music is decoded once; a run that was killed, a damaged list and unreadable files cost no more than they must."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from segue.daemon.errors import SegueError
from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode, mixdown
from segue.models.datasets import cache as module
from segue.models.datasets import prepare_music, sources
from segue.models.datasets.cache import load, prepare
from segue.models.datasets.clips import Clip, Corpus
from segue.models.datasets.features import cached

RATE = 16_000


@pytest.fixture
def music(tmp_path):
    """Three artists with a file each, 1, 2 and 3 s long, stereo at 44.1 kHz."""
    rng = np.random.default_rng(0)
    for n in (1, 2, 3):
        (tmp_path / "music" / f"artist{n}").mkdir(parents=True)
        soundfile.write(
            tmp_path / "music" / f"artist{n}" / f"{n}.flac", 0.2 * rng.standard_normal((n * 44_100, 2)), 44_100
        )
    return tmp_path / "music"


def files(cache):
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in cache.glob("*.i16")}


def test_the_cache_holds_what_the_daemon_would_hear(music, tmp_path):
    clips = prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)

    corpus = Corpus(tmp_path / "cache", clips)
    whole = decode(clips[2].path)
    truth = (np.clip(resample(mixdown(whole.samples), whole.rate), -1, 1) * 32767).astype("<i2")
    assert [c.group for c in clips] == ["artist1", "artist2", "artist3"]
    assert np.array_equal(corpus.sound[2], truth)
    assert corpus.seconds == pytest.approx(6.0)


def test_reading_outside_a_track_gives_silence(music, tmp_path):
    corpus = Corpus(tmp_path / "cache", prepare(sources(str(music)), tmp_path / "cache", 1, 0.5))

    piece = corpus.read(0, -100, RATE + 200)

    assert piece.shape == (RATE + 200,)
    assert not piece[:100].any()
    assert piece[100:-100].std() > 0.05
    assert not piece[-100:].any()


def test_a_second_run_decodes_only_what_is_new(music, tmp_path, monkeypatch):
    first = prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)
    before = files(tmp_path / "cache")
    heard = []
    monkeypatch.setattr(
        module, "_decode", lambda cache, job, was=module._decode: (heard.append(job[0]), was(cache, job))[1]
    )
    soundfile.write(music / "artist1" / "new.wav", np.zeros(RATE), RATE)

    second = prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)

    assert [os.path.basename(p) for p in heard] == ["new.wav"]
    assert before.items() <= files(tmp_path / "cache").items()
    assert set(first) < set(second)
    assert load(tmp_path / "cache") == second


def test_a_file_that_has_changed_is_decoded_anew(music, tmp_path):
    before = prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)
    soundfile.write(music / "artist1" / "1.flac", np.zeros((2 * RATE, 1)), RATE)

    after = prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)

    assert before[0].name != after[0].name
    assert after[0].samples == 2 * RATE
    assert before[1:] == after[1:]


def test_a_killed_run_loses_the_file_in_hand_alone(music, tmp_path):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom segue.models.datasets import cache, sources\n"
        "was = cache._put\n"
        "def put(file, mono):\n"
        "    if '1.flac' not in sys.argv[3] and len(list(Path(sys.argv[2]).glob('*.i16'))):\n"
        "        was(file, mono); file.flush(); print('halfway', flush=True); time.sleep(60)\n"
        "    return was(file, mono)\n"
        "cache._put = put\n"
        "cache.prepare(sources(sys.argv[1]), Path(sys.argv[2]), 1, 0.5)\n"
    )
    folder = tmp_path / "cache"
    run = subprocess.Popen([sys.executable, "-c", code, music, folder, ""], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "halfway\n"
    run.kill()
    run.communicate()
    before = files(folder)
    assert len(before) == 1
    assert list(folder.glob("*.part"))

    clips = prepare(sources(str(music)), folder, jobs=1, least_s=0.5)

    assert len(clips) == 3
    assert before.items() <= files(folder).items()
    assert not list(folder.glob("*.part"))


def test_what_cannot_be_read_is_named_and_left_out(music, tmp_path, capsys):
    (music / "artist1" / "1.flac").write_bytes(b"fLaC" + b"\0" * 500)
    (music / "artist2" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    found = [*sources(str(music)), *sources(str(music))]
    (music / "artist3" / "3.flac").unlink()

    clips = prepare(found, tmp_path / "cache", jobs=1, least_s=0.5)

    told = capsys.readouterr().err
    assert [c.group for c in clips] == ["artist2"]
    assert "left out" in told
    assert "1.flac" in told
    assert "3.flac: it cannot be read" in told


def test_several_processes_give_what_one_gives(music, tmp_path):
    one = prepare(sources(str(music)), tmp_path / "one", jobs=1, least_s=0.5)

    assert prepare(sources(str(music)), tmp_path / "two", jobs=2, least_s=0.5) == one
    assert {n: s for n, (_, s) in files(tmp_path / "one").items()} == {
        n: s for n, (_, s) in files(tmp_path / "two").items()
    }


def test_short_files_are_no_music(music, tmp_path):
    assert [c.group for c in prepare(sources(str(music)), tmp_path / "cache", 1, least_s=1.5)] == ["artist2", "artist3"]
    with pytest.raises(SegueError, match="none of 3 audio files is music of 45 s or more"):
        prepare(sources(str(music)), tmp_path / "cache", 1)


def test_a_cache_from_before_is_read(tmp_path):
    (tmp_path / "abc.i16").write_bytes(bytes(2 * RATE))
    row = {"name": "abc", "path": "/m/a.ogg", "group": "a", "samples": RATE}
    (tmp_path / "tracks.json").write_text(json.dumps([row], indent=1))

    assert load(tmp_path) == [Clip("abc", "/m/a.ogg", "a", RATE)]
    module.write(tmp_path, load(tmp_path))
    assert json.loads((tmp_path / "tracks.json").read_text()) == [row]


@pytest.mark.parametrize("text", ["", "[{", "{}x", "[1]", '[{"name": "a"}]', '[{"nom": 1}]', "null", "\x00\xff"])
def test_a_damaged_list_says_what_to_do(tmp_path, text):
    (tmp_path / "tracks.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(SegueError, match=r"tracks.json is damaged .*give the folders of music once more"):
        load(tmp_path)


def test_an_empty_cache_and_lost_sound_are_told(music, tmp_path):
    with pytest.raises(SegueError, match="no corpus in"):
        load(tmp_path / "cache")
    prepare(sources(str(music)), tmp_path / "cache", jobs=1, least_s=0.5)
    next((tmp_path / "cache").glob("*.i16")).unlink()
    with pytest.raises(SegueError, match="lost the sound of 1 tracks"):
        load(tmp_path / "cache")


def test_a_feature_is_made_once_and_again_where_it_is_damaged(tmp_path):
    made = []

    def make():
        made.append(1)
        return np.arange(6, dtype=np.float16).reshape(2, 3)

    first = cached(tmp_path, "abc", "musicnn", make)
    second = cached(tmp_path, "abc", "musicnn", make)
    assert len(made) == 1
    assert second.dtype == np.float16
    assert np.array_equal(first, second)

    path = tmp_path / "abc.musicnn.npy"
    path.write_bytes(path.read_bytes()[:-5])
    assert np.array_equal(cached(tmp_path, "abc", "musicnn", make), first)
    assert len(made) == 2
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_cache_that_cannot_be_written_is_told(music, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(SegueError, match="cannot be written"):
        prepare(sources(str(music)), tmp_path / "file" / "cache", jobs=1, least_s=0.5)
    with pytest.raises(SegueError, match="cannot be written"):
        cached(tmp_path / "file", "abc", "x", lambda: np.zeros(1))


def test_all_of_it_at_once(tmp_path):
    rng = np.random.default_rng(3)
    for n in range(4):
        (tmp_path / "music" / f"artist{n}").mkdir(parents=True)
        soundfile.write(tmp_path / "music" / f"artist{n}" / "x.wav", 0.2 * rng.standard_normal(46 * RATE), RATE)

    train, validation = prepare_music([str(tmp_path / "music")], tmp_path / "cache", 0.5, seed=3, jobs=1)
    again = prepare_music([], tmp_path / "cache", 0.5, seed=3)

    assert (train, validation) == again
    assert len(train) + len(validation) == 4
    assert train
    assert validation
