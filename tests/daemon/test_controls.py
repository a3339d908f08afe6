"""``/segue/ctl/now`` from a packet to what is said: answers to the caller, and the track in ``/segue/now``."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest
from fakes import FakeEngine, FakeTracker, library, playing, track
from pythonosc.osc_message import OscMessage

from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Config
from segue.daemon.messages import Argument, Message
from segue.daemon.osc.controls import _ACTIONS, AT_ONCE, CONTROLS, Controls
from segue.daemon.osc.inputs import INPUTS
from segue.daemon.osc.packet import Incoming
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.requests import Command, Requests
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import encode_parts
from segue.daemon.pipeline import Pipeline
from segue.daemon.publisher import Publisher
from segue.daemon.replay import replay
from segue.daemon.taste import Choice

RATE = 16_000
TRACKS = [track(n) for n in range(12)]
TITLES = {each.id: each.number for each in TRACKS}


class Booth:
    """A caller, the way in, and a pipeline whose tracker hears track 1 settled and alone."""

    def __init__(self, receiver: Receiver, ear: socket.socket) -> None:
        self.receiver, self.ear = receiver, ear
        self.kept: list[Choice] = []
        self.controls = Controls(receiver, self.kept.append)
        self.tracker = FakeTracker([(0, playing(TRACKS[1], tempo_ratio=1.03), None)])
        self.pipeline = Pipeline(
            Config(), FakeEngine(), library(TRACKS), Publisher(Config()), RATE, 1, lambda _: self.tracker
        )

    def say(self, *args: Argument, to: str = "now") -> None:
        tags = "".join("s" if isinstance(arg, str) else "f" if isinstance(arg, float) else "i" for arg in args)
        before = self.receiver.packets
        self.ear.sendto(encode_parts(f"/segue/ctl/{to}", tags, args), ("127.0.0.1", self.receiver.port))
        for _ in range(1000):
            if self.receiver.packets > before and (not args or self.receiver.commands.qsize()):
                break
            self.receiver._stop.wait(0.005)

    def ask(self, *args: Argument, to: str = "now") -> tuple[Argument, ...]:
        """Say something and give the answer: its address's end, then its arguments."""
        self.say(*args, to=to)
        self.controls.obey(self.pipeline)
        answer = OscMessage(self.ear.recv(2048))
        return (answer.address.removeprefix("/segue/"), *answer.params)

    def hear(self, seconds: float) -> list[Message]:
        noise = np.random.default_rng(0).standard_normal((round(seconds * RATE), 1)).astype(np.float32)
        return self.pipeline.feed(0.1 * noise)


@pytest.fixture
def way_in() -> Iterator[tuple[Receiver, socket.socket]]:
    with (
        Sender() as sender,
        Receiver("127.0.0.1", 0, sender, accept=CONTROLS) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
    ):
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        yield receiver, ear


@pytest.fixture
def booth(way_in: tuple[Receiver, socket.socket]) -> Booth:
    return Booth(*way_in)


def named(messages: list[Message], deck: str = "now") -> list[int]:
    return [TITLES[str(m.args[1])] for m in messages if m.address == f"/segue/{deck}/track"]


def last(messages: list[Message], address: str) -> Argument:
    return [m.args[0] for m in messages if m.address == f"/segue/{address}"][-1]


def logs(messages: list[Message]) -> list[Argument]:
    return [m.args[1] for m in messages if m.address == "/segue/status/log"]


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
    booth.pipeline = Pipeline(Config(), FakeEngine(), None, Publisher(Config()), RATE, 1, lambda _: booth.tracker)
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


def numbers(messages: list[Message], address: str) -> list[Argument]:
    return [m.args[0] for m in messages if m.address == f"/segue/{address}"]


def test_every_control_of_the_table_is_done_by_something() -> None:
    done = {f"/ctl/{name}" for name in (*_ACTIONS, "tap")}
    assert {each.address for each in INPUTS if each.control} - {"/ctl/weight/NAME"} == done


def test_in_a_pause_nothing_moves_but_status_and_afterwards_all_is_up_to_date(booth: Booth) -> None:
    before = booth.hear(6.0)
    assert booth.ask(1, to="pause")[3] == "paused"
    booth.tracker._script.append((0, playing(TRACKS[4]), None))
    still = booth.hear(12.0)

    assert set(numbers(still, "status/state")) == {3}
    assert {m.args[3] for m in still if m.address == "/segue/status/alive"} == {3}
    for address in ("live/phase", "live/energy", "live/beat", "now/pos_s", "now/rev", "next/n1/mix_out_s"):
        (stood,) = set(numbers(still, address))
        assert stood == pytest.approx(numbers(before, address)[-1], abs=0.6), address
    assert set(named(still)) == {1}
    assert not [m for m in still if "/ev/" in m.address]
    assert set(numbers(still, "next/begin")) == {numbers(before, "next/begin")[-1]}
    assert len(numbers(still, "live/phase")) == 240
    assert len(set(numbers(still, "live/t_ms"))) == 240

    assert booth.ask(1, to="pause")[3] == "goes on"
    after = booth.hear(0.5)
    assert named(after) == [4]
    assert numbers(after, "status/state") in ([1], [])
    assert numbers(booth.hear(1.0), "status/state") == [1]


