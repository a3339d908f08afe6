"""All examples together: addresses, settings, ports and links that they name are there."""

import contextlib
import re
import socket
import textwrap
import time
from pathlib import Path

import pytest
from frames import frame

from segue.daemon.__main__ import build
from segue.daemon.config import Config, Target, parse
from segue.daemon.messages import PLANES, SLOTS, TABLE
from segue.daemon.osc import packet
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Beat, Publisher

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith("_"))
FILES = sorted(path for path in EXAMPLES.rglob("*.*") if path.is_file() and path.suffix not in (".pyc", ".png"))
PAGES = sorted(EXAMPLES.rglob("*.md"))
ADDRESS = re.compile(r"(?<![\w/])(?:/segue/([a-z0-9_/]+)|segue/((?:live|now2?|next)/[a-z0-9_/]*))")


def known() -> set[str]:
    """Every address in and out below the root, slots written out; those that come in from the page made of the code."""
    out = {s.address.replace("nK", f"n{k}")[1:] for s in TABLE for k in range(1, SLOTS + 1)}
    page = (EXAMPLES.parent / "docs" / "osc.md").read_text("utf-8").partition("## In\n")[2]
    return out | set(re.findall(r"^\| `/segue/([^`]+)`", page, re.MULTILINE))


def is_known(text: str, rest: str, names: set[str]) -> bool:
    """Whether TEXT is an address, QLC+'s form of one with several numbers, or the start of one that is put together."""
    if text in names or re.sub(r"_\d$", "", text) in names:
        return True
    put_together = text.endswith("/") or re.match(r"\{|[\"'] (\+\+|\+)", rest)
    return bool(put_together) and any(name.startswith(text) for name in names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_address_that_an_example_names_exists(path: Path) -> None:
    text, names = path.read_text("latin-1"), known()

    found = [(match[1] or match[2], text[match.end() : match.end() + 8]) for match in ADDRESS.finditer(text)]

    assert not [address for address, rest in found if not is_known(address, rest, names)]


def test_the_search_finds_what_is_wrong() -> None:
    names = known()
    text = "/segue/live/bmp /segue/next/n9/track '/segue/sub' segue/live/phase"

    found = {match[1] or match[2] for match in ADDRESS.finditer(text)}

    assert found == {"live/bmp", "next/n9/track", "sub", "live/phase"}
    assert {address for address in found if not is_known(address, "", names)} == {"live/bmp", "next/n9/track"}
    assert len(names) > 150


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.parent.name)
def test_every_block_of_settings_can_be_copied(page: Path) -> None:
    blocks = re.findall(
        r"```toml\n(.*?)```", textwrap.dedent(page.read_text("utf-8")).replace("\n   ", "\n"), re.DOTALL
    )

    for block in blocks:
        assert parse(block, page) != Config(), block
    assert blocks


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.parent.name)
def test_every_link_leads_somewhere_and_every_command_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    commands = {
        command.name or command.callback.__name__ for command in build().registered_commands if command.callback
    }
    groups = {group.name for group in build().registered_groups}

    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]
    assert set(re.findall(r"`segue ([a-z-]+)", text)) <= {*commands, *groups}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_table_and_the_pages_name_the_port_that_the_files_have(folder: Path) -> None:
    rows = [line.split("|") for line in (EXAMPLES / "README.md").read_text("utf-8").splitlines()]
    rows = [row for row in rows if f"({folder.name}/)" in "|".join(row)]
    assert len(rows) == 1, "one row for each folder"
    ports = set(re.findall(r"\b\d{4,5}\b", rows[0][4]))

    page = (folder / "README.md").read_text("utf-8")
    files = "".join(path.read_text("latin-1") for path in folder.iterdir() if path.is_file() and path.suffix != ".md")

    assert ports
    assert ports <= set(re.findall(r"\b\d{4,5}\b", page))
    if folder.name not in ("qlcplus", "touchosc"):  # the first has its own port by default, the second has no file
        assert ports <= set(re.findall(r"\b\d{4,5}\b", files))
    for line in page.splitlines():
        assert len(line) <= 200


def test_a_page_takes_two_minutes() -> None:
    for page in PAGES:
        assert len(page.read_text("utf-8").split()) < 500, page


def test_a_program_that_asks_though_it_is_a_target_hears_everything_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.2)
        port = ear.getsockname()[1]
        with Sender([Target(host="127.0.0.1", port=port)]) as sender:
            sender.subscriptions.add("127.0.0.1", port, frozenset(PLANES), 20.0, 60.0, time.monotonic())
            sender.send(Publisher(Config()).step(frame(0, beats=(Beat(1, 1, 120.0),))))
        heard = []
        with contextlib.suppress(TimeoutError):
            while True:
                heard += [message.address for message in packet.parse(ear.recv(4096))]

    assert heard.count("/segue/ev/beat") == 1
