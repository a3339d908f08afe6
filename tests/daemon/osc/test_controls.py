"""``/segue/ctl/now`` and the suggestions, from a packet to what is said: answers to the caller, and what plays."""

from collections.abc import Iterator

import numpy as np
import pytest
from caller import RATE, TRACKS, Booth, calling, last, logs, named
from fakes import FakeEngine, library
from pythonosc.osc_message import OscMessage

from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Config
from segue.daemon.messages import Argument, Message
from segue.daemon.osc.controls import AT_ONCE, CONTROLS
from segue.daemon.osc.packet import Incoming
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.requests import Requests
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import encode_parts
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run.replay import replay


@pytest.fixture
def booth() -> Iterator[Booth]:
    with calling() as made:
        yield made


def test_a_track_told_is_now_within_a_hop_and_what_is_heard_is_now2(booth: Booth) -> None:
    assert named(booth.hear(1.0)) == [1]

    assert booth.ask(TRACKS[7].id, 42) == ("ack", 42, "/segue/ctl/now", "Title 7 is now")
    said = booth.hear(0.5)

    assert named(said) == [7]
    assert named(said, "now2") == [1]
    assert last(said, "now/valid") == 1
    assert last(said, "now/conf") == 0.0
    for unknown in ("pos_s", "pos_beats", "remain_s", "tempo_ratio", "mix_out_s", "mix_out_beats"):
        assert last(said, f"now/{unknown}") == -1.0
    assert last(said, "now/len_s") == 200.0
    assert booth.tracker.expected == 7


def test_what_is_heard_of_the_track_told_is_used(booth: Booth) -> None:
    assert booth.ask("/music/1.flac") == ("ack", 0, "/segue/ctl/now", "Title 1 is now")
    said = booth.hear(2.0)

    assert named(said) == [1]
    assert last(said, "now/pos_s") == pytest.approx(12.0, abs=0.4)
    assert last(said, "now/tempo_ratio") == pytest.approx(1.03)
    assert last(said, "now/conf") == pytest.approx(0.9)
    assert last(said, "live/bpm") == pytest.approx(123.6), "the beat is the record's own"


def test_neither_the_track_told_nor_what_is_heard_instead_is_suggested(booth: Booth) -> None:
    booth.ask(TRACKS[7].id)
    said = booth.hear(4.0)

    suggested = {m.args[1] for m in said if m.address.startswith("/segue/next/n") and m.address.endswith("/track")}
    assert suggested
    assert TRACKS[7].id not in suggested
    assert TRACKS[1].id not in suggested


def test_twenty_seconds_of_another_track_end_it_with_a_line_in_the_log(booth: Booth) -> None:
    booth.ask(TRACKS[7].id)
    held, after = booth.hear(19.5), booth.hear(1.0)

    assert named(held)[-1] == 7
    assert logs(held) == []
    assert set(named(after)) == {1}
    assert logs(after) == [
        "Title 7 was told to be playing, but Title 1 is heard alone for 20 s: hearing decides"
    ]  # fmt: skip
    booth.hear(0.5)
    assert booth.tracker.expected is None


def test_an_empty_string_goes_by_hearing_again(booth: Booth) -> None:
    booth.ask(TRACKS[7].id)
    booth.hear(0.5)

    assert booth.ask("") == ("ack", 0, "/segue/ctl/now", "hearing decides")
    assert named(booth.hear(0.5)) == [1]


