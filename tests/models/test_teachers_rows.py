"""A teacher's rows in the cache."""

import numpy as np
import pytest
import torch

from segue.daemon.errors import SegueError
from segue.models.datasets.clips import Clip
from segue.models.teachers import features
from segue.models.teachers.features import prepare_rows, taught

RATE = 16_000


class Counting:
    """Says the mean level of each second, and remembers what it heard; it is stopped after ``breaks`` clips."""

    name, dim = "counting", 2

    def __init__(self, breaks=None):
        self.heard, self.breaks = [], breaks

    def rows(self, mono):
        if self.breaks == len(self.heard):
            raise KeyboardInterrupt
        self.heard.append(len(mono))
        level = mono[: len(mono) // RATE * RATE].reshape(-1, RATE).mean(1)
        return np.stack([level, np.ones_like(level)], 1).astype(np.float32)


@pytest.fixture
def music(tmp_path):
    clips = []
    for n, seconds in enumerate((60, 45, 50, 48)):
        sound = np.repeat(np.arange(seconds) * 100 + n, RATE).astype("<i2")
        sound.tofile(tmp_path / f"clip{n}.i16")
        clips.append(Clip(f"clip{n}", f"{n}.wav", f"artist{n}", len(sound)))
    return clips, tmp_path


def test_a_second_run_reads_what_the_first_one_heard(music):
    clips, folder = music
    first, second = Counting(), Counting()

    heard = prepare_rows(first, clips, folder, 1.0)
    again = prepare_rows(second, clips, folder, 1.0)

    assert first.heard == [c.samples for c in clips]
    assert second.heard == []
    assert heard.keys() == again.keys() == {0, 1, 2, 3}
    for n, rows in heard.items():
        assert rows.dtype == np.float16
        np.testing.assert_array_equal(rows, again[n])
    np.testing.assert_allclose(heard[1][:, 0], (np.arange(45) * 100 + 1) / 32768, rtol=1e-3)


def test_a_run_that_is_stopped_loses_one_clip(music):
    clips, folder = music
    with pytest.raises(KeyboardInterrupt):
        prepare_rows(Counting(breaks=2), clips, folder, 1.0)
    after = Counting()

    prepare_rows(after, clips, folder, 1.0)

    assert after.heard == [c.samples for c in clips[2:]]
    assert not list(folder.glob("*.part"))


def test_rows_appear_in_the_cache_whole_or_not_at_all(music, monkeypatch):
    clips, folder = music

    def stopped(file, rows):
        file.write(rows.tobytes()[:7])
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", stopped)

    with pytest.raises(KeyboardInterrupt):
        prepare_rows(Counting(), clips, folder, 1.0)
    assert not list(folder.glob("*counting*"))


def test_rows_that_were_cut_short_or_are_of_another_width_are_heard_again(music):
    clips, folder = music
    prepare_rows(Counting(), clips, folder, 1.0)
    cut = folder / "clip0.counting.npy"
    cut.write_bytes(cut.read_bytes()[:-10])
    np.save(folder / "clip1.counting.npy", np.zeros((45, 3), np.float16))
    (folder / "clip2.counting.npy").write_bytes(b"")
    after = Counting()

    rows = prepare_rows(after, clips, folder, 1.0)

    assert after.heard == [c.samples for c in clips[:3]]
    assert rows[0].shape == (60, 2)


def test_hours_are_filled_with_whole_clips_by_a_draw_that_does_not_depend_on_their_order(music):
    clips, _ = music
    turned = clips[::-1]

    chosen = taught(clips, 80 / 3600, 0)

    assert len(chosen) == 2
    assert chosen == sorted(chosen)
    assert {clips[n].name for n in chosen} == {turned[n].name for n in taught(turned, 80 / 3600, 0)}
    assert len({tuple(taught(clips, 80 / 3600, seed)) for seed in range(8)}) > 1
    assert taught(clips, 10, 0) == [0, 1, 2, 3]
    assert taught([], 10, 0) == []


def test_a_teacher_that_says_what_is_no_number_is_not_cached(music):
    clips, folder = music

    class Broken(Counting):
        def rows(self, mono):
            return super().rows(mono) * np.float32(1e9)

    with pytest.raises(SegueError, match=r"no number of 0\.wav"), np.errstate(over="ignore"):
        prepare_rows(Broken(), clips, folder, 1.0)
    assert not list(folder.glob("*.npy*"))


def test_short_numbers_are_used_where_the_processor_has_them(monkeypatch):
    for has in (True, False):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has=has: {"amx_bf16": has})
        assert features.bfloat16() is has
