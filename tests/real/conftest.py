"""What the tests of the stage page share: one browser, one page that is live, and a visit of it."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from visitor import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from booth import until
    from stage_house import House

    with House(tmp_path_factory.mktemp("music")) as made:
        adviser = made.pipeline.adviser
        until(lambda: adviser.standing is not None and all(adviser.standing.slots), 60, "suggestions")
        yield made


@pytest.fixture
def page(browser: Any, house: Any) -> Iterator[Any]:
    from visitor import opened

    faults: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        yield opened(context.new_page(), house, faults)
    assert faults == []