@pytest.mark.parametrize(
    ("args", "code", "text"),
    [
        (("f" * 16,), 404, "no track with the id or absolute path 'ffffffffffffffff'"),
        (("/music/none.flac", 7), 404, "'/music/none.flac'"),
        ((3,), 400, "argument 1"),
        ((), 400, "argument 1"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    booth: Booth, args: tuple[Argument, ...], code: int, text: str
) -> None:
    booth.ask(TRACKS[7].id)
    address, request, got, where, why = booth.ask(*args)

    assert (address, request, got, where) == ("error", 7 if len(args) > 1 else 0, code, "/segue/ctl/now")
    assert text in str(why)
    assert named(booth.hear(0.5)) == [7]


def test_while_the_library_loads_it_says_so_and_a_library_without_the_track_ends_it(booth: Booth) -> None:
    booth.ask(TRACKS[7].id)
    booth.hear(0.5)
    booth.pipeline.replace_snapshot(library(TRACKS[:5]))
    after = booth.hear(0.5)

    assert named(after) == [1]
    assert logs(after) == ["Title 7 was told to be playing, and left the library: hearing decides"]
    booth.pipeline = Pipeline(Config(), FakeEngine(), None, Publisher(Config()), RATE, 1, lambda *_: booth.tracker)
    assert "still being loaded" in str(booth.ask(TRACKS[7].id)[-1])


def test_a_mistake_of_ours_is_answered_and_does_not_reach_the_sound(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booth.pipeline, "tell", lambda name: 1 / 0)

    assert booth.ask("x")[2:] == (500, "/segue/ctl/now", "ZeroDivisionError")
    assert booth.receiver.faults == 1


def test_a_flood_is_done_a_little_at_a_time(booth: Booth) -> None:
    for n in range(AT_ONCE + 3):
        before = booth.receiver.commands.qsize()
        booth.say(TRACKS[n].id)
        assert booth.receiver.commands.qsize() == before + 1
    booth.controls.obey(booth.pipeline)

    assert booth.receiver.commands.qsize() == 3


def test_a_way_in_that_nobody_obeys_says_that_it_does_not_know_it() -> None:
    with Sender() as sender:
        (answer,) = Receiver("127.0.0.1", 0, sender).handle(encode_parts("/segue/ctl/now", "s", ("",)), ("x", 1))

    assert answer.args[1] == 404


def test_a_replay_obeys_too(booth: Booth) -> None:
    class Source:
        rate = RATE

        def blocks(self, frames: int) -> Iterator[np.ndarray]:
            yield from [np.full((frames, 1), 0.1, np.float32)] * 4

    sent: list[Message] = []

    class Kept:
        def send(self, messages: list[Message]) -> None:
            sent.extend(messages)

    booth.say(TRACKS[7].id)
    replay(Source(), booth.pipeline, [Kept()], ScriptedClock(), controls=booth.controls)  # type: ignore[arg-type]

    assert named(sent) == [7]
    assert OscMessage(booth.ear.recv(2048)).address == "/segue/ack"


def test_a_suggestion_is_rejected_from_outside_and_the_choice_is_kept(booth: Booth) -> None:
    booth.hear(2.0)
    standing = booth.pipeline.wishes._shortlist.standing
    assert standing is not None
    first = standing.slots[0]
    assert first is not None

    assert booth.ask(1, standing.rev, 9, to="reject") == ("ack", 9, "/segue/ctl/reject", f"{first.track.title} is out")
    booth.hear(0.5)

    assert booth.ask(1, standing.rev, 10, to="accept")[:3] == ("error", 10, 409)
    assert [(each.accepted, each.track) for each in booth.kept] == [(False, first.track.id)]


def test_weights_direction_and_refresh_are_said_and_checked(booth: Booth) -> None:
    assert booth.ask("key", 0.25, to="weight")[3] == "key counts 0.25"
    assert booth.ask(0.75, to="weight/key")[3] == "key counts 0.75"
    assert booth.ask(-0.5, to="energy")[3] == "energy -0.50"
    assert booth.ask(1, to="refresh")[3] == "the list is made anew"
    assert booth.ask(3.0, to="energy")[:3] == ("error", 0, 400)
    assert booth.ask(1.5, to="accept")[:3] == ("error", 0, 400)
    assert booth.ask(1, to="accept")[:3] == ("error", 0, 404)


def test_a_button_that_is_held_is_pressed_once(booth: Booth) -> None:
    booth.hear(2.0)
    booth.gap_s = 0.1
    for _ in range(5):
        booth.say(1, to="reject")
    booth.controls.obey(booth.pipeline)

    assert len(booth.kept) == 1


def test_a_button_that_is_held_survives_a_gap_of_the_network() -> None:
    with Sender() as sender:
        requests = Requests(sender, accept=CONTROLS)
        for repeat in range(60):
            requests.handle(Incoming("/segue/ctl/pause", (1,)), ("x", 1), 10.0 + repeat / 60)
        for repeat in range(60):
            requests.handle(Incoming("/segue/ctl/pause", (1,)), ("x", 1), 11.4 + repeat / 60)
        assert requests.commands.qsize() == 1
        requests.handle(Incoming("/segue/ctl/pause", (0,)), ("x", 1), 12.5)
        requests.handle(Incoming("/segue/ctl/pause", (1,)), ("x", 1), 12.7)
        assert requests.commands.qsize() == 2
        requests.handle(Incoming("/segue/ctl/pause", (1,)), ("x", 1), 16.0)

    assert requests.commands.qsize() == 3


def test_taps_on_one_slot_all_count_and_a_button_that_repeats_counts_once() -> None:
    with Sender() as sender:
        requests = Requests(sender, accept=CONTROLS)
        for tap in range(5):
            requests.handle(Incoming("/segue/ctl/reject", (1,)), ("x", 1), 10.0 + 0.8 * tap)
        assert requests.commands.qsize() == 5
        for repeat in range(50):
            requests.handle(Incoming("/segue/ctl/reject", (2,)), ("x", 1), 20.0 + 0.1 * repeat)

    assert requests.commands.qsize() == 6
