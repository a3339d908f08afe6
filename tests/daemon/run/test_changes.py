"""The config while the daemon runs: what changes takes effect without a gap, what is faulty changes nothing."""

import os
import re
import socket
from pathlib import Path

import numpy as np
import pytest
import synth
from fakes import FakeEngine, library, scripted, track
from frames import frame

from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Config, Target, load, parse
from segue.daemon.messages import Message
from segue.daemon.osc.packet import parse as parse_packet
from segue.daemon.osc.sender import Sender
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run.changes import Changes, differences

RATE = 16_000


class Desk:
    """A config file that is watched, and what came of it."""

    def __init__(self, file: Path, text: str = "[suggest]\ncount = 8\n") -> None:
        self.file = file
        self.writes = 0
        self.write(text)
        self.changes = Changes(file, load(file), ScriptedClock())
        self.adopted: list[Config] = []
        self.told: list[tuple[int, str]] = []

    def write(self, text: str) -> None:
        self.writes += 1
        self.file.write_text(text)
        os.utime(self.file, (self.writes, self.writes))

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.changes.look()
        self.changes.apply(lambda _, new: self.adopted.append(new), lambda level, text: self.told.append((level, text)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "config.toml")


def test_a_changed_setting_is_taken_over_once_and_told(desk: Desk) -> None:
    desk.write("[suggest]\ncount = 3\n[suggest.weights]\nkey = 1.0\n[track]\nconfidence = 0.5\n")
    desk.look()
    desk.look()

    assert [config.suggest.count for config in desk.adopted] == [3]
    assert desk.told == [(1, "changed in the config: track.confidence, suggest.count, suggest.weights.key")]


def test_half_of_a_file_is_not_taken_for_the_whole(desk: Desk) -> None:
    desk.write("[suggest]\n")
    desk.look(1)
    desk.write("[suggest]\ncount = 5\n")
    desk.look(1)
    assert desk.adopted == []

    desk.look(1)
    assert [config.suggest.count for config in desk.adopted] == [5]


def test_faults_are_told_in_one_line_and_the_settings_before_stay(desk: Desk) -> None:
    desk.write("[suggest]\ncount = 80\nenergie = 1\n")
    desk.look(5)

    assert desk.adopted == []
    assert len(desk.told) == 1
    level, text = desk.told[0]
    assert level == 3
    assert "has 2 faults: line 2: suggest.count: 80" in text
    assert text.endswith("did you mean 'energy'?; the settings before stay")

    desk.write("[suggest]\ncount = 4\n")
    desk.look()
    assert [config.suggest.count for config in desk.adopted] == [4]


def test_what_cannot_change_now_is_said_to_wait(desk: Desk) -> None:
    desk.write('[suggest]\ncount = 8\n[audio]\nchannels = [3]\n[osc]\nroot = "/s"\nlisten_port = 1\n')
    desk.look()

    assert desk.adopted == []
    names = "audio.channels, osc.root, osc.listen_port"
    assert desk.told == [(2, f"changed in the config, takes effect at the next start: {names}")]


def test_another_input_with_other_channels_waits_however_they_are_written(desk: Desk) -> None:
    desk.write('[suggest]\ncount = 5\n[audio]\ndevice = "DJM"\nchannels = [9, 10]\n')
    desk.look()
    assert desk.told[-1] == (2, "changed in the config, takes effect at the next start: audio.device, audio.channels")
    desk.write('[suggest]\ncount = 5\n[audio]\ndevice = "DJM-900"\nchannels = [9, 10]\n')
    desk.look()
    assert [config.audio.device for config in desk.adopted] == [""]

    desk.write('[suggest]\ncount = 5\n[audio]\ndevice = "DJM-900"\n')
    desk.look()
    assert [config.audio.device for config in desk.adopted] == ["", "DJM-900"]


@pytest.mark.parametrize("text", ['[library]\npath = "~nobody-of-that-name/segue"\n', "a = " + "[" * 5000])
def test_what_no_reader_can_read_is_told_and_the_next_edit_is_read(desk: Desk, text: str) -> None:
    desk.write(text)
    desk.look()
    assert [level for level, _ in desk.told] == [3]

    desk.write("[suggest]\ncount = 4\n")
    desk.look()
    assert [config.suggest.count for config in desk.adopted] == [4]


def test_changes_that_come_before_they_are_taken_over_are_told_from_where_they_began(desk: Desk) -> None:
    for count in (5, 6):
        desk.write(f"[suggest]\ncount = {count}\n")
        for _ in range(2):
            desk.changes.look()
    seen: list[tuple[int, int]] = []
    desk.changes.apply(lambda old, new: seen.append((old.suggest.count, new.suggest.count)), lambda level, text: None)

    assert seen == [(8, 6)]


def test_a_file_that_goes_changes_nothing_and_one_that_returns_is_read(desk: Desk) -> None:
    desk.file.unlink()
    desk.look(4)
    assert (desk.adopted, desk.told) == ([], [])

    desk.write("[suggest]\ncount = 2\n")
    desk.look()
    assert [config.suggest.count for config in desk.adopted] == [2]


def test_a_file_of_ones_own_that_comes_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    changes = Changes(None, Config(), ScriptedClock())
    (tmp_path / "config.toml").write_text("[suggest]\ncount = 2\n")
    adopted: list[Config] = []
    for _ in range(2):
        changes.look()
    changes.apply(lambda _, new: adopted.append(new), lambda level, text: None)

    assert [config.suggest.count for config in adopted] == [2]


def test_a_fault_of_ours_does_not_end_the_set(desk: Desk) -> None:
    desk.write("[suggest]\ncount = 2\n")
    for _ in range(2):
        desk.changes.look()
    told: list[str] = []

    def broken(old: Config, new: Config) -> None:
        raise ZeroDivisionError("count")

    desk.changes.apply(broken, lambda level, text: told.append(text))

    assert told[-1] == "the changed config could not be taken over: ZeroDivisionError: count"


def test_differences_name_settings_down_to_the_weight() -> None:
    new = parse("[suggest.weights]\nkey = 0.1\n[[osc.targets]]\nhost = 'a'\nport = 1\n", Path("c.toml"))

    assert differences(Config(), new) == ["suggest.weights.key", "osc.targets"]


def sound(seconds: float) -> np.ndarray:
    mono = 0.6 * synth.cadence(9, 0, seconds, rate=RATE) + synth.clicks(120.0, seconds, rate=RATE)
    return np.stack([mono, mono], axis=1).astype(np.float32)


def a_set(config: Config) -> Pipeline:
    snapshot = library([track(n, tempo_bpm=118.0 + n) for n in range(12)])
    return Pipeline(config, FakeEngine(), snapshot, Publisher(config), RATE, 2, scripted())


def values(messages: list[Message], address: str) -> list:
    return [message.args[0] for message in messages if message.address == f"/segue{address}"]


def test_settings_change_in_a_running_set_without_a_missing_tick() -> None:
    line = a_set(Config())
    before = line.feed(sound(6.0))
    suggest = {"weights": {"key": 0.0}, "count": 3, "energy": 0.5, "filters": {"tempo_bpm": [124.0, 130.0]}}
    line.adopt(Config.model_validate({"suggest": suggest, "track": {"confidence": 0.9}}))
    after = line.feed(sound(6.0))

    ticks = values(before + after, "/live/t_ms")
    assert ticks == list(range(50, 12_001, 50))
    assert values(before, "/next/commit")
    full = [
        message.args[1] for message in before + after if message.address == "/segue/next/commit" and message.args[0]
    ]
    assert (full[0], full[-1]) == (8, 3)
    named = {message.args[3] for message in after[-2000:] if re.search("/n./track$", message.address)} - {""}
    assert named <= {f"Title {n}" for n in range(6, 12)}
    assert line.wishes.weights()["key"] == 0.0
    assert line.wishes.direction == 0.5
    assert line._hops._tracker.confidence == 0.9


def test_what_the_dj_said_stays_where_the_config_is_as_it_was() -> None:
    line = a_set(Config())
    line.wishes.weigh("tempo", 0.2)
    line.wishes.steer(-1.0)
    line.adopt(Config.model_validate({"suggest": {"weights": {"key": 0.0}}}))

    assert line.wishes.weights()["tempo"] == 0.2
    assert line.wishes.direction == -1.0


def test_another_library_takes_over_in_a_running_set_without_a_missing_tick() -> None:
    line = a_set(Config())
    before = line.feed(sound(6.02))
    line.replace_snapshot(library([track(n, tempo_bpm=118.0 + n) for n in range(30, 42)], seed=2))
    after = line.feed(sound(6.0))

    assert values(before + after, "/live/t_ms") == list(range(50, 12_001, 50))
    old, new = ({m.args[1] for m in part if m.address.endswith("/track") and m.args[1]} for part in (before, after))
    assert old
    assert new
    assert old.isdisjoint(new)


def test_a_new_target_hears_at_once_what_is_retained_and_the_old_ones_go_on() -> None:
    with an_ear() as old, an_ear() as new:
        settings = [target(old), target(new)]
        with Sender(settings[:1]) as sender:
            sender.send(Publisher(Config(), version="0.1.0").step(frame(0)))
            sent = sender.targets[0].sent
            sender.aim(settings)
            kept = sender.targets[0]
            told = [message.address for message in parse_packet(new.recv(4096))]

            assert "/segue/status/info" in told
            assert kept.sent == sent
            sender.aim(settings[1:])
            assert [each.port for each in sender.targets] == [new.getsockname()[1]]


def an_ear() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5)
    return made


def target(ear: socket.socket) -> Target:
    return Target(host="127.0.0.1", port=ear.getsockname()[1])
