"""What of a Debian package is music: recorded, in tracker modules, or in containers inside it.

Names inside a package are never followed out of the folder it is unpacked to.
"""

import contextlib
import re
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from ...daemon.errors import SegueError

STREAMS = frozenset({"ogg", "oga", "mp3", "opus", "flac", "wav", "m4a", "wv"})
MODULES = frozenset({"xm", "it", "mod", "s3m", "mptm", "mtm", "stm", "669", "med", "mo3", "umx"})
CONTAINERS = frozenset({"pk3", "pk4", "zip", "apk", "data", "pak", "love"})
MUSIC_FOLDERS = frozenset({"music", "musics", "songs", "tunes", "musik"})
"""Files in these are looked into where their name tells nothing."""
NO_MUSIC = frozenset({"locale", "ambient", "weather", "soundfx", "dayscape"})
LEAST_BYTES = {"stream": 150_000, "module": 4_000}
"""Less is a jingle or a sound effect."""
LEAST_WAV = 1_500_000
_MAGIC = {b"OggS": ".ogg", b"ID3": ".mp3", b"fLaC": ".flac"}
_FOUR = frozenset({b"M.K.", b"M!K!", b"FLT4", b"FLT8", b"4CHN", b"6CHN", b"8CHN"})
Kind = Literal["stream", "module"]


def unpack(package: Path, inside: Path) -> None:
    """Write the music of a package, and ``COPYRIGHT``, into a folder; nothing is installed or run.

    Raises
    ------
    SegueError
        If the package is damaged.
    """
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        assert run.stdout is not None
        try:
            with tarfile.open(fileobj=run.stdout, mode="r|") as tar:
                for member in tar:
                    if member.isfile() and (file := tar.extractfile(member)) is not None:
                        _take(member.name, file, inside)
            while run.stdout.read(1 << 16):
                pass
        except tarfile.TarError as exc:
            raise SegueError(f"{package.name} is damaged: {exc}") from exc
    if run.returncode:
        raise SegueError(f"{package.name} is damaged: dpkg-deb ended with {run.returncode}")


def _take(name: str, file: IO[bytes], inside: Path) -> None:
    """Keep a file of a package if it is music, a container of music, or says who owns it."""
    parts = _safe(name)
    if not parts:
        return
    if parts[:3] == ("usr", "share", "doc"):
        if parts[-1] == "copyright":
            _write([file.read()], inside / "COPYRIGHT")
        return
    parts = parts[2:] if parts[:2] == ("usr", "share") else parts
    target = inside.joinpath(*(parts[1:] if parts[0] == "games" else parts))
    head = file.read(2048)
    if target.suffix[1:].lower() in CONTAINERS and head[:2] == b"PK":
        packed = target.with_name(target.name + ".packed")
        _write(_rest(head, file), packed)
        with contextlib.suppress(zipfile.BadZipFile):
            _open(packed, target.with_name(target.name + ".d"), inside)
        packed.unlink()
        return
    _keep(head, file, target, inside)


def _open(packed: Path, inside: Path, top: Path) -> None:
    with zipfile.ZipFile(packed) as container:
        for member in container.infolist():
            below = _safe(member.filename)
            if not below or member.is_dir():
                continue
            target = inside.joinpath(*below)
            try:
                with container.open(member) as file:
                    _keep(file.read(2048), file, target, top)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):  # damaged, encrypted, or packed strangely
                target.unlink(missing_ok=True)


def _keep(head: bytes, file: IO[bytes], target: Path, top: Path) -> None:
    what = kind(PurePosixPath(target.relative_to(top)), head)
    if what is None:
        return
    if what == "stream" and target.suffix[1:].lower() not in STREAMS:
        target = target.with_name(target.name + next(end for magic, end in _MAGIC.items() if head.startswith(magic)))
    _write(_rest(head, file), target)
    if target.stat().st_size < (LEAST_WAV if target.suffix.lower() == ".wav" else LEAST_BYTES[what]):
        target.unlink()


def kind(path: PurePosixPath, head: bytes) -> Kind | None:
    """Tell from its name, else by its first 2,048 bytes, whether a file is recorded music or a tracker module."""
    folders = {part.lower() for part in path.parts[:-1]}
    if folders & NO_MUSIC:
        return None
    suffix = path.suffix[1:].lower()
    if suffix in STREAMS:
        return "stream"
    if suffix in MODULES or path.name.lower().startswith(("mod.", "xm.", "s3m.")):
        return "module"
    if not folders & MUSIC_FOLDERS:
        return None
    if head.startswith(tuple(_MAGIC)):
        return "stream"
    tracker = head.startswith((b"Extended Module:", b"IMPM")) or head[44:48] == b"SCRM" or head[1080:1084] in _FOUR
    return "module" if tracker else None


def _safe(name: str) -> tuple[str, ...]:
    """Return the parts of a packed name; none if it leads out of its folder."""
    parts = tuple(p for p in re.split(r"[/\\]", name) if p not in ("", "."))
    return () if ".." in parts or "\0" in name else parts


def _rest(head: bytes, file: IO[bytes]) -> Iterator[bytes]:
    yield head
    while piece := file.read(1 << 20):
        yield piece


def _write(pieces: Iterable[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "wb") as out:
        out.writelines(pieces)
