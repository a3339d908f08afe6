"""Decks that come in by themselves: known before they are on air, and a help to the master; and quiet, hot inputs."""

import functools

import numpy as np
import pytest
from fakes import FakeEngine, FakeTracker, library, playing, track

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Audio, Config
from segue.daemon.demo import session
from segue.daemon.engine import Engine
from segue.daemon.hearing.prefader import columns
from segue.daemon.library.snapshot import Snapshot, Track
from segue.daemon.messages import Message
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.signal.bands import levels
from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode, mixdown

RATE = 16_000
NAMES = ("egypt", "electricity", "eureka")
TWO = Config.model_validate({"audio": {"channels": [1], "decks": [[2], [3]]}})


@functools.cache
def record(name: str) -> np.ndarray:
    """The first 90 s, mono at 16 kHz, at one loudness."""
    sound = decode(session.MUSIC / f"{name}.opus", limit_s=90.0)
    mono = resample(mixdown(sound.samples), sound.rate)
    return (mono * (0.1 / np.sqrt(np.mean(mono**2)))).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Engine:
    return Engine(default_artifact())


@pytest.fixture(scope="module")
def crate(model: Engine) -> Snapshot:
    sounds = [record(name) for name in NAMES]
    tracks = [
        Track(n, f"{n:016x}", f"/{n}", str(n), "", "", "", len(x) / RATE, 0, 0, -1, -1, 0, -14, 0.5, (), ())
        for n, x in enumerate(sounds)
    ]
    idents = [model.run(x).ident for x in sounds]
    return Snapshot.build(tracks, idents, [np.ones((1, 4), np.float32) for _ in sounds], bands=[*map(levels, sounds)])


def cut(name: str, start_s: float, seconds: float) -> np.ndarray:
    return record(name)[round(start_s * RATE) : round((start_s + seconds) * RATE)]


def listen(model: Engine, crate: Snapshot, sound: np.ndarray, config: Config = TWO) -> list[Message]:
    pipeline = Pipeline(config, model, crate, Publisher(config), RATE, sound.shape[1])
    return pipeline.feed(np.ascontiguousarray(sound, np.float32)) + pipeline.finish()


def first(messages: list[Message], address: str, number: int) -> float:
    """When a track was first said somewhere, s."""
    ids = [(m.t, m.args[1]) for m in messages if m.address == f"/segue{address}/track"]
    return next((t for t, each in ids if each == f"{number:016x}"), float("inf"))


def last(messages: list[Message], address: str) -> float:
    return [m.args[0] for m in messages if m.address == f"/segue{address}"][-1]


@pytest.fixture(scope="module")
def blend() -> np.ndarray:
    """Master, deck a, deck b: b runs from 6 s on and is faded in over 12 s from 16 s on."""
    a, b = cut("eureka", 30, 30), np.concatenate([np.zeros(6 * RATE, np.float32), cut("electricity", 20, 24)])
    fader = np.interp(np.arange(len(a)) / RATE, [16, 28], [0, np.pi / 2])
    return np.stack([a * np.cos(fader) + b * np.sin(fader), a, b], axis=1)


def test_a_deck_is_known_before_it_is_on_air_with_its_place(model: Engine, crate: Snapshot, blend: np.ndarray) -> None:
    said = listen(model, crate, blend)

    assert first(said, "/deck/b", 1) < 10.0
    assert {m.args[1] for m in said if m.address == "/segue/deck/b/track"} == {f"{1:016x}"}
    assert {m.args[1] for m in said if m.address == "/segue/deck/a/track"} == {f"{2:016x}"}
    assert last(said, "/deck/b/pos_s") == pytest.approx(44.0, abs=0.1)
    assert last(said, "/deck/b/tempo_ratio") == pytest.approx(1.0, abs=0.003)
    on_air_s = next(m.t for m in said if m.address == "/segue/deck/b/on_air" and m.args[0] == 1)
    assert on_air_s == min(first(said, "/now", 1), first(said, "/now2", 1)) > 16.0


def test_the_master_names_sooner_what_a_deck_has_known(model: Engine, crate: Snapshot, blend: np.ndarray) -> None:
    with_decks, alone = (listen(model, crate, sound) for sound in (blend, blend[:, :1]))

    there, without = (min(first(said, "/now", 1), first(said, "/now2", 1)) for said in (with_decks, alone))
    assert 16.0 < there < without


def test_what_is_only_on_a_deck_is_not_named_in_the_master(model: Engine, crate: Snapshot) -> None:
    sound = np.stack([cut("egypt", 30, 12), cut("egypt", 30, 12), cut("electricity", 30, 12)], axis=1)

    said = listen(model, crate, sound)

    assert last(said, "/deck/b/valid") == 1
    assert last(said, "/deck/b/on_air") == 0
    assert first(said, "/now", 1) == first(said, "/now2", 1) == float("inf")


@pytest.mark.parametrize("level_db", [-40, -45, 0, 12], ids=lambda db: f"{db} dB")
def test_naming_bears_a_very_quiet_line_and_one_that_clips(model: Engine, crate: Snapshot, level_db: int) -> None:
    sound = cut("electricity", 30, 10)
    played = np.clip(sound / np.abs(sound).max() * 10 ** (level_db / 20), -1, 1)[:, None]

    said = listen(model, crate, played, Config())

    assert first(said, "/now", 1) < 6.0
    assert last(said, "/now/pos_s") == pytest.approx(40.0, abs=0.1)
    logged = [m.args[1] for m in said if m.address == "/segue/status/log"]
    assert [("clips" in text) for text in logged] == [True] * (level_db > 0)


def test_the_channels_of_a_block_are_the_masters_then_those_of_each_deck() -> None:
    audio = Audio(channels=[9, 10], decks=[[1, 2], [3]])

    assert audio.all_channels == (9, 10, 1, 2, 3)
    assert columns(audio, 5) == [slice(2, 4), slice(4, 5)]
    assert columns(audio, 2) == []


def scripted(snapshot: Snapshot, blend: bool) -> FakeTracker:
    return FakeTracker([(8, playing(snapshot.tracks[3]), None)] if not blend else [])


@pytest.mark.parametrize("block", [700, 44_100])
def test_however_cut_what_the_decks_say_is_the_same(block: int) -> None:
    sound = (0.1 * np.random.default_rng(4).standard_normal((8 * 44_100, 3))).astype(np.float32)

    def heard(size: int) -> list[str]:
        snapshot = library([track(n) for n in range(5)])
        line = Pipeline(TWO, FakeEngine(), snapshot, Publisher(TWO), 44_100, 3, scripted)
        out = [m for k in range(0, len(sound), size) for m in line.feed(sound[k : k + size])] + line.finish()
        return [m.to_json() for m in out if "/deck/" in m.address]

    assert heard(block) == heard(4410)
    assert any("/deck/b/track" in line for line in heard(block))


def test_without_decks_nothing_is_said_of_them() -> None:
    line = Pipeline(TWO, FakeEngine(), library([track(0)]), Publisher(TWO), 44_100, 2, scripted)

    assert not [m for m in line.feed(np.zeros((44_100, 2), np.float32)) if "/deck/" in m.address]
