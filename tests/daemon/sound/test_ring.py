"""The ring: what goes in comes out in order, what is dropped is counted and leaves a hole of its length."""

import threading

import numpy as np
import pytest

from segue.daemon.sound.ring import Ring


def ramp(start: int, count: int, channels: int = 1) -> np.ndarray:
    """Frames that carry their own number, from 1."""
    return np.repeat(np.arange(start + 1, start + count + 1, dtype=np.float32)[:, None], channels, axis=1)


def test_frames_come_out_in_order_across_the_edge() -> None:
    ring = Ring(100, 2)
    heard = []
    for start in range(0, 700, 70):
        assert ring.write(ramp(start, 70, 2)) == 0
        heard.append(ring.read(70))

    assert np.array_equal(np.concatenate(heard), ramp(0, 700, 2))
    assert (ring.backlog, ring.lost) == (0, 0)


def test_too_few_frames_are_left_where_they_are() -> None:
    ring = Ring(100, 1)
    ring.write(ramp(0, 30))

    assert ring.read(31) is None
    assert ring.backlog == 30
    assert np.array_equal(ring.read(30), ramp(0, 30))


def test_a_full_ring_drops_the_newest_and_counts_them() -> None:
    ring = Ring(100, 1)

    assert ring.write(ramp(0, 80)) == 0
    assert ring.write(ramp(80, 50)) == 30
    assert ring.write(ramp(130, 10)) == 10

    assert ring.lost == 40
    assert np.array_equal(ring.read(100), ramp(0, 100))


def test_dropped_frames_read_as_silence_at_their_place() -> None:
    ring = Ring(100, 1)
    ring.write(ramp(0, 130))  # 30 dropped
    head = ring.read(60)
    ring.write(ramp(130, 40))

    rest = ring.read(110)

    assert np.array_equal(head, ramp(0, 60))
    assert np.array_equal(rest[:40], ramp(60, 40))
    assert not rest[40:70].any()
    assert np.array_equal(rest[70:], ramp(130, 40))


def test_a_hole_alone_can_be_read() -> None:
    ring = Ring(10, 1)
    ring.write(ramp(0, 25))

    assert np.array_equal(ring.read(10), ramp(0, 10))
    assert not ring.read(15).any()
    assert ring.read(1) is None


@pytest.mark.parametrize("seed", range(8))
def test_time_stays_true_however_it_is_cut(seed: int) -> None:
    random = np.random.default_rng(seed)
    ring = Ring(257, 1)
    heard: list[np.ndarray] = []
    written = 0
    for _ in range(400):
        size = int(random.integers(1, 120))
        ring.write(ramp(written, size))
        written += size
        for _ in range(int(random.integers(0, 4))):
            piece = ring.read(int(random.integers(1, 80)))
            if piece is not None:
                heard.append(piece)
    while (piece := ring.read(1)) is not None:
        heard.append(piece)

    line = np.concatenate(heard)[:, 0]
    assert len(line) == written
    assert int((line == 0).sum()) == ring.lost > 0
    kept = line > 0
    assert np.array_equal(line[kept], np.arange(1, written + 1)[kept])


def test_more_holes_than_it_remembers_lose_no_time() -> None:
    ring = Ring(300, 1)
    ring.write(ramp(0, 300))
    heard = 0
    for _ in range(200):  # every write drops, after one frame was taken: 200 holes at 200 places
        heard += len(ring.read(1))
        ring.write(ramp(0, 3))
    while ring.read(1) is not None:
        heard += 1
    ring.write(ramp(0, 301))  # one more hole carries what was put off
    while ring.read(1) is not None:
        heard += 1

    assert ring.lost == 401
    assert heard == 300 + 200 * 3 + 301


def test_clear_forgets_what_waits() -> None:
    ring = Ring(50, 1)
    ring.write(ramp(0, 80))
    ring.clear()
    ring.write(ramp(0, 5))

    assert np.array_equal(ring.read(5), ramp(0, 5))
    assert ring.read(1) is None
    assert ring.lost == 30


def test_two_threads_neither_lose_nor_swap_a_frame() -> None:
    ring = Ring(4096, 1)
    total = 400_000
    heard: list[np.ndarray] = []

    def produce() -> None:
        sent = 0
        while sent < total:
            if ring.frames - ring.backlog >= 160:
                ring.write(ramp(sent, 160))
                sent += 160

    writer = threading.Thread(target=produce)
    writer.start()
    count = 0
    while count < total:
        piece = ring.read(400)
        if piece is not None:
            heard.append(piece)
            count += 400
    writer.join()

    assert ring.lost == 0
    assert np.array_equal(np.concatenate(heard), ramp(0, total))


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Ring(0, 2)
