"""Datasets as 16 kHz mono sound on disk, decoded once and reused.

Conventions
-----------
A cache folder holds ``NAME.i16`` for each track (`clips`) and ``tracks.json``, which lists them. The name is a hash of
path, size and modification time, so that a second run decodes only what is new. Each file is written under another name
and then renamed: a run that was killed has lost the file in hand, no more.
"""

import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track as progress

from ...daemon.clock import SAMPLE_RATE
from ...daemon.errors import DecodeError, SegueError
from ...daemon.library.workers import Crash, Workers
from ...daemon.signal.resample import Resampler
from ...daemon.sound.decode import length, mixdown, stream
from .clips import Clip
from .source import LONGEST_S, Source

LIST = "tracks.json"
_BLOCK_S = 8
_DEFAULTS = {f.name: f.default for f in fields(Clip) if f.default is not MISSING}
Job = tuple[str, str, float]
"""Path, name in the cache, seconds at most."""
Done = tuple[int, str]
"""Samples, and why there are none."""


def prepare(sources: Iterable[Source], cache: Path, jobs: int = 2, least_s: float | None = None) -> list[Clip]:
    """Decode what is not in the cache yet; return every track that is long enough and can be read.

    What cannot be read, or is not what its dataset says, is named on stderr and left out.

    Parameters
    ----------
    sources
        What to decode; a path that comes twice is taken once.
    cache
        Made if it is not there.
    jobs
        Processes; 1: none but this one.
    least_s
        Leave out what is shorter; None: as each source says.

    Raises
    ------
    SegueError
        If nothing is left, or the cache cannot be written.
    """
    wanted = {str(s.path): s for s in reversed(list(sources))}
    wanted = dict(reversed(wanted.items()))
    try:
        cache.mkdir(parents=True, exist_ok=True)
        done = _decode_all({path: _name(s) for path, s in wanted.items()}, wanted, cache, jobs)
        clips = []
        for path, source in wanted.items():
            name, samples, reason = done[path]
            reason = reason or _short(source, samples / SAMPLE_RATE)
            if reason:
                print(f"left out: {path}: {reason}", file=sys.stderr)
            elif samples >= (source.least_s if least_s is None else least_s) * SAMPLE_RATE:
                seconds = samples / SAMPLE_RATE
                changes = tuple(t for t in source.transitions_s if 0 < t < seconds)
                clips.append(Clip(name, path, source.group, samples, changes, source.split))
        if not clips:
            asked = max((s.least_s for s in wanted.values()), default=0.0) if least_s is None else least_s
            raise SegueError(f"none of {len(wanted)} audio files is music of {asked:.0f} s or more; give other folders")
        write(cache, clips)
    except OSError as exc:
        raise SegueError(
            f"the cache {cache} cannot be written: {exc.strerror or exc}; make room or give another"
        ) from exc
    return clips


def load(cache: Path) -> list[Clip]:
    """Return what ``prepare`` left in a cache.

    Raises
    ------
    SegueError
        If there is no cache, its list is damaged, or sound that it lists is missing.
    """
    path = cache / LIST
    again = "give the folders of music once more (what is decoded is kept)"
    try:
        rows = json.loads(path.read_text("utf-8"))
        clips = [_clip(row) for row in rows]
    except FileNotFoundError as exc:
        raise SegueError(f"no corpus in {cache}: give the folders of music that it should be made from") from exc
    except OSError as exc:
        raise SegueError(f"{path} cannot be read: {exc.strerror}; {again}") from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise SegueError(f"{path} is damaged ({type(exc).__name__}: {exc}); {again}") from exc
    gone = [c.path for c in clips if _samples(cache / f"{c.name}.i16") < c.samples]
    if gone:
        raise SegueError(f"{cache} has lost the sound of {len(gone)} tracks ({gone[0]}, …); {again}")
    return clips


def write(cache: Path, clips: Iterable[Clip]) -> None:
    """Write the list of a cache, whole or not at all; what is as it mostly is goes unsaid."""
    rows = [{k: v for k, v in asdict(c).items() if _DEFAULTS.get(k, MISSING) != v} for c in clips]
    part = cache / f"{LIST}.{os.getpid()}.part"
    part.write_text(json.dumps(rows, indent=1), "utf-8")
    part.replace(cache / LIST)


def _clip(row: dict[str, Any]) -> Clip:
    clip = Clip(**{**row, "transitions_s": tuple(row.get("transitions_s", ()))})
    if not (isinstance(clip.name, str) and isinstance(clip.group, str) and isinstance(clip.samples, int)):
        raise TypeError(f"a track is {row}")
    return clip


def _name(source: Source) -> str | None:
    """Name of a file in the cache; None if there is no such file."""
    try:
        stat = source.path.stat()
    except OSError:
        return None
    most = "" if source.most_s == LONGEST_S else f":{source.most_s:.0f}"
    text = f"{source.path}:{stat.st_size}:{stat.st_mtime_ns}{most}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def _samples(path: Path) -> int:
    try:
        return path.stat().st_size // 2
    except OSError:
        return -1


def _short(source: Source, seconds: float) -> str:
    """Say so if a file breaks off before its dataset's table says that it ends."""
    promised = 0.0 if source.length_s is None else min(source.length_s, source.most_s)
    if seconds >= 0.98 * promised - 1:
        return ""
    return f"it has {seconds:.0f} s, its dataset's table says {promised:.0f}; fetch it again"


def _decode_all(
    names: dict[str, str | None], sources: dict[str, Source], cache: Path, jobs: int
) -> dict[str, tuple[str, int, str]]:
    """Return name in the cache, samples, and the reason for none, by path."""
    done: dict[str, tuple[str, int, str]] = {}
    todo: list[Job] = []
    for path, name in names.items():
        kept = -1 if name is None else _samples(cache / f"{name}.i16")
        if name is None:
            done[path] = ("", 0, "it cannot be read")
        elif kept >= 0:
            done[path] = (name, kept, "")
        else:
            todo.append((path, name, sources[path].most_s))
    answer = _decoder(str(cache))
    workers: Workers[Job, Done] = Workers(jobs, _decoder, (str(cache),))
    answers = ((job, answer(job)) for job in todo) if jobs == 1 else workers.run(todo)
    quiet = not sys.stderr.isatty()
    for (path, name, _), got in progress(answers, "decoding", len(todo), disable=quiet):
        done[path] = (name, 0, got.reason) if isinstance(got, Crash) else (name, *got)
    return done


def _decoder(cache: str) -> Any:
    return functools.partial(_decode, Path(cache))


def _decode(cache: Path, job: Job) -> Done:
    """Write one file as 16 kHz mono int16, block by block, so that a set of hours needs no memory."""
    path, name, most_s = job
    target, part = cache / f"{name}.i16", cache / f"{name}.{os.getpid()}.part"
    most, written = round(most_s * SAMPLE_RATE), 0
    try:
        rate, _, _ = length(path)
        resampler = Resampler(rate)
        with open(part, "wb") as file:
            for block in stream(path, _BLOCK_S * rate):
                written += _put(file, resampler.process(mixdown(block.samples))[: most - written])
                if written >= most:
                    break
            else:
                written += _put(file, resampler.flush()[: most - written])
        part.replace(target)
    except DecodeError as exc:
        part.unlink(missing_ok=True)
        return 0, str(exc)
    for left in cache.glob(f"{name}.*.part"):  # of a run that was killed
        left.unlink(missing_ok=True)
    return written, ""


def _put(file: Any, mono: Any) -> int:
    (np.clip(mono, -1, 1) * 32767).astype("<i2").tofile(file)
    return len(mono)