def test_what_the_dj_does_by_hand_shows_in_a_pause_and_a_new_list_waits(booth: Booth) -> None:
    booth.hear(2.0)
    booth.ask(1, to="pause")
    standing = booth.pipeline.adviser.standing
    assert standing is not None
    names = [slot.track.id for slot in standing.slots if slot is not None]
    booth.ask(1, to="refresh")
    booth.hear(2.0)
    assert booth.pipeline.adviser.standing is standing

    assert booth.ask(1, standing.rev, to="reject")[0] == "ack"
    shown = booth.hear(0.5)
    assert names[0] not in [str(m.args[1]) for m in shown if m.address.endswith("/track")]
    assert numbers(shown, "next/commit") == [standing.rev + 1]
    assert booth.pipeline.wishes.stale


def test_the_number_of_suggestions_is_said_and_the_slots_beyond_are_emptied(booth: Booth) -> None:
    booth.hear(2.0)
    assert booth.ask(3, to="count")[3] == "3 suggestions"
    fewer = booth.hear(0.25)
    assert booth.ask(1.0, 5, to="count") == ("ack", 5, "/segue/ctl/count", "1 suggestion")
    booth.ask(8, to="count")
    more = booth.hear(1.5)

    assert [m.args[1] for m in fewer if m.address == "/segue/next/commit"] == [3]
    assert [numbers(fewer, f"next/n{k}/score") for k in range(4, 9)] == [[0.0]] * 5
    assert [m.args[1] for m in more if m.address == "/segue/next/commit"][-1] == 8
    for wrong in (0, 9, 2.5, "two"):
        assert booth.ask(wrong, to="count")[:3] == ("error", 0, 400)


def test_the_tempo_is_said_and_tapped_by_when_the_taps_came(booth: Booth) -> None:
    booth.hear(1.0)

    assert booth.ask(174, to="bpm")[3] == "174.0 BPM; the named track keeps its own beats"
    assert booth.ask(0.0, to="bpm")[3] == "the tempo goes by hearing"
    assert booth.ask(500.0, to="bpm")[:3] == ("error", 0, 400)
    for at_s in (10.0, 10.5, 11.0):
        booth.receiver.commands.put(Command("/ctl/tap", (), ("127.0.0.1", booth.ear.getsockname()[1]), at_s))
    booth.controls.obey(booth.pipeline)
    assert [OscMessage(booth.ear.recv(2048)).params[2] for _ in range(3)][1:] == [
        "1 more", "120.0 BPM; the named track keeps its own beats",
    ]  # fmt: skip


def test_when_a_command_came_is_told_by_the_receivers_clock() -> None:
    clock = ScriptedClock(7.0)
    with Sender() as sender:
        receiver = Receiver("127.0.0.1", 0, sender, accept=CONTROLS, clock=clock)
        for _ in range(3):
            receiver.handle(encode_parts("/segue/ctl/tap", "i", (1,)), ("x", 1))
            receiver.handle(encode_parts("/segue/ctl/tap", "i", (0,)), ("x", 1))
            clock.advance(0.3)

        assert [receiver.commands.get_nowait().at_s for _ in range(3)] == pytest.approx([7.0, 7.3, 7.6])


def test_a_button_that_is_held_is_pressed_once(booth: Booth) -> None:
    booth.hear(2.0)
    for _ in range(5):
        booth.say(1, to="reject")
    booth.controls.obey(booth.pipeline)

    assert len(booth.kept) == 1


def test_taps_on_one_slot_all_count_and_a_button_that_repeats_counts_once() -> None:
    with Sender() as sender:
        requests = Requests(sender, accept=CONTROLS)
        for tap in range(5):
            requests.handle(Incoming("/segue/ctl/reject", (1,)), ("x", 1), 10.0 + 0.8 * tap)
        assert requests.commands.qsize() == 5
        for repeat in range(50):
            requests.handle(Incoming("/segue/ctl/reject", (2,)), ("x", 1), 20.0 + 0.1 * repeat)

    assert requests.commands.qsize() == 6
