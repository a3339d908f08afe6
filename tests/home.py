"""A machine on which ``segue setup`` runs: its inputs, a config folder, what was indexed and installed."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segue.daemon import questions
from segue.daemon.__main__ import build
from segue.daemon.commands import index, service
from segue.daemon.sound.capture import InputDevice

DEVICES = [
    InputDevice(0, "Built-in Microphone", "Core Audio", 1, 48_000, True),
    InputDevice(1, "DJM-900 日本", "Core Audio", 8, 44_100, False),
    InputDevice(2, "Line", "MME", 2, 44_100, False),
    InputDevice(3, "Line", "WASAPI", 2, 44_100, False),
]


class Home:
    """A machine of its own: devices, a config folder, what was indexed and installed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.file = folder / "config" / "config.toml"
        self.devices = list(DEVICES)
        self.wrong: list[str] = []
        self.indexed: list[dict[str, Any]] = []
        self.installed: list[dict[str, Any]] = []
        self.heard: list[Any] = []
        self.decks: list[tuple[int, ...]] = []
        self.music = folder / "Müsic"
        self.music.mkdir()
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: folder / "config")
        monkeypatch.setattr("segue.daemon.sound.capture.inputs", lambda: self.devices)
        monkeypatch.setattr(questions, "signal", self._signal)
        monkeypatch.setattr(index, "index", lambda paths, **more: self.indexed.append({"paths": paths, **more}))
        monkeypatch.setattr(service, "install", lambda **more: self.installed.append(more))

    def _signal(self, console: object, wanted: Any, clock: object, decks: Any, *_: object) -> str:
        self.heard.append(wanted)
        self.decks.append(tuple(decks))
        return self.wrong.pop(0) if self.wrong else ""

    def setup(self, *words: str, answers: str = "") -> Any:
        return CliRunner().invoke(build(), ["setup", *words], input=answers)

    def write(self, text: str) -> None:
        self.file.parent.mkdir()
        self.file.write_text(text)

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}
