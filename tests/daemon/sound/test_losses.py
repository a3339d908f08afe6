"""Losses: what the clock misses is counted, what is only late is not."""

import numpy as np

from segue.daemon.sound.losses import Losses

RATE = 48_000
BLOCK = 1024


def run(losses: Losses, seconds: float, *, start_s: float = 0.0, jitter_s: float = 0.0, drift: float = 0.0,
        lost_at: dict[int, int] | None = None, seed: int = 5) -> float:  # fmt: skip
    """Let blocks arrive as a card would give them; ``lost_at`` names blocks that never come, by number and count."""
    random = np.random.default_rng(seed)
    played = 0
    number = 0
    now_s = start_s
    while now_s < start_s + seconds:
        if lost_at and number in lost_at:
            played += BLOCK * lost_at[number]
        played += BLOCK
        number += 1
        now_s = start_s + played / (RATE * (1 - drift))
        losses.arrived(now_s + random.uniform(0, jitter_s), BLOCK)
        losses.check(now_s)
    return now_s


def test_a_steady_stream_loses_nothing() -> None:
    losses = Losses(RATE)
    run(losses, 600)

    assert losses.frames == 0


def test_bursts_and_a_busy_machine_are_not_losses() -> None:
    losses = Losses(RATE)
    run(losses, 300, jitter_s=0.18)

    assert losses.frames == 0


def test_a_card_that_runs_slow_or_fast_loses_nothing() -> None:
    for drift in (-300e-6, 300e-6):
        losses = Losses(RATE)
        run(losses, 900, drift=drift, jitter_s=0.01)

        assert losses.frames == 0


def test_dropped_blocks_are_counted_to_the_frame_within_three_seconds() -> None:
    losses = Losses(RATE)
    run(losses, 30, lost_at={600: 3})

    assert abs(losses.frames - 3 * BLOCK) <= 0.002 * RATE


def test_many_small_losses_come_together() -> None:
    losses = Losses(RATE)
    run(losses, 60, lost_at=dict.fromkeys(range(100, 2000, 90), 1))

    assert 0.8 * 22 * BLOCK < losses.frames < 1.1 * 22 * BLOCK


def test_a_stall_that_is_caught_up_is_no_loss() -> None:
    losses = Losses(RATE)
    now_s = run(losses, 20)
    for _ in range(40):  # all of them late, in one burst
        losses.arrived(now_s + 40 * BLOCK / RATE, BLOCK)
    losses.check(now_s + 1)
    run(losses, 20, start_s=now_s + 40 * BLOCK / RATE)

    assert losses.frames == 0
