"""A config that changes under a running daemon, as its receivers see it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from booth import RATE, Booth, booth, ended_cleanly, free_port, until

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.timeout(240)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Booth]:
    noise = np.random.default_rng(12).uniform(-0.3, 0.3, (10 * RATE, 2))
    soundfile.write(tmp_path / "noise.wav", noise.astype(np.float32), RATE, subtype="FLOAT")
    with booth(tmp_path) as opened:
        yield opened


def test_targets_change_without_a_missing_tick_and_faults_change_nothing(stage: Booth) -> None:
    stage.jack()
    stage.player(stage.folder / "noise.wav")
    stage.ear()
    log = stage.folder / "log" / "segue.log"
    before = stage.config.read_text()
    daemon = stage.daemon("--quiet", "--log", str(log))
    until(lambda: stage.state() == 1, 60, "the daemon to listen")

    second = free_port()
    more = stage.start(["oscdump", "-L", str(second)], "second.log", "second.txt")
    stage.config.write_text(f'{before}[[osc.targets]]\nhost = "127.0.0.1"\nport = {second}\n[suggest]\ncount = 2\n')
    until(lambda: "/segue/live/t_ms" in (stage.folder / "second.txt").read_text(), 30, "the second target")
    stage.config.write_text(before + "[suggest]\ncount = 99\n")
    until(lambda: "count: 99" in log.read_text(), 30, "the fault in the log")
    heard = len(stage.heard("/segue/live/t_ms"))
    until(lambda: len(stage.heard("/segue/live/t_ms")) > heard + 20, 30, "another second")
    status, _ = stage.end(daemon)
    stage.end(more)

    assert status == 0
    assert ended_cleanly(stage.folder / "segue.log")
    ticks = [line["args"][0] for line in stage.lines() if line["address"] == "/segue/live/t_ms"]
    assert ticks == list(range(50, ticks[-1] + 1, 50))
    told = [line["args"][1] for line in stage.lines() if line["address"] == "/segue/status/log"]
    assert any("suggest.count, osc.targets" in text for text in told), told
    assert any("the settings before stay" in text for text in told), told
    assert "library" in log.read_text()
