"""Sound files in, float32 out: the one owner of libsndfile and FFmpeg.

Conventions
-----------
Sound is float32 (frames, channels) at the file's own rate, nominally in [-1, 1]; NaN and infinity become 0. All
channels are kept; ``mixdown`` averages them. PCM and lossless files go to libsndfile first, everything else to FFmpeg
(PyAV), which is twice as fast on Vorbis and four times on Opus; both give the same number of samples, with the
encoder's padding cut off. What the first cannot read, the other tries. A damaged file gives what can still be read.
"""

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError

Samples = npt.NDArray[np.float32]

LOSSLESS = frozenset({".wav", ".wave", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".flac", ".caf", ".au", ".snd"})
"""Suffixes that libsndfile reads first."""
SUFFIXES = LOSSLESS | {
    ".mp3", ".mp2", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".mp4", ".aac", ".alac", ".wma", ".webm", ".mkv", ".mka",
    ".mov", ".ac3", ".ape", ".wv", ".tta", ".mpc",
}  # fmt: skip
"""Suffixes that are worth trying at all."""
LOUDEST = 16.0
"""A sample beyond this (24 dB over full scale) is damage, not music; it is clipped so that no later stage overflows."""
_READ_FRAMES = 65_536


@dataclass(frozen=True, slots=True)
class Sound:
    """A decoded piece of sound."""

    samples: Samples
    """(frames, channels), float32."""
    rate: int
    """Frames per second."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def mixdown(samples: Samples) -> Samples:
    """Average the channels.

    Parameters
    ----------
    samples
        (frames, channels) or (frames,), float32.

    Returns
    -------
    (frames,), float32.
    """
    if samples.ndim == 1:
        return samples
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    if samples.shape[1] == 2:  # the usual case, five times as fast as a mean over a short axis
        return np.asarray((samples[:, 0] + samples[:, 1]) * np.float32(0.5), dtype=np.float32)
    return np.asarray(samples.mean(axis=1, dtype=np.float32))


def clean(samples: Samples) -> Samples:
    """Replace NaN and infinity by 0 and clip damage; the same array when there is nothing to do."""
    if samples.size == 0 or max(float(samples.max()), -float(samples.min())) <= LOUDEST:
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)


def decode(path: str | os.PathLike[str], *, limit_s: float | None = None) -> Sound:
    """Read a whole file.

    Parameters
    ----------
    path
        Any audio file, or a video with sound.
    limit_s
        Stop after this many seconds.

    Raises
    ------
    DecodeError
        If it is missing, empty, or nothing in it can be decoded; one sentence that names the file.
    """
    rate, expected, pieces = _open(Path(path))
    limit = None if limit_s is None else max(1, round(limit_s * rate))
    if limit is not None and expected:
        expected = min(expected, limit)
    whole: Samples | None = None
    filled = 0
    for piece in pieces:
        if whole is None:
            room = max(expected + rate // 2, len(piece))  # a header's length may be a little short
            whole = np.empty((room, piece.shape[1]), dtype=np.float32)
        while filled + len(piece) > len(whole):
            whole = np.concatenate([whole, np.empty_like(whole)])
        whole[filled : filled + len(piece)] = piece
        filled += len(piece)
        if limit is not None and filled >= limit:
            filled = limit
            break
    if whole is None:  # _open has seen the first piece
        raise DecodeError(f"'{Path(path).name}' holds no sound")
    samples = whole[:filled]
    return Sound(samples.copy() if len(whole) > 1.2 * filled else samples, rate)


def stream(path: str | os.PathLike[str], block_frames: int) -> Iterator[Sound]:
    """Read a file in blocks of exactly ``block_frames`` (the last may be shorter), never holding the whole of it.

    Raises
    ------
    DecodeError
        As `decode`; raised by the first step of the iterator.
    """
    rate, _, pieces = _open(Path(path))
    for block in recut(pieces, block_frames):
        yield Sound(block, rate)


def length(path: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Tell rate, channels and the number of frames that the header promises (0 where it does not say).

    Raises
    ------
    DecodeError
        As `decode`.
    """
    rate, expected, pieces = _open(Path(path))
    channels = int(next(pieces).shape[1])
    pieces.close()
    return rate, channels, expected


