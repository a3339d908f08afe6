import numpy as np
import pytest
import synth
from fakes import FakeEngine, FakeTracker, library, playing, scripted, track

from segue.daemon.config import Config
from segue.daemon.errors import ArtifactError
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Health, Publisher

RATE = 44_100


def sound(seconds=12.0, rate=RATE):
    """Chords over clicks, a little different on the two sides."""
    mono = 0.6 * synth.cadence(9, 0, seconds, rate=rate) + synth.clicks(120.0, seconds, rate=rate)
    return np.stack([mono, 0.8 * mono], axis=1).astype(np.float32)


def tracks():
    return [track(n, tempo_bpm=118.0 + n) for n in range(12)]


def pipeline(script=(), rate=RATE, channels=2, snapshot=None):
    snapshot = snapshot or library(tracks())
    steps = [(at, *(None if deck is None else playing(snapshot.tracks[deck[0]], *deck[1:]) for deck in decks))
             for at, *decks in script]  # fmt: skip
    return Pipeline(Config(), FakeEngine(), snapshot, Publisher(Config()), rate, channels, scripted(*steps))


SCRIPT = ((12, (2, 30.0, 1.01), None), (24, (2, 33.0, 1.01), (5, 4.0, 0.98)), (32, (5, 6.0, 0.98), None))


def heard(samples, block=4410, **changes):
    """All messages, fed in blocks of this many frames."""
    line = pipeline(**{"script": SCRIPT, **changes})
    out = []
    for start in range(0, len(samples), block):
        out += line.feed(samples[start : start + block])
    return out + line.finish()


def lines(messages):
    return [message.to_json() for message in messages]


def values(messages, address):
    return [message.args[0] for message in messages if message.address == f"/segue{address}"]


@pytest.fixture(scope="module")
def whole():
    return heard(sound())


@pytest.mark.parametrize("block", [64, 1000, 44_100])
def test_however_cut_the_messages_are_the_same(whole, block):
    assert lines(heard(sound(), block)) == lines(whole)


def test_one_frame_at_a_time_gives_the_same():
    samples = sound(0.6)

    assert lines(heard(samples, 1)) == lines(heard(samples, len(samples)))


def test_twice_the_same_sound_gives_the_same_messages(whole):
    assert lines(heard(sound())) == lines(whole)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (22_050, 1), (48_000, 2), (96_000, 6)])
def test_any_rate_and_number_of_channels_keeps_the_time(rate, channels):
    mono = synth.clicks(120.0, 3.0, rate=rate)

    out = heard(np.repeat(mono[:, None], channels, axis=1), rate // 7, rate=rate, channels=channels, script=())

    assert out[-1].t == pytest.approx(3.0, abs=0.051)
    assert sorted(message.t for message in out) == [message.t for message in out]


def test_a_hop_that_is_not_the_clocks_is_refused():
    engine = FakeEngine()
    engine.hop = 5120

    with pytest.raises(ArtifactError, match="5120"):
        Pipeline(Config(), engine, None, Publisher(Config()), RATE, 2)


def test_the_named_track_and_the_second_one_are_told_with_carried_positions(whole):
    positions = [(message.t, message.args[0]) for message in whole if message.address == "/segue/now/pos_s"]
    named = [(t, position) for t, position in positions if 3.3 <= t < 6.2]

    speed = np.polyfit(*zip(*named, strict=True), 1)[0]
    assert speed == pytest.approx(1.01, abs=1e-3)
    assert [message.args[1] for message in whole if message.address == "/segue/now/track"][:1] == [tracks()[2].id]
    assert tracks()[5].id in [message.args[1] for message in whole if message.address == "/segue/now2/track"]


def test_a_change_of_track_is_an_event_and_the_first_name_is_not(whole):
    assert [message.t for message in whole if message.address == "/segue/ev/transition"] == [8.25]


def test_what_is_not_known_is_looked_for_at_the_tick_after_the_hop_and_told_where_it_is_by_then():
    class Late(FakeTracker):
        def step(self, *hop):
            super().step(*hop)
            return None, None

    deck = playing(tracks()[2], 30.0, 1.0)
    line = Pipeline(Config(), FakeEngine(), library(tracks()), Publisher(Config()), RATE, 2,
                    lambda snapshot, blend: Late([(11, deck, None)]))  # fmt: skip

    out = line.feed(sound(4.0))

    told = [message for message in out if message.address in ("/segue/now/track", "/segue/now/pos_s")]
    first = next(at for at, message in enumerate(told) if message.address == "/segue/now/track")
    assert told[first].t == pytest.approx(3.05), "the twelfth hop ends at 3 s"
    at_once = [message.args[0] for message in told[first:] if message.t == told[first].t][-1]
    assert at_once == pytest.approx(30.05)


def test_suggestions_never_have_what_plays_or_played(whole):
    standing, seen = {}, []
    for message in whole:
        if message.address.startswith("/segue/next/n") and message.address.endswith("/track"):
            standing[message.address] = message.args[1]
        if message.address == "/segue/next/commit" and message.args[0] > 0:
            seen.append((message.t, set(standing.values())))

    assert seen[0][0] == pytest.approx(1.05), "at the tick after the hop in which the model has warmed up"
    assert all(tracks()[2].id not in ids for t, ids in seen if t >= 3.25)
    assert all(tracks()[5].id not in ids for t, ids in seen if t >= 6.25)
    assert all(len(ids - {""}) == 8 for _, ids in seen)


def test_the_beat_count_never_falls_and_each_beat_is_told_once(whole):
    counts = values(whole, "/live/beat")
    events = values(whole, "/ev/beat")

    assert counts == sorted(counts)
    assert max(np.diff(counts)) < 0.75
    assert events == list(range(events[0], events[0] + len(events)))


def test_a_named_tracks_own_grid_gives_the_tempo(whole):
    bpm = [message.args[0] for message in whole if message.address == "/segue/live/bpm" and 3.3 < message.t < 6]

    assert bpm == pytest.approx([120.0 * 1.01] * len(bpm), rel=1e-4)


def test_an_unsettled_position_leaves_the_beat_to_the_ear():
    bpm = values(heard(sound(6.0), script=((8, (2, 30.0, 1.05, False), None),)), "/live/bpm")

    assert all(value == 0.0 or abs(value - 126.0) > 1.0 for value in bpm)


def test_silence_is_no_signal_after_a_while_and_music_ends_it():
    samples = np.concatenate([np.zeros((8 * RATE, 2), np.float32), sound(6.0)])

    states = values(heard(samples, script=()), "/status/state")

    assert states[3:8] == [2] * 5
    assert states[-3:] == [1] * 3


def test_without_a_library_it_says_loading_and_still_tells_the_beat():
    line = Pipeline(Config(), FakeEngine(), None, Publisher(Config()), RATE, 2, scripted())
    out = line.feed(sound(8.0))

    assert set(values(out, "/status/state")) == {4}
    assert values(out, "/live/bpm")[-1] > 0

    line.replace_snapshot(library(tracks()))
    after = line.feed(sound(3.0))
    assert values(after, "/status/state")[-1] == 1
    assert values(after, "/next/commit")


def test_damaged_samples_harm_nobody():
    samples = sound(4.0)
    samples[RATE : RATE + 200] = np.nan
    samples[2 * RATE] = np.inf

    for message in heard(samples):
        assert all(value == value for value in message.args)


def test_health_is_passed_on():
    out = pipeline().feed(sound(0.2), Health(3, 1, 0.5))

    assert values(out, "/status/xruns") == [3]
    assert values(out, "/status/load") == [0.5]
