"""The stage page in Chromium: what a DJ sees, presses and loses."""

import json
import time
from pathlib import Path

import pytest
from booth import until
from playwright.sync_api import Browser, Page
from stage_house import House
from visitor import opened, said, wait

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stage")]


def slots(house: House) -> list[str]:
    standing = house.pipeline.adviser.standing
    return [slot.track.title if slot else "" for slot in standing.slots] if standing else []


def test_the_page_shows_what_the_pipeline_says(page: Page, house: House) -> None:
    wait(page, "document.querySelector('#now').dataset.valid === '1'")
    now = house.pipeline._hops._now
    assert now is not None
    wait(page, f"document.querySelector('#now .title').textContent === {json.dumps(now.track.title)}")
    until(lambda: [said(page, f"#n{k} .title") for k in range(1, 9)] == slots(house), 10, "the same suggestions")

    assert said(page, "#now .key").startswith("8A") or said(page, "#now .key")[0].isdigit()
    assert said(page, "#countdown .beats").isdigit()
    assert "bar" in said(page, "#countdown .bars")
    assert said(page, "#source") == "an endless beat · 16 tracks"
    wait(page, "document.querySelector('#n1 canvas').width > 100")
    wait(page, "[...document.querySelectorAll('#slots img')].some(image => !image.hidden && image.naturalWidth === 64)")
    assert page.locator("#slots b b, #slots .title b").count() == 0  # a title is text, whatever is in it


def test_in_a_blend_both_are_shown_with_their_part_and_alone_one(page: Page) -> None:
    wait(page, "document.querySelector('#now2').dataset.valid === '1'")
    assert said(page, "#now2 .share").endswith("%")
    assert said(page, "#now .share").endswith("%")
    wait(page, "document.querySelector('#now2').dataset.valid === '0'")
    assert said(page, "#now .share") == ""


def test_the_playhead_moves_with_every_picture(page: Page) -> None:
    wait(
        page,
        "document.querySelector('#now').dataset.valid === '1' && document.querySelector('#now .head').style.transform",
    )
    moves = page.evaluate(
        """async () => { const head = document.querySelector('#now .head'), seen = new Set();
        const end = performance.now() + 2000;
        while (performance.now() < end) { seen.add(head.style.transform); await new Promise(requestAnimationFrame); }
        return seen.size; }"""
    )
    assert moves >= 8


@pytest.mark.parametrize("how", ["key", "button"])
def test_lock_accept_and_reject_reach_the_daemon_and_are_answered(page: Page, house: House, how: str) -> None:
    def do(slot: int, act: str, key: str) -> str:
        title = said(page, f"#n{slot} .title")
        if how == "key":
            page.keyboard.press(str(slot))
            page.keyboard.press(key)
        else:
            page.locator(f"#n{slot} [data-act={act}]").click()
        return title

    wishes = house.pipeline.wishes
    do(3, "lock", "l")
    wait(page, "document.querySelector('#n3').dataset.locked === '1'")
    assert said(page, "#told") == f"{said(page, '#n3 .title')} is kept"
    assert len(wishes.locked) == 1
    do(3, "lock", "l")
    until(lambda: not wishes.locked, 5, "the lock to open")
    page.wait_for_timeout(300)
    title = do(1, "reject", "r")
    wait(page, f"document.querySelector('#told').textContent === {json.dumps(title + ' is out')}")
    until(lambda: title not in slots(house), 10, "the rejected one to go")
    page.keyboard.press("u")
    until(lambda: not wishes.excluded, 5, "it to be let in again")
    page.wait_for_timeout(300)
    title = do(2, "exclude", "x")
    until(lambda: bool(wishes.excluded), 5, "the exclusion")
    page.locator("#undo").click()
    until(lambda: not wishes.excluded, 5, "it to be let in again")
    page.wait_for_timeout(300)
    title = do(1, "accept", "a")
    until(lambda: bool(wishes.locked), 5, "the accepted one to be kept")
    wishes.locked.clear()


