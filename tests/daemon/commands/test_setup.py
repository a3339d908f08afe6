"""``segue setup``: five questions or five options, one config, and nothing changed before the last answer."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from home import Home

from segue.daemon import questions
from segue.daemon.clock import ScriptedClock
from segue.daemon.commands import service
from segue.daemon.config import Target, load
from segue.daemon.errors import ConfigError, DeviceError, SegueError
from segue.daemon.questions import targets


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(tmp_path, monkeypatch)


def test_five_answers_make_a_config_an_index_and_a_service(home: Home) -> None:
    done = home.setup(answers=f"{home.music}\n2\n5,6\ntouchdesigner, max@192.168.1.20\ny\ny\n")

    assert done.exit_code == 0, done.output
    made = load()
    assert (made.audio.device, made.audio.channels) == ("DJM-900 日本", [5, 6])
    assert [(t.host, t.port) for t in made.osc.targets] == [
        ("127.0.0.1", 17110), ("127.0.0.1", 17111), ("192.168.1.20", 17130),
    ]  # fmt: skip
    assert made.stage.host == "0.0.0.0"
    assert len(made.stage.token) >= 12
    assert home.indexed[0]["paths"] == [home.music]
    assert home.indexed[0]["config"] == home.file
    assert home.installed == [{"config": None, "library": None, "log": None}]
    assert made.stage.token in done.output
    assert "segue service start" in done.output
    assert all(len(line) <= 80 or "/" in line for line in done.output.splitlines())
    assert home.file.stat().st_mode & 0o077 == 0


def test_every_answer_has_an_option_and_then_nothing_is_asked(home: Home) -> None:
    done = home.setup(
        *("--music", str(home.music), "--device", "djm", "--channels", "3,4", "--receiver", "ableton,10.0.0.7:9000"),
        *("--no-stage-on-network", "--no-at-login", "--library", str(home.folder / "lib")),
    )

    assert done.exit_code == 0, done.output
    made = load()
    assert (made.audio.device, made.audio.channels) == ("DJM-900 日本", [3, 4])
    assert [(t.host, t.port) for t in made.osc.targets] == [("127.0.0.1", 17120), ("10.0.0.7", 9000)]
    assert made.library.folder == home.folder / "lib"
    assert made.stage.token == ""
    assert home.installed == []
    assert "?" not in done.output


def test_yes_asks_nothing_and_keeps_what_was_set(home: Home) -> None:
    home.file.parent.mkdir()
    home.file.write_text('[audio]\ndevice = "djm"\n[suggest]\ncount = 3\n[suggest.weights]\nkey = 0.9\n')
    done = home.setup("--yes")

    assert done.exit_code == 0, done.output
    made = load()
    assert (made.audio.device, made.suggest.count, made.suggest.weights.key) == ("djm", 3, 0.9)
    assert home.indexed == []
    assert (home.file.parent / "config.toml.1").read_text().endswith("key = 0.9\n")


def test_a_config_is_never_lost_however_often_it_is_written(home: Home) -> None:
    for port in ("1001", "1002", "1002", "1003"):
        assert home.setup("--yes", "--receiver", f"h:{port}").exit_code == 0

    kept = [tomllib.loads((home.file.parent / f"config.toml.{n}").read_text()) for n in (1, 2)]
    assert [each["osc"]["targets"][0]["port"] for each in kept] == [1001, 1002]
    assert load().osc.targets[0].port == 1003
    assert len(list(home.file.parent.iterdir())) == 3


def test_a_faulty_config_is_told_kept_and_replaced(home: Home) -> None:
    home.file.parent.mkdir()
    home.file.write_text("[suggest]\ncount = 99\n")
    done = home.setup("--yes")

    assert done.exit_code == 0
    assert "count: 99" in done.output
    assert (home.file.parent / "config.toml.1").read_text() == "[suggest]\ncount = 99\n"
    assert load().suggest.count == 8


def test_a_service_that_cannot_be_is_told_and_the_music_is_indexed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise SegueError("systemctl failed: no bus")

    monkeypatch.setattr(service, "install", refuse)
    done = home.setup("--yes", "--music", str(home.music), "--at-login")

    assert done.exit_code == 0
    assert "warning: systemctl failed: no bus" in done.output
    assert "segue run" in done.output
    assert home.indexed


ANSWERS = ["Müsic", "2", "1,2", "", "n", "n"]


@pytest.mark.parametrize("answered", range(6))
def test_breaking_off_at_any_question_leaves_everything_as_it_was(home: Home, answered: int) -> None:
    home.file.parent.mkdir()
    home.file.write_text("[suggest]\ncount = 3\n")
    before = home.files()
    answers = [str(home.music), *ANSWERS[1:]][:answered]
    done = home.setup(answers="".join(f"{answer}\n" for answer in answers))

    assert done.exit_code == 130
    assert "stopped; nothing was changed" in done.output
    assert home.files() == before
    assert home.indexed == home.installed == []


def test_a_dj_program_that_is_there_is_proposed(home: Home) -> None:
    (home.folder / ".mixxx").mkdir()
    (home.folder / ".mixxx" / "mixxxdb.sqlite").write_bytes(b"SQLite format 3\x00")
    done = home.setup(answers="\n1\n\nn\nn\n")

    assert done.exit_code == 0, done.output
    assert "the library of mixxx" in done.output
    assert home.indexed[0]["source"] == "mixxx"


def test_a_level_that_will_not_do_is_told_and_another_input_can_be_chosen(home: Home) -> None:
    home.wrong = ["there is no sound; play something"]
    done = home.setup("--music", str(home.music), answers="1\ny\nLine, WASAPI\n\nn\nn\n")

    assert done.exit_code == 0, done.output
    assert "there is no sound" in done.output
    assert [each.device for each in home.heard] == ["Built-in Microphone", "Line, WASAPI"]
    assert load().audio.device == "Line, WASAPI"


def test_what_is_not_understood_is_asked_again(home: Home) -> None:
    done = home.setup(answers=f"/no/such\n{home.music}\n9\nNope\n1\npuredat\npuredata\nn\nn\n")

    assert done.exit_code == 0, done.output
    for told in ("there is no folder /no/such", "there are 4 inputs", "no input named 'Nope'", "'puredat' is no rec"):
        assert told in done.output
    assert [target.port for target in load().osc.targets] == [17140]


def test_without_any_input_the_rest_is_set_up(home: Home) -> None:
    home.devices = []
    done = home.setup(answers=f"{home.music}\nnone\nn\nn\n")

    assert done.exit_code == 0, done.output
    assert load().audio.device == ""
    assert load().osc.targets == []


@pytest.mark.parametrize(
    "words",
    [
        ("--channels", "0"),
        ("--channels", "300"),
        ("--receiver", "[]:80"),
        ("--receiver", "touchdesigner@10.0.0.1:65535"),
        ("--receiver", "resolume"),
        ("--receiver", "toaster"),
        ("--from", "winamp"),
        ("--music", "/no/such"),
        ("--music", "/", "--from", "mixxx"),
    ],
)
def test_an_option_that_cannot_be_is_told_and_changes_nothing(home: Home, words: tuple[str, ...]) -> None:
    done = home.setup("--yes", *words)

    assert isinstance(done.exception, ConfigError)
    assert not home.file.exists()


def test_a_link_to_a_config_elsewhere_stays_a_link(home: Home) -> None:
    (home.folder / "dotfiles.toml").write_text("[suggest]\ncount = 2\n")
    home.file.parent.mkdir()
    home.file.symlink_to(home.folder / "dotfiles.toml")

    assert home.setup("--yes").exit_code == 0
    assert home.file.is_symlink()
    assert (home.folder / "dotfiles.toml.1").read_text() == "[suggest]\ncount = 2\n"


def test_receivers_are_read_with_host_and_port() -> None:
    assert targets(["[::1]:9000"]) == [Target(host="::1", port=9000)]
    assert [t.host for t in targets(["TouchDesigner@10.0.0.2"])] == ["10.0.0.2", "10.0.0.2"]
    assert [(t.host, t.port) for t in targets(["touchdesigner@h:9000"])] == [("h", 9000), ("h", 9001)]
    assert [(t.host, t.port) for t in targets(["max@[fe80::1]"])] == [("fe80::1", 17130)]
    assert targets(["none"]) == []


def test_an_input_that_cannot_be_opened_is_told_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    def refuse(*_: object) -> Any:
        raise DeviceError("input 'Line' is busy")
        yield

    monkeypatch.setattr(questions, "listen", refuse)

    assert questions.signal(Console(), questions.Wanted(), ScriptedClock()) == "input 'Line' is busy"
