"""Says when the input clips, or is so quiet that it is likely the wrong one; each once, and not again soon.

Conventions
-----------
Stepped with blocks of 50 ms as they come in. Naming bears both faults; the DJ should still know of them.
"""

import numpy as np

from .decode import Samples

FULL = 0.985
"""A sample of this size or more counts as clipped: some converters stop short of 1."""
CLIPPED = 0.005
"""Share of clipped samples over `CLIP_BLOCKS` that is told of. A loud master has a twentieth of it, and one that comes
in 6 dB too high twice as much."""
CLIP_BLOCKS = 200
QUIET_LUFS, NOTHING_LUFS = -45.0, -69.0
"""Below the one the input is very quiet; below the other nothing comes in, which ``/status/state`` says."""
QUIET_BLOCKS = 1200
"""A minute."""
AGAIN_BLOCKS = 12_000
"""Ten minutes without the fault, after which it would be told again."""


class Gauge:
    """Watches the input's level."""

    def __init__(self) -> None:
        self._blocks = self._quiet = 0
        self._clipped = 0.0
        self._last = {"clips": -AGAIN_BLOCKS, "quiet": -AGAIN_BLOCKS}

    def step(self, block: Samples, lufs_m: float) -> str:
        """Advance one block.

        Parameters
        ----------
        block
            (frames, channels).
        lufs_m
            Its momentary loudness, LUFS.

        Returns
        -------
        str
            What is to be told now; empty most of the time.
        """
        self._blocks += 1
        share = float((np.abs(block) >= FULL).mean()) if block.size else 0.0
        self._clipped += (share - self._clipped) / CLIP_BLOCKS
        quiet = NOTHING_LUFS < lufs_m < QUIET_LUFS
        self._quiet = self._quiet + 1 if quiet else 0 if lufs_m >= QUIET_LUFS else self._quiet
        if self._clipped >= CLIPPED and self._first("clips"):
            return "the input clips: turn down the level into the computer"
        if self._quiet >= QUIET_BLOCKS and self._first("quiet"):
            return (
                f"the input is very quiet ({lufs_m:.0f} LUFS): turn it up, or choose the channels that carry the music "
                "('segue devices --meter' shows them)"
            )
        return ""

    def _first(self, fault: str) -> bool:
        """Whether a fault that is there now was not there for long."""
        before, self._last[fault] = self._last[fault], self._blocks
        return self._blocks - before >= AGAIN_BLOCKS
