"""The table of addresses and the values that messages may have."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.daemon.errors import ConfigError
from segue.daemon.messages import TABLE, Builder, Spec, plain_float, plain_int, plain_text
from segue.daemon.osc.reference import markdown
from segue.daemon.osc.wire import PACKET_BYTES, encode

BUILDER = Builder()


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.address)
def test_a_row_keeps_the_rules_of_the_namespace(spec: Spec) -> None:
    assert re.fullmatch(r"(/[a-z][a-z0-9_]*)+", spec.address.replace("nK", "n1"))
    assert set(spec.tags + spec.repeat) <= set("ifs")
    assert len(spec.names) == len(spec.tags)
    assert spec.planes != ("num",) or spec.tags in ("i", "f")


def test_no_address_stands_twice() -> None:
    assert len({spec.address for spec in TABLE}) == len(TABLE)


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.address)
def test_the_longest_message_fits_into_a_packet(spec: Spec) -> None:
    values = ["日" * 2000 if tag == "s" else 1e30 for tag in spec.tags + spec.repeat * 20]

    assert len(encode(BUILDER.message(0.0, spec.address.replace("nK", "n8"), *values))) <= PACKET_BYTES - 20


@settings(deadline=None, derandomize=True)
@given(st.one_of(st.none(), st.floats(allow_subnormal=False), st.integers(), st.booleans()))
def test_a_float_is_finite_and_has_seven_digits(value: float | None) -> None:
    result = plain_float(value, -1)

    assert math.isfinite(result)
    assert type(result) is float
    assert float(f"{result:.7g}") == result


@settings(deadline=None, derandomize=True)
@given(st.one_of(st.none(), st.floats(allow_subnormal=False), st.integers(), st.booleans()))
def test_an_int_has_32_bits(value: float | None) -> None:
    result = plain_int(value, -1)

    assert type(result) is int
    assert -(2**31) <= result < 2**31


@settings(deadline=None, derandomize=True)
@given(st.text(), st.integers(0, 40))
def test_a_text_is_cut_on_a_code_point_and_has_no_nul(text: str, limit: int) -> None:
    result = plain_text(text, limit)

    assert len(result.encode()) <= limit
    assert "\0" not in result
    assert text.replace("\0", "").startswith(result)


def test_a_file_name_that_is_no_text_still_goes_out() -> None:
    assert plain_text(b"/m/\xff.flac".decode("utf-8", "surrogateescape")) == "/m/?.flac"


@pytest.mark.parametrize("value", [np.float32(0.1), np.float64(0.1), np.int32(3), np.bool_(True)])
def test_numpy_scalars_become_plain_numbers(value: object) -> None:
    assert type(plain_float(value)) is float
    assert type(plain_int(value)) is int


def test_a_line_shows_t_address_and_args() -> None:
    line = BUILDER.message(1.25, "/now/track", 3, "id", 'a "quoted" \\ Ärtist\n', "t", "8A").to_json()

    assert json.loads(line) == {
        "t": 1.25,
        "address": "/segue/now/track",
        "args": [3, "id", 'a "quoted" \\ Ärtist\n', "t", "8A"],
    }
    assert "\n" not in line


def test_group_arguments_stop_at_eight() -> None:
    message = BUILDER.message(0.0, "/next/n1/cues", 1, "id", *(x for k in range(20) for x in (float(k), "intro")))

    assert message.tags == "is" + "fs" * 8
    assert len(message.args) == 18


def test_a_wrong_number_of_values_or_an_unknown_address_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="issss"):
        BUILDER.message(0.0, "/now/track", 1)
    with pytest.raises(KeyError):
        BUILDER.message(0.0, "/nowhere")
    with pytest.raises(KeyError):
        BUILDER.number("/now/track")


@pytest.mark.parametrize("root", ["", "/", "segue", "/se gue", "/1", '/a"', "/a/", "/" + "x" * 80])
def test_a_root_that_would_break_addresses_is_refused(root: str) -> None:
    with pytest.raises(ConfigError, match=r"osc\.root"):
        Builder(root)


def test_the_root_is_a_setting() -> None:
    assert Builder("/booth/a").number("/live/bpm")(0.0, 1).address == "/booth/a/live/bpm"


def test_the_page_is_made_from_the_tables() -> None:
    page = Path(__file__).parents[2] / "docs" / "osc.md"

    assert page.read_text("utf-8") == markdown(), "run: python -m segue.daemon.osc.reference > docs/osc.md"
