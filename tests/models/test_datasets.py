"""Folders, GTZAN, FMA and MAESTRO as they really lie on a disk, whole and half there."""

import csv
import shutil

import numpy as np
import pytest
import soundfile

from segue.daemon.errors import SegueError
from segue.models.datasets import sources
from segue.models.datasets.cache import prepare
from segue.models.datasets.gtzan import GENRES

RATE = 16_000


def sound(path, seconds=0.5, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE)), RATE)
    return path


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def names(found):
    return [s.path.name for s in found]


def test_the_first_folder_below_is_the_group(tmp_path):
    for name in ("Artist/Album/1.flac", "Artist/2.wav", "Other/3.ogg", "single.wav"):
        sound(tmp_path / name)
    for name in ("Artist/._2.wav", ".trash/4.wav", "Artist/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    found = {s.path.relative_to(tmp_path).as_posix(): s.group for s in sources(str(tmp_path))}

    assert found == {
        "Artist/Album/1.flac": "Artist",
        "Artist/2.wav": "Artist",
        "Other/3.ogg": "Other",
        "single.wav": "single",
    }
    assert [s.path for s in sources(f"folder:{tmp_path}")] == [s.path for s in sources(str(tmp_path))]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{}/nowhere", "no folder .*nowhere.*give folders of music"),
        ("{}/a.wav", "is a file"),
        ("gtsan:{}", "'gtsan' is no kind of music.*folder, debian, gtzan, fma, maestro, sets"),
        ("fma:{}?size=small", "'size=small' is no option of 'fma:'.*partial=yes or subset"),
        ("gtzan:{}?partial=maybe", "'partial=maybe' is no option"),
        ("fma:{}?subset=tiny", "no subset 'tiny'.*small, medium"),
        ("gtzan:{}/nowhere", "no folder .*genres.tar.gz from https"),
        ("maestro:{}", "no maestro-v3.0.0.csv.*https://magenta"),
        ("fma:{}", "no fma_metadata/tracks.csv.*fma_metadata from https://github.com/mdeff/fma"),
        ("debian:{}", "holds no music.*segue fetch-music"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(tmp_path, spec, told):
    sound(tmp_path / "a.wav")

    with pytest.raises(SegueError, match=told):
        sources(spec.format(tmp_path))


@pytest.fixture
def gtzan(tmp_path):
    """GTZAN as Kaggle unpacks it."""
    one = sound(tmp_path / "one.wav")
    for genre in GENRES:
        folder = tmp_path / "Data" / "genres_original" / genre
        folder.mkdir(parents=True)
        for n in range(100):
            shutil.copy(one, folder / f"{genre}.{n:05d}.wav")
    (tmp_path / "Data/genres_original/jazz/jazz.00054.wav").write_bytes(b"NIST_1A\n" * 50)
    return tmp_path


def test_gtzan_is_999_groups_without_its_broken_file(gtzan):
    found = sources(f"gtzan:{gtzan}")

    assert len(found) == len({s.group for s in found}) == 999
    assert "jazz.00054.wav" not in names(found)
    assert {s.least_s for s in found} == {25.0}
    assert names(sources(f"gtzan:{gtzan}/Data/genres_original")) == names(found)


def test_the_older_gtzan_is_whole_with_1000_files(tmp_path):
    for genre in GENRES:
        (tmp_path / "genres" / genre).mkdir(parents=True)
        for n in range(100):
            (tmp_path / "genres" / genre / f"{genre}.{n:05d}.au").write_bytes(b".snd")

    assert len(sources(f"gtzan:{tmp_path}")) == 1000


def test_half_a_gtzan_says_what_is_missing(gtzan):
    inside = gtzan / "Data" / "genres_original"
    shutil.rmtree(inside / "rock")
    (inside / "pop" / "pop.00007.wav").write_bytes(b"")

    with pytest.raises(
        SegueError, match=r"101 of 999 .*\(pop/pop.00007.wav, rock/.*no folder for rock.*https.*partial"
    ):
        sources(f"gtzan:{gtzan}")
    assert len(sources(f"gtzan:{gtzan}?partial=yes")) == 898


def test_an_archive_that_was_not_unpacked_is_named(tmp_path):
    (tmp_path / "genres.tar.gz").write_bytes(b"x")

    with pytest.raises(SegueError, match=r"genres.tar.gz is there but not unpacked"):
        sources(f"gtzan:{tmp_path}?partial=yes")


ROWS = [  # track, artist, split, subset
    (2, 1, "training", "small"),
    (5, 1, "training", "medium"),
    (1003, 7, "validation", "small"),
    (1004, 8, "test", "small"),
    (1005, 8, "training", "small"),  # an artist on two sides
    (155320, 9, "training", "large"),
]


@pytest.fixture
def fma(tmp_path):
    """FMA's small subset with a table as it is: three lines of head, line ends and long texts in cells."""
    head = [
        ["", "album", "album", "artist", "artist", "set", "set", "track"],
        ["", "comments", "information", "id", "name", "split", "subset", "title"],
        ["track_id", "", "", "", "", "", "", ""],
    ]
    biography = 'He said: "no",\n' * 12_000
    rows = [[t, 0, biography if t == 2 else "<p>\r\n</p>", a, f"A, {a}", p, s, "Title"] for t, a, p, s in ROWS]
    table(tmp_path / "fma_metadata" / "tracks.csv", [*head, *rows])
    for track, *_, subset in ROWS:
        if subset == "small":
            sound(tmp_path / "fma_small" / f"{track // 1000:03d}" / f"{track:06d}.mp3", seed=track)
    return tmp_path


def test_fma_has_its_own_split_with_no_artist_on_two_sides(fma, capsys):
    found = sources(f"fma:{fma}?subset=small")

    assert names(found) == ["000002.mp3", "001003.mp3", "001004.mp3", "001005.mp3"]
    assert [s.split for s in found] == ["train", "validation", "test", "test"]
    assert [s.group for s in found] == [f"fma artist {n}" for n in (1, 7, 8, 8)]
    assert "1 artists were in several parts" in capsys.readouterr().err
    assert names(sources(f"fma:{fma}")) == names(found)


def test_fma_without_some_of_its_sound_says_which(fma):
    (fma / "fma_small/001/001003.mp3").unlink()

    with pytest.raises(SegueError, match=r"1 of 4 files .*fma_small/001/001003.mp3.*fma_small.zip from https"):
        sources(f"fma:{fma}")
    assert len(sources(f"fma:{fma}?subset=small&partial=yes")) == 3
    with pytest.raises(SegueError, match=r"5 of 5 .*fma_medium.zip from"):
        sources(f"fma:{fma}?subset=medium")
    (fma / "fma_medium.zip").write_bytes(b"PK")
    with pytest.raises(SegueError, match=r"fma_medium.zip is there but not unpacked"):
        sources(f"fma:{fma}?subset=medium")


def test_half_a_table_of_fma_is_told(fma):
    path = fma / "fma_metadata" / "tracks.csv"
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"1004,0")] + b"1004,0,xx")

    with pytest.raises(SegueError, match=r"breaks off or is damaged.*fetch it again"):
        sources(f"fma:{fma}")
    path.write_text("a,b\nc,d\n")
    with pytest.raises(SegueError, match=r"no column artist/id, set/split, set/subset"):
        sources(f"fma:{fma}")


