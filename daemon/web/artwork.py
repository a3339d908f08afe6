"""The picture in a file's tags: JPEG, PNG or WebP, told by its first bytes, and no larger than a browser likes.

Conventions
-----------
Tags are strangers' bytes: what cannot be read, is of another kind or too large is no picture.
"""

from typing import NamedTuple

from tinytag import TinyTag

MOST_BYTES = 4 << 20
_KINDS = (
    ("image/jpeg", b"\xff\xd8\xff", b""),
    ("image/png", b"\x89PNG\r\n\x1a\n", b""),
    ("image/webp", b"RIFF", b"WEBP"),
)


class Artwork(NamedTuple):
    """A picture to serve."""

    kind: str
    """Its MIME type."""
    data: bytes


def artwork(path: str) -> Artwork | None:
    """Read the front cover of a music file, or whatever picture it has; None if there is none to show."""
    try:
        images = TinyTag.get(path, image=True, duration=False).images
        found = images.front_cover or images.any
    except Exception:
        return None
    if found is None or not found.data or len(found.data) > MOST_BYTES:
        return None
    kind = kind_of(found.data)
    return Artwork(kind, bytes(found.data)) if kind else None


def kind_of(data: bytes) -> str:
    """Tell a picture's type by its first bytes; empty for what is not shown."""
    for kind, start, later in _KINDS:
        if data.startswith(start) and data[8 : 8 + len(later)] == later:
            return kind
    return ""
