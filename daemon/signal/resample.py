"""One quality of resampling for everything: soxr HQ, offline and as a stream.

Conventions
-----------
Output sample n is the sound at time n / rate_out, in both forms: soxr takes its filter's delay off, so a stream only
*answers* late (`Resampler.pending_samples`: 15 to 60 ms at the usual rates, 100 ms at 8 kHz), it never shifts. However
a stream is cut, it gives the same samples, bit for bit, and they are those of `resample`. The live sound and the
library therefore meet the model alike.
"""

import numpy as np
import numpy.typing as npt
import soxr

from ..clock import SAMPLE_RATE

Samples = npt.NDArray[np.float32]
QUALITY = "HQ"


class Resampler:
    """Change the rate of a stream, with carried state.

    Parameters
    ----------
    rate_in, rate_out
        Frames per second.
    channels
        1 takes and gives (frames,); more take and give (frames, channels).
    """

    def __init__(self, rate_in: int, rate_out: int = SAMPLE_RATE, channels: int = 1) -> None:
        if rate_in < 1 or rate_out < 1:
            raise ValueError(f"rates are {rate_in} and {rate_out}; both must be positive")
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._stream = soxr.ResampleStream(rate_in, rate_out, channels, dtype="float32", quality=QUALITY)
        self._empty = np.zeros((0,) if channels == 1 else (0, channels), dtype=np.float32)
        self._taken = 0
        self._given = 0
        self._ended = False

    @property
    def pending_samples(self) -> int:
        """How many output samples the filter still holds back; they come with later input or with ``flush``."""
        return self._taken * self.rate_out // self.rate_in - self._given

    def process(self, x: Samples) -> Samples:
        """Take the next samples, (n,) or (n, channels); give those that are ready."""
        if self._ended:
            raise ValueError("the stream was flushed; a new one is needed")
        if len(x) == 0:
            return self._empty
        self._taken += len(x)
        return self._count(self._stream.resample_chunk(np.ascontiguousarray(x, dtype=np.float32)))

    def flush(self) -> Samples:
        """End the stream; give what was held back. A second call gives nothing."""
        if self._ended or self._taken == 0:
            self._ended = True
            return self._empty
        self._ended = True
        return self._count(self._stream.resample_chunk(self._empty, last=True))

    def _count(self, y: npt.NDArray[np.float32]) -> Samples:
        self._given += len(y)
        return np.asarray(y, dtype=np.float32)


def resample(x: Samples, rate_in: int, rate_out: int = SAMPLE_RATE) -> Samples:
    """Change the rate of a whole sound.

    Parameters
    ----------
    x
        (n,) or (n, channels), float32.

    Returns
    -------
    (m,) or (m, channels), m = n * rate_out / rate_in, float32.
    """
    if rate_in == rate_out or len(x) == 0:
        return np.asarray(x, dtype=np.float32)
    return np.asarray(soxr.resample(x, rate_in, rate_out, quality=QUALITY), dtype=np.float32)
