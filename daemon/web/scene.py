"""What the stage page shows: messages gathered into sections of names and values, and what changed in them.

Conventions
-----------
A section is ``live``, ``now``, ``now2``, ``n1`` to ``n8``, ``next``, ``status``, ``log``, ``library`` or ``wishes``;
its names are the last parts of the addresses. Slots change at a commit alone, so nobody sees half a list. What no
part of the page reads is left out. One thread uses it.
"""

from collections.abc import Iterable
from typing import Final

from ..messages import Argument, Message

Changes = dict[str, dict[str, Argument]]
"""Values by section and name."""

_LIVE: Final = frozenset(("bpm", "phase", "beat_in_bar", "key", "mode", "low", "mid", "high"))
_DECK: Final = frozenset(
    ("valid", "conf", "pos_s", "len_s", "remain_s", "tempo_ratio", "mix_out_s", "mix_out_beats", "level")
)
_SLOT: Final = frozenset(
    ("score", "cue_in_s", "mix_out_s", "mix_out_beats", "mix_len_beats", "tempo_ratio", "energy", "key_rel", "locked")
)
_WARNING = 2
_DECIMALS = 3


class Scene:
    """Gathers what stands.

    Parameters
    ----------
    root
        Of the addresses.
    """

    def __init__(self, root: str) -> None:
        self._skip = len(root) + 1
        self._state: Changes = {}
        self._changed: Changes = {}
        self._coming: Changes | None = None
        self._logs = 0

    def take(self, messages: Iterable[Message]) -> None:
        """Take messages in sending order."""
        for message in messages:
            self._take(message.address[self._skip :].split("/"), message.args)

    def put(self, section: str, name: str, value: Argument) -> None:
        """Say what a value is."""
        if value.__class__ is float:
            value = round(value, _DECIMALS)
        held = self._state.setdefault(section, {})
        if name not in held or held[name] != value:
            held[name] = value
            self._changed.setdefault(section, {})[name] = value

    def whole(self) -> Changes:
        """Give everything that stands, as a copy."""
        return {section: dict(values) for section, values in self._state.items()}

    def changes(self) -> Changes:
        """Give what changed since the last call."""
        changed, self._changed = self._changed, {}
        return changed

    def _take(self, parts: list[str], args: tuple[Argument, ...]) -> None:
        match parts:
            case ["live", "t_ms"]:
                self.put("live", "t", float(args[0]) / 1000.0)
            case ["live", name] if name in _LIVE:
                self.put("live", name, args[0])
            case ["now" | "now2" as deck, name]:
                self._take_deck(deck, name, args)
            case ["next", name]:
                self._take_list(name, args)
            case ["next", slot, name]:
                self._take_slot(slot, name, args)
            case ["status", name]:
                self._take_status(name, args)

    def _take_deck(self, deck: str, name: str, args: tuple[Argument, ...]) -> None:
        if name == "track":
            self._label(deck, ("id", "artist", "title", "key"), args[1:])
            self.put(deck, "valid", 1)
        elif name == "none":
            self.put(deck, "valid", 0)
        elif name in _DECK:
            self.put(deck, name, args[0])

    def _take_list(self, name: str, args: tuple[Argument, ...]) -> None:
        if name == "begin":
            self._coming = {}
        elif name == "commit":
            for slot, values in (self._coming or {}).items():
                for each, value in values.items():
                    self.put(slot, each, value)
            self._coming = None
            self.put("next", "rev", args[0])

    def _take_slot(self, slot: str, name: str, args: tuple[Argument, ...]) -> None:
        if name == "track":
            named = dict(zip(("id", "artist", "title", "key", "reasons"), args[1:], strict=False))
        elif name in _SLOT:
            named = {name: args[0]}
        else:
            return
        if self._coming is not None:
            self._coming.setdefault(slot, {}).update(named)
        else:  # a countdown comes by itself
            self._label(slot, tuple(named), tuple(named.values()))

    def _take_status(self, name: str, args: tuple[Argument, ...]) -> None:
        if name == "info":
            version, source, _, library = args
            self._label("status", ("version", "input", "library"), (version, source, library))
        elif name == "log":
            if int(args[0]) >= _WARNING:
                self._logs += 1
                self._label("log", ("number", "text"), (self._logs, args[1]))
        elif name == "state":
            self.put("status", name, args[0])

    def _label(self, section: str, names: tuple[str, ...], values: tuple[Argument, ...]) -> None:
        for name, value in zip(names, values, strict=False):
            self.put(section, name, value)