class Writer:
    """Writes float32 sound to a file as it comes: 24-bit FLAC, or float WAV, by the name's suffix.

    Parameters
    ----------
    path
        Ends in ``.flac``, ``.wav`` or ``.w64``. WAV ends at 4 GiB (3 hours); FLAC and W64 do not.
    rate, channels
        Of all blocks that will be written.
    lossy
        Take ``.mp3`` too: to be heard by others, not to be analysed again.

    Raises
    ------
    DecodeError
        If the suffix is another one, or the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], rate: int, channels: int, *, lossy: bool = False) -> None:
        import soundfile

        kinds = {".flac": ("FLAC", "PCM_24"), ".wav": ("WAV", "FLOAT"), ".w64": ("W64", "FLOAT")}
        kinds |= {".mp3": ("MP3", "MPEG_LAYER_III")} if lossy else {}
        kind = kinds.get(Path(path).suffix.lower())
        if kind is None:
            raise DecodeError(f"'{path}' cannot be recorded to; wanted a name that ends in {', '.join(kinds)}")
        try:
            self._file = soundfile.SoundFile(os.fsencode(path), "w", rate, channels, kind[1], format=kind[0])
        except soundfile.LibsndfileError as exc:
            raise DecodeError(f"'{path}' cannot be written: {exc.error_string.strip()}") from exc

    def write(self, block: Samples) -> None:
        """Append (frames, channels)."""
        import soundfile

        try:
            self._file.write(block)
        except soundfile.LibsndfileError as exc:
            raise DecodeError(f"the recording stopped: {exc.error_string.strip()}") from exc

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def recut(pieces: Iterator[Samples], block_frames: int) -> Iterator[Samples]:
    """Cut pieces of any length into blocks of one length; the rest comes last."""
    if block_frames < 1:
        raise ValueError(f"block_frames is {block_frames}; at least 1 is needed")
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count < block_frames:
            continue
        joined = held[0] if len(held) == 1 else np.concatenate(held)
        whole = count - count % block_frames
        for start in range(0, whole, block_frames):
            yield joined[start : start + block_frames]
        held = [joined[whole:]] if whole < count else []
        count -= whole
    if count:
        yield held[0] if len(held) == 1 else np.concatenate(held)


class _Pieces:
    """An iterator over a generator whose first piece was already taken (to know that there is one)."""

    def __init__(self, first: Samples, rest: Iterator[Samples]) -> None:
        self._first: Samples | None = first
        self._rest = rest

    def __iter__(self) -> "_Pieces":
        return self

    def __next__(self) -> Samples:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._rest)

    def close(self) -> None:
        """Let the file go."""
        getattr(self._rest, "close", lambda: None)()


def _open(path: Path) -> tuple[int, int, _Pieces]:
    """Rate, promised frames and pieces, by whichever library reads the first piece."""
    try:
        size = path.stat().st_size
    except OSError as exc:
        raise DecodeError(f"'{path}' cannot be read: {exc.strerror or exc}") from exc
    if path.is_dir():
        raise DecodeError(f"'{path}' is a folder; an audio file was wanted")
    if size == 0:
        raise DecodeError(f"'{path.name}' is empty (0 bytes)")
    order = [_by_libsndfile, _by_ffmpeg]
    if path.suffix.lower() not in LOSSLESS:
        order.reverse()
    reasons: list[str] = []
    cause: BaseException | None = None
    for opener in order:
        try:
            rate, expected, pieces = opener(path)
            first = next(pieces, None)
        except OSError as exc:  # permission, or a disk that fails
            raise DecodeError(f"'{path}' cannot be read: {exc.strerror or exc}") from exc
        except _UnreadableError as exc:
            reasons.append(str(exc))
            cause = exc
            continue
        if first is not None:
            return rate, expected, _Pieces(first, pieces)
        reasons.append("no sound in it")
    raise DecodeError(f"'{path.name}' is no audio file that can be decoded ({'; '.join(reasons)})") from cause


class _UnreadableError(Exception):
    """One library's own refusal, in a few words."""


