"""The worker among doubles: sound to messages, faults survived and told, libraries swapped."""

import threading
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from segue.daemon.clock import ScriptedClock
from segue.daemon.errors import DecodeError, SegueError
from segue.daemon.librarian import Shelf
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import Message
from segue.daemon.publish.publisher import Health
from segue.daemon.run.replay import Lines, Sink
from segue.daemon.run.service import _work
from segue.daemon.run.worker import FAULTS_A_MINUTE, Load, Worker
from segue.daemon.sound.capture import InputDevice

RATE = 1000


class FakeIntake:
    """Gives the pieces it was given."""

    rate = RATE
    channels = 2

    def __init__(self, pieces: int) -> None:
        self.left = pieces
        self.lost = self.flags = self.backlog = 0
        self.notes: deque[tuple[int, str]] = deque()
        self.device: InputDevice | None = InputDevice(0, "Deck", "ALSA", 2, RATE, True)

    def read(self) -> np.ndarray | None:
        if not self.left:
            return None
        self.left -= 1
        return np.full((50, 2), 0.5, np.float32)


class FakePipeline:
    """Answers every piece with one message; may take time or fail."""

    def __init__(self, clock: ScriptedClock, takes_s: float = 0.01) -> None:
        self.t = 0.0
        self.clock = clock
        self.takes_s = takes_s
        self.fails = 0
        self.health: list[Health] = []
        self.snapshots: list[Snapshot] = []

    def feed(self, block: np.ndarray, health: Health) -> list[Message]:
        self.t += len(block) / RATE
        self.health.append(health)
        self.clock.advance(self.takes_s)
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError("beats")
        return [Message(self.t, "/segue/live/beat", "f", (1.0,), ("num",), False, True)]

    def replace_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)


class FakePublisher:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.logs: list[tuple[int, str]] = []
        self.described: dict[str, str] = {}

    def log(self, level: int, text: str) -> None:
        self.logs.append((level, text))

    def describe(self, **what: str) -> None:
        self.described |= what


