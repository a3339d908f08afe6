"""Every address that Segue sends, in one table, and the builder that makes a message of plain values.

Conventions
-----------
Addresses in ``TABLE`` stand below the root (a setting, ``/segue``); ``nK`` stands for the slots ``n1`` to ``n8``.
Arguments are only int32, float32 and string. A float is kept as the decimal number of at most seven significant
digits that the JSON line shows; the packet carries the float32 nearest to it, so a line determines its packet. What is
unknown (None, NaN, infinite) becomes the address's ``unknown``; strings lose NUL and are cut by UTF-8 bytes.
``Message.t`` is stream time in seconds. The JSON lines of a replay are ``Message.to_json`` of what is sent, one each.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from .errors import ConfigError

PROTOCOL: Final = 1
"""Version of the namespace: addresses and tags never change within it, they are only added to."""
SLOTS: Final = 8
"""The most suggestions that the namespace has places for."""
DECKS: Final = ("a", "b", "c", "d")
"""The decks that can be heard by themselves (`audio.decks`), in their order."""
NUM: Final = ("num",)
TEXT: Final = ("text",)
EVENT: Final = ("event",)
BOTH: Final = ("num", "text")
REPLY: Final = ()
PLANES: Final = ("num", "text", "event")

_LIMITS: Final = {"artist": 120, "title": 160, "reasons": 160, "path": 480, "message": 320, "": 32}
_LIMIT: Final = 120
_INT32: Final = 2**31 - 1
_FLOAT32: Final = 3.4e38

Argument = int | float | str


class Message(NamedTuple):
    """One OSC message; a named tuple because hundreds are made per second of sound."""

    t: float
    """Stream time in seconds to which the values belong."""
    address: str
    """With the root."""
    tags: str
    """Type tags without the comma, of ``i``, ``f``, ``s``."""
    args: tuple[Argument, ...]
    planes: tuple[str, ...]
    """Planes it belongs to: ``num``, ``text``, ``event``; none for a reply to one caller."""
    retained: bool
    """Sent again to whoever comes later."""
    paced: bool
    """A periodic number, of which a slow target may miss all but the newest."""

    def to_json(self) -> str:
        """Give the line of a replay: ``{"t": …, "address": …, "args": […]}`` without the newline."""
        shown = ", ".join([json.dumps(a, ensure_ascii=False) if a.__class__ is str else repr(a) for a in self.args])
        return f'{{"t": {self.t!r}, "address": "{self.address}", "args": [{shown}]}}'


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the namespace."""

    address: str
    tags: str
    planes: tuple[str, ...]
    hz: float
    """How often it is sent; 0: on change."""
    names: tuple[str, ...]
    """One word per argument; it also picks a string's limit in bytes."""
    meaning: str
    low: float | None = None
    high: float | None = None
    unknown: int = 0
    """What a number is when it is not known."""
    retained: bool = False
    repeat: str = ""
    """Tags of a group that may follow, up to eight times."""

    @property
    def paced(self) -> bool:
        """Whether a slow target may be given only the newest value."""
        return self.hz > 0 and self.planes == NUM


def _number(tag: str, hz: float, address: str, meaning: str, low: float | None = None, high: float | None = None,
            unknown: int = 0, retained: bool = False) -> Spec:  # fmt: skip
    return Spec(address, tag, NUM, hz, (address.rpartition("/")[2],), meaning, low, high, unknown, retained)


def _playing(name: str, which: str) -> tuple[Spec, ...]:
    return (
        _number("i", 10, f"{name}/valid", f"1 while {which} is named", 0, 1),
        _number("i", 10, f"{name}/rev", "counts the changes of track; the same in the text plane", 0),
        _number("f", 10, f"{name}/conf", "how sure the naming is", 0, 1),
        _number("f", 10, f"{name}/pos_s", "playhead in the track's own time, s", 0, None, -1),
        _number("f", 10, f"{name}/pos_beats", "playhead in beats of the track", 0, None, -1),
        _number("f", 10, f"{name}/len_s", "length of the track in its own time, s", 0, None, -1),
        _number("f", 10, f"{name}/remain_s", "seconds until its end at the speed it plays", 0, None, -1),
        _number("f", 10, f"{name}/tempo_ratio", "playing speed / original speed", 0, None, -1),
        _number("f", 10, f"{name}/mix_out_s", "seconds from now to its next mix-out", 0, None, -1),
        _number("f", 10, f"{name}/mix_out_beats", "beats from now to its next mix-out", 0, None, -1),
        _number("f", 10, f"{name}/level", "its part of the loudness of all that is known to play", 0, 1, -1),
        Spec(f"{name}/track", "issss", TEXT, 0, ("rev", "id", "artist", "title", "key"),
             f"{which}; key in Camelot letters, empty when unknown", retained=True),
        Spec(f"{name}/path", "is", TEXT, 0, ("rev", "path"), "its file, absolute", retained=True),
        Spec(f"{name}/none", "i", EVENT, 0, ("rev",), f"{which} is not known, or no longer"),
    )  # fmt: skip


