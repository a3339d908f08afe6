"""Open Stage Control: the session as a file; the program is not in any registry that the tests can reach."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "examples" / "openstagecontrol"
KINDS = {"text", "fader", "button", "variable", "script"}
FIELDS = {
    "type", "id", "left", "top", "width", "height", "address", "bypass", "interaction", "decimals", "default", "css",
    "html", "padding", "alphaStroke", "align", "range", "design", "horizontal", "origin", "doubleTap", "label", "mode",
    "on", "off", "typeTags", "colorWidget", "onValue", "onCreate",
}  # fmt: skip
"""From the defaults of version 1.29's widgets: what is not among them would be dropped with a warning."""


def widgets() -> list[dict[str, Any]]:
    session = json.loads((EXAMPLE / "segue.json").read_text("utf-8"))
    assert (session["type"], session["content"]["type"]) == ("session", "root")
    found = session["content"]["widgets"]
    assert isinstance(found, list)
    return found


def test_the_session_is_what_its_generator_writes() -> None:
    made = runpy.run_path(str(EXAMPLE / "make_session.py"))["session"]()

    assert made == json.loads((EXAMPLE / "segue.json").read_text("utf-8"))


def test_every_widget_is_of_a_known_kind_with_known_fields_and_a_name_of_its_own() -> None:
    names = [each["id"] for each in widgets()]

    assert {each["type"] for each in widgets()} == KINDS
    assert set().union(*widgets()) <= FIELDS
    assert len(set(names)) == len(names)


def test_scripts_only_set_widgets_that_are_there_and_never_send_what_was_heard() -> None:
    names = {each["id"] for each in widgets()}
    scripts = [each["onValue"] for each in widgets() if "onValue" in each]

    sets = [found for script in scripts for found in re.findall(r"set\('(\w+)', .*?, (\{.*?\})\)", script)]
    assert len(sets) == sum(script.count("set(") for script in scripts) == 13
    assert {name for name, _ in sets} <= names
    assert {options for _, options in sets} == {"{send: false}"}


def test_what_only_shows_sends_nothing_and_the_buttons_send_their_slot_and_rev() -> None:
    for each in widgets():
        if "address" in each:
            assert each.get("bypass", False) == (not each["address"].startswith("/segue/ctl/")), each["id"]
    buttons = {each["id"]: each for each in widgets() if each["type"] == "button"}
    refresh = buttons.pop("refresh")
    assert (refresh["address"], refresh["on"], refresh["typeTags"], refresh["mode"]) == (
        *("/segue/ctl/refresh", 1, "i", "tap"),
    )
    assert {each["onValue"] for each in buttons.values()} == {
        f"if (value) send('/segue/ctl/{verb}', {{type: 'i', value: {k}}}, {{type: 'i', value: get('rev')}})"
        for verb in ("accept", "reject")
        for k in (1, 2, 3, 4)
    }
    assert {(each["mode"], each["bypass"]) for each in buttons.values()} == {("tap", True)}


def test_the_rev_that_the_buttons_send_is_the_one_of_the_last_commit() -> None:
    commit = next(each for each in widgets() if each.get("address") == "/segue/next/commit")

    assert commit["onValue"] == "set('rev', value[0], {send: false})"


def test_it_asks_for_the_port_that_its_page_names() -> None:
    ask = next(each for each in widgets() if each["id"] == "ask")["onCreate"]

    assert ask.count("17160") == 2
    assert "**osc-port** to `17160`" in (EXAMPLE / "README.md").read_text("utf-8")
