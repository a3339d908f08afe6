"""Every setting: what it is called, what it may be, and what it is when nobody says.

Conventions
-----------
``config.toml`` at the top of the repository shows the same settings with the same defaults, each with its unit and
a reason; ``tests/daemon/test_config.py`` holds the two together. A file may be partial. All faults of a file are
told at once, each with its line and, for an unknown name, the nearest known one. Paths may start with ``~`` and are
relative to the folder of the file that names them.

Source
------
Reporting every fault at once, with "did you mean", follows Mopidy's configuration.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from .errors import ConfigError
from .toml_lines import Location, dotted, line_of

Plane = Literal["num", "text", "event"]


def _absolute(text: str, info: ValidationInfo) -> Path:
    base = info.context["base"] if info.context else Path.cwd()
    try:
        return Path(base / Path(text).expanduser())
    except RuntimeError as exc:
        raise ValueError("should start with ~/ for your own folder") from exc


def _resolved(text: str, info: ValidationInfo) -> str:
    return str(_absolute(text, info).resolve()) if text else text


def _placed(text: str, info: ValidationInfo) -> str:
    """Make what is a path absolute as the library's are, links and all; an id is left as it is."""
    if not (text.startswith("~") or {"/", os.sep} & set(text)):
        return text
    return os.path.normpath(_absolute(text, info))


def is_loopback(host: str) -> bool:
    """Tell whether an address is one that only this machine can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


FilePath = Annotated[str, AfterValidator(_resolved)]
"""A path as text, absolute once it has been read; empty for the default."""
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Port = Annotated[int, Field(ge=1, le=65535)]
PortOrNone = Annotated[int, Field(ge=0, le=65535)]
"""A port, or 0 for a service that is switched off."""
TOKEN_LETTERS = 8
"""The least that a token for the network has."""


class Table(BaseModel):
    """One table of the file: unknown names are faults, values keep their type, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


CHANNELS = 256
"""The most that an input may have."""
Channel = Annotated[int, Field(ge=1, le=CHANNELS)]


class Audio(Table):
    """Where sound comes in."""

    device: str = ""
    channels: list[Channel] = Field(default=[1, 2], min_length=1)
    decks: list[Annotated[list[Channel], Field(min_length=1, max_length=2)]] = Field(default=[], max_length=4)
    sample_rate: int = Field(default=0, ge=0, le=384_000)
    block_frames: int = Field(default=1024, ge=16, le=65_536)
    ring_s: float = Field(default=4.0, ge=0.5, le=60.0)
    reconnect_s: float = Field(default=2.0, ge=0.1, le=60.0)

    @property
    def all_channels(self) -> tuple[int, ...]:
        """The master's channels, then those of each deck."""
        return (*self.channels, *(channel for deck in self.decks for channel in deck))


class Library(Table):
    """Which tracks are known."""

    path: FilePath = ""

    @property
    def folder(self) -> Path:
        """The library's folder, the platform's own place for data where none is named."""
        return Path(self.path) if self.path else data_folder()


class EngineSettings(Table):
    """Which embedding model listens."""

    artifact: FilePath = ""


class Track(Table):
    """When a track is named."""

    confidence: Unit = 0.375


class Weights(Table):
    """How much each kind of evidence counts in a suggestion's score."""

    continuation: Unit = 1.0
    timbre: Unit = 1.0
    groove: Unit = 0.3
    clash: Unit = 0.4
    tempo: Unit = 0.6
    key: Unit = 0.5
    energy: Unit = 0.4
    phrase: Unit = 0.3
    cue: Unit = 0.3
    history: Unit = 0.6


class Filters(Table):
    """Which tracks may be suggested at all."""

    playlists: list[str] = []
    genres: list[str] = []
    tempo_bpm: list[Annotated[float, Field(gt=0.0)]] = Field(default=[], max_length=2)
    keys: list[Annotated[str, Field(pattern=r"^([1-9]|1[0-2])[ABab]$")]] = []
    exclude: list[Annotated[str, AfterValidator(_placed)]] = []

    @field_validator("tempo_bpm")
    @classmethod
    def _two(cls, range_bpm: list[float]) -> list[float]:
        if range_bpm and (len(range_bpm) != 2 or range_bpm[0] > range_bpm[1]):
            raise ValueError("should be [lowest, highest], or [] for any tempo")
        return range_bpm


class Suggest(Table):
    """What is suggested and how steadily."""

    count: int = Field(default=8, ge=1, le=8)
    tempo_range: float = Field(default=0.08, gt=0.0, le=0.5)
    hold_s: float = Field(default=8.0, ge=0.0, le=120.0)
    energy: float = Field(default=0.0, ge=-1.0, le=1.0)
    learn: bool = True
    filters: Filters = Filters()
    weights: Weights = Weights()