def _decks() -> Iterator[Spec]:
    for letter in DECKS:
        deck = f"/deck/{letter}"
        yield from _playing(deck, f"the track on deck {letter}")
        yield _number("i", 10, f"{deck}/on_air", "1 while it is named in the master, as now or now2", 0, 1)


_SLOT: Final = (
    _number("f", 0, "/next/nK/score", "0..1; 0: an empty slot", 0, 1, 0, True),
    _number("f", 0, "/next/nK/cue_in_s", "where to start in the next track, s", 0, None, -1, True),
    _number("f", 0, "/next/nK/cue_in_beats", "the same in beats", 0, None, -1, True),
    _number("f", 2, "/next/nK/mix_out_s",
            "seconds from now to where the playing track is left; 0: past, the next one follows", 0, None, -1, True),
    _number("f", 2, "/next/nK/mix_out_beats", "the same in beats", 0, None, -1, True),
    _number("f", 0, "/next/nK/mix_len_beats", "length of the blend in beats of the playing track", 0, None, -1, True),
    _number("f", 0, "/next/nK/tempo_ratio", "speed that the next track needs / original", 0, None, -1, True),
    _number("f", 0, "/next/nK/bpm", "original tempo of the next track", 0, None, 0, True),
    _number("f", 0, "/next/nK/energy", "its mean energy", 0, 1, -1, True),
    _number("i", 0, "/next/nK/key_rel",
            "0 same key, ±1 neighbour, 2 relative, 3 energy boost, 9 clash, -1 unknown", -1, 9, -1, True),
    _number("i", 0, "/next/nK/locked", "1: kept across refreshes", 0, 1, 0, True),
    Spec("/next/nK/track", "isssss", TEXT, 0, ("rev", "id", "artist", "title", "key", "reasons"),
         "the next track and why", retained=True),
    Spec("/next/nK/path", "iss", TEXT, 0, ("rev", "id", "path"), "its file, absolute", retained=True),
    Spec("/next/nK/cues", "is", TEXT, 0, ("rev", "id"), "then seconds and label of each cue-in",
         retained=True, repeat="fs"),
)  # fmt: skip

TABLE: Final[tuple[Spec, ...]] = (
    Spec("/status/alive", "iiii", EVENT, 1, ("protocol", "ms", "rev", "state"),
         "protocol 1; ms of stream; rev of the suggestions; state 0 starting, 1 listening, 2 no signal, 3 paused, "
         "4 loading library, 5 error", retained=True),
    _number("i", 1, "/status/state", "the state alone", 0, 5),
    _number("i", 1, "/status/xruns", "samples or blocks lost by the input, counted", 0),
    _number("f", 1, "/status/level", "input level, -70 LUFS to 0 LUFS as 0..1", 0, 1),
    _number("f", 1, "/status/load", "compute time / hop", 0),
    Spec("/status/info", "ssss", TEXT, 0, ("version", "input", "artifact", "library"), "who speaks", retained=True),
    Spec("/status/log", "is", TEXT, 0, ("level", "message"), "level 0 debug, 1 note, 2 warning, 3 error", 0, 3),
    _number("f", 20, "/live/bpm", "tempo of what is heard; 0 unknown", 0),
    _number("f", 20, "/live/bpm_conf", "how sure the tempo is", 0, 1),
    _number("f", 20, "/live/phase", "place in the beat", 0, 1),
    _number("f", 20, "/live/bar_phase", "place in the bar", 0, 1),
    _number("f", 20, "/live/beat", "running count of beats", 0),
    _number("i", 20, "/live/beat_in_bar", "1-4; 0 unknown", 0, 4),
    _number("i", 2, "/live/key", "pitch class, 0 is C", 0, 11, -1),
    _number("i", 2, "/live/mode", "0 minor, 1 major", 0, 1, -1),
    _number("i", 2, "/live/camelot", "1-12; 0 unknown", 0, 12),
    _number("f", 2, "/live/key_conf", "how sure the key is", 0, 1),
    _number("f", 20, "/live/lufs_m", "momentary loudness (0.4 s), LUFS", -70, 10, -70),
    _number("f", 20, "/live/lufs_s", "short-term loudness (3 s), LUFS", -70, 10, -70),
    _number("f", 20, "/live/energy", "energy", 0, 1),
    _number("f", 20, "/live/low", "low band", 0, 1),
    _number("f", 20, "/live/mid", "middle band", 0, 1),
    _number("f", 20, "/live/high", "high band", 0, 1),
    _number("i", 20, "/live/silence", "1 while nothing is heard", 0, 1),
    _number("i", 20, "/live/t_ms", "stream clock of this frame, ms", 0),
    Spec("/ev/beat", "iif", EVENT, 0, ("count", "beat_in_bar", "bpm"), "a beat"),
    Spec("/ev/downbeat", "i", EVENT, 0, ("count",), "first beat of a bar, with the beat's count"),
    Spec("/ev/phrase", "i", EVENT, 0, ("count",), "first beat of a phrase, with the beat's count"),
    Spec("/ev/transition", "i", EVENT, 0, ("count",), "a change of track has been heard"),
    *_playing("/now", "the playing track"),
    *_playing("/now2", "the second track of a blend"),
    *_decks(),
    Spec("/next/begin", "ii", BOTH, 0, ("rev", "count"), "slots follow", retained=True),
    *_SLOT,
    Spec("/next/commit", "ii", BOTH, 0, ("rev", "count"), "apply what came since the begin of this rev", retained=True),
    Spec("/ack", "iss", REPLY, 0, ("request", "address", "detail"), "done; request id 0 when none was given"),
    Spec("/error", "iiss", REPLY, 0, ("request", "code", "address", "text"),
         "400 arguments, 403 not allowed, 404 unknown, 409 stale rev, 429 too often, 500"),
    Spec("/get/done", "si", REPLY, 0, ("prefix", "count"), "end of the answer to /get"),
)  # fmt: skip
"""The namespace, outgoing. ``/pong`` is missing because it repeats whatever arguments came with ``/ping``."""


