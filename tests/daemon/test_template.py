"""Settings written as a file: every line with its reason, and read back the same."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.daemon import template
from segue.daemon.config import Config, Target, parse
from segue.daemon.template import RECEIVERS, filled

SHIPPED = Path(__file__).parents[2] / "config.toml"
HERE = Path("/etc/segue/config.toml")


def test_the_file_that_is_installed_is_the_one_at_the_top() -> None:
    assert (Path(template.__file__).parent / "data" / "config.toml").read_text() == SHIPPED.read_text()


def test_the_defaults_are_written_as_they_ship_but_for_the_head() -> None:
    assert filled(Config()).split("\n\n", 1)[1] == SHIPPED.read_text().split("\n\n", 1)[1]


def test_every_setting_keeps_its_reason() -> None:
    config = Config.model_validate({"audio": {"device": "Scarlett 2i2 #1"}, "suggest": {"count": 5}})
    text = filled(config)

    assert parse(text, HERE) == config
    assert 'device = "Scarlett 2i2 #1"  # part of an input' in text
    for line in text.splitlines():
        assert not re.match(r"\w+ = ", line) or " # " in line, line


@pytest.mark.parametrize("names", [(), ("touchdesigner",), tuple(RECEIVERS)])
def test_any_number_of_targets_is_written_and_read(names: tuple[str, ...]) -> None:
    targets = [target for name in names for target in RECEIVERS[name]]
    config = Config.model_validate({"osc": {"targets": targets}})

    assert parse(filled(config), HERE) == config


REAL = some.floats(0, 1, allow_subnormal=False)  # onnxruntime, in the same process, switches those off
TEXT = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(device=TEXT, host=TEXT, names=some.lists(TEXT, max_size=4), energy=REAL, weight=REAL)
def test_whatever_the_values_what_is_written_is_read(
    device: str, host: str, names: list[str], energy: float, weight: float
) -> None:
    config = Config.model_validate(
        {
            "audio": {"device": device, "channels": [3, 4]},
            "suggest": {"energy": energy, "filters": {"playlists": names}, "weights": {"key": weight}, "learn": False},
            "osc": {"targets": [Target(host=host, port=1)]},
        }
    )

    assert parse(filled(config), HERE) == config
