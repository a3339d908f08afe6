"""A stage page without a sound card or a model: a pipeline of doubles hears an endless beat, and serves its page."""

import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from fakes import DIM, IDENT_DIM, FakeEngine, playing, scripted, track, unit

from segue.daemon.clock import HOP, SAMPLE_RATE, SteadyClock
from segue.daemon.config import Config
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.osc.controls import Controls
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.run.replay import Sink, replay
from segue.daemon.signal.bands import BANDS, TICK_S
from segue.daemon.web.serving import Serving
from segue.daemon.web.stage import NAME, Stage

TITLES = [
    "Opening",
    "A Second Track",
    "Ærø ☂ 日本",
    '<b>Bold & "quoted"</b>',
    "An endless title that no screen has room for" * 3,
]
CHANGE_S = 8.0
"""Seconds of stream between two changes of what plays."""


class Beat:
    """An endless beat of 120 bpm under noise, as a source."""

    rate, channels, frames, name = SAMPLE_RATE, 1, 0, "an endless beat"

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(1)
        click = (np.sin(np.arange(800) * 0.5) * np.exp(-np.arange(800) / 150) * 0.6).astype(np.float32)
        start = 0
        while True:
            block = rng.standard_normal(frames).astype(np.float32) * np.float32(0.02)
            first = -(-start // 8000) * 8000 - start
            for at in range(first, frames, 8000):
                block[at : at + 800] += click[: frames - at]
            start += frames
            yield block[:, None]


def png(size: int = 64, colour: tuple[int, int, int] = (200, 60, 90)) -> bytes:
    """A picture of one colour."""
    rows = b"".join(b"\0" + bytes(colour) * size for _ in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tagged(path: Path, image: bytes, kind: str = "image/png") -> Path:
    """Write an MP3 that is little more than an ID3 tag with a picture."""
    body = b"\0" + kind.encode() + b"\0\x03\0" + image
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + b"\xff\xfb\x90\x00" + bytes(413))
    return path


def crate(folder: Path, count: int = 16) -> Snapshot:
    """Tracks with waveforms, odd titles, and every other with a picture."""
    rng = np.random.default_rng(2)
    folder.mkdir(parents=True, exist_ok=True)
    tracks = []
    for n in range(count):
        art = tagged(folder / f"{n}.mp3", png(colour=(40 * n % 256, 90, 160))) if n % 2 == 0 else folder / "none.mp3"
        title = TITLES[n] if n < len(TITLES) else f"Title {n}"
        tracks.append(track(n, path=str(art), title=title, tempo_bpm=118.0 + n % 5, pitch_class=(9 + 7 * (n % 3)) % 12))
    ticks = int(200 / TICK_S)
    swell = np.abs(np.sin(np.arange(ticks) / 400))[:, None] * 60
    levels = [(120 + swell + rng.integers(0, 40, (ticks, BANDS))).astype(np.uint8) for _ in tracks]
    return Snapshot.build(
        tracks,
        [unit(rng.standard_normal((int(each.duration_s * 4), IDENT_DIM))) for each in tracks],
        [unit(rng.standard_normal((len(each.cues), DIM))) for each in tracks],
        queries=[unit(rng.standard_normal((len(each.mix_outs), DIM))) for each in tracks],
        bands=levels,
    )


def acts(library: Snapshot, until_s: float) -> list[tuple]:
    """A set: each track alone for a while, then in a blend with the next."""
    script, hop_s = [], HOP / SAMPLE_RATE
    for turn in range(int(until_s / CHANGE_S) + 1):
        now, after = (playing(library.tracks[(turn + n) % 8], 90.0) for n in (0, 1))
        at = int(turn * CHANGE_S / hop_s)
        script += [(at, now, None), (at + int(CHANGE_S / 2 / hop_s), now, after)]
    return script


class House:
    """A page that is live from `__enter__` to the end.

    Parameters
    ----------
    folder
        For files with pictures.
    speed
        Times real time.
    until_s
        Seconds of stream for which there is a script.
    sinks
        Hear the messages, too.
    stage
        Settings of the page, beside a free port.
    """

    def __init__(
        self, folder: Path, speed: float = 1.0, until_s: float = 600.0, sinks: list[Sink] | None = None, **stage: object
    ) -> None:
        config = Config.model_validate({"stage": {"port": 0, **stage}})
        self.library = crate(folder)
        publisher = Publisher(config, version="1", source="an endless beat", library="16 tracks")
        self.pipeline = Pipeline(
            config, FakeEngine(), self.library, publisher, SAMPLE_RATE, 1,
            follow=scripted(*acts(self.library, until_s)),
        )  # fmt: skip
        self.stage = Stage(config, self.pipeline.wishes, SteadyClock())
        self.host = config.stage.host
        self.port = 0
        self._serving: Serving | None = None
        self._speed, self._sinks, self._stop = speed, [self.stage, *(sinks or [])], threading.Event()
        self._playing = threading.Thread(target=self._play, daemon=True)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        """Open the page, on the same port as before."""
        site = self.stage.site
        self._serving = Serving([site._replace(port=self.port)])
        self._serving.start()
        assert self._serving.ready.wait(10)
        self.port = self._serving.ports[NAME]

    def shut(self) -> None:
        """Serve no longer, as when the daemon dies."""
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def __enter__(self) -> "House":
        self.serve()
        self._playing.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._playing.join(10)
        self.shut()

    def _play(self) -> None:
        controls = Controls(self.stage.desk)
        replay(Beat(), self.pipeline, self._sinks, SteadyClock(), speed=self._speed, stop=self._stop, controls=controls)
