"""Every address that Segue takes, in one table: what receiver, checks, `docs/osc.md` and OSCQuery know of it.

Conventions
-----------
Addresses stand below the root; ``NAME`` stands for the weights of ``[suggest.weights]``. A number may come as any type
that OSC has for one. After the arguments an int may follow, the request id.
"""

from dataclasses import dataclass
from typing import Final

from ..config import Weights
from ..messages import SLOTS
from ..signal.pulse import BPM


@dataclass(frozen=True, slots=True)
class Input:
    """One row of the namespace, incoming."""

    address: str
    tags: str
    """Of all its arguments; empty for a button."""
    names: tuple[str, ...]
    """One for each argument; what may be left out shows its default, ``rate_hz=20``, or an empty one, ``rev=``."""
    effect: str
    low: float | None = None
    high: float | None = None
    """Of the last of the arguments that are needed."""
    once: bool = False
    """Held or repeated it counts once."""

    @property
    def needed(self) -> str:
        """Tags of what cannot be left out; none: a button."""
        return "".join(tag for tag, name in zip(self.tags, self.names, strict=True) if "=" not in name)

    @property
    def own(self) -> int:
        """Arguments before a request id; a button's value is one."""
        return max(1, len(self.tags))

    @property
    def control(self) -> bool:
        """Whether it is for the pipeline."""
        return self.address.startswith("/ctl/")


INPUTS: Final[tuple[Input, ...]] = (
    Input("/sub", "isfi", ("port", "planes=all", "rate_hz=20", "ttl_s=60"),
          "send to this port at the sender's address until ttl_s is over, starting with the retained state; again to "
          "renew; at most 16", 1, 65535),
    Input("/unsub", "i", ("port",), "stop that", 1, 65535),
    Input("/respond", "i", ("port",),
          "where this sender hears answers; without it, where its packets come from", 1, 65535),
    Input("/get", "s", ("prefix=all",), "the retained state below a prefix, then `/get/done`"),
    Input("/ctl/now", "s", ("id or path",),
          "this track plays, whatever is heard, until another one is heard alone for 20 s; an empty string goes by "
          "hearing again; 404 if the library has no such track"),
    Input("/ctl/accept", "ii", ("slot", "rev="), "this suggestion is taken: it stays, and more like it is wanted; 409 "
          "if a rev is given and the list has changed since", 1, SLOTS, once=True),
    Input("/ctl/reject", "ii", ("slot", "rev="),
          "it is dropped for this set, and less like it is wanted; 409 as above", 1, SLOTS, once=True),
    Input("/ctl/lock", "ii", ("slot", "on"), "it is kept whatever is better (1), or let go (0)", 0, 1),
    Input("/ctl/exclude", "s", ("slot, id or path",), "this track is not suggested until the program ends",
          once=True),
    Input("/ctl/include", "s", ("id or path",),
          "it may be suggested again; an empty string: all that were excluded"),
    Input("/ctl/weight", "sf", ("name", "value"), "how much a kind of evidence counts, as `[suggest.weights]`", 0, 1),
    Input("/ctl/weight/NAME", "f", ("value",), "the same, for a fader: " + ", ".join(Weights.model_fields), 0, 1),
    Input("/ctl/energy", "f", ("direction",), "where the set should go: down, on, up", -1, 1),
    Input("/ctl/count", "i", ("count",), "how many suggestions there are", 1, SLOTS),
    Input("/ctl/refresh", "", (), "the list is made anew", once=True),
    Input("/ctl/pause", "", (), "everything stands still, and goes on when it is pressed again", once=True),
    Input("/ctl/tap", "", (), "a beat, where no track is known: three taps set its tempo and place, more make them "
          "exact; a gap of 2 s begins anew", once=True),
    Input("/ctl/bpm", "f", ("bpm",),
          f"the tempo of what is heard, where no track is known: {BPM[0]:g} to {BPM[-1]:g}; 0 goes by hearing again",
          0, float(BPM[-1])),
    Input("/announce", "", (), "all retained state again, to everybody"),
    Input("/ping", "s", ("anything=",), "`/pong` with the same arguments"),
)  # fmt: skip
"""The namespace, incoming."""


def spelt(each: Input) -> list[str]:
    """Give the addresses that a row stands for."""
    if not each.address.endswith("/NAME"):
        return [each.address]
    return [each.address.replace("NAME", name) for name in Weights.model_fields]
