"""Replay, and the golden set: a small fixed set whose messages are kept in ``golden/set.jsonl``.

The golden lines are all texts and events, and the numbers of every fourth second. Floats are compared to a thousandth,
since another processor may round differently; everything else exactly. After a change that is meant to be heard:
``SEGUE_REFRESH_GOLDEN=1 python -m pytest tests/daemon/run/test_replay.py``, then read the difference before
committing it.
"""

import io
import itertools
import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
import synth
from fakes import FakeEngine, library, playing, scripted, track
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.clock import ScriptedClock
from segue.daemon.commands import replay as command
from segue.daemon.config import Config
from segue.daemon.errors import ConfigError, SegueError
from segue.daemon.library.snapshot import Cue
from segue.daemon.messages import Message
from segue.daemon.osc.target import Target
from segue.daemon.osc.wire import encode
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run import replay as module
from segue.daemon.run.replay import Lines, Outcome, replay
from segue.daemon.sound.source import open_source

GOLDEN = Path(__file__).parents[1] / "golden" / "set.jsonl"
RATE = 22_050


def small_library():
    tracks = [
        track(n, tempo_bpm=116.0 + n, pitch_class=(9 + 7 * n) % 12, energy=0.3 + 0.05 * (n % 6), title=f"Größe {n}")
        for n in range(10)
    ]
    tracks[7] = track(7, title="Größe 2 (Dub)", artist="Artist 2")
    tracks[8] = track(8, tempo_bpm=0.0, pitch_class=-1, mode=-1, cues=(Cue(0, "breakdown", 3.0, 6, 0.4),), mix_outs=())
    return library(tracks, seed=3)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Sixteen seconds of two records and a silence, stereo FLAC."""
    one, _, _ = synth.arrangement(120.0, parts=((16, "drop"),), rate=RATE)
    two, _, _ = synth.arrangement(124.0, tonic=2, parts=((8, "build"), (6, "drop")), seed=1, rate=RATE)
    mono = np.concatenate([one, two, np.zeros(3 * RATE, np.float32)])[: 16 * RATE]
    path = tmp_path_factory.mktemp("set") / "set.flac"
    soundfile.write(path, np.stack([mono, 0.7 * mono], axis=1), RATE)
    return path


def pipeline(source):
    snapshot = small_library()
    one, two = playing(snapshot.tracks[2], 119.0, 1.02), playing(snapshot.tracks[5], 7.5, 0.99)
    script = ((16, one, None), (30, playing(snapshot.tracks[2], 122.57, 1.02), two), (36, two, None), (56, None, None))
    publisher = Publisher(Config(), version="0", source=source.name, artifact="fake", library="10 tracks")
    return Pipeline(Config(), FakeEngine(), snapshot, publisher, source.rate, source.channels, scripted(*script))


class Kept:
    def __init__(self):
        self.messages = []

    def send(self, messages):
        self.messages += messages


def played(recording, **options):
    kept = Kept()
    with open_source(recording) as source:
        outcome = replay(source, pipeline(source), [kept], ScriptedClock(), **options)
    return kept.messages, outcome


@pytest.fixture(scope="module")
def whole(recording):
    return played(recording)[0]


def near(value):
    return pytest.approx(value, rel=1e-3, abs=1e-3) if isinstance(value, float) else value


def golden_lines(messages):
    return [m.to_json() for m in messages if m.planes != ("num",) or round(m.t * 20) % 80 == 0]


def test_the_golden_set_gives_the_golden_lines(whole):
    lines = golden_lines(whole)
    if os.environ.get("SEGUE_REFRESH_GOLDEN"):
        GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")

    wanted = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    got = [json.loads(line) for line in lines]
    assert [(m["t"], m["address"]) for m in got] == [(m["t"], m["address"]) for m in wanted]
    for mine, golden in zip(got, wanted, strict=True):
        assert list(map(near, mine["args"])) == golden["args"], mine["address"]


def test_every_packet_of_a_set_keeps_the_rules_of_the_network(whole):
    target, kinds = Target("127.0.0.1", 9), {"i": int, "f": float}
    for message in whole:
        if message.planes == ("num",):
            assert [type(value) for value in message.args] == [kinds[message.tags]]
    for t, group in itertools.groupby(whole, key=lambda message: message.t):
        for packet in target.packets(t, [(message, encode(message)) for message in group]):
            assert len(packet) <= 1200
            assert not packet.startswith(b"#bundle\0") or packet[8:16] == b"\0\0\0\0\0\0\0\1", "immediately"


def test_a_set_replayed_twice_gives_the_same_bytes(recording, tmp_path):
    for name in ("one", "two"):
        with open_source(recording) as source, Lines(tmp_path / name) as lines:
            replay(source, pipeline(source), [lines], ScriptedClock())

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("frames", [64, 1000, 44_100])
def test_however_cut_a_set_gives_the_same_bytes(recording, whole, frames, monkeypatch):
    monkeypatch.setattr(module, "_FAST_BLOCK_S", frames / RATE)

    assert [m.to_json() for m in played(recording)[0]] == [m.to_json() for m in whole]


def test_a_replay_in_time_gives_the_same_and_takes_its_time(recording, whole):
    clock, kept = ScriptedClock(0.0), Kept()
    with open_source(recording) as source:
        replay(source, pipeline(source), [kept], clock, speed=2.0)

    assert [m.to_json() for m in kept.messages] == [m.to_json() for m in whole]
    assert clock.now() == pytest.approx(8.0, abs=0.05)


def test_lines_are_the_messages_once_each_in_order(recording, whole, tmp_path):
    with open_source(recording) as source, Lines(tmp_path / "set.jsonl") as lines:
        replay(source, pipeline(source), [lines], ScriptedClock())

    written = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text("utf-8").splitlines()]
    assert written == [{"t": m.t, "address": m.address, "args": list(m.args)} for m in whole]


def test_an_outcome_tells_what_was_named(recording):
    messages, outcome = played(recording)

    assert outcome.messages == len(messages)
    assert outcome.heard_s == pytest.approx(16.0, abs=0.051)
    assert outcome.tracks == ["Artist 2 - Größe 2", "Artist 5 - Größe 5"]
    assert outcome.lists == len({m.args[0] for m in messages if m.address == "/segue/next/commit"} - {0})


def test_a_stop_leaves_whole_lines(recording, tmp_path):
    stop = threading.Event()

    def enough(outcome):
        if outcome.heard_s > 3.0:
            stop.set()

    with open_source(recording) as source, Lines(tmp_path / "set.jsonl") as lines:
        outcome = replay(source, pipeline(source), [lines], ScriptedClock(), stop=stop, progress=enough)

    written = (tmp_path / "set.jsonl").read_text("utf-8").splitlines()
    assert len([json.loads(line) for line in written]) == outcome.messages > 0
    assert outcome.heard_s < 4.5


def test_lines_that_cannot_be_written_are_one_sentence(tmp_path):
    with pytest.raises(SegueError, match=r"cannot write the lines to .*nowhere"):
        Lines(tmp_path / "nowhere" / "set.jsonl")
    if os.path.exists("/dev/full"):
        with Lines(Path("/dev/full")) as lines, pytest.raises(SegueError, match="No space left"):
            lines.send([Message(0.0, "/segue/live/bpm", "f", (120.0,), ("num",), False, True)])


# The command


@pytest.fixture
def booth(monkeypatch):
    """Let the command find the doubles."""
    import segue.daemon.engine
    import segue.daemon.library.snapshot
    import segue.daemon.pipeline

    engine, snapshot = FakeEngine(), small_library()
    real = Pipeline

    def make(*args):
        return real(*args, scripted((8, playing(snapshot.tracks[0]), None)))

    monkeypatch.setattr(segue.daemon.engine, "Engine", lambda artifact: engine)
    monkeypatch.setattr(segue.daemon.library.snapshot.Snapshot, "load", lambda folder, sha256: snapshot)
    monkeypatch.setattr(segue.daemon.pipeline, "Pipeline", make)


def run(*arguments):
    return CliRunner().invoke(build(), ["replay", *map(str, arguments)], catch_exceptions=False)


def test_the_command_writes_lines_and_ends_with_a_summary(booth, recording, tmp_path):
    result = run(recording, "--jsonl", tmp_path / "out.jsonl", "--speed", "max")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith("heard 0:16 of set.flac in ")
    assert "1 tracks named" in result.stderr
    first = json.loads((tmp_path / "out.jsonl").read_text("utf-8").splitlines()[0])
    assert first["address"] == "/segue/status/alive"


def test_a_broken_off_replay_says_how_far_it_came(booth, recording, tmp_path, monkeypatch):
    def break_off(*args, outcome, **rest):
        outcome.heard_s = 5.0
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "replay", break_off)
    result = run(recording, "--jsonl", tmp_path / "out.jsonl")

    assert result.exit_code == 130
    assert "stopped after 0:05 of set.flac" in result.stderr


def test_quiet_says_nothing(booth, recording):
    assert run(recording, "--quiet").stderr == ""


@pytest.mark.parametrize(("speed", "osc", "times"), [(None, False, None), (None, True, 1.0), ("max", True, None),
                                                     ("2", False, 2.0), ("0.5x", True, 0.5)])  # fmt: skip
def test_speeds(speed, osc, times):
    assert command._speed(speed, osc) == times


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "inf"])
def test_a_speed_that_is_none_is_said(text):
    with pytest.raises(ConfigError, match="neither 'max' nor a number"):
        command._speed(text, False)


@pytest.mark.parametrize("text", ["9000", "localhost", "host:port", "host:0", "host:99999", ":9000"])
def test_a_target_that_is_none_is_said(text):
    with pytest.raises(ConfigError, match="no HOST:PORT"):
        command._target(text)


def test_targets():
    assert (command._target("127.0.0.1:9000").host, command._target("[::1]:9000").port) == ("127.0.0.1", 9000)


class Pipe:
    def __init__(self, data):
        self.buffer = io.BufferedReader(io.BytesIO(data))


def test_bytes_on_stdin_are_wav_if_they_say_so_else_pcm(monkeypatch):
    wav = io.BytesIO()
    soundfile.write(wav, np.zeros((100, 1), np.float32), 8000, format="WAV", subtype="PCM_16")
    monkeypatch.setattr(sys, "stdin", Pipe(wav.getvalue()))
    assert (command._open("-", None).rate, command._open) != (44_100, None)
    monkeypatch.setattr(sys, "stdin", Pipe(b"\0" * 400))
    plain = command._open("-", None)
    assert (plain.rate, plain.channels) == (44_100, 2)
    monkeypatch.setattr(sys, "stdin", Pipe(b"\0" * 400))
    given = command._open("-", "48000:1:f32le")
    assert (given.rate, given.channels) == (48_000, 1)


def test_messages_go_over_osc_and_requests_are_taken(booth, recording, tmp_path):
    import socket

    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(2.0)
    free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    settings = tmp_path / "config.toml"
    settings.write_text(f"[osc]\nlisten_port = {port}\n")

    result = run(recording, "--osc", f"127.0.0.1:{ear.getsockname()[1]}", "--speed", "max", "--config", settings)

    assert result.exit_code == 0
    assert ear.recv(4096).startswith(b"#bundle\0")
    ear.close()


def test_counts_start_at_nothing():
    assert (Outcome().messages, Outcome().lists, Outcome().tracks) == (0, 0, [])
