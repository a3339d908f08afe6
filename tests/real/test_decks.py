"""A mixer of many channels, through JACK: its decks are heard by themselves, and it is found again after replugging."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from booth import RATE, Booth, booth, compare, ended_cleanly, until

from segue.daemon.artifact import default_artifact
from segue.daemon.demo import session
from segue.daemon.library.indexer import index
from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode, mixdown

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.timeout(240)]
PLAYER = Path(__file__).parent / "deckplayer.py"
ON_AIR, CUED = "egypt", "eureka"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Booth]:
    with booth(tmp_path) as opened:
        opened.jack()
        yield opened


def plug_in(stage: Booth, name: str, sound: np.ndarray) -> "subprocess.Popen[bytes]":
    """Start a program of this name, a channel a column, and wait until it shows."""
    file = stage.folder / f"{name}.wav"
    soundfile.write(file, sound.astype(np.float32), RATE, subtype="FLOAT")
    process = stage.start([sys.executable, str(PLAYER), name, str(file)], f"{name}.log")
    until(lambda: name in listed(stage), 30, f"{name} to show in 'segue devices'")
    return process


def listed(stage: Booth) -> dict[str, int]:
    """Names and indexes of the inputs."""
    command = [sys.executable, "-m", "segue.daemon", "devices", "--json"]
    told = subprocess.run(command, env=stage.environment, capture_output=True, text=True, timeout=60).stdout
    return {device["name"]: device["index"] for device in json.loads(told)}


def noise(seed: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(2**22), 2**22, (20 * RATE, channels)) / 2.0**24


def test_a_device_chosen_by_name_is_found_again_where_others_came_before_it(stage: Booth) -> None:
    mixer = plug_in(stage, "Mixer", noise(1))
    stage.ear()
    daemon = stage.daemon("--device", "Mixer")
    until(lambda: stage.state() == 1, 60, "the daemon to listen")
    before = listed(stage)["Mixer"]

    stage.end(mixer)
    until(lambda: stage.state() == 2, 30, "'no signal' once the mixer has gone")
    plug_in(stage, "Camera", noise(2))
    plug_in(stage, "Microphone", noise(3))
    plug_in(stage, "Mixer", noise(1))
    until(lambda: stage.state() == 1, 40, "the daemon to hear the mixer again")
    after = listed(stage)["Mixer"]
    ticks = len(stage.heard("/segue/live/t_ms"))
    until(lambda: len(stage.heard("/segue/live/t_ms")) > ticks + 100, 60, "five seconds more")
    status, _ = stage.end(daemon)

    assert status == 0
    assert ended_cleanly(stage.folder / "segue.log")
    assert after > before
    heard, _ = soundfile.read(stage.folder / "heard.wav", dtype="float32")
    found = compare(noise(1).astype(np.float32)[:, 0], heard[-4 * RATE :, 0])
    assert found.unknown == 0
    assert found.same > 3 * RATE


def test_decks_are_named_before_they_are_on_air(stage: Booth) -> None:
    library = stage.folder / "library"
    index(library, [session.MUSIC / f"{name}.opus" for name in (ON_AIR, CUED)], default_artifact(), jobs=1)
    stage.library = library
    stage.config.write_text(
        stage.config.read_text().replace("[audio]", "[audio]\nchannels = [5, 6]\ndecks = [[1, 2], [3, 4]]")
    )
    one, other = (cut(name) for name in (ON_AIR, CUED))
    plug_in(stage, "Mixer", np.column_stack([one, one, other, other, one, one]))
    stage.ear()
    daemon = stage.daemon("--device", "Mixer")

    until(lambda: bool(stage.heard("/segue/deck/b/track")), 60, "deck b to be named")
    until(lambda: bool(stage.heard("/segue/now/track")), 60, "the master to be named")
    until(lambda: stage.heard("/segue/deck/a/on_air")[-1:] == [["/segue/deck/a/on_air", "i", "1"]], 10, "deck a on air")
    status, _ = stage.end(daemon)

    assert status == 0
    paths = {address: stage.heard(f"/segue/{address}/path")[-1][-1] for address in ("now", "deck/a", "deck/b")}
    assert [Path(path.strip('"')).stem for path in paths.values()] == [ON_AIR, ON_AIR, CUED]
    assert {words[2] for words in stage.heard("/segue/deck/b/on_air")} == {"0"}
    assert soundfile.info(stage.folder / "heard.wav").channels == 6


def cut(name: str) -> np.ndarray:
    """Half a minute of a track, mono."""
    sound = decode(session.MUSIC / f"{name}.opus", limit_s=60.0)
    return resample(mixdown(sound.samples), sound.rate, RATE)[20 * RATE : 50 * RATE]
