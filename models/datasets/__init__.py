"""Music to learn from: what is on the disk, as decoded tracks, without repetitions, split by artist."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from ...daemon.errors import SegueError
from . import corpus, fma, folder, gtzan, maestro, sets
from .cache import load, prepare
from .clips import Clip, Corpus
from .duplicates import distinct
from .source import Source
from .split import split as sides

KINDS: dict[str, Callable[..., list[Source]]] = {
    "folder": folder.folder,
    "debian": corpus.debian,
    "gtzan": gtzan.gtzan,
    "fma": fma.fma,
    "maestro": maestro.maestro,
    "sets": sets.sets,
}
_OPTIONS = {"folder": frozenset[str](), "fma": frozenset({"subset", "partial"})}
_ANY = frozenset({"partial"})
_YES = {"yes": True, "no": False}


def sources(spec: str) -> list[Source]:
    """Return what a dataset holds.

    Parameters
    ----------
    spec
        ``KIND:FOLDER``, where KIND is one of `KINDS`, with ``?partial=yes`` behind it to make do with a part, and
        ``?subset=small`` for FMA (``&`` joins two); or a plain folder.

    Raises
    ------
    SegueError
        If the kind or an option is unknown, or the dataset is missing or not whole.
    """
    kind, colon, rest = spec.partition(":")
    if not colon or kind not in KINDS:
        if colon and re.fullmatch("[A-Za-z]{2,}", kind) and not Path(spec).exists():
            raise SegueError(f"'{kind}' is no kind of music; the kinds are {', '.join(KINDS)}, or give a plain folder")
        return folder.folder(Path(spec).expanduser())
    place, _, query = rest.partition("?")
    options: dict[str, str | bool] = {}
    for option in query.split("&") if query else ():
        key, _, value = option.partition("=")
        known = _OPTIONS.get(kind, _ANY)
        if key not in known or (key == "partial" and value not in _YES):
            wanted = " or ".join("partial=yes" if k == "partial" else f"{k}=…" for k in sorted(known)) or "none"
            raise SegueError(f"'{option}' is no option of '{kind}:'; wanted {wanted}")
        options[key] = _YES[value] if key == "partial" else value
    return KINDS[kind](Path(place).expanduser(), **options)


def prepare_music(
    music: Sequence[str], cache: Path, held_out: float, seed: int = 1, jobs: int = 2
) -> tuple[list[Clip], list[Clip]]:
    """Return (train, validation) of all the music given, or of what a cache holds.

    Parameters
    ----------
    music
        Specs as `sources` reads them; none: what is in the cache.
    held_out
        Share of the artists that go to validation, where a dataset has no split of its own.

    Raises
    ------
    SegueError
        If there is no such music.
    """
    found: Iterable[Source] = chain.from_iterable(sources(spec) for spec in music)
    clips = prepare(found, cache, jobs) if music else load(cache)
    return sides(distinct(Corpus(cache, clips)), held_out, seed)
