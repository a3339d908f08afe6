"""The tracker on real music: records of the demo, played fast and slow, blended, cut, and music that is not there."""

import functools
import itertools

import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfilt

from segue.daemon.artifact import default_artifact
from segue.daemon.demo import session
from segue.daemon.demo.stretch import key_lock
from segue.daemon.engine import Engine
from segue.daemon.hearing.tracker import Tracker
from segue.daemon.library.snapshot import Snapshot, Track
from segue.daemon.signal.bands import levels
from segue.daemon.signal.resample import resample
from segue.daemon.sound.decode import decode, mixdown

HOP_S, RATE, HOP = 0.25, 16_000, 4_000
NAMES = ("ambiphonic", "battlescape-4", "egypt", "electricity", "eureka")
OUTSIDE = "funny-boat"


@functools.cache
def engine():
    return Engine(default_artifact())


@functools.cache
def record(name):
    """The first 100 s, mono at 16 kHz."""
    sound = decode(session.MUSIC / f"{name}.opus", limit_s=100.0)
    return resample(mixdown(sound.samples), sound.rate)


def snapshot_of(*names, extra=()):
    sounds = [*(record(name) for name in names), *extra]
    tracks = [
        Track(n, f"{n:016x}", f"/{n}", str(n), "", "", "", len(x) / RATE, 0, 0, -1, -1, 0, -14, 0.5, (), ())
        for n, x in enumerate(sounds)
    ]
    idents = [engine().run(x).ident for x in sounds]
    return Snapshot.build(tracks, idents, [np.ones((1, 4), np.float32) for _ in sounds], bands=[*map(levels, sounds)])


@pytest.fixture(scope="module")
def library():
    return snapshot_of(*NAMES)


def play(name, start_s, seconds, rate=1.0):
    """A record from a place on, at a speed that moves its pitch."""
    x = record(name) if isinstance(name, str) else name
    cut = x[round(start_s * RATE) : round((start_s + seconds * rate) * RATE) + 1]
    turned = cut if rate == 1.0 else soxr.resample(cut, RATE * rate, RATE)
    return np.pad(turned, (0, RATE))[: round(seconds * RATE)].astype(np.float32)


def fade(a, b, seconds, over_s):
    """B comes in over the last seconds of A at equal power."""
    n, k = round(over_s * RATE), len(a) - round(over_s * RATE)
    ramp = np.sin(np.linspace(0, np.pi / 2, n)).astype(np.float32)
    out = np.zeros(k + len(b), np.float32)
    out[: len(a)] += np.concatenate([a[:k], a[k:] * ramp[::-1]])
    out[k:] += np.concatenate([b[:n] * ramp, b[n:]])
    return out[: round(seconds * RATE)]


def follow(library, sound, told=None):
    """What is said at the end of each hop."""
    tracker, state, said = Tracker(library, engine(), HOP_S), engine().init_state(), []
    tracker.expect(told)
    for start in range(0, len(sound) - HOP + 1, HOP):
        samples = sound[start : start + HOP]
        heard, state = engine().step(samples, state)
        tracker.step(samples, heard, state, bool(np.abs(samples).max() < 1e-4))
        said.append(tracker.search())
    return tracker, said


def names(said):
    return [None if now is None else now.track.number for now, _ in said]


@pytest.mark.parametrize("rate", [0.94, 1.0, 1.06])
def test_a_record_is_named_within_four_seconds_with_its_place_speed_and_pitch(library, rate):
    _, said = follow(library, play("egypt", 40, 16, rate))

    now = said[-1][0]
    assert set(names(said)) == {None, 2}
    assert names(said).index(2) * HOP_S <= 4.0
    assert now.position_s == pytest.approx(40 + 16 * rate, abs=0.02)
    assert now.tempo_ratio == pytest.approx(rate, abs=0.003)
    assert now.settled
    assert now.key_lock == (rate == 1.0)


def test_what_keeps_its_pitch_is_told_from_what_does_not(library):
    faster = key_lock(play("battlescape-4", 20, 20), 1.05)
    _, said = follow(library, faster)

    now = said[-1][0]
    assert now.track.number == 1
    assert now.tempo_ratio == pytest.approx(1.05, abs=0.004)
    assert now.key_lock