def plain_float(value: Any, unknown: float = 0.0) -> float:
    """Give a finite float of at most seven significant digits, ``unknown`` for anything else."""
    try:
        if -_FLOAT32 < value < _FLOAT32:  # false for NaN too
            return float(f"{value:.7g}")
    except TypeError:
        pass
    return float(unknown)


def plain_int(value: Any, unknown: int = 0) -> int:
    """Give an int32, ``unknown`` for None and NaN; larger numbers stop at the limit."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return unknown
    return max(-_INT32 - 1, min(_INT32, number))


def plain_text(value: Any, limit: int = _LIMIT) -> str:
    """Give a string without NUL that takes at most ``limit`` bytes as UTF-8, cut on a code point."""
    text = "" if value is None else str(value).replace("\0", "")
    data = text.encode("utf-8", "replace")  # a file name may hold surrogates, which are no text
    return data[:limit].decode("utf-8", "ignore")


class Builder:
    """Makes messages below one root; every address is compiled once."""

    def __init__(self, root: str = "/segue") -> None:
        if not re.fullmatch(r"(/[A-Za-z_][A-Za-z0-9_]*)+", root) or len(root) > 64:
            raise ConfigError(f"osc.root is {root!r}; wanted a path of letters, digits and '_', such as '/segue'")
        self.root = root
        self._specs: dict[str, Spec] = {}
        for spec in TABLE:
            for k in range(1, SLOTS + 1) if "/nK/" in spec.address else (0,):
                self._specs[spec.address.replace("/nK/", f"/n{k}/")] = spec

    def number(self, address: str) -> Callable[[float, Any], Message]:
        """Compile an address of one number: the result makes a message of ``(t, value)``.

        Raises
        ------
        KeyError
            If the table has no such address.
        """
        spec = self._specs[address]
        if spec.tags not in ("i", "f") or spec.repeat:
            raise KeyError(address)
        full, tags, planes, retained, paced, unknown = (
            self.root + address, spec.tags, spec.planes, spec.retained, spec.paced, spec.unknown,
        )  # fmt: skip
        cast = plain_float if tags == "f" else plain_int

        def make(t: float, value: Any) -> Message:
            return Message(t, full, tags, (cast(value, unknown),), planes, retained, paced)

        return make

    def message(self, t: float, address: str, *values: Any) -> Message:
        """Make any message of the table; values in excess of the tags are groups of ``repeat``, at most eight.

        Raises
        ------
        KeyError
            If the table has no such address.
        ValueError
            If the number of values is not what the tags say.
        """
        spec = self._specs[address]
        tags = spec.tags
        if spec.repeat:
            values = values[: len(tags) + 8 * len(spec.repeat)]
            tags += spec.repeat * ((len(values) - len(tags)) // len(spec.repeat))
        if len(values) != len(tags):
            raise ValueError(f"{address} takes {tags!r}, got {len(values)} values")
        names = spec.names + ("",) * (len(tags) - len(spec.names))
        args: list[Argument] = []
        for tag, name, value in zip(tags, names, values, strict=True):
            if tag == "s":
                args.append(plain_text(value, _LIMITS.get(name, _LIMIT)))
            else:
                args.append(plain_float(value, spec.unknown) if tag == "f" else plain_int(value, spec.unknown))
        return Message(t, self.root + address, tags, tuple(args), spec.planes, spec.retained, spec.paced)