def test_energy_goes_by_fader_and_key_and_follows_other_controllers(page: Page, house: House) -> None:
    wishes = house.pipeline.wishes
    page.keyboard.press("0")
    until(lambda: wishes.direction == 0.0, 5, "the middle")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(lambda: abs(wishes.direction - 0.3) < 0.01, 5, "three steps up")
    page.locator("#energy").fill("-0.5")
    until(lambda: wishes.direction == -0.5, 5, "the fader")
    page.wait_for_timeout(700)
    wishes.direction = 0.75  # as if over OSC
    wait(page, "document.querySelector('#energyword').textContent === '+0.75'")
    assert page.locator("#energy").input_value() == "0.75"
    wishes.direction = 0.0


def test_an_answer_is_shown_for_some_seconds_and_a_refusal_says_why(page: Page, house: House) -> None:
    page.keyboard.press("n")
    wait(page, "document.querySelector('#told').textContent === 'the list is made anew'")
    assert page.locator("#told").get_attribute("data-refused") == "0"
    wait(page, "document.querySelector('#told').textContent === ''")
    page.evaluate(
        "() => { const fader = document.querySelector('#energy'); fader.max = 3; fader.value = 3;"
        " fader.dispatchEvent(new Event('input')); }"
    )
    wait(page, "document.querySelector('#told').dataset.refused === '1'")
    assert "-1" in said(page, "#told")
    assert said(page, "#told").endswith("(400)")
    wait(page, "document.querySelector('#told').textContent === ''")


def test_a_pause_is_seen_and_ends_by_the_same_button(page: Page, house: House) -> None:
    page.keyboard.press("p")
    wait(page, "document.querySelector('#state').textContent === 'paused'")
    assert said(page, "#pause") == "Go on"
    page.wait_for_timeout(300)
    page.locator("#pause").click()
    wait(page, "document.querySelector('#state').textContent === 'listening'")
    assert said(page, "#pause") == "Pause"


def test_every_control_has_a_key_that_the_help_tells(page: Page) -> None:
    page.keyboard.press("?")
    text = page.locator("#help").inner_text()
    for word in ("accept", "reject", "lock", "exclude", "undo", "energy", "list anew", "pause"):
        assert word in text
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_a_lost_connection_is_seen_at_once_and_comes_back_by_itself(page: Page, house: House) -> None:
    assert not page.locator("#lost").is_visible()
    house.shut()
    lost_s = time.monotonic()
    page.wait_for_selector("#lost", state="visible", timeout=5000)
    assert time.monotonic() - lost_s < 2.0
    assert "segue run" in said(page, "#lost")
    page.keyboard.press("a")
    wait(page, "document.querySelector('#told').textContent.includes('not connected')")
    page.wait_for_timeout(1500)
    house.serve()
    page.wait_for_selector("#lost", state="hidden", timeout=8000)
    wait(page, "document.querySelector('#now').dataset.valid === '1'")


def test_a_connection_that_only_falls_silent_is_noticed_too(page: Page, house: House) -> None:
    page.evaluate("() => { WebSocket.prototype.close = () => {}; }")
    shown = house.stage._show
    house.stage._show = lambda: None  # type: ignore[method-assign]
    try:
        page.wait_for_selector("#lost", state="visible", timeout=15000)
    finally:
        house.stage._show = shown  # type: ignore[method-assign]
        house.stage._loop.call_soon_threadsafe(shown)  # type: ignore[union-attr]
    page.wait_for_selector("#lost", state="hidden", timeout=15000)


def test_no_file_comes_from_elsewhere(browser: Browser, house: House) -> None:
    asked: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        opened(page, house)
    assert asked
    assert all(url.startswith((house.address, house.address.replace("http", "ws"))) for url in asked)


def test_a_phone_on_the_network_comes_in_by_its_token(browser: Browser, tmp_path: Path) -> None:
    with House(tmp_path, host="0.0.0.0", token="a token for the booth") as house, browser.new_context() as context:
        page = context.new_page()
        page.goto(house.address)
        assert "token" in (page.text_content("body") or "")
        page.goto(f"{house.address}/?token=a token for the booth")
        wait(page, "document.body.className === ''")
        assert "token" not in page.url