MAESTRO = [
    ["canonical_composer", "canonical_title", "split", "year", "midi_filename", "audio_filename", "duration"],
    ["Frédéric Chopin", "Ballade, Op. 23", "train", 2018, "2018/a.midi", "2018/a.wav", 1.0],
    ["Frédéric Chopin", "Étude", "validation", 2018, "2018/b.midi", "2018/b.wav", 1.5],
    ["Franz Schubert / Franz Liszt", "Erlkönig", "test", 2004, "2004/c.midi", "2004/c.wav", 3.0],
]


@pytest.fixture
def maestro(tmp_path):
    table(tmp_path / "maestro-v3.0.0.csv", MAESTRO)
    for row in MAESTRO[1:]:
        sound(tmp_path / row[5], row[6])
    return tmp_path


def test_maestro_has_composers_and_its_own_split(maestro):
    found = sources(f"maestro:{maestro}")

    assert [(s.group, s.split) for s in found] == [(row[0], row[2]) for row in MAESTRO[1:]]


def test_a_concert_that_breaks_off_is_left_out(maestro, tmp_path, capsys):
    sound(maestro / "2004" / "c.wav", 0.5)

    clips = prepare(sources(f"maestro:{maestro}"), tmp_path / "cache", jobs=1, least_s=0.2)

    assert [c.split for c in clips] == ["train", "validation"]
    assert "c.wav: it has 0 s, its dataset's table says 3; fetch it again" in capsys.readouterr().err


def test_maestro_without_sound_is_known(maestro):
    for path in maestro.glob("*/*.wav"):
        path.rename(path.with_suffix(".midi"))

    with pytest.raises(SegueError, match=r"3 of 3 .*the download without sound.*maestro-v3.0.0.zip \(101 GB\)"):
        sources(f"maestro:{maestro}?partial=yes")


def test_half_a_table_of_maestro_is_told(maestro):
    path = maestro / "maestro-v3.0.0.csv"
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(SegueError, match="breaks off or is damaged at line 4"):
        sources(f"maestro:{maestro}")
