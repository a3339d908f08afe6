"""A visitor of the stage page: the system's Chromium, driven by Playwright, and what it may say of a page."""

import contextlib
import shutil
import time
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright
from stage_house import House

_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start it, and end it."""
    found = shutil.which("chromium")
    assert found, "chromium is missing; the test command installs it"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu", *_QUIET])
        yield browser
        browser.close()


def opened(page: Page, house: House, faults: list[str] | None = None) -> Page:
    """Open the page and wait until it shows suggestions; ``faults`` gathers its errors."""
    kept = faults if faults is not None else []
    page.on("pageerror", lambda error: kept.append(str(error)))
    page.on("console", lambda said: kept.append(said.text) if "Content Security" in said.text else None)
    page.goto(house.address)
    wait(page, "document.body.className === '' && document.querySelector('#n1').dataset.empty === '0'")
    return page


def said(page: Page, selector: str) -> str:
    """Read what stands in a place."""
    return page.locator(selector).text_content() or ""


def wait(page: Page, script: str, seconds: float = 15.0) -> None:
    """Wait for something; asked again and again, since the page's own policy forbids to have it polled inside."""
    end_s = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({script})"):
        assert time.monotonic() < end_s, script
        page.wait_for_timeout(30)
