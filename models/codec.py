"""What a lossy file keeps of a sound: real MP3 and AAC, there and back in memory.

Conventions
-----------
Sound is (samples,) float32 at a rate that the codec knows (8 to 48 kHz); it comes back as long as it was and not a
sample later. The loudest sample is brought to `LEVEL` before, and back after, since an encoder drops what it takes for
too quiet to be heard. The same bit rate gives the same samples.

Source: LAME and FFmpeg's own AAC through PyAV. LAME runs at its quick setting, half the time of its usual one.
"""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from ..daemon.errors import SegueError

Floats = npt.NDArray[np.float32]

LEVEL = 0.7


@dataclass(frozen=True, slots=True)
class Format:
    """A codec as FFmpeg knows it."""

    encoder: str
    decoder: str
    options: tuple[tuple[str, str], ...]
    late_samples: int
    """By how much FFmpeg gives the sound back late; of MP3 it takes the delay off itself."""


MP3 = Format("libmp3lame", "mp3float", (("compression_level", "7"),), 0)
AAC = Format("aac", "aac", (("aac_coder", "fast"),), 1024)


def codec(sound: Floats, form: Format, kbps: int, sample_rate: int) -> Floats:
    """Encode and decode.

    Parameters
    ----------
    kbps
        Thousand bits a second, for one channel.

    Raises
    ------
    SegueError
        If FFmpeg lacks the codec or refuses the rates.
    """
    peak = float(np.abs(sound).max()) if len(sound) else 0.0
    if not peak:
        return sound
    scale = LEVEL / peak
    try:
        heard = _there_and_back(np.asarray(sound * scale, np.float32), form, kbps, sample_rate)
    except (av.FFmpegError, ValueError) as exc:
        raise SegueError(
            f"FFmpeg cannot make {form.encoder} of {kbps} kbit/s at {sample_rate} Hz ({exc}); PyAV's own wheels can:"
            " 'pip install --force-reinstall --only-binary :all: av'"
        ) from exc
    result = np.zeros(len(sound), np.float32)
    kept = heard[form.late_samples : form.late_samples + len(sound)]
    result[: len(kept)] = kept
    return result / np.float32(scale)


def _there_and_back(x: Floats, form: Format, kbps: int, sample_rate: int) -> Floats:
    encoder: Any = av.CodecContext.create(form.encoder, "w")
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, "mono", "fltp"
    encoder.bit_rate, encoder.options = 1000 * kbps, dict(form.options)
    encoder.open()
    packets: list[Any] = []
    for start in range(0, len(x), encoder.frame_size):
        block = np.ascontiguousarray(x[start : start + encoder.frame_size])[None]
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = sample_rate, start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder: Any = av.CodecContext.create(form.decoder, "r")
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    pieces = [frame.to_ndarray()[0] for packet in (*packets, None) for frame in decoder.decode(packet)]
    return np.concatenate([np.zeros(0, np.float32), *pieces])
