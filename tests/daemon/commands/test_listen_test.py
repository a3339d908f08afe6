"""Listening tests: blind pairs on a page, and votes read back."""

import json
import re

import pytest
import soundfile
from drums import RATE, add, grid, write

from segue.daemon.__main__ import main
from segue.daemon.preview.votes import Contest

COUNT = 5


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    music = tmp_path_factory.mktemp("music")
    for n in range(COUNT):
        beats_s = grid(122 + 0.7 * n, beats=112)
        duration_s = write(music / f"{n}.wav", beats_s)
        add(music / "library", music / f"{n}.wav", n, beats_s, duration_s, title=f"Title {n}", pitch_class=5 * n % 12)
    return music / "library"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_:
        main(["listen-test", *map(str, arguments)])
    out, err = capsys.readouterr()
    return exit_.value.code, " ".join(out.split()), err


@pytest.fixture(scope="module")
def test_folder(tmp_path_factory, library):
    folder = tmp_path_factory.mktemp("blind") / "test"
    with pytest.raises(SystemExit) as exit_:
        main(["listen-test", str(folder), "--library", str(library), "--pairs", "3", "--seed", "5"])
    assert exit_.value.code == 0
    return folder


@pytest.fixture
def key(test_folder):
    return json.loads((test_folder / "key.json").read_text("utf-8"))["pairs"]


def page(folder):
    text = (folder / "index.html").read_text("utf-8")
    return text, json.loads(re.search(r"^const TEST = (.*);$", text, re.M)[1])


def vote(path, folder, choices, listener="me", **changes):
    votes = [{"pair": pair, "choice": choice} for pair, choice in choices.items()]
    document = {"segue_votes": 1, "test": page(folder)[1]["test"], "listener": listener, "votes": votes, **changes}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_each_pair_of_systems_leaves_the_same_track_for_two_others(key):
    assert {frozenset((pair["a"]["system"], pair["b"]["system"])) for pair in key} == {
        frozenset({"segue", "rule"}), frozenset({"segue", "random"}), frozenset({"rule", "random"})
    }  # fmt: skip
    assert all(len({pair["outgoing"], pair["a"]["track"], pair["b"]["track"]}) == 3 for pair in key)


def test_the_page_is_whole_and_does_not_tell_who_chose(test_folder, key):
    text, told = page(test_folder)

    assert [pair["file"] for pair in told["pairs"]] == ["01", "02", "03"]
    for name in ("01a", "01b", "03b"):
        assert soundfile.info(test_folder / f"{name}.mp3").samplerate == RATE
    assert not re.search(r"https?://|\bsrc=|\brule\b|\brandom\b|system[^-]", text.replace("system-ui", ""))
    for pair in key:
        assert pair["a"]["track"] not in text
        assert set(told["pairs"][pair["pair"] - 1]) == {"title", "lead_s", "file"}


def test_the_same_seed_makes_the_same_test_and_another_another(capsys, tmp_path, library, test_folder):
    for name, seed in (("same", 5), ("other", 6)):
        assert run(capsys, tmp_path / name, "--library", library, "--pairs", 1, "--seed", seed)[0] == 0

    folders = test_folder, tmp_path / "same", tmp_path / "other"
    first, same, other = (json.loads((folder / "key.json").read_text("utf-8"))["pairs"][0] for folder in folders)
    assert first == same != other
    assert (test_folder / "01a.mp3").read_bytes() == (tmp_path / "same" / "01a.mp3").read_bytes()


def test_a_test_is_not_written_over(capsys, test_folder, library):
    status, _, err = run(capsys, test_folder, "--library", library)

    assert status == 2
    assert "already" in err


def test_a_file_that_is_gone_spoils_a_pair_and_not_the_test(capsys, tmp_path, library):
    gone = library.parent / "3.wav"
    kept = gone.rename(tmp_path / "kept.wav")
    try:
        status, out, _ = run(capsys, tmp_path / "test", "--library", library, "--pairs", 5)
    finally:
        kept.rename(gone)

    assert status == 0
    assert "no more outgoing tracks" in out
    assert "'Title 3' is gone" in out


def test_votes_of_several_files_are_counted_by_system(capsys, tmp_path, test_folder, key):
    wins = {pair["pair"]: next((s for s in "ab" if pair[s]["system"] == "segue"), "same") for pair in key}
    files = [vote(tmp_path / f"{n}.json", test_folder, wins, listener=f"l{n}") for n in range(6)]

    status, out, _ = run(capsys, test_folder, *files)

    assert status == 0
    assert "segue against rule 6 0 0 1.00 0.54 to 1.00 0.031" in out
    assert "rule against random 0 0 6 – – –" in out
    assert "6 listeners" in out


def test_a_listener_counts_once_and_the_later_file_holds(capsys, tmp_path, test_folder, key):
    number = next(p["pair"] for p in key if {p["a"]["system"], p["b"]["system"]} == {"segue", "rule"})
    files = [vote(tmp_path / f"{choice}.json", test_folder, {number: choice}) for choice in ("a", "b", "same")]

    _, out, _ = run(capsys, test_folder, *files)

    assert "segue against rule 0 0 1" in out
    assert "1 listener;" in out


def test_the_sign_test_is_exact():
    share, low, high, p = Contest("segue", "rule", 9, 1, 4).test()

    assert share == 0.9
    assert p == pytest.approx(22 / 1024)
    assert (low, high) == (pytest.approx(0.555, abs=5e-4), pytest.approx(0.9975, abs=5e-4))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "cannot be read"),
        (lambda path: path.write_text('{"segue_votes": 1, "te'), "not JSON"),
        (lambda path: path.write_text("[" * 200_000), "not JSON"),
        (lambda path: path.write_text("[1, 2]"), "no vote file as the page saves it"),
        (lambda path: path.write_text('{"tracks": []}'), "segue_votes: field required"),
        (lambda path: path.unlink(), "no vote file at"),
    ],
)
def test_a_damaged_or_foreign_vote_file_is_refused(capsys, tmp_path, test_folder, spoil, said):
    path = vote(tmp_path / "votes.json", test_folder, {1: "a"})
    spoil(path)

    status, out, err = run(capsys, test_folder, path)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


@pytest.mark.parametrize(
    ("choices", "changes", "said"),
    [
        ({1: "a"}, {"test": "0" * 16}, "another test"),
        ({99: "a"}, {}, "pair 99"),
        ({1: "c"}, {}, "votes.0.choice"),
        ({1: "a"}, {"segue_votes": 2}, "segue_votes"),
    ],
)
def test_votes_that_do_not_fit_the_test_are_refused(capsys, tmp_path, test_folder, choices, changes, said):
    path = vote(tmp_path / "votes.json", test_folder, choices, **changes)

    status, _, err = run(capsys, test_folder, path)

    assert status == 2
    assert said in err


def test_a_folder_without_a_test_is_named(capsys, tmp_path):
    (tmp_path / "votes.json").write_text("{}")

    status, _, err = run(capsys, tmp_path, tmp_path / "votes.json")

    assert status == 2
    assert "holds no listening test" in err
