"""Settings: config.toml and the code are one, and every fault is told."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from segue.daemon import config
from segue.daemon.config import Config, Target, load, parse
from segue.daemon.errors import ConfigError

SHOWN = Path(__file__).parents[2] / "config.toml"


def names(model: type[BaseModel], above: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= names(field.annotation, f"{above}{name}.")
        else:
            found.add(f"{above}{name}")
    return found


def settings_in(table: dict[str, object], above: str = "") -> set[str]:
    found = set()
    for name, value in table.items():
        if isinstance(value, dict):
            found |= settings_in(value, f"{above}{name}.")
        else:
            found.add(f"{above}{name}")
    return found


def test_the_file_shows_every_setting_with_its_default():
    table = tomllib.loads(SHOWN.read_text(encoding="utf-8"))

    assert settings_in(table) == names(Config)
    assert set(table["osc"]["targets"][0]) == set(Target.model_fields)
    assert Config.model_validate(table) == Config()


def test_every_line_of_the_file_says_why():
    for line in SHOWN.read_text(encoding="utf-8").splitlines():
        if re.match(r"\s*\w+\s*=", line):
            assert re.search(r"\s# .{20,}", line), line


def test_a_file_may_be_partial(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[suggest]\ncount = 3\n[suggest.weights]\nkey = 1\n")

    settings = load(file)

    assert (settings.suggest.count, settings.suggest.weights.key) == (3, 1.0)
    assert settings.suggest.hold_s == Config().suggest.hold_s
    assert settings.audio == Config().audio


def test_all_faults_are_told_together_with_line_and_nearest_name(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        "# mine\n[audio]\ndevise = 'x'\nchannels = [1, '2']\n\n[track]\nconfidence = 3\n\n"
        "[[osc.targets]]\nhost = 'a'\nport = 1\n[[osc.targets]]\nport = 70000\n[sugest]\ncount = 2\n"
    )

    with pytest.raises(ConfigError) as caught:
        load(file)

    told = str(caught.value)
    assert "6 faults" in told
    assert "line 3: audio.devise: unknown; did you mean 'device'?" in told
    assert "line 4: audio.channels[1]" in told
    assert "line 7: track.confidence: 3 should be at most 1" in told
    assert "line 12: osc.targets[1].host: missing" in told
    assert "line 13: osc.targets[1].port: 70000 should be at most 65535" in told
    assert "line 14: sugest: unknown; did you mean 'suggest'?" in told
    assert caught.value.exit_status == 2


def test_a_name_like_no_other_is_answered_with_those_that_are_known():
    with pytest.raises(ConfigError, match="known here: confidence"):
        parse("[track]\nxyz = 1\n", Path("c.toml"))


def test_a_value_of_the_wrong_kind_is_not_bent_into_shape():
    with pytest.raises(ConfigError, match=r"line 2: audio\.block_frames: '1024'"):
        parse("[audio]\nblock_frames = '1024'\n", Path("c.toml"))


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_number_must_be_finite(value):
    with pytest.raises(ConfigError, match="reconnect_s"):
        parse(f"[audio]\nreconnect_s = {value}\n", Path("c.toml"))


def test_broken_toml_is_told_with_its_place():
    with pytest.raises(ConfigError, match="line 2"):
        parse("[audio]\ndevice = \n", Path("c.toml"))


def test_paths_start_from_home_or_from_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    file = tmp_path / "there" / "mine.toml"
    file.parent.mkdir()
    file.write_text("[library]\npath = '../music'\n[engine]\nartifact = '~/a.onnx'\n")

    settings = load(file)

    assert settings.library.folder == tmp_path / "music"
    assert settings.engine.artifact == str(tmp_path / "home" / "a.onnx")


def test_what_is_kept_out_is_an_id_or_starts_from_home_or_from_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    link = tmp_path / "link"

    told = parse(
        f"[suggest.filters]\nexclude = ['~/x', './a.flac', '../b/', '{link}', '0123abcd']\n", tmp_path / "c" / "c.toml"
    )

    wanted = [tmp_path / "home" / "x", tmp_path / "c" / "a.flac", tmp_path / "b", link]
    assert told.suggest.filters.exclude == [*map(str, wanted), "0123abcd"]


def test_without_a_file_of_ones_own_everything_has_its_default(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "segue")

    assert config.find() is None
    assert load() == Config()


def test_ones_own_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    (tmp_path / "config.toml").write_text("[track]\nconfidence = 0.9\n")

    assert load().track.confidence == 0.9


def test_a_file_that_was_named_must_be_there(tmp_path):
    with pytest.raises(ConfigError, match="no config file"):
        load(tmp_path / "none.toml")


def test_a_text_that_is_not_utf8_is_told(tmp_path):
    file = tmp_path / "latin.toml"
    file.write_bytes(b"[audio]\ndevice = '\xe9'\n")

    with pytest.raises(ConfigError, match="cannot read"):
        load(file)


def test_an_unknown_name_in_an_inline_table_is_told_by_its_dotted_name():
    with pytest.raises(ConfigError, match=r"suggest\.weights\.kay: unknown; did you mean 'key'"):
        parse("[suggest]\nweights = {kay = 1}\n", Path("c.toml"))


def test_every_setting_is_read_by_something():
    root = Path(__file__).parents[2]
    code = "\n".join(p.read_text() for p in (root / "daemon").rglob("*.py") if p.name != "config.py")

    unread = [
        f"{table}.{name}"
        for table, settings in tomllib.loads((root / "config.toml").read_text()).items()
        for name in _names(settings)
        if f".{name}" not in code
        and f'"{name}"' not in code  # weights are read by their names
        and (table, name) != ("library", "path")  # read as its folder
    ]
    assert unread == []


def _names(settings):
    for name, value in settings.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from value[0]
        elif isinstance(value, dict):
            yield from value
        else:
            yield name
