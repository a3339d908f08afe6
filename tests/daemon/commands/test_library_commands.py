import json

import numpy as np
import pytest

from segue.daemon.__main__ import main
from segue.daemon.library.catalogue import Catalogue, CueRow, File, Record


@pytest.fixture
def folder(tmp_path):
    with Catalogue.create(tmp_path) as catalogue:
        catalogue.set_artifact("a" * 64)
        for n, (title, artist) in enumerate([("Blue [Remix]", "Anna"), ("Green", ""), ("Red ❤", "Bob")]):
            record = Record(
                f"{n + 1}" * 16, "a" * 64, 1, 185.0, 128.04 * n, 0.9, 9 if n else -1, 0 if n else -1, 0.5, -9.0, 0.1,
                0.2, "", 0.25, np.array([0.5, 1.0, 1.5, 2.0, 2.5]), np.array([0, 4], np.int32),
                np.full(3, 0.5, np.float32),
                (CueRow("intro", 0.5, 0, 1.0), CueRow("drop", 2.5, 4, 0.8, {"novelty": 2.5})),
                (CueRow("outro", 2.5, 4, 0.5),), ((0.0, 2.5, "A", 0.5),), np.zeros((8, 4), np.float16),
                np.zeros((2, 8), np.float32), np.zeros((1, 8), np.float32),
            )  # fmt: skip
            with catalogue.transaction():
                catalogue.put_track(record)
                catalogue.put_file(File(f"/m/{n}.ogg", 1, 1, "c", record.id, title=title, artist=artist))
    return tmp_path


@pytest.fixture
def segue(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return exit_.value.code, out, err

    return run


def test_list_says_what_is_there_in_the_promised_words(segue, folder):
    status, out, _ = segue("library", "list", "--json", "--library", folder)

    tracks = json.loads(out)
    assert status == 0
    assert [track["path"] for track in tracks] == ["/m/0.ogg", "/m/1.ogg", "/m/2.ogg"]
    assert {"id", "path", "title", "artist", "duration_s", "tempo_bpm", "key", "cues"} <= tracks[0].keys()
    assert [track["key"] for track in tracks] == ["", "8A", "8A"]
    assert [(c["index"], c["kind"], c["position_s"]) for c in tracks[1]["cues"]] == [
        (0, "intro", 0.5),
        (1, "drop", 2.5),
    ]
    assert [c["kind"] for c in tracks[1]["mix_outs"]] == ["outro"]


def test_list_for_people_has_a_line_a_track(segue, folder):
    status, out, _ = segue("library", "list", "--library", folder)

    assert status == 0
    assert "Blue [Remix]  Anna" in out
    assert "3:05  256.1   8A     2" in out
    assert "3 tracks, 0.2 hours" in out


def test_show_adds_all_that_is_known(segue, folder):
    _, out, _ = segue("library", "show", "2" * 16, "--json", "--library", folder)

    track = json.loads(out)
    assert track["beats_s"] == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert track["downbeats_s"] == [0.5, 2.5]
    assert track["sections"] == [{"start_s": 0.0, "end_s": 2.5, "label": "A", "energy": 0.5}]
    assert track["cues"][1]["evidence"] == {"novelty": 2.5}
    assert track["energy_curve"] == [0.5, 0.5, 0.5]
    assert [file["path"] for file in track["files"]] == ["/m/1.ogg"]


def test_show_for_people_takes_the_start_of_an_id(segue, folder):
    status, out, _ = segue("library", "show", "11", "--library", folder)

    assert status == 0
    assert "Blue [Remix] by Anna" in out
    assert "0:02.5" in out


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("blue", "Blue [Remix]"), ("1" * 15 + "2", "1" * 16), ("zzz", "segue library list"), ("", "did you mean")],
)
def test_an_unknown_track_is_answered_with_near_ones(segue, folder, wanted, said):
    status, _, err = segue("library", "show", wanted, "--library", folder)

    assert status == 1
    assert said in err
    assert err.count("\n") == 1


def test_remove_takes_tracks_out_and_all_of_them_or_none(segue, folder):
    assert segue("library", "remove", "1" * 16, "nothing", "--library", folder)[0] == 1
    status, out, _ = segue("library", "remove", "1" * 16, "3", "--json", "--library", folder)

    assert status == 0
    assert [track["title"] for track in json.loads(out)["removed"]] == ["Blue [Remix]", "Red ❤"]
    assert len(json.loads(segue("library", "list", "--json", "--library", folder)[1])) == 1
    assert json.loads((folder / "manifest.json").read_text())["tracks"] == 1


def test_no_library_names_the_command_that_makes_one(segue, tmp_path):
    status, _, err = segue("library", "list", "--library", tmp_path / "none")

    assert status == 1
    assert "segue index" in err


def test_a_folder_without_music_is_an_error_that_says_so(segue, tmp_path):
    (tmp_path / "music").mkdir()

    status, _, err = segue("index", tmp_path / "music", "--library", tmp_path / "library")

    assert status == 1
    assert "no audio files there" in err
