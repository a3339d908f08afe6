"""``segue ableton`` against a double of Ableton Live with AbletonOSC's ports and answers."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from frames import a_list, frame, suggestion
from live_double import GREY, ORANGE, Booth, Clip, LiveDouble, Server, clips

from segue.daemon.config import Config
from segue.daemon.errors import OscError
from segue.daemon.osc.packet import Incoming
from segue.daemon.osc.receiver import Receiver
from segue.daemon.osc.remote import Remote
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.liveset import ANSWERS_PORT, PORT, LiveSet


def test_suggested_clips_get_a_colour_and_the_status_bar_says_where_they_are() -> None:
    booth = Booth(clips())

    booth.suggest(1, "b", "x")

    assert booth.colours() == {(0, 0): GREY, (1, 5): ORANGE, (2, 2): GREY, (3, 7): GREY}
    assert (
        booth.live.messages[-1] == "Segue: 1 Ärtist – Title b (track 2, scene 6); 2 Ärtist – Title x (not in this set)"
    )
    assert booth.live.clips[1, 5].name == "B"
    assert booth.live.fired == []
    assert booth.live.selected is None


def test_what_is_accepted_is_selected_and_only_fired_when_asked() -> None:
    for fire in (False, True):
        booth = Booth(clips(), fire=fire)
        booth.suggest(1, "a", "b")
        before = booth.live.selected, list(booth.live.fired)

        booth.suggest(2, "b", "a", locked=("b",))
        booth.suggest(3, "b", "c", locked=("b",))

        assert before == (None, [])
        assert booth.live.selected == (1, 5)
        assert booth.live.fired == ([(1, 5)] if fire else [])


def test_what_was_accepted_before_it_came_is_not_fired() -> None:
    booth = Booth(clips(), fire=True)
    booth.run()

    booth.suggest(1, "b", "a", locked=("b",))
    booth.suggest(2, "b", "c", locked=("b",))

    assert booth.live.fired == []


def test_a_file_on_another_disk_is_found_by_its_name_unless_two_have_it() -> None:
    booth = Booth(clips())
    booth.suggest(1, "c")
    assert booth.colours()[3, 7] == ORANGE

    booth = Booth({**clips(), (2, 0): Clip("/third/c.flac", "another C")})
    booth.suggest(1, "c")
    assert ORANGE not in booth.colours().values()


def test_two_spellings_of_one_path_are_the_same() -> None:
    booth = Booth({(0, 0): Clip("\\Music\\KA\u0308SE.flac", "from Windows, letters decomposed")})

    for address, args in (
        ("/segue/next/begin", (1, 1)),
        ("/segue/next/n1/locked", (0,)),
        ("/segue/next/n1/track", (1, "id", "", "Käse", "", "")),
        ("/segue/next/n1/path", (1, "id", "/music/käse.flac")),
        ("/segue/next/commit", (1, 1)),
    ):
        booth.set.hear(Incoming(address, args))
    booth.run()

    assert booth.colours()[0, 0] == ORANGE


def test_a_clip_that_was_moved_meanwhile_is_left_alone() -> None:
    booth = Booth(clips(), fire=True)
    booth.suggest(1, "a", "b")
    moved = booth.live.clips.pop((1, 5))
    booth.live.clips[1, 5] = Clip("/music/other.flac", "other")
    booth.live.clips[2, 7] = moved

    booth.suggest(2, "a", "b", locked=("b",))

    assert booth.live.fired == []
    assert booth.live.clips[1, 5] == Clip("/music/other.flac", "other")


def test_clips_that_come_later_are_found() -> None:
    booth = Booth({})
    booth.suggest(1, "a")
    booth.live.clips[2, 3] = Clip("/music/a.flac", "A")

    booth.run(65.0)

    assert booth.colours()[2, 3] == ORANGE


def test_it_says_once_that_live_answers_and_once_that_it_does_not() -> None:
    booth = Booth({})
    booth.run(200.0)
    assert list(booth.set.says) == ["Live answers: 4 tracks, 8 scenes"]

    alone = LiveSet()
    asked = sum(len(alone.step(t / 10)) for t in range(300))
    assert [said.split(";")[0] for said in alone.says] == ["Live does not answer"]
    assert asked == 30, "it goes on knocking, every two seconds"


def test_live_is_asked_little_at_a_time_and_a_large_set_in_part() -> None:
    live = LiveSet()
    for what, size in (("tracks", 200), ("scenes", 1000)):
        live.answer(Incoming(f"/live/song/get/num_{what}", (size,)))

    steps = [len(live.step(t / 10)) for t in range(400)]

    assert max(steps) == 24
    assert 4000 < sum(steps) < 4200


def test_answers_of_another_shape_change_nothing() -> None:
    live = LiveSet()
    for what in ("tracks", "scenes"):
        live.answer(Incoming(f"/live/song/get/num_{what}", (1,)))

    for address, args in (
        ("/live/song/get/num_tracks", ("abc",)),
        ("/live/song/get/num_tracks", (float("nan"),)),
        ("/live/clip/get/file_path", (float("inf"), 0, "/forged.flac")),
        ("/live/clip/get/file_path", (0, 1, "/a place that nobody asked for.flac")),
        ("/live/clip/get/file_path", (0,)),
        ("/live/clip/get/file_path", ("a", "b", "c")),
        ("/live/clip/get/file_path", (0, 0, 7)),
        ("/live/song/get/num_tracks", ()),
        ("/live/error", ("Error handling OSC message: list index out of range",)),
    ):
        live.answer(Incoming(address, args))

    assert live.clips == {}


def test_a_set_of_any_size_costs_no_more_than_what_is_looked_at() -> None:
    live = LiveSet()
    live.answer(Incoming("/live/song/get/num_tracks", (2**31 - 1,)))
    tracemalloc.start()

    live.answer(Incoming("/live/song/get/num_scenes", (2**31 - 1,)))

    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most_bytes < 4_000_000


@pytest.mark.parametrize("lost", ["begin", "commit", "n1/track", "n1/path", "n1/locked"])
def test_a_lost_packet_never_launches_another_clip(lost: str) -> None:
    booth = Booth(clips(), fire=True)
    booth.suggest(1, "a", "b")

    booth.suggest(2, "b", "a", locked=("b",), lost=(f"/segue/next/{lost}",))
    if lost == "commit":
        booth.suggest(3, "b", "a", locked=("b",))

    assert booth.live.fired == []


def test_a_slot_that_an_older_list_left_behind_is_not_taken_with_the_next_commit() -> None:
    booth = Booth(clips(), fire=True)
    booth.suggest(1, "a", "b")

    for address, args in (
        ("/segue/next/begin", (2, 2)),
        ("/segue/next/n1/locked", (1,)),
        ("/segue/next/n1/track", (1, "a".zfill(16), "", "A", "", "")),
        ("/segue/next/n1/path", (1, "a".zfill(16), "/music/a.flac")),
        ("/segue/next/commit", (2, 2)),
    ):
        booth.set.hear(Incoming(address, args))
    booth.run()

    assert booth.live.fired == []


# Over sockets


def free_ports() -> tuple[int, int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return probes[0].getsockname()[1], probes[1].getsockname()[1]


def test_answers_come_over_the_other_port_and_nil_is_passed_over() -> None:
    port, answers_port = free_ports()
    server = Server(LiveDouble(4, 8, clips()), port, answers_port)
    with contextlib.closing(server), Remote("127.0.0.1", port, answers_port) as remote:
        for address, place in (
            ("/live/clip_slot/get/has_clip", (0, 1)),
            ("/live/clip/get/file_path", (2, 2)),
            ("/live/clip/get/file_path", (1, 5)),
            ("/live/clip/get/file_path", (0, 1)),
        ):
            remote.send(address, "ii", place)
        found: list[Incoming] = []
        end = time.monotonic() + 10
        while len(found) < 2 and time.monotonic() < end:
            server.tick()
            found += remote.take()

    assert found == [
        ("/live/clip_slot/get/has_clip", (0, 1, 0)),
        ("/live/clip/get/file_path", (1, 5, "/music/b.flac")),
    ]
    assert server.live.errors == ["'NoneType' object has no attribute 'file_path'"]


def test_a_taken_port_is_one_sentence() -> None:
    port, answers_port = free_ports()
    with Remote("127.0.0.1", port, answers_port), pytest.raises(OscError, match=f"UDP port {answers_port} is taken"):
        Remote("127.0.0.1", port, answers_port)


@pytest.fixture
def live() -> Iterator[Server]:
    """Live on the ports that AbletonOSC has."""
    try:
        server = Server(LiveDouble(4, 8, clips()), PORT, ANSWERS_PORT)
    except OSError:
        pytest.skip("another program has AbletonOSC's port")
    yield server
    server.close()


@pytest.mark.real
@pytest.mark.parametrize("end", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_command_follows_a_daemon_and_cleans_up_however_it_is_ended(live: Server, end: str) -> None:
    def wait(done: Callable[[], bool], seconds: float = 30.0) -> bool:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            live.tick()
            time.sleep(0.02)
        return done()

    with Sender() as sender, Receiver("127.0.0.1", 0, sender) as receiver:
        publisher = Publisher(Config())
        sender.send(publisher.step(frame(0, next=a_list(1, suggestion("a"), suggestion("b")))))
        command = [sys.executable, "-m", "segue.daemon", "ableton", "--fire", "--port", str(receiver.port)]
        kept = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored, as it should be
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        signal.signal(signal.SIGHUP, kept)
        try:
            coloured = wait(lambda: live.live.clips[1, 5].color == ORANGE)
            sender.send(publisher.step(frame(1, next=a_list(2, suggestion("a"), suggestion("b", locked=True)))))
            fired = wait(lambda: bool(live.live.fired))
            process.send_signal(getattr(signal, end))
            if end == "SIGHUP":  # a terminal that closes is no place to write to, and may say so twice
                process.stdout.close()
                time.sleep(0.3)
                process.send_signal(signal.SIGHUP)
            ended = wait(lambda: process.poll() is not None)
        finally:
            process.kill()
            said = process.communicate(timeout=10)[0]

    assert coloured
    assert fired
    assert ended
    assert process.returncode == 130
    assert live.live.clips == clips()
    assert live.live.fired == [(1, 5)]
    assert end == "SIGHUP" or "fires Ärtist – Title b (track 2, scene 6)" in said
