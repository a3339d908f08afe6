"""The stage page on all kinds of screens: what fits, what is readable by everybody, what flickers."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from stage_house import House
from visitor import opened, wait

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stage")]

SIZES = [
    (320, 640),
    (375, 812),
    (812, 375),
    (820, 1180),
    (1024, 768),
    (1280, 800),
    (1366, 768),
    (1920, 1080),
    (3840, 2160),
]
SEEN = """() => {
  window.moved = 0; window.long = 0; window.frames = 0; window.paints = [];
  new PerformanceObserver(list => { for (const e of list.getEntries()) window.moved += e.value; })
    .observe({type: 'layout-shift', buffered: true});
  new PerformanceObserver(list => { for (const e of list.getEntries()) window.long += e.duration; })
    .observe({type: 'longtask'});
}"""
"""Observers of what flickers: shifts of the layout, and milliseconds in tasks of more than 50."""


GEOMETRY = """() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = each => { const box = each.getBoundingClientRect(), style = getComputedStyle(each);
    return box.width && box.height && !each.closest('dialog, .banner') && style.visibility !== 'hidden'; };
  const clipped = all('button, b, .key, small, output, .title, #energy').filter(shown).filter(each => {
    const box = each.getBoundingClientRect();
    const cut = each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflow === 'visible';
    return box.left < -1 || box.right > innerWidth + 1 || (cut && each.clientWidth);
  });
  const over = [];
  for (const row of all('#slots .facts, .deck, .deck .facts, header, footer')) {
    const boxes = [...row.children].filter(shown).filter(each => getComputedStyle(each).position !== 'absolute');
    boxes.forEach((one, at) => boxes.slice(at + 1).forEach(two => {
      const a = one.getBoundingClientRect(), b = two.getBoundingClientRect();
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 1 && y > 1) over.push(one.className + ' over ' + two.className);
    }));
  }
  const small = all('button, #energy').filter(shown).filter(each => {
    const box = each.getBoundingClientRect();
    return box.height < 43.9 || box.width < 43.9;
  });
  const names = list => list.map(each => each.outerHTML.slice(0, 90));
  return [names(clipped), over, names(small)];
}"""
"""What is cut off or beyond the edge, what lies over what, and what is too small for a finger."""


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_fits_on_every_screen(browser: Browser, house: House, width: int, height: int) -> None:
    with browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 900) as context:
        page = opened(context.new_page(), house)
        wide = page.evaluate("document.documentElement.scrollWidth")
        clipped, over, small = page.evaluate(GEOMETRY)
    assert wide <= width
    assert clipped == []
    assert over == []
    assert small == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160)])
def test_a_laptop_or_a_large_screen_shows_it_all_without_scrolling(
    browser: Browser, house: House, width: int, height: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = opened(context.new_page(), house)
        assert page.evaluate("document.documentElement.scrollHeight") <= height


def test_axe_finds_nothing_serious(page: Page) -> None:
    def serious() -> list[str]:
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")
        ]

    expect(page.locator("main")).to_have_css("opacity", "1")  # no longer fading in
    assert serious() == []
    page.keyboard.press("?")
    assert serious() == []


def test_reduced_motion_is_respected(browser: Browser, house: House) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = opened(context.new_page(), house)
        lit = page.evaluate(
            """async () => { const blocks = [...document.querySelectorAll('#pulse i')], seen = new Set();
            const end = performance.now() + 1500;
            while (performance.now() < end) {
              blocks.forEach(each => seen.add(getComputedStyle(each).getPropertyValue('--lit').trim()));
              await new Promise(requestAnimationFrame); }
            return [...seen]; }"""
        )
    assert {float(each) for each in lit if each} <= {0.0, 1.0}


def test_first_paint_comes_within_a_second_and_nothing_shifts_or_stalls(browser: Browser, house: House) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_init_script(f"({SEEN})()")
        page = opened(context.new_page(), house)
        paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.evaluate("() => { window.moved = 0; window.long = 0; }")
        frames = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda _: frames.append(time.monotonic())))
        page.reload()
        wait(page, "document.body.className === ''")
        page.wait_for_timeout(9000)  # a whole change of tracks, with a blend
        moved, long = page.evaluate("[window.moved, window.long]")
    assert paint_ms < 1000
    steady = frames[20:]
    per_s = (len(steady) - 1) / (steady[-1] - steady[0])
    assert per_s > 19.0
    assert moved < 0.02
    assert long < 450  # 5 % of the time
