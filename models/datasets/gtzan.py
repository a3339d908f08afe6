"""GTZAN: 1,000 excerpts of 30 s, a hundred each of ten genres.

It names no artists, so that each file is its own group: what shares an artist may fall on both sides of a split. It
also holds some recordings twice (Sturm, "The GTZAN dataset: its contents, its faults", 2013), which `duplicates`
finds by their sound. Laid out as ``genres_original/blues/blues.00000.wav`` (the copy on Kaggle) or
``genres/blues/blues.00000.au`` (the archive of Marsyas).
"""

from pathlib import Path

from .source import EXCERPT_S, Source, archives, complete, folder, missed

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
EACH = 100
BROKEN = frozenset({"jazz.00054.wav"})
"""No sound in it, in every copy as WAV; left out, and not missed where somebody has deleted it."""
WHERE = (
    "get genres.tar.gz from https://huggingface.co/datasets/marsyas/gtzan or genres_original from "
    "https://www.kaggle.com/datasets/andradaolteanu/gtzan-dataset-music-genre-classification"
)
_PLACES = ("genres_original", "genres", "Data/genres_original", ".")


def gtzan(top: Path, partial: bool = False) -> list[Source]:
    """Return GTZAN's excerpts.

    Parameters
    ----------
    top
        The folder that holds ``genres_original`` or ``genres``, or that folder itself.
    partial
        Take what is there of it.

    Raises
    ------
    SegueError
        If it is not there, or not whole.
    """
    folder(top, "GTZAN", WHERE)
    inside = next((top / p for p in _PLACES if any((top / p / g).is_dir() for g in GENRES)), top / _PLACES[0])
    suffix = ".au" if any(inside.glob("*/*.au")) else ".wav"
    wanted = [inside / g / f"{g}.{n:05d}{suffix}" for g in GENRES for n in range(EACH)]
    wanted = [path for path in wanted if path.name not in BROKEN]
    gone = [f"{p.parent.name}/{p.name}" for p in wanted if not complete(p)]
    hint = archives(top, ("genres.tar.gz", "archive.zip", "gtzan-dataset-music-genre-classification.zip"))
    empty = [g for g in GENRES if not (inside / g).is_dir()]
    lacking = f"no folder for {', '.join(empty)}; " if 0 < len(empty) < len(GENRES) else ""
    missed(f"GTZAN in {top}", gone, len(wanted), lacking + (hint or WHERE), partial)
    return [Source(p, p.stem, least_s=EXCERPT_S) for p in wanted if complete(p)]
