"""The daemon as a user meets it: a JACK server, a player, ``segue run``, and a C library that decodes what it sends.

The dummy driver of JACK is a real clock and a real host API. The player plays numbered noise, so that every frame of
what was recorded can be found in what was played: a frame that is missing and was not counted does not go unseen.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from booth import RATE, Booth, booth, compare, ended_cleanly, until

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.timeout(240)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Booth]:
    """A booth with nothing running yet, and a sound to play."""
    noise = np.random.default_rng(11).integers(-(2**22), 2**22, (30 * RATE, 2)) / 2.0**24
    soundfile.write(tmp_path / "noise.wav", noise.astype(np.float32), RATE, subtype="FLOAT")
    with booth(tmp_path) as opened:
        yield opened


def played(stage: Booth) -> np.ndarray:
    return soundfile.read(stage.folder / "noise.wav", dtype="float32")[0][:, 0]


def recorded(stage: Booth) -> np.ndarray:
    sound, rate = soundfile.read(stage.folder / "heard.wav", dtype="float32")
    assert rate == RATE
    return sound[:, 0]


def test_a_set_is_heard_sent_and_accounted_for(stage: Booth) -> None:
    stage.jack()
    stage.player(stage.folder / "noise.wav")
    ear = stage.ear()
    start_s = time.monotonic()
    daemon = stage.daemon()
    until(lambda: bool(stage.heard("/segue/live/")), 60, "the first live message")
    first_s = time.monotonic() - start_s
    time.sleep(20.0)
    status, took_s = stage.end(daemon)
    time.sleep(0.5)
    stage.end(ear)
    print(f"first live message after {first_s:.2f} s, stopped in {took_s:.2f} s")

    assert status == 0
    assert took_s < 3.0  # a second on an idle machine
    assert ended_cleanly(stage.folder / "segue.log")

    lines = stage.lines()
    heard = stage.heard()
    assert [line["address"] for line in lines] == [words[0] for words in heard]
    assert {words[1] for words in heard} <= {"i", "f", "iiii", "ssss", "is", "iif", "ii", "issss"} | {"iss", "isssss"}
    assert 18 * 20 < len([line for line in lines if line["address"] == "/segue/live/lufs_m"]) < 26 * 20
    assert stage.state() == 1

    counted = max(line["args"][0] for line in lines if line["address"] == "/segue/status/xruns")
    found = compare(played(stage), recorded(stage))
    print(found, f"counted {counted}")
    assert found.unknown == 0
    assert found.same > 18 * RATE
    assert found.skipped <= counted


def test_the_server_and_the_player_go_and_return_and_the_daemon_stays(stage: Booth) -> None:
    server = stage.jack()
    player = stage.player(stage.folder / "noise.wav")
    stage.ear()
    daemon = stage.daemon()
    until(lambda: stage.state() == 1, 60, "the daemon to listen")
    start_s = time.monotonic()

    stage.end(player)
    stage.end(server)
    until(lambda: stage.state() == 2, 30, "'no signal' once the server has gone")
    assert daemon.poll() is None

    stage.jack()
    player = stage.player(stage.folder / "noise.wav")
    until(lambda: stage.state() == 1, 30, "the daemon to hear the server that came back")

    stage.end(player)
    until(lambda: stage.state() == 2, 30, "'no signal' once the player has gone")
    stage.player(stage.folder / "noise.wav")
    until(lambda: stage.state() == 1, 40, "the daemon to hear the player that came back")

    elapsed_s = time.monotonic() - start_s
    status, _ = stage.end(daemon, signal.SIGINT)
    lines = stage.lines()
    assert status == 0
    assert ended_cleanly(stage.folder / "segue.log")
    told = [line["args"][1] for line in lines if line["address"] == "/segue/status/log"]
    assert any("has gone" in text for text in told), told
    stream_s = lines[-1]["t"] - next(line["t"] for line in lines if line["address"] == "/segue/status/state")
    assert abs(stream_s - elapsed_s) < 3.0  # stream time went on while there was nothing to hear
    lost = max(line["args"][0] for line in lines if line["address"] == "/segue/status/xruns")
    assert lost > RATE


def test_devices_and_check_see_what_is_there(stage: Booth) -> None:
    def segue(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "segue.daemon", *words]
        return subprocess.run(command, env=stage.environment, capture_output=True, text=True, timeout=60)

    nothing = segue("check", "--json", "--config", str(stage.config))
    refused = segue("run", "--config", str(stage.config))
    stage.jack()
    stage.player(stage.folder / "noise.wav")
    devices = json.loads(segue("devices", "--json").stdout)
    fine = segue("check", "--json", "--config", str(stage.config), "--library", str(stage.library))

    assert nothing.returncode == 1
    assert json.loads(nothing.stdout)["problems"][0]["what"] == "input"
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("segue: ")
    assert {"system", "PortAudio"} <= {device["name"] for device in devices}
    assert {device["rate"] for device in devices} == {RATE}
    assert fine.returncode == 0, fine.stdout
    assert [problem["what"] for problem in json.loads(fine.stdout)["problems"]] == ["library"]
