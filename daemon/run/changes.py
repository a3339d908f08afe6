"""Watches the config file while the daemon runs: what can change takes effect between two pieces of sound.

Conventions
-----------
``watch`` has a thread of its own and only reads; ``apply`` is called by the worker's thread, and what it calls works on
the pipeline. A file is read once it has stood still for a look, so that half of it is never taken for the whole. One
that has faults, or has gone, leaves everything as it was.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from ..config import Audio, Config, find, load

if TYPE_CHECKING:
    from ..librarian import Report

LIVE = ("suggest.", "track.confidence", "osc.targets", "audio.device")
"""How the names of settings start that can change while the daemon runs; the others wait for the next start, and
another input does too where its channels or its rate are other ones than those that are being heard."""
_LOOK_S = 1.0
_NOTES = 16


class Changes:
    """Finds what has changed in the config.

    Parameters
    ----------
    named
        What ``--config`` named; None: the user's own file.
    config
        The settings as they were read at the start.
    clock
        Waits between two looks.
    """

    def __init__(self, named: Path | None, config: Config, clock: Clock) -> None:
        self._named = named
        self._config = config
        self._form = _form(config.audio)
        self._clock = clock
        self._read = self._seen = _stamp(find(named))
        self._fresh: tuple[Config, Config] | None = None
        self._notes: deque[tuple[int, str]] = deque(maxlen=_NOTES)

    def watch(self, stop: threading.Event) -> None:
        """Look once a second until told to stop."""
        while not self._clock.wait(stop, _LOOK_S):
            self.look()

    def look(self) -> None:
        """Read the file if it has changed and has stood still since the last look."""
        stamp = _stamp(find(self._named))
        still, self._seen = stamp == self._seen, stamp
        if stamp is None or stamp == self._read or not still:
            return
        self._read = stamp
        try:
            config = load(self._named)
        except Exception as exc:  # whatever stands there, the next edit is to be read too
            self._notes.append((3, f"{' '.join(str(exc).split())}; the settings before stay"))
            return
        changed = differences(self._config, config)
        held = "audio.device" if _form(config.audio) != self._form else ""
        live = [name for name in changed if name.startswith(LIVE) and name != held]
        later = [name for name in changed if name not in live]
        if held:  # it would be opened with the channels of the one before
            audio = config.audio.model_copy(update={"device": self._config.audio.device})
            config = config.model_copy(update={"audio": audio})
        if live:
            self._fresh = (self._fresh[0] if self._fresh is not None else self._config, config)
            self._notes.append((1, f"changed in the config: {', '.join(live)}"))
        self._config = config
        if later:
            self._notes.append((2, f"changed in the config, takes effect at the next start: {', '.join(later)}"))

    def apply(self, adopt: Callable[[Config, Config], None], tell: "Report") -> None:
        """Hand over the settings before and those now if they differ, and what there is to say of that."""
        while self._notes:
            tell(*self._notes.popleft())
        fresh, self._fresh = self._fresh, None
        if fresh is None:
            return
        try:
            adopt(*fresh)
        except Exception as exc:  # on stage the music goes on, and so do we
            tell(3, f"the changed config could not be taken over: {type(exc).__name__}: {exc}")


def differences(old: Config, new: Config) -> list[str]:
    """Name the settings that differ, as ``suggest.weights.key``."""
    before, after = _flat(old.model_dump()), _flat(new.model_dump())
    return [name for name, value in after.items() if before[name] != value]


def _form(audio: Audio) -> tuple[object, ...]:
    """What of an input cannot change while it is heard."""
    return audio.channels, audio.decks, audio.sample_rate


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return found


def _stamp(file: Path | None) -> tuple[int, int, int] | None:
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)
