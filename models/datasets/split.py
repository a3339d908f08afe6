"""Who trains and who is looked at: whole groups on either side, the same for every run of a seed."""

import hashlib
from collections.abc import Iterable

from .clips import Clip


def split(clips: Iterable[Clip], share: float, seed: int) -> tuple[list[Clip], list[Clip]]:
    """Return (train, validation).

    A dataset's own split wins; what it calls its test is on neither side (see `held_back`). Everything else goes by
    its group: to the side of the group's clips that have one (validation, if they are on both), or by a draw that
    depends on the seed and the group's name alone, so that more music never moves what is there.

    Parameters
    ----------
    clips
        With groups that share no music, as `duplicates.distinct` leaves them.
    share
        Of the groups without a split of their own, how many go to validation, 0 to 1.
    """
    clips = list(clips)
    own: dict[str, set[str]] = {}
    for clip in clips:
        if clip.split is not None:
            own.setdefault(clip.group, set()).add(clip.split)

    def side(clip: Clip) -> str:
        if clip.split is not None:
            return clip.split
        official = own.get(clip.group)
        if official is not None:
            return next(s for s in ("test", "validation", "train") if s in official)
        digest = hashlib.sha256(f"{seed}:{clip.group}".encode("utf-8", "surrogateescape")).digest()
        return "validation" if int.from_bytes(digest[:4], "big") < share * 2**32 else "train"

    sides = [side(c) for c in clips]
    train = [c for c, s in zip(clips, sides, strict=True) if s == "train"]
    return train, [c for c, s in zip(clips, sides, strict=True) if s == "validation"]


def held_back(clips: Iterable[Clip]) -> list[Clip]:
    """Return what datasets call their test: no training, no tuning."""
    return [c for c in clips if c.split == "test"]
