"""A new user's path, with as little music as shows that every step leads to the next."""

from pathlib import Path

import pytest
from booth import booth
from real.first_run import LIMIT_S, cut, first_run

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.timeout(240)]


def test_from_nothing_to_the_first_suggestion(tmp_path: Path) -> None:
    cut(tmp_path / "music", 4, 40.0)
    with booth(tmp_path) as stage:
        found = first_run(stage, tmp_path / "music", tmp_path / "music" / "ambiphonic 0.flac")

    assert found.all_s < LIMIT_S
    assert (tmp_path / "home" / ".config" / "segue" / "config.toml.1").exists()
    assert (tmp_path / "home" / ".local" / "share" / "segue" / "catalogue.sqlite").exists()
