"""A library that Mixxx itself has made: it reads cues from a file's Serato tags, finds the beats, and writes all of it.

Mixxx has no command for this, so it is met as by a person: on a screen (Xvfb), with keys (xdotool).
"""

import os
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import synth
from booth import booth, until
from foreign import FIRST_S, HOT, LATE, LOOP, TEMPO
from foreign_binary import id3, serato_objects
from graphs import write_graph

from segue.daemon.artifact import fingerprint
from segue.daemon.importers.intake import take
from segue.daemon.importers.places import reader_of
from segue.daemon.library.catalogue import Catalogue
from segue.daemon.library.indexer import index
from segue.daemon.library.snapshot import Snapshot

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.timeout(180)]
RATE, SECONDS = 44_100, 75.0
SOUND_CARD = """<!DOCTYPE SoundManagerConfig>
<SoundManagerConfig api="JACK Audio Connection Kit" deck_count="2" latency="5" samplerate="44100" sync_buffers="2">
 <SoundDevice name="system"><output type="Master" index="0" channel="0" channel_count="2"/></SoundDevice>
</SoundManagerConfig>
"""
"""Without one, Mixxx asks for it."""


def kicks() -> np.ndarray:
    """Kicks on the grid, and digital silence before the first."""
    sound = synth.noise(SECONDS, level=0.004, seed=1, rate=RATE)
    sound[: round((FIRST_S - 0.001) * RATE)] = 0
    for at_s in np.arange(FIRST_S, SECONDS - 0.5, 60 / TEMPO):
        synth.place(synth.kick(rate=RATE), at_s, sound, gain=0.7, rate=RATE)
    return sound.clip(-1, 1)


def tagged(path: Path) -> None:
    """Write the kicks as AIFF, with the tags that Serato would leave there."""
    soundfile.write(path, kicks(), RATE, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    tag = id3({name: content for name, content in serato_objects().items() if name == "Serato Markers2"})
    data += b"ID3 " + struct.pack(">I", len(tag)) + tag + b"\0" * (len(tag) % 2)
    data[4:8] = struct.pack(">I", len(data) - 8)
    path.write_bytes(data)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty screen, an empty home and a sound card of JACK's: the environment for programs on it."""
    for tool in ("mixxx", "Xvfb", "xdotool"):
        assert shutil.which(tool), f"{tool} is missing; the test command installs it"
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    number = os.read(reading, 16).decode().strip()
    try:
        with booth(tmp_path) as opened:
            opened.jack()
            yield {**opened.environment, "DISPLAY": f":{number}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    finally:
        server.terminate()
        server.wait(10)
        os.close(reading)


def mixxx(screen: dict[str, str], folder: Path, *sounds: Path) -> Path:
    """Let Mixxx load tracks and look at them, and close it; give its database."""

    def keys(*arguments: str) -> list[str]:
        done = subprocess.run(["xdotool", *arguments], env=screen, capture_output=True, text=True, timeout=20)
        return done.stdout.split()

    def dialogs() -> list[str]:
        windows = keys("search", "--onlyvisible", "--name", ".")
        return [window for window in windows if keys("getwindowname", window) != ["Mixxx"]]

    settings = folder / "mixxx"
    settings.mkdir()
    (settings / "soundconfig.xml").write_text(SOUND_CARD)
    log = folder / "mixxx.out"
    command = ["mixxx", "--safeMode", "--developer", "--settingsPath", f"{settings}/", "--locale", "en_US"]
    with log.open("wb") as out:
        program = subprocess.Popen(
            [*command, *map(str, sounds)], env=screen, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )

    def looked_at() -> bool:
        told = log.read_text(errors="replace")
        assert program.poll() is None, told[-2000:]
        for window in dialogs():  # it asks for a music folder
            keys("windowfocus", window)
            keys("key", "Escape")
        return all(told.count(done) == len(sounds) for done in ("AnalyzerBeats plugin detected", "Key Histogram"))

    try:
        until(looked_at, 60, "Mixxx to analyse its tracks")
        for window in keys("search", "--onlyvisible", "--name", "Mixxx"):
            keys("windowfocus", window)
        keys("key", "ctrl+q")
        until(lambda: program.poll() is not None, 30, "Mixxx to close")
    finally:
        if program.poll() is None:
            program.kill()
        program.wait(10)
    return settings / "mixxxdb.sqlite"


def grid(blob: bytes) -> np.ndarray:
    """Beats as Mixxx keeps them (proto/beats.proto): a tempo, and the frame of the first beat as a varint."""
    (tempo,) = struct.unpack("<d", blob[3:11])
    frame = sum((byte & 127) << 7 * n for n, byte in enumerate(blob[14:]))
    beats = frame / RATE + np.arange(-4, SECONDS * 3) * 60 / tempo
    return beats[(beats >= 0) & (beats < SECONDS)]


def test_what_mixxx_has_is_what_segue_gets(screen: dict[str, str], tmp_path: Path) -> None:
    aiff, mp3 = tmp_path / "kicks.aiff", tmp_path / "packed.mp3"
    tagged(aiff)
    soundfile.write(mp3, kicks()[: -5 * RATE], RATE, format="MP3")
    path = mixxx(screen, tmp_path, aiff, mp3)
    with sqlite3.connect(path) as db:
        pads = db.execute("SELECT position, length, label FROM cues WHERE hotcue >= 0 ORDER BY position").fetchall()
        tempo, beats, version = db.execute(
            "SELECT bpm, beats, beats_version FROM library WHERE title = 'kicks'"
        ).fetchone()
        ((begins, _),) = db.execute(
            "SELECT position, length FROM cues JOIN library l ON l.id = track_id WHERE type = 8 AND title = 'packed'"
        )
    artifact = write_graph(tmp_path / "tiny.onnx")
    index(tmp_path / "library", [aiff, mp3], artifact, jobs=1)

    (report,) = take(tmp_path / "library", artifact, [reader_of(path)(path)], jobs=1)

    assert (report.matched, report.grids) == (2, 2)
    tracks = {Path(track.path): track for track in Snapshot.load(tmp_path / "library", fingerprint(artifact)).tracks}
    users = [cue for cue in tracks[aiff].cues if cue.kind == "user"]
    assert [cue.name for cue in users] == [row[2] for row in pads] == [HOT.name, LOOP.name, LATE.name]
    for cue, (position, length, _), meant in zip(users, pads, (HOT, LOOP, LATE), strict=True):
        assert abs(cue.position_s - position / 2 / RATE) < 0.001
        assert abs(cue.length_s - length / 2 / RATE) < 0.001
        assert abs(cue.position_s - meant.position_s) < 0.010
    assert users[0].colour == HOT.colour
    with Catalogue.open(tmp_path / "library") as catalogue, catalogue.reading():
        (found,), (packed,) = (catalogue.own.grids(tracks[each].id) for each in (aiff, mp3))
    assert (version, found.tempo_bpm, found.offset_s) == ("BeatGrid-2.0", tempo, 0.0)
    np.testing.assert_allclose(found.beats_s, grid(beats), atol=0.001)
    assert tempo == pytest.approx(TEMPO, abs=0.05)
    # Mixxx decodes the encoder's delay as sound, so that all of its times in the MP3 are late.
    assert begins / 2 / RATE > FIRST_S + 0.020
    assert abs(begins / 2 / RATE + packed.offset_s - FIRST_S) < 0.005