def test_music_that_is_not_there_is_not_named(library):
    tracker, said = follow(library, play(OUTSIDE, 0, 40))

    assert set(names(said)) == {None}
    assert tracker.plausible() == set()


@pytest.mark.parametrize(("out", "coming"), [("eureka", "ambiphonic"), ("battlescape-4", "electricity")])
def test_a_record_that_comes_in_is_named_while_it_is_far_the_quieter_one(library, out, coming):
    """In the first fifth of a fade of 8 s; by embeddings alone it took 2 s."""
    _, said = follow(library, fade(play(out, 30, 20, 1.02), play(coming, 20, 20, 0.98), 32, 8))

    number = NAMES.index(coming)
    named = next(hop for hop, decks in enumerate(said) if number in [deck.track.number for deck in decks if deck])
    assert 12.0 < (named + 1) * HOP_S <= 12.0 + 8.0 / 5 + HOP_S


def test_both_records_of_a_blend_are_named_and_the_louder_one_first(library):
    set_ = fade(play("electricity", 30, 20, 1.02), play("eureka", 20, 20, 0.98), 32, 8)

    tracker, said = follow(library, set_)

    blend = said[round(12 / HOP_S) : round(20 / HOP_S)]
    both = [{now.track.number, beside.track.number} == {3, 4} for now, beside in blend if now and beside]
    assert sum(both) >= 0.5 * len(blend)
    handed = names(said).index(4)
    assert 16 - 2 <= handed * HOP_S <= 16 + 2, "the name goes over where the fade has its middle"
    assert set(names(said)[handed:]) == {4}
    assert said[-1][1] is None
    assert tracker.plausible() == {3, 4}
    now, beside = said[round(19 / HOP_S)]
    assert beside is None or now.level > beside.level


def test_of_two_records_that_stay_as_loud_as_they_are_the_louder_one_keeps_the_name(library):
    for loud, low in itertools.permutations(NAMES, 2):
        louder, lower = play(loud, 30, 10), play(low, 45, 10)
        _, said = follow(library, louder / louder.std() * 0.1 + lower / lower.std() * 0.05)

        assert set(names(said)[round(8 / HOP_S) :]) == {NAMES.index(loud)}, f"{low} under {loud}"


@pytest.mark.parametrize("heard", [0, 1])
def test_of_two_versions_of_a_song_the_right_one_is_named_within_eight_seconds(heard):
    original = record("egypt")
    treble = butter(2, 1500, "highpass", fs=RATE, output="sos")
    solo = record("eureka") / record("eureka").std() * original.std()
    other = (original + sosfilt(treble, np.resize(solo, len(original)))).astype(np.float32)
    library = snapshot_of("egypt", extra=(other,))

    for start_s in (20, 50, 80):
        _, said = follow(library, play((original, other)[heard], start_s, 8))

        assert names(said)[-1] == heard


def test_a_hard_cut_hands_over_at_once(library):
    set_ = np.concatenate([play("egypt", 30, 15), play("ambiphonic", 50, 10, 1.03)])

    _, said = follow(library, set_)

    assert names(said)[round(14 / HOP_S)] == 2
    assert names(said).index(0) * HOP_S <= 15 + 4
    assert names(said)[-1] == 0


def test_a_jump_within_a_record_is_followed(library):
    set_ = np.concatenate([play("eureka", 20, 12), play("eureka", 60, 12)])

    _, said = follow(library, set_)

    assert set(names(said)[round(5 / HOP_S) :]) <= {4, None}
    assert said[-1][0].track.number == 4
    assert said[-1][0].position_s == pytest.approx(72, abs=0.05)


def test_a_room_and_a_quiet_deck_are_no_hindrance(library):
    rng = np.random.default_rng(0)
    decay = np.exp(-6.9 * np.arange(round(0.7 * RATE)) / (0.7 * RATE))
    tail = (rng.standard_normal(len(decay)) * decay).astype(np.float32)
    tail[0] += 4.0
    dry = play("ambiphonic", 30, 16, 1.04)
    wet = np.convolve(dry, tail)[: len(dry)].astype(np.float32)
    wet *= 0.05 / wet.std()
    noise = sosfilt(butter(2, 2000, fs=RATE, output="sos"), rng.standard_normal(len(wet)))
    wet += (noise * 0.05 / 3.16 / noise.std()).astype(np.float32)

    _, said = follow(library, wet)

    assert said[-1][0].track.number == 0
    assert set(names(said)) <= {None, 0}


