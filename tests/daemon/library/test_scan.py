import os

import numpy as np
import pytest

from segue.daemon.library.scan import Tags, content_hash, find, sound_hash, tags


def touch(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_only_what_looks_like_sound_is_found_and_hidden_files_are_not(tmp_path):
    wanted = [touch(tmp_path / name) for name in ("a.FLAC", "b/c.mp3", "b/🎧 'q\" [x].ogg")]
    for name in ("a.txt", "cover.jpg", "._a.mp3", ".git/x.wav", "b/.hidden.ogg"):
        touch(tmp_path / name)

    found, failed = find([tmp_path])

    assert [f.path for f in found] == sorted(wanted)
    assert found[0].size == 1
    assert failed == []


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path):
    path = touch(tmp_path / "set.bin")

    assert [f.path for f in find([tmp_path / "set.bin", tmp_path])[0]] == [path]


def test_links_are_followed_and_a_loop_of_them_ends(tmp_path):
    touch(tmp_path / "in/a.ogg")
    os.symlink(tmp_path, tmp_path / "in/again")
    os.symlink(tmp_path / "in", tmp_path / "other")

    found, _ = find([tmp_path, tmp_path / "in"])

    assert len(found) == 1


def test_what_cannot_be_looked_at_is_named(tmp_path):
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling.ogg")

    found, failed = find([tmp_path])

    assert found == []
    assert failed == [(str(tmp_path / "dangling.ogg"), "cannot be read: No such file or directory")]


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names there are always Unicode")
def test_a_name_that_is_no_unicode_is_refused_with_its_reason(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.ogg", "w"):
        pass

    found, failed = find([tmp_path])

    assert found == []
    assert failed[0][0].endswith("caf\\udce9.ogg")
    assert "UTF-8" in failed[0][1]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Some Artist - The Title.ogg", Tags("The Title", "Some Artist", "", "")),
        ("03 - Some Artist - The Title (Mix).ogg", Tags("The Title (Mix)", "Some Artist", "", "")),
        ("untitled-07.ogg", Tags("untitled-07", "", "", "")),
    ],
)
def test_a_file_without_tags_goes_by_its_name(tmp_path, name, wanted):
    assert tags(touch(tmp_path / name)) == wanted


def test_sound_has_one_hash_whatever_the_last_bits_say():
    sound = np.sin(np.arange(16000) / 7).astype(np.float32)

    assert sound_hash(sound) == sound_hash(sound + np.float32(1e-9))
    assert sound_hash(sound) != sound_hash(sound[:-1])
    assert sound_hash(sound) != sound_hash(np.roll(sound, 1))
    assert len(sound_hash(sound)) == 16
    assert sound_hash(np.float32([9, -9])) == sound_hash(np.float32([2, -2]))


def test_content_is_known_by_its_bytes(tmp_path):
    assert content_hash(touch(tmp_path / "a", "one")) == content_hash(touch(tmp_path / "b", "one"))
    assert content_hash(touch(tmp_path / "c", "two")) != content_hash(touch(tmp_path / "d", "one"))
