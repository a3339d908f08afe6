"""Free music to train with: the soundtracks of games in Debian's archive, fetched by package name, never installed.

Conventions
-----------
Each package becomes a folder: its music, ``COPYRIGHT`` with the authors and licences, and ``VERSION``, written last: a
package that has it is whole. Downloads and what is half unpacked lie in ``.part`` until then. Names inside a package
are never followed out of the folder. Tracker modules are rendered to ``NAME.rendered.flac`` where openmpt123 is there.

``debian_music.tsv`` lists packages by split, which are disjoint in artists: "train", and "eval" to measure with.
"""

import csv
import functools
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from ...daemon.errors import SegueError
from .package import STREAMS, unpack
from .source import Source, complete, folder, missed

MOST_S = 600
"""Of a module, which may loop for ever, no more is rendered."""
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@functools.cache
def listed() -> dict[str, tuple[str, float]]:
    """Return split ("train" or "eval") and megabytes to download for each package of the list."""
    text = files(__package__).joinpath("debian_music.tsv").read_text("utf-8")
    return {
        r["package"]: (r["split"], float(r["megabytes"])) for r in csv.DictReader(text.splitlines(), delimiter="\t")
    }


def debian(top: Path, partial: bool = False) -> list[Source]:
    """Return what `fetch` put into a folder; the group is the package, the split of "eval" packages is "test".

    Raises
    ------
    SegueError
        If there is nothing, or a package is half there.
    """
    again = f"'segue fetch-music {top}' goes on where it stopped"
    folder(top, "fetched music", again)
    there = sorted(p for p in top.iterdir() if p.is_dir() and p.name[0] != ".")
    half = [p.name for p in there if not complete(p / "VERSION")]
    missed(f"the music in {top}", half, len(there), again, partial)
    if not there:
        raise SegueError(f"{top} holds no music; {again}")
    return [
        Source(path, p.name, "test" if listed().get(p.name, ("", 0.0))[0] == "eval" else None)
        for p in there
        if p.name not in half
        for path in sorted(p.rglob("*"))
        if path.suffix[1:].lower() in STREAMS
    ]


def fetch(dest: Path, packages: Iterable[str] | None = None, progress: Callable[[str], None] = print) -> int:
    """Download packages and keep their music; what is there already is not fetched again.

    Parameters
    ----------
    dest
        Made if it is not there.
    packages
        Names of Debian packages, "@train" or "@eval" for those of the list; None: "@train".
    progress
        Takes a line for each package.

    Returns
    -------
    How many music files there are now in these packages.

    Raises
    ------
    SegueError
        If this is no Debian, a name is none, or packages could not be fetched; the others are there then.
    """
    names: list[str] = []
    for name in packages or ["@train"]:
        chosen = [n for n, (split, _) in listed().items() if name == f"@{split}"]
        if not chosen and not _PACKAGE.fullmatch(name):
            raise SegueError(f"'{name}' is no package; give names of Debian packages, @train or @eval")
        names += chosen or [name]
    names = list(dict.fromkeys(names))
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise SegueError(
                f"there is no {tool}: this music comes as Debian packages; use Debian or Ubuntu, or own music"
            )
    failed, count, mute = [], 0, 0
    for n, name in enumerate(names, 1):
        out = dest / name
        try:
            if complete(out / "VERSION"):
                told = "already there"
            else:
                megabytes = listed().get(name, ("", 0.0))[1]
                progress(f"{n}/{len(names)} {name}: downloading{f' {megabytes:.0f} MB' if megabytes else ''}")
                told = _fetch(name, out, dest / ".part" / name)
            mute += _render(out, dest / ".part" / name)
        except (SegueError, OSError, subprocess.SubprocessError) as exc:
            failed.append(f"{name} ({exc})")
            continue
        music = sum(p.suffix[1:].lower() in STREAMS for p in out.rglob("*"))
        progress(f"{n}/{len(names)} {name}: {told}, {music} music files")
        count += music
    if mute:
        progress(f"{mute} tracker modules are silent without openmpt123: install it and fetch again")
    if failed:
        advice = "'apt-get update' renews the list of packages; is there a network? The same command goes on"
        raise SegueError(f"{len(failed)} of {len(names)} packages could not be fetched: {'; '.join(failed)}; {advice}")
    return count


def _fetch(name: str, out: Path, part: Path) -> str:
    """Download, unpack beside, move into place, and only then say that it is whole."""
    part.mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", name]
    done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    package = max(part.glob("*.deb"), key=lambda p: p.stat().st_mtime, default=None)
    if done.returncode or package is None:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()
        raise SegueError(said[-1].removeprefix("E: ") if said else f"apt-get ended with {done.returncode}")
    inside = part / "inside"
    shutil.rmtree(inside, ignore_errors=True)
    unpack(package, inside)
    for path in sorted(p for p in inside.rglob("*") if p.is_file()):
        target = out / path.relative_to(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    version = package.name.split("_")[1].replace("%3a", ":")
    out.mkdir(parents=True, exist_ok=True)
    (part / "VERSION").write_text(f"{name}\t{version}\t{package.stat().st_size}\n", "utf-8")
    (part / "VERSION").replace(out / "VERSION")
    shutil.rmtree(part)
    return version


def _render(out: Path, part: Path) -> int:
    """Render the modules of a package that are not yet; return how many cannot be for want of a player."""
    modules = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name not in ("COPYRIGHT", "VERSION")]
    modules = [p for p in modules if p.suffix[1:].lower() not in STREAMS]
    modules = [p for p in modules if not p.with_name(f"{p.name}.rendered.flac").exists()]
    if not modules or shutil.which("openmpt123") is None:
        return len(modules)
    part.mkdir(parents=True, exist_ok=True)
    sound = part / "rendered.flac"
    options = [
        "--quiet",
        "--batch",
        "--samplerate",
        "44100",
        "--channels",
        "2",
        "--no-float",
        "--repeat",
        "0",
        "--force",
    ]
    for module in modules:
        sound.unlink(missing_ok=True)
        command = ["openmpt123", *options, "--end-time", str(MOST_S), "-o", str(sound.resolve()), str(module.resolve())]
        subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=300)
        if complete(sound):
            sound.replace(module.with_name(f"{module.name}.rendered.flac"))
    shutil.rmtree(part, ignore_errors=True)
    return 0
