"""Capture: devices are chosen by name, refusals are sentences, the callback counts; PortAudio itself is a double."""

import io
import json
import sys
import types

import numpy as np
import pytest

from segue.daemon.errors import DeviceError
from segue.daemon.sound import capture
from segue.daemon.sound.capture import MARK, RECORD, InputDevice, Recorder, Wanted, choose, inputs, pick_channels

DEVICES = [
    InputDevice(0, "Built-in Microphone", "ALSA", 1, 48_000, True),
    InputDevice(3, "Scarlett 18i20 USB", "ALSA", 18, 44_100, False),
    InputDevice(5, "Mixxx", "JACK Audio Connection Kit", 2, 44_100, False),
]


class PortAudioError(Exception):
    """What sounddevice raises."""


class Stream:
    """Stands in for ``sounddevice.InputStream``; the test plays the sound card."""

    def __init__(self, **asked: object) -> None:
        self.asked = asked
        self.active = False
        self.log: list[str] = []
        Stream.last = self
        if asked["samplerate"] == 11:
            raise PortAudioError("Error opening InputStream: Invalid sample rate [PaErrorCode -9997]")

    def start(self) -> None:
        self.active = True

    def abort(self) -> None:
        self.log.append("abort")

    def close(self) -> None:
        self.log.append("close")

    def play(self, block: np.ndarray, flag: str = "") -> None:
        self.asked["callback"](block, len(block), None, flag)

    last: "Stream"


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    raw = [
        {"name": d.name, "hostapi": 0, "max_input_channels": d.channels, "default_samplerate": float(d.rate)}
        for d in DEVICES
    ]
    raw.append({"name": "Speakers", "hostapi": 0, "max_input_channels": 0, "default_samplerate": 44_100.0})
    module = types.SimpleNamespace(
        PortAudioError=PortAudioError,
        InputStream=Stream,
        query_hostapis=lambda: [{"name": "ALSA"}],
        query_devices=lambda kind=None: {"index": 0} if kind else raw,
    )
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def records(data: bytes, channels: int) -> tuple[dict, list[tuple], np.ndarray]:
    """Take apart what a recorder wrote."""
    head, _, rest = data.partition(b"\n")
    told, blocks, at = [], [], 0
    while at < len(rest):
        record = RECORD.unpack(rest[at : at + RECORD.size])
        at += RECORD.size
        size = 4 * record[1] * channels
        blocks.append(np.frombuffer(rest[at : at + size], np.float32).reshape(-1, channels))
        told.append(record)
        at += size
    return json.loads(head), told, np.concatenate(blocks) if blocks else np.zeros((0, channels))


def ramp(count: int, channels: int) -> np.ndarray:
    return np.arange(count * channels, dtype=np.float32).reshape(count, channels)


def test_a_device_is_chosen_by_whole_name_then_beginning_then_part() -> None:
    twins = [InputDevice(1, "My Mixxx", "ALSA", 2, 1, False), *DEVICES]

    assert choose(twins, "mixxx").index == 5
    assert choose(twins, "scar").index == 3
    assert choose(twins, "18i20").index == 3
    assert choose(twins, "mixxx, jack audio connection kit").index == 5


def test_no_name_is_the_default_or_else_the_first() -> None:
    assert choose(DEVICES, "").index == 0
    assert choose(DEVICES[1:], "").index == 3


def test_a_wrong_name_lists_what_there_is() -> None:
    with pytest.raises(DeviceError, match=r"no input named 'Traktor'; 'segue devices' lists: 'Built-in .*'Mixxx'"):
        choose(DEVICES, "Traktor")
    with pytest.raises(DeviceError, match="no input device"):
        choose([], "")


def test_channels_are_held_against_the_device() -> None:
    assert pick_channels(DEVICES[0], [1, 2]) == (1,)
    assert pick_channels(DEVICES[1], [17, 18]) == (17, 18)
    with pytest.raises(DeviceError, match=r"has 2 channels, audio.channels and audio.decks ask for 3, 4"):
        pick_channels(DEVICES[2], [3, 4])


@pytest.mark.usefixtures("portaudio")
def test_inputs_are_listed_without_the_speakers() -> None:
    assert [(d.name, d.channels, d.default) for d in inputs()] == [
        ("Built-in Microphone", 1, True), ("Scarlett 18i20 USB", 18, False), ("Mixxx", 2, False),
    ]  # fmt: skip


def test_a_missing_portaudio_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    with pytest.raises(DeviceError, match="libportaudio2"):
        inputs()


@pytest.mark.usefixtures("portaudio")
@pytest.mark.parametrize(("channels", "wanted"), [((1, 2), [0, 1]), ((3,), [2]), ((4, 1), [3, 0])])
def test_the_chosen_channels_come_out_with_format_and_counts(channels: tuple[int, ...], wanted: list[int]) -> None:
    out = io.BytesIO()
    recorder = Recorder(Wanted("Scarlett", channels, 0, 512), out)
    stream = Stream.last
    block = ramp(1024, max(channels))
    stream.play(block[:512])
    stream.play(block[512:], "input overflow")

    alive = recorder.step(capture.time.monotonic())

    told, marks, sound = records(out.getvalue(), len(channels))
    assert alive
    assert (told["name"], told["rate"], told["channels"]) == ("Scarlett 18i20 USB", 44_100, len(channels))
    assert stream.asked["blocksize"] == 512
    assert stream.asked["samplerate"] == 44_100
    assert np.array_equal(sound, block[:, wanted])
    assert (marks[-1][0], marks[-1][4], marks[-1][5]) == (MARK, 0, 1)


@pytest.mark.usefixtures("portaudio")
def test_what_does_not_fit_is_counted_and_time_stays_true() -> None:
    out = io.BytesIO()
    recorder = Recorder(Wanted("Mixxx", (1, 2), 0, 512, ring_s=0.5), out)
    for _ in range(60):
        Stream.last.play(np.ones((512, 2), np.float32))

    recorder.step(capture.time.monotonic())

    _, marks, sound = records(out.getvalue(), 2)
    assert marks[-1][4] == 60 * 512 - 22_050
    assert len(sound) == 60 * 512
    assert int(sound[:, 0].sum()) == 22_050


@pytest.mark.usefixtures("portaudio")
def test_silence_of_the_callback_is_the_end() -> None:
    recorder = Recorder(Wanted("Mixxx"), io.BytesIO())
    Stream.last.play(np.ones((512, 2), np.float32))
    now_s = capture.time.monotonic()

    assert recorder.step(now_s + 0.9)
    assert not recorder.step(now_s + 1.1)
    Stream.last.active = False
    assert not recorder.step(now_s)
    recorder.close()
    assert Stream.last.log == ["abort", "close"]


@pytest.mark.usefixtures("portaudio")
def test_it_speaks_even_when_nothing_comes() -> None:
    out = io.BytesIO()
    recorder = Recorder(Wanted("Mixxx"), out)
    start_s = capture.time.monotonic()
    for turn in range(100):
        recorder.step(start_s + turn * 0.01)

    assert 3 <= len(records(out.getvalue(), 2)[1]) <= 5


@pytest.mark.usefixtures("portaudio")
def test_a_refused_rate_says_what_to_set() -> None:
    with pytest.raises(DeviceError, match=r"refuses 11 Hz, its own rate is 44100; set audio.sample_rate = 0"):
        Recorder(Wanted("Mixxx", sample_rate=11), io.BytesIO())