def _by_libsndfile(path: Path) -> tuple[int, int, Iterator[Samples]]:
    import soundfile

    with open(path, "rb"):  # libsndfile calls a forbidden file an unknown format
        pass
    try:
        file = soundfile.SoundFile(os.fsencode(path))
    except soundfile.LibsndfileError as exc:
        raise _UnreadableError(f"libsndfile: {exc.error_string.strip().rstrip('.').lower()}") from exc

    def pieces() -> Iterator[Samples]:
        read = 0
        with file:
            while True:
                try:
                    piece = file.read(_READ_FRAMES, dtype="float32", always_2d=True)
                except soundfile.LibsndfileError as exc:
                    if read:  # what was read is worth more than nothing
                        return
                    raise _UnreadableError(f"libsndfile: {exc.error_string.strip().rstrip('.').lower()}") from exc
                if len(piece) == 0:
                    return
                read += len(piece)
                yield clean(piece)

    # A broken header may promise anything; no more than 64 bits a sample fit into the file twice over.
    expected = file.frames if 0 < file.frames * file.channels < 64 * path.stat().st_size else 0
    return file.samplerate, expected, pieces()


def _by_ffmpeg(path: Path) -> tuple[int, int, Iterator[Samples]]:
    import av

    try:
        # An absolute path is never taken for a protocol; the whitelist keeps a playlist in disguise off the network.
        container = av.open(os.path.abspath(path), options={"protocol_whitelist": "file"})
    except UnicodeError as exc:
        raise _UnreadableError("FFmpeg: a file name that is not UTF-8") from exc
    except (av.FFmpegError, ValueError) as exc:
        if isinstance(exc, PermissionError):
            raise
        raise _UnreadableError(f"FFmpeg: {_reason(exc)}") from exc
    if not container.streams.audio:
        container.close()
        raise _UnreadableError("FFmpeg: no audio stream")
    track = container.streams.audio[0]
    frames = _frames(container, track)
    head = next(frames, None)  # its rate is the true one: an AAC header may say half of it
    if head is None or not head.sample_rate:
        container.close()
        raise _UnreadableError("FFmpeg: no sound in it")
    rate = int(head.sample_rate)
    seconds = container.duration / av.time_base if container.duration else 0.0
    expected = min(round(seconds * rate), 64 * path.stat().st_size)

    def pieces() -> Iterator[Samples]:
        queue = av.AudioFifo()  # gathers FFmpeg's small frames in C: half the cost of turning each into an array
        with container:
            for frame in itertools.chain([head], frames):
                frame.pts = None
                try:
                    queue.write(frame)
                except ValueError:  # a chained stream that changes its rate or channels: keep its first part
                    break
                if queue.samples >= _READ_FRAMES:
                    yield clean(_to_float(queue.read(_READ_FRAMES)))
            rest = queue.read(0, partial=True)
            if rest is not None:
                yield clean(_to_float(rest))

    return rate, expected, pieces()


def _frames(container: Any, track: Any) -> Iterator[Any]:
    """Decoded frames; a packet that cannot be decoded is skipped, as a player does."""
    import av

    packets = container.demux(track)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        with contextlib.suppress(av.FFmpegError):
            yield from packet.decode()


def _to_float(frame: Any) -> Samples:
    """One frame as float32 (frames, channels), whatever its sample format."""
    raw = frame.to_ndarray()
    planes = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if planes.dtype == np.float32:
        return np.ascontiguousarray(planes)
    if planes.dtype == np.uint8:
        return np.asarray((planes.astype(np.float32) - 128.0) / 128.0, dtype=np.float32)
    scale = 1.0 if planes.dtype.kind == "f" else 2.0 ** (8 * planes.dtype.itemsize - 1)
    return np.ascontiguousarray(planes / scale, dtype=np.float32)


def _reason(exc: BaseException) -> str:
    """FFmpeg's words without its number and the file's name."""
    text = getattr(exc, "strerror", None) or str(exc)
    return str(text).split(":")[0].strip().rstrip(".").lower()
