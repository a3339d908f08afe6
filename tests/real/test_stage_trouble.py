"""The stage page when something goes wrong or stands still: nothing moves, nothing stays missing, no old news."""

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from booth import until
from playwright.sync_api import Browser, Page, Route
from stage_house import House
from visitor import opened, said, wait

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stage")]

TOKEN = "a token for the booth"
DRAWN = "document.querySelector('#n1 .wave .head').hidden === false"
"""A playhead is only shown over a waveform."""


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[str]:
    """A page of another site with a link."""
    (tmp_path / "link").mkdir()
    serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "link"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_in_a_pause_everything_stands_still(page: Page) -> None:
    wait(page, "document.querySelector('#now').dataset.valid === '1'")
    page.keyboard.press("p")
    wait(page, "document.querySelector('#state').textContent === 'paused'")
    page.wait_for_timeout(300)
    seen = page.evaluate(
        """async () => { const seen = new Set(), end = performance.now() + 3000;
        while (performance.now() < end) {
          seen.add([...document.querySelectorAll('#pulse i')].map(i => i.style.getPropertyValue('--lit')).join()
            + document.querySelector('#now .head').style.transform + document.querySelector('#n1 .start').textContent
            + document.querySelector('#countdown').textContent);
          await new Promise(requestAnimationFrame); }
        return [...seen]; }"""
    )
    page.keyboard.press("p")
    wait(page, "document.querySelector('#state').textContent === 'listening'")
    assert len(seen) == 1, seen


def test_what_stood_in_a_pause_goes_on_from_where_it_stood(page: Page) -> None:
    moved = page.evaluate(
        """async () => { const { Scene } = await import('/static/scene.js'), scene = new Scene();
        scene.apply({ live: { t: 100 }, n1: { mix_out_s: 30 }, status: { state: 3 } }, 1000);
        for (let s = 1; s <= 10; s++) scene.apply({ live: { t: 100 + s } }, 1000 + 1000 * s);
        const paused = scene.since('n1', 11000);
        scene.apply({ live: { t: 110.1 }, status: { state: 1 } }, 11100);
        return [paused, scene.since('n1', 11300)]; }"""
    )
    assert moved == pytest.approx([0.0, 0.2], abs=0.01)


def test_a_waveform_and_a_picture_that_failed_come_when_they_can(page: Page, house: House) -> None:
    def fail(route: Route) -> None:
        route.abort()

    page.route("**/track/*", fail)
    page.reload()
    wait(page, "document.querySelector('#n1').dataset.empty === '0'")
    page.wait_for_timeout(500)
    assert not page.evaluate(DRAWN)
    page.unroute("**/track/*")
    wait(page, DRAWN, 5)

    page.context.clear_cookies()
    page.route("**/artwork/*", fail)
    page.goto("about:blank")
    opened(page, house)
    page.wait_for_timeout(500)
    shown = "[...document.querySelectorAll('#slots img')].some(image => !image.hidden && image.naturalWidth)"
    assert not page.evaluate(shown)
    page.unroute("**/artwork/*")
    wait(page, shown, 5)


def test_an_old_warning_is_no_news_to_a_page_that_is_opened(browser: Browser, page: Page, house: House) -> None:
    house.pipeline._publisher.log(2, "the input clips")
    wait(page, "document.querySelector('#told').textContent === 'the input clips'")
    with browser.new_context() as context:
        later = opened(context.new_page(), house)
        later.wait_for_timeout(500)
        assert said(later, "#told") == ""
        house.pipeline._publisher.log(2, "the input hums")
        wait(later, "document.querySelector('#told').textContent === 'the input hums'")


def test_undo_does_not_come_back_with_something_else(page: Page, house: House) -> None:
    page.keyboard.press("2")
    page.keyboard.press("x")
    wait(page, "!document.querySelector('#undo').hidden")
    wait(page, "document.querySelector('#undo').hidden")
    house.pipeline._publisher.log(2, "the input hisses")
    wait(page, "document.querySelector('#told').textContent === 'the input hisses'")
    assert not page.locator("#undo").is_visible()
    house.pipeline.wishes.excluded.clear()


def test_another_token_is_said_and_stays_said(browser: Browser, tmp_path: Path) -> None:
    with House(tmp_path, host="0.0.0.0", token=TOKEN) as house, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{house.address}/?token={TOKEN}")
        wait(page, "document.body.className === ''")
        house.shut()
        house.stage._settings = house.stage._settings.model_copy(update={"token": "quite another one"})
        house.serve()
        wait(page, "document.querySelector('#lostword').textContent === 'Not admitted'")
        end_s = time.monotonic() + 12
        while time.monotonic() < end_s:
            assert said(page, "#lostword") == "Not admitted"
            page.wait_for_timeout(30)


def test_too_many_wrong_tokens_are_wrong_tokens(page: Page, house: House) -> None:
    page.route("**/static/icon.svg", lambda route: route.fulfill(status=429))
    house.shut()
    try:
        wait(page, "document.querySelector('#lostword').textContent === 'Not admitted'")
    finally:
        house.serve()
        page.unroute("**/static/icon.svg")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    until(lambda: page.evaluate("document.body.className") == "", 10, "the page to come back")


def test_a_link_of_another_site_opens_the_page(browser: Browser, linked: str, tmp_path: Path) -> None:
    with House(tmp_path, host="0.0.0.0", token=TOKEN) as house, browser.new_context() as context:
        (tmp_path / "link" / "a.html").write_text(f'<a href="{house.address}/?token={TOKEN}">page</a>')
        page = context.new_page()
        page.goto(f"{linked}/a.html")
        page.click("a")
        wait(page, "document.querySelector('#state') && document.body.className === ''")
