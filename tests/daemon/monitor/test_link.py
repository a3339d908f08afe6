"""The link: what a receiver can tell of losses and lateness from the messages alone."""

import random

import pytest

from segue.daemon.monitor.link import Link, understood

Messages = list[tuple[str, tuple[int | float | str, ...]]]


def frames(
    link: Link, ticks: range, late_s: dict[int, float] | None = None, lost: frozenset[int] = frozenset()
) -> None:
    """Ticks of 50 ms, each as a packet of its own, late or lost as told."""
    for tick in ticks:
        if tick not in lost:
            packet: Messages = [("/live/t_ms", (tick * 50,)), ("/live/bpm", (120.0,))]
            if tick % 20 == 0:
                packet.append(("/status/alive", (1, tick * 50, 0, 1)))
            link.take(packet, 100.0 + tick * 0.05 + (late_s or {}).get(tick, 0.0))


def test_a_whole_stream_has_lost_nothing_and_is_even() -> None:
    link = Link()
    frames(link, range(1, 401))

    assert (link.frames, link.frames_lost, link.alive_lost) == (400, 0, 0)
    delay = link.delay(120.0)
    assert delay is not None
    assert delay.worst_ms == pytest.approx(0.0, abs=1e-6)


def test_lost_frames_are_counted_exactly_however_they_fall() -> None:
    lost = frozenset(random.Random(4).sample(range(2, 400), 60))
    link = Link()
    frames(link, range(1, 401), lost=lost)

    assert link.frames_lost == 60
    assert link.frames == 340
    assert link.alive_lost == sum(tick % 20 == 0 for tick in lost if 20 < tick < 400)


def test_lateness_is_told_against_the_quickest_frame() -> None:
    link = Link()
    frames(link, range(1, 401), late_s={tick: 0.04 if tick % 50 else 0.3 for tick in range(2, 401)})

    delay = link.delay(120.0)
    assert delay is not None
    assert delay.middle_ms == pytest.approx(40.0, abs=0.1)
    assert delay.worst_ms == pytest.approx(300.0, abs=0.1)


def test_a_daemon_that_starts_anew_is_no_loss() -> None:
    link = Link()
    frames(link, range(1000, 1100))
    frames(link, range(1, 100))

    assert (link.frames_lost, link.alive_lost) == (0, 0)


def commit(rev: int) -> Messages:
    return [("/next/begin", (rev, 1)), ("/next/n1/score", (0.5,)), ("/next/commit", (rev, 1))]


def test_lists_that_came_in_part_or_not_at_all_are_counted_and_repeated_ones_are_not() -> None:
    link = Link()
    link.take(commit(1), 1.0)
    link.take(commit(1), 2.0)  # retained, sent again
    link.take(commit(2), 3.0)
    assert link.lists_lost == 0

    link.take(commit(5), 4.0)
    assert link.lists_lost == 2
    link.take(commit(6)[:2], 5.0)
    link.take(commit(7), 6.0)
    assert link.lists_lost == 4  # its commit, and rev 6


def test_rates_are_those_of_the_last_seconds_by_plane() -> None:
    link = Link()
    frames(link, range(1, 401))

    assert link.rates(120.0) == {"num": pytest.approx(40.0, abs=1), "text": 0.0, "event": pytest.approx(1.0, abs=0.2),
                                 "packets": pytest.approx(20.0, abs=1)}  # fmt: skip
    assert link.rates(200.0)["num"] == 0.0


@pytest.mark.parametrize(
    ("address", "args", "known"),
    [
        ("/live/bpm", (120.0,), True),
        ("/live/bpm", (120,), True),
        ("/live/bpm", ("120",), False),
        ("/live/bpm", (), False),
        ("/live/t_ms", (1.5,), False),
        ("/now/pos_s", (float("inf"),), False),
        ("/live/energy", (float("nan"),), False),
        ("/next/n8/cues", (1, "id", 1.0, "drop"), True),
        ("/next/n9/score", (1.0,), False),
        ("/live/bpm", (1.0, 2.0), False),
    ],
)
def test_only_what_the_namespace_says_is_understood(address: str, args: tuple, known: bool) -> None:
    assert understood(address, args) is known
