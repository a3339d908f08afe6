"""Cue sheets as they are found in the wild, and the transitions of the sets beside them."""

import numpy as np
import pytest
import soundfile

from segue.daemon.errors import SegueError
from segue.daemon.report.cuesheet import read
from segue.models.datasets import sources
from segue.models.datasets.cache import load, prepare

RATE = 16_000
SHEET = """REM GENRE "Techno"
PERFORMER "Björk & Friends"
TITLE "Live at "The Yard""
FILE "My Set.wav" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    PERFORMER "First"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Two"
    INDEX 00 00:01:60
    INDEX 01 00:02:15
  TRACK 03 AUDIO
    INDEX 01 00:04:00
"""


def sound(path, seconds=6.0):
    soundfile.write(path, 0.1 * np.random.default_rng(1).standard_normal(round(seconds * RATE)), RATE)


def cue(folder, text=SHEET, encoding="utf-8", name="set.cue"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sheet_is_read_in_any_encoding(tmp_path, encoding, end):
    sheet = read(cue(tmp_path, SHEET.replace("\n", end), encoding))

    assert (sheet.performer, sheet.title) == ("Björk & Friends", 'Live at "The Yard"')
    (part,) = sheet.parts
    assert part.file == "My Set.wav"
    assert [(t.performer, t.title) for t in part.tracks] == [
        ("First", "One"),
        ("Björk & Friends", "Two"),
        ("Björk & Friends", ""),
    ]
    assert part.transitions_s == (2.2, 4.0)


def test_frames_are_75_to_the_second_and_minutes_go_beyond_99(tmp_path):
    starts = ("1 0:30:00", "1 123:45:74", "01 61:02")
    text = "file set.mp3 MP3\n" + "".join(f"track {n} audio\nindex {start}\n" for n, start in enumerate(starts, 1))

    sheet = read(cue(tmp_path, text))

    assert sheet.performer == "set"
    assert sheet.parts[0].file == "set.mp3"
    assert sheet.parts[0].transitions_s == (61 * 60 + 2, 123 * 60 + 45 + 74 / 75)


def test_each_file_of_a_sheet_has_its_own_times(tmp_path):
    text = """PERFORMER DJ
FILE "a.flac" WAVE
TRACK 01 AUDIO
INDEX 01 00:00:00
TRACK 02 AUDIO
INDEX 01 00:03:00
TRACK 03 AUDIO
INDEX 00 00:05:00
FILE "b.flac" WAVE
INDEX 01 00:00:00
TRACK 04 AUDIO
INDEX 01 00:01:00
"""
    for name in ("a.flac", "b.flac"):
        sound(tmp_path / name)
    cue(tmp_path, text)

    found = {s.path.name: s.transitions_s for s in sources(f"sets:{tmp_path}")}

    assert found == {"a.flac": (3.0,), "b.flac": (1.0,)}


@pytest.mark.parametrize("there", ["My Set.wav", "my set.WAV", "My Set.flac", "set.flac"])
def test_the_sound_is_found_under_another_suffix_or_the_sheets_own_name(tmp_path, there):
    sound(tmp_path / there)
    cue(tmp_path)

    (found,) = sources(f"sets:{tmp_path}")

    assert (found.path.name, found.group) == (there, "Björk & Friends")


def test_a_path_from_another_machine_is_looked_for_beside_the_sheet(tmp_path):
    sound(tmp_path / "My Set.wav")
    cue(tmp_path, SHEET.replace("My Set.wav", r"C:\Users\dj\My Set.wav"))

    assert [s.path.name for s in sources(f"sets:{tmp_path}")] == ["My Set.wav"]


def test_transitions_reach_the_clips_and_survive_the_cache(tmp_path):
    sound(tmp_path / "My Set.wav", 3.0)  # the third track starts after its end
    cue(tmp_path)

    prepare(sources(f"sets:{tmp_path}"), tmp_path / "cache", jobs=1, least_s=1.0)

    assert [c.transitions_s for c in load(tmp_path / "cache")] == [(2.2,)]


def test_a_set_without_sound_is_named(tmp_path):
    cue(tmp_path)
    (tmp_path / "more").mkdir()
    cue(tmp_path / "more", SHEET.replace("My Set", "Other"), name="more.cue")
    sound(tmp_path / "more" / "Other.wav")

    with pytest.raises(SegueError, match=r"1 of 2 files .*'My Set.wav' of set.cue.*put it there"):
        sources(f"sets:{tmp_path}")
    assert [s.path.name for s in sources(f"sets:{tmp_path}?partial=yes")] == ["Other.wav"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "no FILE"), ('FILE "a.wav" WAVE\nTRACK 01 AUDIO\n', "no TRACK with an INDEX 01"), ("\0\1\2" * 9, "no FILE")],
)
def test_a_sheet_that_lists_nothing_is_named(tmp_path, text, told):
    cue(tmp_path, text)

    with pytest.raises(SegueError, match=rf"set.cue has {told}"):
        sources(f"sets:{tmp_path}")


def test_a_folder_without_sheets_is_told(tmp_path):
    with pytest.raises(SegueError, match=r"holds no \.cue"):
        sources(f"sets:{tmp_path}")
