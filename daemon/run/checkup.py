"""What ``segue run`` needs, looked at without running it: each thing that is wrong comes with what to do about it.

Conventions
-----------
A problem is fatal when ``segue run`` would not start with it. Nothing is changed and no sound is taken; the library is
opened as the daemon opens it, the port is taken and given back.
"""

import contextlib
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OscError, SegueError

if TYPE_CHECKING:
    from ..config import Config


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and what to do."""

    what: str
    """input, artifact, library, port or target."""
    text: str
    fatal: bool


@dataclass(slots=True)
class Checkup:
    """What was found."""

    config: str = ""
    """The file that was read; empty when there is none and every setting has its default."""
    artifact: str = ""
    artifact_sha256: str = ""
    library: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """All of it for ``--json``; ``problems`` are objects with what, text and fatal."""
        return asdict(self)

    def facts(self) -> list[tuple[str, str]]:
        """Give name and value for the screen."""
        shelf = self.library
        device = self.device
        heard = (
            f"{device['name']} ({device['api']}, {device['channels']} channels, {device['rate']} Hz)"
            if device
            else "none"
        )
        return [
            ("config", self.config or "no file, every setting has its default"),
            ("input", heard),
            ("artifact", f"{self.artifact} ({self.artifact_sha256[:12] or 'unreadable'})"),
            ("library", f"{shelf['path']} ({shelf['tracks']} tracks, {shelf['cues']} cues, {shelf['hops']} hops)"),
        ]


def look(config: Path | None = None, library: Path | None = None, device: str | None = None) -> Checkup:
    """Look at everything.

    Parameters
    ----------
    config, library, device
        As ``segue run`` takes them.

    Raises
    ------
    ConfigError
        If the config itself is wrong: nothing else can be said then.
    """
    from ..config import find, load

    settings = load(config)
    found = Checkup(config=str(find(config) or ""))
    _look_at_input(found, settings, device)
    _look_at_artifact(found, settings)
    _look_at_library(found, library if library is not None else settings.library.folder)
    _look_at_network(found, settings)
    return found


def _look_at_input(found: Checkup, settings: "Config", name: str | None) -> None:
    from ..sound.capture import choose, inputs, pick_channels

    try:
        device = choose(inputs(), settings.audio.device if name is None else name)
        found.device = asdict(device)
        pick_channels(device, settings.audio.all_channels)
    except SegueError as exc:
        found.problems.append(Problem("input", str(exc), True))
        return
    rate = settings.audio.sample_rate
    if rate and device.is_jack and rate != device.rate:
        text = f"'{device.name}' runs at {device.rate} Hz, audio.sample_rate asks for {rate}; set audio.sample_rate = 0"
        found.problems.append(Problem("input", text, True))


def _look_at_artifact(found: Checkup, settings: "Config") -> None:
    from ..artifact import default_artifact

    path = Path(settings.engine.artifact) if settings.engine.artifact else default_artifact()
    found.artifact = str(path)
    try:
        from ..engine import Engine

        found.artifact_sha256 = Engine(path).artifact.sha256
    except SegueError as exc:
        found.problems.append(Problem("artifact", str(exc), True))


def _look_at_library(found: Checkup, folder: Path) -> None:
    found.library = {"path": str(folder), "tracks": 0, "cues": 0, "hops": 0}
    if not (folder / "manifest.json").exists() and not (folder / "catalogue.sqlite").exists():
        text = f"there is no library at {folder}; make one: segue index FOLDER --library '{folder}'"
        found.problems.append(Problem("library", text, False))
        return
    if not found.artifact_sha256:
        return  # what a library is bound to is not known; the artifact's problem comes first
    from ..library.snapshot import Snapshot

    try:
        snapshot = Snapshot.load(folder, found.artifact_sha256)
    except SegueError as exc:
        found.problems.append(Problem("library", str(exc), True))
        return
    found.library |= {"tracks": len(snapshot.tracks), "cues": len(snapshot.keys), "hops": snapshot.hops}
    if not snapshot.tracks:
        text = f"the library at {folder} is empty; add music: segue index FOLDER --library '{folder}'"
        found.problems.append(Problem("library", text, False))


def _look_at_network(found: Checkup, settings: "Config") -> None:
    from ..osc.receiver import Receiver
    from ..osc.sender import Sender

    osc = settings.osc
    try:
        with Sender([], osc.root) as sender, Receiver(osc.listen_host, osc.listen_port, sender, osc.root):
            pass
    except OscError as exc:
        found.problems.append(Problem("port", str(exc), True))
    for target in osc.targets:
        with contextlib.suppress(OSError):
            socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
            continue
        text = (
            f"no address is known for the OSC target '{target.host}'; correct osc.targets, or give its number: "
            "the daemon goes on asking"
        )
        found.problems.append(Problem("target", text, False))
