"""Everything that Segue raises on purpose: one family, one sentence each.

Conventions
-----------
A message says what was got, what was wanted, and what to do. Foreign exceptions are translated once, in the file
that owns the library, with ``raise … from exc``; the command line prints the sentence and sets the exit status.
"""


class SegueError(Exception):
    """Something a person can act on; ``exit_status`` is what the command line ends with."""

    exit_status = 1


class ConfigError(SegueError):
    """A setting or an argument that cannot be used as given."""

    exit_status = 2


class DeviceError(SegueError):
    """No sound: the input device is missing, busy or refuses what was asked of it."""


class ArtifactError(SegueError):
    """The ONNX artifact is missing, broken, or breaks the graph's contract."""


class LibraryError(SegueError):
    """The library folder is missing, damaged, or was built by another artifact."""


class DecodeError(SegueError):
    """A file that is no sound, or none that can be read."""


class OscError(SegueError):
    """A port that is taken, a target that cannot be reached, a packet that breaks the protocol."""


class WishError(SegueError):
    """Something that cannot be done with the list of suggestions as it stands; ``code`` as in the OSC namespace."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
