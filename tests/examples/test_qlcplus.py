"""QLC+: the profile's channel numbers by rule, and the workspace in the real program where it is installed."""

import re
import runpy
import shutil
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ears import Ear, free_port
from frames import frame

from segue.daemon.config import Config
from segue.daemon.config import Target as TargetSettings
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import BUNDLE_HEAD
from segue.daemon.publish.publisher import Beat, Publisher

EXAMPLE = Path(__file__).parents[2] / "examples" / "qlcplus"
NAMESPACE = {"q": "http://www.qlcplus.org/Workspace", "p": "http://www.qlcplus.org/InputProfile"}
BPM = (128.0, 120.0, 124.0123, 64.0, 96.5, 174.0, 192.0)
"""Also such as 255 or 256 times which is a round number, since QLC+ keeps one byte."""
KNOWN = {"/1/toggle3": 944, "/4/multifader1/4": 1601, "/2/fader5": 2936, "/3/toggle8": 9881}
"""Numbers that QLC+ itself gives, from the profile TouchOSC-Mix16.qxi that comes with it."""


@pytest.fixture(scope="module")
def maker() -> dict[str, Callable[..., object]]:
    return runpy.run_path(str(EXAMPLE / "make_files.py"))


def test_an_address_becomes_the_channel_that_qlcplus_makes_of_it(maker: dict[str, Callable[..., object]]) -> None:
    assert {address: maker["channel"](address) for address in KNOWN} == KNOWN


def test_the_files_are_what_their_generator_writes(maker: dict[str, Callable[..., object]]) -> None:
    files = maker["files"]()

    assert isinstance(files, dict)
    assert {path: path.read_text("utf-8") for path in files} == files


def test_every_input_of_the_workspace_is_a_channel_of_the_profile() -> None:
    profile = ElementTree.parse(EXAMPLE / "Segue-OSC.qxi").getroot()
    workspace = ElementTree.parse(EXAMPLE / "segue.qxw").getroot()

    numbers = [int(each.attrib["Number"]) for each in profile.findall("p:Channel", NAMESPACE)]
    inputs = [int(each.attrib["Channel"]) for each in workspace.findall(".//q:VirtualConsole//q:Input", NAMESPACE)]

    assert len(set(numbers)) == len(numbers)
    assert len(inputs) == 6
    assert set(inputs) <= set(numbers)


def test_a_flash_is_over_before_the_next_beat_of_fast_music() -> None:
    """The button toggles: a beat that meets the flash of the one before it would switch it off."""
    workspace = ElementTree.parse(EXAMPLE / "segue.qxw").getroot()
    speed = workspace.find(".//q:Function[@Name='Flash']/q:Speed", NAMESPACE)

    assert speed is not None
    assert sum(int(speed.attrib[part]) for part in ("FadeIn", "Duration", "FadeOut")) < 60_000 / 250


class Lamps:
    """Hears what QLC+ sends to the lamps: its OSC output has one address for each DMX channel."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self.seen: dict[int, set[float]] = defaultdict(set)
        self.last: dict[int, float] = defaultdict(float)
        self.flashes: dict[int, int] = defaultdict(int)

    def look(self) -> None:
        import struct

        while True:
            try:
                data = self._socket.recv(4096)
            except BlockingIOError:
                return
            assert not data.startswith(BUNDLE_HEAD[:8])
            found = re.match(rb"/0/dmx/(\d+)\0", data)
            if found:
                lamp, level = int(found[1]), round(struct.unpack(">f", data[-4:])[0], 2)
                self.flashes[lamp] += level == 1.0 > self.last[lamp]
                self.last[lamp] = level
                self.seen[lamp].add(level)

    def close(self) -> None:
        self._socket.close()


@pytest.mark.real
@pytest.mark.skipif(shutil.which("qlcplus") is None, reason="qlcplus is not installed")
def test_the_lamps_flash_with_every_beat_though_the_bar_is_unknown_and_follow_the_energy(tmp_path: Path) -> None:
    lamps, port = Lamps(), free_port()
    parts = f'<PluginParameters inputPort="{port}"/></Input><Output Plugin="OSC" UID="127.0.0.1" Line="0">'
    text, changed = re.subn(
        r'(<Input Plugin="OSC"[^/]*)/>',
        rf'\1>{parts}<PluginParameters outputPort="{lamps.port}"/></Output>',
        (EXAMPLE / "segue.qxw").read_text("utf-8"),
    )
    assert changed == 1
    workspace = tmp_path / "segue.qxw"
    workspace.write_text(text, "utf-8")
    (tmp_path / ".qlcplus" / "inputprofiles").mkdir(parents=True)
    shutil.copy(EXAMPLE / "Segue-OSC.qxi", tmp_path / ".qlcplus" / "inputprofiles")
    env = {"HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    qlcplus = Ear(["qlcplus", "-d", "1", "-p", "-o", str(workspace)], port, tmp_path / "qlcplus.txt", env)
    publisher = Publisher(Config())
    target = TargetSettings(host="127.0.0.1", port=port, planes=["num", "event"])
    try:
        with Sender([target]) as sender:
            end = time.monotonic() + 40
            tick = ready = 0
            while time.monotonic() < end and not (lamps.flashes[3] >= len(BPM) and 0.6 in lamps.seen[4]):
                beats = (Beat(1000 + tick // 10, 0, BPM[tick // 10 % len(BPM)]),) if tick % 10 == 0 else ()
                sender.send(publisher.step(frame(tick, beats=beats)))
                time.sleep(0.05)
                lamps.look()
                ready = ready or tick * bool(lamps.flashes[0])
                tick += 1
    finally:
        qlcplus.close()
        lamps.close()

    assert all({0.0, 1.0} <= lamps.seen[lamp] for lamp in range(4)), "the four lamps flash"
    assert lamps.flashes[0] >= len(BPM)
    assert tick // 10 - ready // 10 - lamps.flashes[0] <= 1, "once QLC+ is ready, every beat"
    assert {lamp: max(lamps.seen[lamp]) for lamp in range(4, 8)} == {4: 0.6, 5: 0.5, 6: 0.4, 7: 0.3}
    assert "Unknown" not in (tmp_path / "qlcplus.txt").read_text("utf-8")
