"""The best path: it holds its own through a break, keeps its phase, and gives way to what lasts."""

import numpy as np
import pytest

from segue.daemon.rhythm.pointer import Pointer
from segue.daemon.signal.pulse import BPM, WHOLE

STEP_S = 0.2


def said(bpm: float, phase: float, strength: float = 4.0):
    """Score of tempo and harmonics of phase that speak for one beat."""
    near = np.exp(-0.5 * ((np.log(BPM) - np.log(bpm)) / 0.01) ** 2)
    harmonics = strength / WHOLE * near[:, None] * np.exp(-2j * np.pi * phase * np.arange(1, WHOLE + 1))
    return (strength * near).astype(np.float32), harmonics.astype(np.complex64)


def follow(pointer: Pointer, bpm: float, seconds: float, start: float = 0.0, strength: float = 4.0) -> float:
    """Let a steady beat go on; return its phase at the end."""
    phase = start
    for _ in range(round(seconds / STEP_S)):
        phase = (phase + bpm / 60.0 * STEP_S) % 1.0
        pointer.step(*said(bpm, phase, strength), STEP_S, False)
    return phase


def apart(a: float, b: float) -> float:
    return abs((a - b + 0.5) % 1.0 - 0.5)


@pytest.mark.parametrize("bpm", [70.0, 113.3, 128.0, 174.0])
def test_the_best_path_is_the_beat_that_goes_on(bpm: float) -> None:
    pointer = Pointer()

    phase = follow(pointer, bpm, 20.0)

    row, found = pointer.best()
    assert BPM[row] == pytest.approx(bpm, rel=0.01)
    assert apart(found, phase) < 0.08


def test_two_seconds_of_the_off_beat_do_not_move_it_and_half_a_minute_does() -> None:
    pointer = Pointer()
    phase = follow(pointer, 120.0, 30.0)

    phase = follow(pointer, 120.0, 2.0, phase + 0.5) - 0.5
    kept = apart(pointer.best()[1], phase % 1.0)
    phase = follow(pointer, 120.0, 30.0, phase + 0.5) - 0.5
    moved = apart(pointer.best()[1], phase % 1.0)

    assert kept < 0.08
    assert moved > 0.4
