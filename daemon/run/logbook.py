"""The log file of a daemon that nobody watches: what it reported, with the time, and never more than a few megabytes.

Conventions
-----------
A full file is renamed ``.1`` and the older ones with it; the oldest goes. A disk that is full costs lines, not the
set. Everything that is logged anywhere in the program goes there too, with its traceback.
"""

import contextlib
import logging
import logging.handlers
from pathlib import Path

import platformdirs

from ..errors import ConfigError

MEGABYTES = 1
KEPT = 3
"""Files besides the one that is written to."""
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


class _Quiet(logging.handlers.RotatingFileHandler):
    """Loses what it cannot write, without a word."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        del record


class Logbook:
    """A log file, open.

    Parameters
    ----------
    path
        The file; its folder is made.

    Raises
    ------
    ConfigError
        If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = _Quiet(path, maxBytes=MEGABYTES << 20, backupCount=KEPT, encoding="utf-8", errors="replace")
        except OSError as exc:
            raise ConfigError(f"the log {path} cannot be written ({exc.strerror or exc}); name another file") from exc
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._handler = handler
        self._own = logging.Logger("segue.report")  # apart from the rest, or it would reach the screen twice
        self._own.addHandler(handler)
        logging.getLogger().addHandler(handler)

    def write(self, level: int, text: str) -> None:
        """Add what was reported; level 0 debug, 1 note, 2 warning, 3 error."""
        self._own.log(_LEVELS[level], "%s", text)

    def fail(self, text: str) -> None:
        """Add what ended the program, with the traceback of what is being handled."""
        self._own.error("%s", text, exc_info=True)

    def close(self) -> None:
        """Let the file go."""
        logging.getLogger().removeHandler(self._handler)
        with contextlib.suppress(OSError):
            self._handler.close()


def usual() -> Path:
    """Tell where the platform wants a program's log (``~/.local/state/segue/log/segue.log`` on Linux)."""
    return platformdirs.user_log_path("segue", appauthor=False) / "segue.log"
