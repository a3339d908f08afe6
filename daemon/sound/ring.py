"""A ring of sound between the audio callback and the worker: one writer, one reader, no lock.

Conventions
-----------
Two indices that only grow: the writer alone moves ``_written``, the reader alone moves ``_read``; each may read the
other's. Under CPython a store to an attribute is atomic, and the samples are copied before the index moves.

Drop rule: a full ring drops the *newest* frames, since moving the reader's index would need a lock. What was dropped
is counted (``lost``) and its place is remembered, so that the reader finds a hole of silence of the same length there:
time in the stream stays true.

Source: after PortAudio's pa_ringbuffer.
"""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
_HOLES = 64


class Ring:
    """Frames of sound in order, from one thread to one other.

    Parameters
    ----------
    frames
        How many it holds.
    channels
        Of every frame.
    """

    def __init__(self, frames: int, channels: int) -> None:
        if frames < 1 or channels < 1:
            raise ValueError(f"a ring of {frames} frames x {channels} channels; both must be at least 1")
        self.frames = frames
        self.channels = channels
        self._store = np.zeros((frames, channels), dtype=np.float32)
        self._written = 0
        self._read = 0
        # Holes: where (in written frames), and how much was lost up to and with that one. Written by the writer,
        # taken by the reader; sums, so that a race can only put off a part to the next hole, never lose it.
        self._hole_at = [0] * _HOLES
        self._hole_sum = [0] * _HOLES
        self._holes_made = 0
        self._holes_done = 0
        self.lost = 0
        """Frames dropped since the start, the writer's count."""
        self._silent = 0
        self._silent_due = 0

    @property
    def backlog(self) -> int:
        """Frames that wait to be read, without holes."""
        return self._written - self._read

    @property
    def available(self) -> int:
        """Frames that ``read`` can give at once, holes among them; for the reader."""
        waiting = self._written - self._read + self._silent_due
        if self._holes_made > self._holes_done:
            waiting += self._hole_sum[(self._holes_made - 1) % _HOLES] - self._silent
        return waiting

    def write(self, block: Samples) -> int:
        """Copy a block in; the writer's side.

        Parameters
        ----------
        block
            (frames, channels), float32.

        Returns
        -------
        How many of its frames were dropped because the ring is full (0 as a rule).
        """
        count = len(block)
        room = self.frames - (self._written - self._read)
        kept = count if count <= room else room
        start = self._written % self.frames
        first = min(kept, self.frames - start)
        self._store[start : start + first] = block[:first]
        if first < kept:
            self._store[: kept - first] = block[first:kept]
        self._written += kept
        if kept < count:
            self._drop(count - kept)
        return count - kept

    def read(self, count: int) -> Samples | None:
        """Take exactly ``count`` frames, (count, channels), or None while there are fewer; the reader's side.

        Frames that were dropped read as silence, at the place where they were dropped.
        """
        if self.available < count:
            return None
        out = np.zeros((count, self.channels), dtype=np.float32)
        filled = 0
        while filled < count:
            self._open_hole()
            wanted = count - filled
            if self._silent_due:
                step = min(wanted, self._silent_due)
                self._silent_due -= step
            else:
                step = min(wanted, self._next_stop() - self._read)
                self._copy_out(out[filled : filled + step])
            filled += step
        return out

    def clear(self) -> None:
        """Forget what waits to be read (with its holes); the reader's side."""
        self._holes_done = self._holes_made
        self._silent = self.lost
        self._silent_due = 0
        self._read = self._written

    def _drop(self, count: int) -> None:
        self.lost += count
        last = (self._holes_made - 1) % _HOLES
        if self._holes_made > self._holes_done and self._hole_at[last] == self._written:
            self._hole_sum[last] = self.lost
        elif self._holes_made - self._holes_done < _HOLES:
            slot = self._holes_made % _HOLES
            self._hole_at[slot] = self._written
            self._hole_sum[slot] = self.lost
            self._holes_made += 1
        # else: more holes than can be remembered; the next one carries this one's length

    def _next_stop(self) -> int:
        """Frame at which reading must stop: the next hole, or what is written."""
        if self._holes_made > self._holes_done:
            return min(self._hole_at[self._holes_done % _HOLES], self._written)
        return self._written

    def _open_hole(self) -> None:
        while self._holes_made > self._holes_done and self._hole_at[self._holes_done % _HOLES] <= self._read:
            total = self._hole_sum[self._holes_done % _HOLES]
            self._holes_done += 1
            self._silent_due += max(0, total - self._silent)
            self._silent = max(self._silent, total)

    def _copy_out(self, out: Samples) -> None:
        start = self._read % self.frames
        first = min(len(out), self.frames - start)
        out[:first] = self._store[start : start + first]
        if first < len(out):
            out[first:] = self._store[: len(out) - first]
        self._read += len(out)