class Target(Table):
    """One receiver of messages."""

    host: str = Field(min_length=1)
    port: Port
    planes: list[Plane] = Field(default=["num", "text", "event"], min_length=1)
    rate_hz: float = Field(default=20.0, ge=1.0, le=60.0)


class Osc(Table):
    """What goes out over the network and where we listen."""

    root: str = Field(default="/segue", pattern=r"^(/[a-z_][a-z0-9_]*)+$")
    listen_host: str = Field(default="127.0.0.1", min_length=1)
    listen_port: Port = 17100
    targets: list[Target] = [Target(host="127.0.0.1", port=17101)]
    query_port: PortOrNone = 17181
    announce: bool = False


class Stage(Table):
    """The page in the browser."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: PortOrNone = 17180
    token: str = Field(default="", max_length=256, validate_default=True)

    @field_validator("token")
    @classmethod
    def _known(cls, token: str, info: ValidationInfo) -> str:
        host, port = info.data.get("host", ""), info.data.get("port", 0)
        if port and not is_loopback(host) and len(token) < TOKEN_LETTERS:
            raise ValueError(f"should have {TOKEN_LETTERS} letters or more, since stage.host {host!r} is the network")
        return token


class Config(Table):
    """All settings. ``Config()`` has every default."""

    audio: Audio = Audio()
    library: Library = Library()
    engine: EngineSettings = EngineSettings()
    track: Track = Track()
    suggest: Suggest = Suggest()
    osc: Osc = Osc()
    stage: Stage = Stage()


def data_folder() -> Path:
    """Where the platform keeps a program's data (``~/.local/share/segue`` on Linux)."""
    return platformdirs.user_data_path("segue", appauthor=False)


def own_file() -> Path:
    """Where the user's own settings are, or would be (``~/.config/segue/config.toml`` on Linux)."""
    return platformdirs.user_config_path("segue", appauthor=False) / "config.toml"


def find(file: Path | None = None) -> Path | None:
    """Tell which file ``load`` would read: the one named, else the user's own if there is one, else none."""
    if file is not None:
        return file.expanduser()
    own = own_file()
    return own if own.is_file() else None


def load(file: Path | None = None) -> Config:
    """Read the settings.

    Parameters
    ----------
    file
        What ``--config`` named. None: the user's own file if there is one, else every default.

    Raises
    ------
    ConfigError
        If the file cannot be read or has faults; the message lists all of them.
    """
    found = find(file)
    if found is None:
        return Config()
    try:
        text = found.read_text(encoding="utf-8-sig")
    except FileNotFoundError as exc:
        raise ConfigError(f"no config file at {found}; leave --config out to use the defaults") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read the config file {found}: {exc}") from exc
    return parse(text, found)


def parse(text: str, file: Path) -> Config:
    """Read settings from the text of ``file``; raises ConfigError as ``load`` does."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file} is not TOML: {exc}") from exc
    try:
        return Config.model_validate(table, context={"base": file.resolve().parent})
    except ValidationError as exc:
        raise ConfigError(_report(text, file, exc)) from exc


def _report(text: str, file: Path, exc: ValidationError) -> str:
    faults = []
    for error in exc.errors(include_url=False):
        loc: Location = error["loc"]
        line = line_of(text, loc)
        where = dotted(loc) if line is None else f"line {line}: {dotted(loc)}"
        faults.append((line or 0, f"{where}: {_sentence(error['type'], loc, error['msg'], error['input'])}"))
    if len(faults) == 1:
        return f"{file}, {faults[0][1]}"
    return f"{file} has {len(faults)} faults:\n" + "\n".join(f"  {fault}" for _, fault in sorted(faults))


def _sentence(kind: str, loc: Location, message: str, given: object) -> str:
    if kind == "missing":
        return "missing, and it has no default"
    if kind == "extra_forbidden":
        known = _names_beside(loc)
        near = difflib.get_close_matches(str(loc[-1]), known, n=1)
        return "unknown; " + (f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(known))}")
    wanted = message.removeprefix("Input ").replace("greater than or equal to", "at least")
    return f"{given!r} {wanted.replace('less than or equal to', 'at most')}"


def _names_beside(loc: Location) -> Iterable[str]:
    """Names that the table holding ``loc`` knows."""
    table: Any = Config()
    for part in loc[:-1]:
        if isinstance(part, int):
            return list(Target.model_fields)
        table = getattr(table, part)
    fields: Mapping[str, object] = type(table).model_fields
    return list(fields)
