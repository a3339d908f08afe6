"""Pause, count, tempo and taps, from a packet to what is said."""

from collections.abc import Iterator

import pytest
from caller import TRACKS, Booth, calling, named, numbers
from fakes import playing
from pythonosc.osc_message import OscMessage

from segue.daemon.clock import ScriptedClock
from segue.daemon.osc.controls import _ACTIONS, CONTROLS
from segue.daemon.osc.inputs import INPUTS
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.requests import Command
from segue.daemon.osc.sender import Sender
from segue.daemon.osc.wire import encode_parts


@pytest.fixture
def booth() -> Iterator[Booth]:
    with calling() as made:
        yield made


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


def test_a_button_that_bounces_is_pressed_once_and_another_slot_is_another_press() -> None:
    clock = ScriptedClock(0.0)
    with Sender() as sender:
        receiver = Receiver("127.0.0.1", 0, sender, accept=CONTROLS, clock=clock)

        def send(address: str, value: int) -> None:
            receiver.handle(encode_parts(address, "i", (value,)), ("x", 1))
            clock.advance(0.01)

        for value in (1, 0, 1, 0):
            send("/segue/ctl/pause", value)
        assert receiver.commands.qsize() == 1
        clock.advance(0.05)
        send("/segue/ctl/pause", 1)
        assert receiver.commands.qsize() == 2
        send("/segue/ctl/reject", 1)
        send("/segue/ctl/reject", 2)
        assert receiver.commands.qsize() == 4
