"""The documentation as a site: every link leads somewhere, and nothing is fetched from another server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FETCHED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//|<link\b[^>]*\brel=["']?(?:stylesheet|icon|preload|preconnect)["']?[^>]*\bhref=["']?(?:https?:)?//""")  # fmt: skip # noqa: E501


def build(folder: Path, config: Path = ROOT / "mkdocs.yml") -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--config-file",
        str(config),
        "--site-dir",
        str(folder),
    ]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=150, env=environment, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site_and_in_its_menu(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    menu = (site / "trouble.html").read_text("utf-8")

    assert [page for page in pages if not (site / page).is_file()] == []
    assert [page for page in pages if f'href="{page.as_posix()}"' not in menu] == []


def test_the_first_page_is_the_sites_own(site: Path) -> None:
    assert "Ten-minute start" in (site / "index.html").read_text("utf-8").split("<article")[1]


def test_nothing_is_fetched_from_another_server(site: Path) -> None:
    assert FETCHED.search('<script src="https://cdn.example/x.js">')

    fetching = [str(page) for page in site.rglob("*.html") if FETCHED.search(page.read_text("utf-8"))]
    assert fetching == []
    assert not [s for s in site.rglob("*.css") if re.search(r"url\([\"']?(https?:)?//", s.read_text("utf-8"))]


def test_a_link_to_a_file_of_the_repository_works_in_the_site(site: Path) -> None:
    assert 'href="config.toml"' in (site / "live.html").read_text("utf-8")
    assert (site / "config.toml").is_file()


def test_a_dead_link_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[there](nowhere.md) [is](index.md#nothing)")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nvalidation: {anchors: warn}\n")

    done = build(tmp_path / "site", tmp_path / "mkdocs.yml")

    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
