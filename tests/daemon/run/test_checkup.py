"""The check: every kind of trouble is found and comes with what to do."""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.errors import ConfigError, DeviceError, LibraryError
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.run.checkup import look
from segue.daemon.sound import capture
from segue.daemon.sound.capture import InputDevice

DECK = InputDevice(0, "Deck", "JACK Audio Connection Kit", 2, 44_100, True)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config that has no faults, on a machine that has an input."""
    monkeypatch.setattr(capture, "inputs", lambda: [DECK])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = tmp_path / "config.toml"
    path.write_text(f'[osc]\nlisten_port = {port}\n[library]\npath = "{tmp_path / "library"}"\n')
    return path


def kinds(config: Path, **more: object) -> list[tuple[str, bool]]:
    return [(problem.what, problem.fatal) for problem in look(config, **more).problems]


def test_a_missing_library_is_only_a_warning_with_the_command_that_makes_one(config: Path, tmp_path: Path) -> None:
    found = look(config)

    assert kinds(config) == [("library", False)]
    assert f"segue index FOLDER --library '{tmp_path / 'library'}'" in found.problems[0].text
    assert found.library == {"path": str(tmp_path / "library"), "tracks": 0, "cues": 0, "hops": 0}
    assert len(found.artifact_sha256) == 64
    assert found.config == str(config)


def test_a_library_of_another_artifact_is_fatal(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "manifest.json").write_text("{}")

    def refuse(*_: object) -> Snapshot:
        raise LibraryError("built by another artifact; run 'segue index'")

    monkeypatch.setattr(Snapshot, "load", refuse)
    assert kinds(config) == [("library", True)]

    monkeypatch.setattr(Snapshot, "load", lambda *_: Snapshot.build([], [], []))
    assert kinds(config) == [("library", False)]


def test_no_portaudio_and_no_such_input_are_fatal(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("input", True) in kinds(config, device="Scarlett")

    def missing() -> list[InputDevice]:
        raise DeviceError("PortAudio is missing; install it")

    monkeypatch.setattr(capture, "inputs", missing)
    assert ("input", True) in kinds(config)


def test_a_rate_that_is_not_jack_s_is_fatal(config: Path) -> None:
    config.write_text(config.read_text() + "[audio]\nsample_rate = 48000\n")

    assert ("input", True) in kinds(config)


def test_a_taken_port_is_fatal(config: Path) -> None:
    port = int(config.read_text().split("listen_port = ")[1].split()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.bind(("127.0.0.1", port))

        assert ("port", True) in kinds(config)


def test_a_target_without_an_address_is_a_warning(config: Path) -> None:
    config.write_text(config.read_text() + '[[osc.targets]]\nhost = "no-such-host.invalid"\nport = 9000\n')

    assert ("target", False) in kinds(config)


def test_a_missing_artifact_is_fatal_and_hides_nothing_else(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text() + f'[engine]\nartifact = "{tmp_path / "none.onnx"}"\n')

    assert kinds(config) == [("artifact", True), ("library", False)]


def test_a_wrong_config_is_an_error_of_its_own(config: Path) -> None:
    config.write_text("[osc]\nrot = 1\n")

    with pytest.raises(ConfigError, match="root"):
        look(config)


def test_the_command_prints_one_document_and_its_exit_tells(config: Path) -> None:
    runner = CliRunner()
    good = runner.invoke(build(), ["check", "--json", "--config", str(config)])
    bad = runner.invoke(build(), ["check", "--config", str(config), "--device", "Scarlett"])

    told = json.loads(good.stdout)
    assert good.exit_code == 0
    assert {"artifact", "artifact_sha256", "library", "config", "problems"} <= set(told)
    assert set(told["library"]) == {"path", "tracks", "cues", "hops"}
    assert bad.exit_code == 1
    assert "no input named 'Scarlett'" in bad.stdout.replace("\n", " ")


def test_devices_are_listed_as_json_and_as_a_table(config: Path) -> None:
    runner = CliRunner()

    assert json.loads(runner.invoke(build(), ["devices", "--json"]).stdout)[0]["name"] == "Deck"
    assert "Deck" in runner.invoke(build(), ["devices"]).stdout
