"""Max and Max for Live: the patches as files, since the programs cannot be had here."""

import itertools
import json
import runpy
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PATCHES = ("max/segue.maxpat", "ableton/Segue.maxpat", "ableton/Segue.amxd")
OBJECTS = {
    "loadbang": (1, 1), "live.thisdevice": (1, 3), "metro": (2, 1), "udpsend": (1, 0), "udpreceive": (1, 1),
    "prepend": (1, 1), "zl.reg": (2, 2), "t": (1, 1), "plugin~": (2, 2), "plugout~": (2, 2), "message": (2, 1),
    "comment": (1, 0), "flonum": (1, 2), "number": (1, 2), "slider": (1, 1), "button": (1, 1), "live.button": (1, 1),
    "live.dial": (1, 2), "int": (2, 1), "delay": (2, 1),
}  # fmt: skip
"""Inlets and outlets, from Cycling '74's reference; ``route`` and ``unpack`` go by their arguments."""


def load(name: str) -> dict[str, Any]:
    data = (EXAMPLES / name).read_bytes()
    if name.endswith(".amxd"):
        assert data[:24] == b"ampf\4\0\0\0aaaameta\4\0\0\0\0\0\0\0"
        assert data[24:28] == b"ptch"
        assert struct.unpack("<I", data[28:32])[0] == len(data) - 32
        assert data[-2:] == b"\n\0"
        data = data[32:-1]
    patcher = json.loads(data)["patcher"]
    assert isinstance(patcher, dict)
    return patcher


def boxes(patcher: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (each["box"] for each in patcher["boxes"])


def words(box: dict[str, Any]) -> list[str]:
    return str(box.get("text", "")).split()


@pytest.mark.parametrize("name", PATCHES)
def test_the_files_are_what_their_generator_writes(name: str) -> None:
    made = runpy.run_path(str(EXAMPLES / "max" / "make_patches.py"))["files"]()

    assert (EXAMPLES / name).read_bytes() == made[EXAMPLES / name]


@pytest.mark.parametrize("name", PATCHES)
def test_every_cord_joins_an_outlet_and_an_inlet_that_exist(name: str) -> None:
    patcher = load(name)
    by_id = {box["id"]: box for box in boxes(patcher)}
    assert len(by_id) == len(patcher["boxes"])

    for line in patcher["lines"]:
        (source, outlet), (target, inlet) = line["patchline"]["source"], line["patchline"]["destination"]
        assert 0 <= outlet < by_id[source]["numoutlets"], line
        assert 0 <= inlet < by_id[target]["numinlets"], line


@pytest.mark.parametrize("name", PATCHES)
def test_every_box_has_the_inlets_and_outlets_of_its_object(name: str) -> None:
    for box in boxes(load(name)):
        kind = words(box)[0] if box["maxclass"] == "newobj" else box["maxclass"]
        count = len(words(box)) - 1
        wanted = {"route": (count + 1, count + 1), "unpack": (1, count)}.get(kind) or OBJECTS[kind]
        assert (box["numinlets"], box["numoutlets"]) == wanted, box
        assert len(box.get("outlettype", [])) == wanted[1]


@pytest.mark.parametrize("name", PATCHES)
def test_nothing_hangs_in_the_air(name: str) -> None:
    """Every object that computes is reached from something that starts, and every heard value is shown."""
    patcher = load(name)
    joined = {end[0] for line in patcher["lines"] for end in line["patchline"].values()}

    assert not [box for box in boxes(patcher) if box["id"] not in joined and box["maxclass"] != "comment"]


@pytest.mark.parametrize("name", PATCHES)
def test_what_is_shown_fits_into_a_device_of_live_and_nothing_covers_another(name: str) -> None:
    patcher = load(name)
    shown = {box["id"]: box["presentation_rect"] for box in boxes(patcher) if box.get("presentation")}

    for x, y, width, height in shown.values():
        assert 0 <= x <= x + width <= 760
        assert 0 <= y <= y + height <= 169
    for (one, (x, y, w, h)), (two, (u, v, s, t)) in itertools.combinations(shown.items(), 2):
        across, down = min(x + w, u + s) - max(x, u), min(y + h, v + t) - max(y, v)
        assert across <= 4 or down <= 4, f"{one} and {two}"


@pytest.mark.parametrize("name", PATCHES)
def test_parameters_have_names_of_their_own(name: str) -> None:
    """Live refuses two of one name, and a MIDI mapping goes by them."""
    names = [
        box["saved_attribute_attributes"]["valueof"]["parameter_longname"]
        for box in boxes(load(name))
        if box.get("parameter_enable")
    ]

    assert sorted(names) == sorted(
        ["Energy", "New list", *(f"{verb} {k}" for verb in ("Accept", "Reject") for k in (1, 2, 3))]
    )


@pytest.mark.parametrize("name", PATCHES)
def test_every_button_sends_its_slot_and_the_rev_of_the_list_that_is_shown(name: str) -> None:
    patcher = load(name)
    texts = {box["id"]: box.get("text", "") for box in boxes(patcher)}
    kinds = {box["id"]: box["maxclass"] for box in boxes(patcher)}
    cords = [(c["patchline"]["source"], c["patchline"]["destination"]) for c in patcher["lines"]]
    commit, rev = (next(i for i in texts if texts[i] == text) for text in ("route /segue/next/commit", "unpack i i"))

    assert ([commit, 0], [rev, 0]) in cords
    kept = [target for source, (target, inlet) in cords if source == [rev, 0] and inlet == 1]
    pressed = [target for source, (target, inlet) in cords if kinds[source[0]] == "live.button" and inlet == 0]
    sent = [texts[target] for source, (target, _) in cords if source[0] in kept]
    assert set(kept) <= set(pressed)
    assert sorted(sent) == sorted(f"/segue/ctl/{verb} {k} $1" for verb in ("accept", "reject") for k in (1, 2, 3))


@pytest.mark.parametrize("name", PATCHES)
def test_three_seconds_without_a_sign_of_segue_empty_what_is_shown(name: str) -> None:
    patcher = load(name)
    by_id = {box["id"]: box for box in boxes(patcher)}
    follows: dict[str, list[str]] = {}
    for line in patcher["lines"]:
        follows.setdefault(line["patchline"]["source"][0], []).append(line["patchline"]["destination"][0])
    late = next(i for i, box in by_id.items() if box.get("text") == "delay 3000")
    route = next(i for i, box in by_id.items() if box.get("text") == "route /segue/status/alive")

    reached = {late}
    while more := {target for each in reached for target in follows.get(each, [])} - reached:
        reached |= more

    assert late in [target for bang in follows[route] for target in follows[bang]]
    assert sum(by_id[i]["maxclass"] == "comment" for i in reached) == 3 + 6


def test_the_device_lets_sound_through() -> None:
    patcher = load("ableton/Segue.amxd")
    ids = {words(box)[0]: box["id"] for box in boxes(patcher) if words(box)}

    cords = [line["patchline"] for line in patcher["lines"]]
    for side in (0, 1):
        assert {"source": [ids["plugin~"], side], "destination": [ids["plugout~"], side]} in cords


@pytest.mark.parametrize(("name", "port"), [("max/segue.maxpat", "17130"), ("ableton/Segue.amxd", "17120")])
def test_it_asks_for_the_port_that_it_listens_on(name: str, port: str) -> None:
    texts = {tuple(words(box)) for box in boxes(load(name))}

    assert ("udpreceive", port) in texts
    assert ("/segue/sub", port) in texts
    assert ("udpsend", "127.0.0.1", "17100") in texts
