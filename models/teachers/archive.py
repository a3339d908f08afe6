"""The published archive of musicnn 0.1.0: fetched once, checked, read, never installed.

Two of its files are read, the variables of the network that was trained on the Million Song Dataset. No code of it
is run: it is a wheel, and a wheel is a ZIP archive. Licence: ISC, Music Technology Group, Universitat Pompeu Fabra.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from ...daemon.errors import SegueError
from .tf_checkpoint import read_tensors

FILE = "musicnn-0.1.0-py3-none-any.whl"
SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
PAGE = "https://pypi.org/project/musicnn/0.1.0/#files"
INDEX, DATA = "musicnn/MSD_musicnn/.index", "musicnn/MSD_musicnn/.data-00000-of-00001"


def archive_folder() -> Path:
    """Return where archives of teachers are kept for all runs of this user."""
    return platformdirs.user_cache_path("segue", appauthor=False) / "teachers"


def read_archive(path: Path | None = None) -> dict[str, NDArray[np.generic]]:
    """Return the variables of ``MSD_musicnn`` by name.

    Parameters
    ----------
    path
        The archive; None: the one in ``archive_folder()``, fetched from PyPI (29 MB) if it is not there.

    Raises
    ------
    SegueError
        If there is no archive, or it is not the one that was published.
    """
    path = path or fetch_archive(archive_folder())
    if not path.is_file():
        raise SegueError(f"no music teacher at {path}: {_by_hand(path.parent)}")
    _check(path)
    with zipfile.ZipFile(path) as archive:
        return read_tensors(archive.read(INDEX), archive.read(DATA))


def fetch_archive(folder: Path) -> Path:
    """Return the archive in a folder; pip downloads it, without what it depends on, if it is not there."""
    target = folder / FILE
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:
        command = [sys.executable, "-m", "pip", "download", "musicnn==0.1.0"]
        options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--quiet", "--dest", part]
        said = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        got = Path(part) / FILE
        if said.returncode or not got.exists():
            reason = said.stderr.strip().rpartition("\n")[2] or "no such file came"
            raise SegueError(f"pip could not fetch the music teacher ({reason}): {_by_hand(folder)}")
        _check(got)
        got.replace(target)
    return target


def _check(path: Path) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise SegueError(
            f"{path} is not the music teacher that was published (SHA-256 {digest[:12]}…): delete it, "
            f"then {_by_hand(path.parent)}"
        )


def _by_hand(folder: Path) -> str:
    return f"get {FILE} from {PAGE} and put it into {folder}"
