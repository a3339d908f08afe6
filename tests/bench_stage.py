"""What the stage page costs: its sink, a hop beside it, and the memory of browser and daemon over many frames."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil
from bench_table import CONSOLE, table
from playwright.sync_api import Page
from stage_house import House
from visitor import chromium, opened

from segue.daemon.messages import Message

SPEED = 8.0
"""Times real time in the soak: a change of track every second."""
ROUNDS = 8
HOP_S = 20.0


class Timed:
    """A sink that notes how long another one takes, and how long the pipeline took before it."""

    def __init__(self, house: House) -> None:
        self.sink = house.stage
        self.spent_s: list[float] = []
        self.fed_s: list[float] = []
        feed = house.pipeline.feed

        def timed(*args: object) -> list[Message]:
            start = time.perf_counter()
            messages: list[Message] = feed(*args)  # type: ignore[arg-type]
            self.fed_s.append(time.perf_counter() - start)
            return messages

        house.pipeline.feed = timed  # type: ignore[assignment,method-assign]
        house._sinks[0] = self

    def send(self, messages: Sequence[Message]) -> None:
        """Pass messages on."""
        start = time.perf_counter()
        self.sink.send(messages)
        self.spent_s.append(time.perf_counter() - start)


def stage(folder: Path, minutes: float) -> None:
    """Print the tables."""
    _hops(folder)
    _soak(folder, minutes)


def _hops(folder: Path) -> None:
    shown = table(
        f"a hop of doubles (no model) over {HOP_S:.0f} s in time",
        "",
        "sink, us, p50",
        "p99",
        "50 ms of pipeline, ms, p50",
    )
    for name, watching in (("nobody watches", 0), ("four browsers watch", 4)):
        house = House(folder)
        timed = Timed(house)
        with house, chromium() as browser:
            for _ in range(watching):
                opened(browser.new_page(), house)
            time.sleep(2.0)
            timed.spent_s.clear()
            timed.fed_s.clear()
            time.sleep(HOP_S)
            sent, fed = np.array(timed.spent_s), np.array(timed.fed_s)
        shown.add_row(name, *(f"{1e6 * np.percentile(sent, q):.0f}" for q in (50, 99)), f"{1e3 * np.median(fed):.2f}")
    CONSOLE.print(shown)


def _soak(folder: Path, minutes: float) -> None:
    shown = table(
        f"the stage page for {minutes:g} minutes at {SPEED:g} times real time",
        *("frames shown", "tracks played", "script heap, MB", "nodes", "listeners", "daemon, MB"),
    )
    with House(folder, speed=SPEED, until_s=minutes * 60 * SPEED + 600) as house, chromium() as browser:
        page = opened(browser.new_page(viewport={"width": 1280, "height": 800}), house)
        (screen,) = house.stage._audience._screens.values()
        for _ in range(ROUNDS):
            page.wait_for_timeout(1000 * minutes * 60 / ROUNDS)
            heap, nodes, listeners = _kept(page)
            shown.add_row(
                *(f"{screen._seen:,}", f"{house.pipeline.t / 8:.0f}", f"{heap:.2f}"),
                *(str(nodes), str(listeners), f"{psutil.Process().memory_info().rss / 2**20:.0f}"),
            )
    CONSOLE.print(shown)


def _kept(page: Page) -> tuple[float, int, int]:
    """Memory of the page's script after a collection, MB, its nodes and its listeners."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return told["JSHeapUsedSize"] / 1e6, int(told["Nodes"]), int(told["JSEventListeners"])