class FakeRecording:
    """A disk that is full after a while."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.frames = 0

    def write(self, block: np.ndarray) -> None:
        if self.frames >= self.room:
            raise DecodeError("the recording stopped: no space left")
        self.frames += len(block)


class Stage:
    """A worker among doubles."""

    def __init__(self, pieces: int, takes_s: float = 0.01, room: int = 10**9) -> None:
        self.clock = ScriptedClock()
        self.intake = FakeIntake(pieces)
        self.pipeline = FakePipeline(self.clock, takes_s)
        self.publisher = FakePublisher()
        self.recording = FakeRecording(room)
        self.shelf = Shelf()
        self.sent: list[Message] = []
        self.reports: list[tuple[int, str]] = []
        self.worker = self.made([self])

    def made(self, sinks: list[Sink]) -> Worker:
        return Worker(
            self.intake, self.pipeline, self.publisher, sinks, self.clock, self.shelf, "/segue", self.recording,
            lambda level, text: self.reports.append((level, text)),
        )  # fmt: skip

    def send(self, messages: list[Message]) -> None:
        self.sent += messages

    def turns(self) -> int:
        count = 0
        while self.worker.turn():
            count += 1
        return count


def test_every_piece_goes_through_and_is_recorded() -> None:
    stage = Stage(40)

    assert stage.turns() == 40
    assert len(stage.sent) == 40
    assert stage.recording.frames == 2000


def test_health_tells_losses_flags_load_and_late_hops() -> None:
    stage = Stage(200, takes_s=0.025)
    stage.intake.lost, stage.intake.flags = 700, 3
    stage.turns()

    assert stage.worker.health.xruns == 703
    assert stage.worker.health.late == 0
    assert stage.worker.health.load == pytest.approx(0.5, abs=0.02)


def test_a_slow_machine_and_a_backlog_make_hops_late_but_not_during_the_start() -> None:
    load = Load()
    for _ in range(40):
        load.add(0.05, 0.2, 0.0)
    assert load.late == 0

    for _ in range(50):
        load.add(0.05, 0.06, 0.0)
    for _ in range(50):
        load.add(0.05, 0.01, 0.6)
    for _ in range(50):
        load.add(0.05, 0.01, 0.4)
    assert load.late == 20


def test_the_input_s_news_reach_osc_and_screen() -> None:
    stage = Stage(1)
    stage.intake.notes.append((2, "input 'Deck' has gone; waiting for it"))
    stage.intake.device = None
    stage.turns()

    assert stage.publisher.logs == stage.reports == [(2, "input 'Deck' has gone; waiting for it")]
    assert stage.publisher.described == {"source": "no input"}


def test_a_fault_is_told_with_state_5_and_the_next_piece_goes_on() -> None:
    stage = Stage(10)
    stage.pipeline.fails = 1

    assert stage.turns() == 10
    fault, live = stage.sent[:3], stage.sent[3:]
    assert [m.address for m in fault] == ["/segue/status/alive", "/segue/status/state", "/segue/status/log"]
    assert fault[0].args[3] == 5
    assert fault[1].args == (5,)
    assert fault[2].args == (3, "ZeroDivisionError: beats")
    assert len(live) == 9


def test_too_many_faults_within_a_minute_end_it() -> None:
    stage = Stage(1000)
    stage.pipeline.fails = 1000

    with pytest.raises(SegueError, match="more than 10 faults within a minute, the last one ZeroDivisionError"):
        stage.turns()
    assert stage.worker.pieces == FAULTS_A_MINUTE + 1


def test_seldom_faults_do_not() -> None:
    stage = Stage(30, takes_s=7.0)
    stage.pipeline.fails = 30

    assert stage.turns() == 30


def test_a_full_disk_ends_the_recording_not_the_set() -> None:
    stage = Stage(20, room=500)

    assert stage.turns() == 20
    assert len(stage.sent) == 20
    assert stage.reports == [(3, "the recording stopped: no space left")]


def test_a_new_library_is_taken_between_two_pieces() -> None:
    stage = Stage(2)
    stage.shelf.fresh = Snapshot.build([], [], [])
    stage.turns()

    assert len(stage.pipeline.snapshots) == 1
    assert stage.publisher.described["library"] == "0 tracks"
    assert stage.shelf.fresh is None


def test_a_worker_that_gives_up_ends_the_run() -> None:
    stage = Stage(1000)
    stage.pipeline.fails = 1000

    with pytest.raises(SegueError, match="faults within a minute"):
        _work(stage.worker, stage.clock, threading.Event())


def test_a_fault_outside_a_piece_ends_the_run_instead_of_leaving_it_deaf() -> None:
    stage = Stage(1000)
    stage.intake.read = lambda: 1 // 0  # type: ignore[assignment]
    stop = threading.Event()
    done: list[BaseException] = []

    def run() -> None:
        try:
            _work(stage.worker, stage.clock, stop)
        except ZeroDivisionError as exc:
            done.append(exc)

    main = threading.Thread(target=run, daemon=True)
    main.start()
    main.join(5)
    stop.set()

    assert [type(each) for each in done] == [ZeroDivisionError]


def test_a_library_that_cannot_be_taken_over_leaves_the_one_before() -> None:
    stage = Stage(3)
    stage.pipeline.replace_snapshot = lambda snapshot: 1 // 0  # type: ignore[assignment]
    stage.shelf.fresh = Snapshot.build([], [], [])

    assert stage.turns() == 3
    assert len(stage.sent) == 3
    assert [level for level, _ in stage.reports] == [3]
    assert "library could not be taken over" in stage.reports[0][1]
    assert "library" not in stage.publisher.described


def test_lines_on_a_full_disk_end_neither_the_set_nor_what_others_hear() -> None:
    stage = Stage(40)
    with Lines(Path("/dev/full")) as lines:
        stage.worker = stage.made([lines, stage])
        assert stage.turns() == 40

    assert len(stage.sent) == 40
    assert [level for level, _ in stage.reports] == [3]
    assert "/dev/full" in stage.reports[0][1]


def test_a_sink_that_breaks_keeps_nothing_from_those_behind_it() -> None:
    class Broken:
        def send(self, messages: list[Message]) -> None:
            if messages[0].address.endswith("/beat"):
                raise ZeroDivisionError("sink")

    stage = Stage(3)
    stage.worker = stage.made([Broken(), stage])
    stage.turns()

    assert sum(message.address == "/segue/live/beat" for message in stage.sent) == 3
    assert sum(message.address == "/segue/status/log" for message in stage.sent) == 3


def test_what_callers_ask_is_done_before_the_next_piece_and_without_one() -> None:
    stage = Stage(1)
    asked: list[int] = []

    class Controls:
        def obey(self, pipeline: FakePipeline) -> None:
            assert pipeline is stage.pipeline
            asked.append(len(pipeline.health))

    worker = Worker(
        stage.intake, stage.pipeline, stage.publisher, [stage], stage.clock, stage.shelf, "/segue", controls=Controls()
    )
    assert worker.turn()
    assert not worker.turn()

    assert asked == [0, 1]
