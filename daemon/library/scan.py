"""What is on the disk: which files may be music, what their tags say, and hashes that know them again.

Conventions
-----------
Paths are absolute, and symbolic links in them stay as they are. Hidden files are left out (macOS strews ``._x.mp3``
over foreign disks). A *content* hash is over the bytes of a file, a *sound* hash over what was decoded from it, so
that new tags change the one and not the other.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tinytag import TinyTag

from ..sound.decode import SUFFIXES

_ARTIST_TITLE = re.compile(r"^(?:\d{1,3}[.\s_-]+)?(?P<artist>.+?)\s+[-–—]\s+(?P<title>.+)$")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be music."""

    path: str
    size: int
    """Bytes."""
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says about itself; empty where it says nothing."""

    title: str
    """The file's name where there is no title."""
    artist: str
    album: str
    genre: str


def find(paths: Iterable[Path]) -> tuple[list[Found], list[tuple[str, str]]]:
    """Look for music.

    Parameters
    ----------
    paths
        Files, taken whatever they are called, and folders, searched for names that look like sound.

    Returns
    -------
    Every file once, by path; and path and reason of what could not be looked at.
    """
    found: dict[str, Found] = {}
    failed: list[tuple[str, str]] = []
    seen: set[tuple[int, int]] = set()

    def take(path: str) -> None:
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
            failed.append((shown, "its name is not UTF-8, so that no receiver could show it; rename it"))
            return
        try:
            status = os.stat(path)
        except OSError as exc:
            failed.append((path, f"cannot be read: {exc.strerror}"))
            return
        found[path] = Found(path, status.st_size, status.st_mtime_ns)

    def refused(exc: OSError) -> None:
        failed.append((str(exc.filename), f"cannot be read: {exc.strerror}"))

    for path in paths:
        root = os.path.abspath(path)
        if not os.path.isdir(root):
            take(root)
            continue
        for folder, below, names in os.walk(root, onerror=refused, followlinks=True):
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:  # a link that leads back up, or a folder named twice
                below.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES:
                    take(os.path.join(folder, name))
    return [found[path] for path in sorted(found)], failed


def tags(path: str) -> Tags:
    """Read a file's tags; a name like ``Artist - Title`` stands in where there are none."""
    try:
        tag = TinyTag.get(path, duration=False)
        title, artist, album, genre = (_text(value) for value in (tag.title, tag.artist, tag.album, tag.genre))
    except Exception:  # tags are strangers' bytes, and a file is worth indexing without them
        title = artist = album = genre = ""
    name = Path(path).stem
    if not title and not artist and (match := _ARTIST_TITLE.match(name)):
        artist, title = match["artist"].strip(), match["title"].strip()
    return Tags(title or name, artist, album, genre)


def content_hash(path: str) -> str:
    """Hash of a file's bytes, 32 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def sound_hash(mono: npt.NDArray[np.float32]) -> str:
    """Hash of decoded sound, 16 hex digits: a track's id.

    Parameters
    ----------
    mono
        (frames,), 16 kHz; rounded to 16 bits first, so that no arithmetic below that counts.
    """
    pcm = np.clip(np.rint(mono * np.float32(32767)), -32768, 32767).astype("<i2")
    return hashlib.blake2b(pcm.tobytes(), digest_size=8).hexdigest()


def _text(value: object) -> str:
    """A tag's text on one line, without what cannot be stored or shown."""
    text = "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8")
    return " ".join(text.replace("\x00", " ").split())
