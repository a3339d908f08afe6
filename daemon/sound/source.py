"""Where a replay's sound comes from: a file, or PCM on standard input, in blocks and never all at once.

Conventions
-----------
``-`` is standard input: a WAV stream (of unknown length too, as FFmpeg writes it into a pipe), or headerless PCM when a
`Pcm` says which. Blocks are float32 (frames, channels) at the source's own rate, every one of the length asked for but
the last. A source is read once and closed by ``with``.
"""

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from ..errors import DecodeError
from .decode import Samples, clean, length, recut, stream

_PIECE_FRAMES = 8_192
_DTYPES = {"u8": "u1", "s16le": "<i2", "s24le": "", "s32le": "<i4", "f32le": "<f4", "f64le": "<f8"}
_BYTES = {"u8": 1, "s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4, "f64le": 8}


@dataclass(frozen=True, slots=True)
class Pcm:
    """How headerless PCM is to be read."""

    rate: int
    """Frames per second."""
    channels: int = 2
    encoding: str = "s16le"
    """One of u8, s16le, s24le, s32le, f32le, f64le."""

    def __post_init__(self) -> None:
        if self.encoding not in _DTYPES:
            raise DecodeError(f"PCM encoding {self.encoding!r} is unknown; known are {', '.join(_DTYPES)}")
        if not 1 <= self.rate <= 768_000 or not 1 <= self.channels <= 256:
            raise DecodeError(
                f"PCM of {self.channels} channels at {self.rate} Hz; wanted 1 to 256 channels and up to 768000 Hz"
            )

    @classmethod
    def parse(cls, text: str) -> "Pcm":
        """Read ``RATE[:CHANNELS[:ENCODING]]``, for example ``44100:2:s16le``."""
        parts = text.split(":")
        try:
            rate = int(parts[0])
            channels = int(parts[1]) if len(parts) > 1 else 2
        except ValueError as exc:
            raise DecodeError(
                f"{text!r} is no PCM format; wanted RATE[:CHANNELS[:ENCODING]], e.g. 44100:2:s16le"
            ) from exc
        return cls(rate, channels, ":".join(parts[2:]) or "s16le")


class Source(Protocol):
    """Sound with a rate, in order, once."""

    name: str
    """What to call it on screen."""
    rate: int
    channels: int
    frames: int
    """How many are promised; 0 when nobody knows."""

    def blocks(self, block_frames: int) -> Iterator[Samples]:
        """Give all of it in blocks of this many frames; the last may be shorter."""

    def __enter__(self) -> "Source": ...

    def __exit__(self, *_: object) -> None: ...


def open_source(spec: str | os.PathLike[str], pcm: Pcm | None = None, stdin: BinaryIO | None = None) -> Source:
    """Open a file, or standard input for ``-``.

    Parameters
    ----------
    spec
        A path or ``-``.
    pcm
        Read the bytes as headerless PCM of this format.
    stdin
        Read instead of the process's own standard input.

    Raises
    ------
    DecodeError
        If there is no sound in it, or standard input has no WAV header and no ``pcm`` was given.
    """
    if str(spec) == "-":
        return _Bytes("standard input", stdin or sys.stdin.buffer, pcm)
    if pcm is not None:
        try:
            return _Bytes(Path(spec).name, open(spec, "rb"), pcm)
        except OSError as exc:
            raise DecodeError(f"'{spec}' cannot be read: {exc.strerror or exc}") from exc
    return _File(Path(spec))


class _File:
    """A file that `decode` can stream."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self.rate, self.channels, self.frames = length(path)

    def blocks(self, block_frames: int) -> Iterator[Samples]:
        for block in stream(self._path, block_frames):
            yield block.samples

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class _Bytes:
    """PCM from a file that cannot seek."""

    def __init__(self, name: str, file: BinaryIO, pcm: Pcm | None) -> None:
        self.name = name
        self._file = file
        size = 0
        if pcm is None:
            pcm, size = _read_wav_header(name, file)
        self.rate = pcm.rate
        self.channels = pcm.channels
        self._encoding = pcm.encoding
        self._frame_bytes = _BYTES[pcm.encoding] * pcm.channels
        self.frames = size // self._frame_bytes

    def blocks(self, block_frames: int) -> Iterator[Samples]:
        return recut(self._pieces(), block_frames)

    def _pieces(self) -> Iterator[Samples]:
        left = self.frames or sys.maxsize
        while left > 0:
            data = self._file.read(min(left, _PIECE_FRAMES) * self._frame_bytes)
            whole = len(data) // self._frame_bytes
            if whole == 0:
                return
            left -= whole
            yield clean(_to_float(data[: whole * self._frame_bytes], self._encoding).reshape(whole, self.channels))

    def __enter__(self) -> "_Bytes":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not sys.stdin.buffer:
            self._file.close()


def _to_float(data: bytes, encoding: str) -> Samples:
    if encoding == "s24le":
        triples = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        wide = np.zeros((len(triples), 4), dtype=np.uint8)
        wide[:, 1:] = triples
        return np.asarray(wide.view("<i4")[:, 0] / 2.0**31, dtype=np.float32)
    raw = np.frombuffer(data, dtype=_DTYPES[encoding])
    if encoding == "u8":
        return np.asarray((raw.astype(np.float32) - 128) / 128, dtype=np.float32)
    return np.asarray(raw if raw.dtype.kind == "f" else raw / 2.0 ** (8 * raw.itemsize - 1), dtype=np.float32)


def _read_wav_header(name: str, file: BinaryIO) -> tuple[Pcm, int]:
    """Format and number of bytes of sound (0: until the end), leaving the file at the first of them."""
    head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        raise DecodeError(
            f"{name} is no WAV stream; pipe one in (ffmpeg -i SET -f wav -), or say which PCM it is (44100:2:s16le)"
        )
    pcm: Pcm | None = None
    wide_size = 0
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            raise DecodeError(f"{name} ends before its sound starts: a WAV header without a data chunk")
        tag, size = struct.unpack("<4sI", chunk)
        if tag == b"data":
            break
        if size > 1 << 26:
            raise DecodeError(f"{name} has a WAV chunk of {size} bytes before its sound; it is damaged")
        body = file.read(size + size % 2)
        if tag == b"ds64" and len(body) >= 16:
            wide_size = struct.unpack("<Q", body[8:16])[0]
        if tag == b"fmt ":
            pcm = _wav_format(name, body)
    if pcm is None:
        raise DecodeError(f"{name} has no format before its sound; its WAV header is damaged")
    # A writer that cannot go back leaves 0, or the largest number, where the size belongs.
    return pcm, wide_size if wide_size else 0 if size in (0, 0xFFFFFFFF) or size >= 0x7FFFF000 else size


def _wav_format(name: str, body: bytes) -> Pcm:
    if len(body) < 16:
        raise DecodeError(f"{name} has a WAV format of {len(body)} bytes; its header is damaged")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == 0xFFFE and len(body) >= 26:
        kind = struct.unpack("<H", body[24:26])[0]
    names = {(1, 8): "u8", (1, 16): "s16le", (1, 24): "s24le", (1, 32): "s32le", (3, 32): "f32le", (3, 64): "f64le"}
    if (kind, bits) not in names:
        raise DecodeError(
            f"{name} is WAV of kind {kind} with {bits} bits; wanted PCM or float (ffmpeg -f wav makes it)"
        )
    return Pcm(rate, channels, names[kind, bits])
