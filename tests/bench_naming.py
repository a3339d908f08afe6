"""Whether what plays is named: excerpts under booth conditions, and music that the library lacks."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bench_table import CONSOLE, table
from scipy.signal import fftconvolve

from segue.daemon.artifact import default_artifact
from segue.daemon.config import Config
from segue.daemon.demo.stretch import key_lock, vinyl
from segue.daemon.engine import Engine
from segue.daemon.library.scan import find
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.receivers.heard import Heard
from segue.daemon.sound.decode import decode, mixdown
from segue.models.codec import MP3, codec

EXCERPT_S, MARGIN_S = 8.0, 2.0
ROOM_S, NOISE_DB, UNDER_DB = 0.7, 10.0, 6.0

Sound = np.ndarray


class Excerpts:
    """Excerpts of a library's own music, by number."""

    def __init__(self, snapshot: Snapshot, count: int) -> None:
        rng = np.random.default_rng(1)
        long = [track for track in snapshot if track.duration_s > EXCERPT_S + 2 * MARGIN_S + 2]
        self.tracks = [long[int(n)] for n in rng.integers(len(long), size=count)]
        self.others = [long[int(n)] for n in rng.integers(len(long), size=count)]
        self.places = rng.uniform(0, 1, (2, count))
        self.signs = rng.choice([-1, 1], count)

    def cut(self, number: int, *, under: bool = False, speed: float = 1.0) -> tuple[Sound, int]:
        """Give somewhat more than an excerpt lasts at a speed, mono, and its rate."""
        track = (self.others if under else self.tracks)[number]
        sound = decode(Path(track.path))
        length_s = EXCERPT_S * speed + 1.0
        start = (MARGIN_S + self.places[int(under), number] * (track.duration_s - length_s - 2 * MARGIN_S)) * sound.rate
        return mixdown(sound.samples[round(start) : round(start + length_s * sound.rate)]), sound.rate


def conditions() -> dict[str, Callable[[Excerpts, int], tuple[Sound, int]]]:
    """What is done to an excerpt, by name."""

    def clean(of: Excerpts, n: int) -> tuple[Sound, int]:
        return of.cut(n)

    def mp3(of: Excerpts, n: int) -> tuple[Sound, int]:
        sound, rate = of.cut(n)
        return codec(sound, MP3, 64, rate), rate

    def at(share: float, how: str) -> Callable[[Excerpts, int], tuple[Sound, int]]:
        def changed(of: Excerpts, n: int) -> tuple[Sound, int]:
            speed = 1 + share * int(of.signs[n])
            sound, rate = of.cut(n, speed=speed)
            return (key_lock(sound, speed) if how == "key-lock" else vinyl(sound, speed, rate)), rate

        return changed

    def room(of: Excerpts, n: int) -> tuple[Sound, int]:
        sound, rate = of.cut(n)
        rng = np.random.default_rng(n)
        length = round(ROOM_S * rate)
        tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
        tail[0] += 0.7 * np.sqrt((tail**2).sum())  # the direct sound
        wet = fftconvolve(sound, tail)[: len(sound)]
        bins = np.fft.rfft(rng.standard_normal(len(wet)))
        pink = np.fft.irfft(bins / np.sqrt(np.maximum(np.arange(len(bins)), 1)), len(wet))
        return _level(wet) + _level(pink) * 10 ** (-NOISE_DB / 20), rate

    def under(of: Excerpts, n: int) -> tuple[Sound, int]:
        (sound, rate), (other, other_rate) = of.cut(n), of.cut(n, under=True)
        other = vinyl(other, other_rate / rate, other_rate) if other_rate != rate else other
        length = min(len(sound), len(other))
        return _level(sound[:length]) + _level(other[:length]) * 10 ** (-UNDER_DB / 20), rate

    return {
        "clean": clean,
        "MP3, 64 kbit/s": mp3,
        **{f"{how} {share:.0%} up or down": at(share, how) for how in ("key-lock", "vinyl") for share in (0.03, 0.06)},
        f"a room ({ROOM_S} s), noise {NOISE_DB:.0f} dB under": room,
        f"another track {UNDER_DB:.0f} dB under": under,
    }


def _level(sound: Sound) -> Sound:
    return sound * (0.1 / max(float(np.sqrt((sound.astype(float) ** 2).mean())), 1e-9))


def excerpts(library: Path, count: int) -> None:
    """Name 8 s of what is in a library, from nothing."""
    model = Engine(default_artifact())
    snapshot = Snapshot.load(library, model.artifact.sha256)
    of = Excerpts(snapshot, count)
    shown = table(
        f"{count} excerpts of {EXCERPT_S:.0f} s, {len(snapshot)} tracks", "", "right", "wrong", "none", "silent"
    )
    missed: Counter[str] = Counter()
    silent = {n for n in range(count) if np.abs(of.cut(n)[0]).max() < 1e-3}  # there is nothing to name
    for name, change in conditions().items():
        found: Counter[str] = Counter()
        for n, track in enumerate(of.tracks):
            if n in silent:
                found["silent"] += 1
                continue
            sound, rate = change(of, n)
            sound = np.asarray(sound[: round(EXCERPT_S * rate)], np.float32)
            heard = Heard("/segue")
            pipeline = Pipeline(Config(), model, snapshot, Publisher(Config()), rate, 1)
            heard.send(pipeline.feed(np.ascontiguousarray(sound[:, None])))
            named = heard.now.id if heard.now.valid else ""
            how = "right" if named == track.id else "wrong" if named else "none"
            found[how] += 1
            if how == "wrong":
                other = snapshot.by_id[named]
                missed[f"{track.artist} {track.title} for {other.artist} {other.title}"] += 1
        tried = count - found["silent"]
        shares = (f"{found[how] / tried:.3f}" for how in ("right", "wrong", "none"))
        shown.add_row(name, *shares, str(found["silent"]))
    CONSOLE.print(shown)
    for pair, times in missed.most_common(8):
        CONSOLE.print(f"taken for another: {pair} ({times})", highlight=False)


def unknown(library: Path, music: Path, minutes: float) -> None:
    """Play music that a library lacks, a minute of each track: whatever is named is wrong."""
    model = Engine(default_artifact())
    snapshot = Snapshot.load(library, model.artifact.sha256)
    files = [found.path for found in find([music])[0]]
    files = [files[int(n)] for n in np.random.default_rng(0).permutation(len(files))]
    pipeline = Pipeline(Config(), model, snapshot, Publisher(Config()), 44100, 1)
    heard = Heard("/segue")
    played_s, named, hops = 0.0, 0, 0
    for file in files:
        if played_s >= 60 * minutes:
            break
        sound = decode(Path(file))
        mono = mixdown(sound.samples)[20 * sound.rate : 80 * sound.rate]
        if len(mono) < 30 * sound.rate:
            continue
        if sound.rate != 44100:
            mono = vinyl(mono, sound.rate / 44100, sound.rate)
        for start in range(0, len(mono), 11025):
            heard.send(pipeline.feed(np.ascontiguousarray(mono[start : start + 11025, None], np.float32)))
            named += heard.now.valid
            hops += 1
        played_s += len(mono) / 44100
    shown = table(f"{played_s / 60:.0f} minutes of music that the library of {len(snapshot)} tracks lacks", "", "share")
    shown.add_row("of the time with a name", f"{named / max(hops, 1):.4f}")
    CONSOLE.print(shown)