def test_two_copies_of_a_record_do_not_silence_each_other():
    louder = (record("egypt") * np.float32(0.7)).astype(np.float32)

    _, said = follow(snapshot_of("egypt", "eureka", extra=[louder]), play("egypt", 40, 12))

    assert set(names(said)[16:]) <= {0, 2}
    assert all(beside is None for _, beside in said), "a copy is no second record"


def test_silence_ends_a_name_unless_the_record_is_silent_there(library):
    quiet = np.zeros(10 * RATE, np.float32)
    pause = np.concatenate([record("egypt")[: 40 * RATE], quiet, record("egypt")[40 * RATE :]])

    _, ended = follow(library, np.concatenate([play("egypt", 20, 12), quiet]))
    _, silent = follow(snapshot_of("eureka", extra=[pause]), play(pause, 28, 21))

    assert ended[47][0]
    assert ended[-1] == (None, None)
    assert silent[-1][0].track.number == 1


def test_the_same_sound_gives_the_same_answers(library):
    sound = fade(play("electricity", 30, 8), play("eureka", 20, 8), 12, 4)

    assert follow(library, sound)[1] == follow(library, sound)[1]


def test_an_empty_library_names_nothing():
    assert set(names(follow(Snapshot.build([], [], []), play("egypt", 0, 5))[1])) == {None}


def crowd(name, start_s, louder_db):
    """A record in the middle of a crowd that is louder than it."""
    dry = play(name, start_s, 12, 1.02)
    noise = np.convolve(np.random.default_rng(0).standard_normal(len(dry)), np.ones(8) / 8, "same")
    wet = dry + noise * dry.std() / noise.std() * 10 ** (louder_db / 20)
    return (0.1 * wet / wet.std()).astype(np.float32)


def test_a_record_that_is_told_of_is_placed_where_hearing_alone_is_too_unsure(library):
    def right(told):
        count = 0
        for name, number, start_s in (("eureka", 4, 30), ("eureka", 4, 55), ("egypt", 2, 55)):
            _, said = follow(library, crowd(name, start_s, 5), number if told else None)
            places = [(start_s + (hop + 1) * HOP_S * 1.02, now) for hop, (now, _) in enumerate(said)]
            count += sum(now is not None and abs(now.position_s - place_s) < 0.1 for place_s, now in places)
        return count

    assert right(told=True) > 30 > 10 > right(told=False)


@pytest.mark.parametrize("told", [1, 3, 4])
def test_a_record_that_is_told_of_and_does_not_play_is_not_heard(library, told):
    _, said = follow(library, np.concatenate([play("egypt", 10, 25), play(OUTSIDE, 0, 15)]), told)

    assert {deck.track.number for decks in said for deck in decks if deck} == {2}


def test_of_two_copies_the_one_that_is_told_of_is_named():
    copies = snapshot_of("egypt", "eureka", extra=[(record("egypt") * np.float32(0.7)).astype(np.float32)])
    sound = play("egypt", 40, 10)
    tracker, state, said = Tracker(copies, engine(), HOP_S), engine().init_state(), []

    for hop, start in enumerate(range(0, len(sound) - HOP + 1, HOP)):
        samples = sound[start : start + HOP]
        heard, state = engine().step(samples, state)
        tracker.expect({0: None, 16: 0, 24: 2, 32: 0}.get(hop - hop % 8, None if hop < 16 else 0))
        tracker.step(samples, heard, state, False)
        said.append(tracker.search())

    assert names(said)[23] == 0
    assert names(said)[31] == 2
    assert names(said)[39] == 0
    assert said[31][0].position_s == pytest.approx(48, abs=0.02)


def test_a_record_that_was_refuted_is_heard_again_once_it_is_told_of(library):
    tracker, _ = follow(library, play("egypt", 40, 4))
    tracker._refuted = {2}

    assert tracker.refuted() == {2}
    tracker.expect(2)
    assert tracker.refuted() == set()
