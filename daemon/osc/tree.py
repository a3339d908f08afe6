"""The namespace as a tree of OSCQuery nodes, made from the two tables.

Conventions
-----------
Addresses are whole, root included. What goes out can be read (ACCESS 1) and has the arguments that were sent last; what
comes in can be written (2) and has no value here. Answers to one caller are left out, since nobody else hears them. A
range is given for numbers alone: Chataigne takes any range of a string for a list of choices.

Source
------
The OSCQuery proposal (github.com/Vidvox/OSCQueryProposal), and what Chataigne and libossia read of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..messages import SLOTS, TABLE, Argument, Spec
from .inputs import INPUTS, Input, spelt

ATTRIBUTES: Final = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION")
READ, WRITE = 1, 2
_PARTS: Final = {
    "status": "the machine and the program",
    "live": "what is heard, whatever plays",
    "ev": "events",
    "now": "the playing track",
    "now2": "the second track of a blend",
    "next": "what could come next",
    "ctl": "what the DJ can say",
}


@dataclass(slots=True)
class Node:
    """One part of an address."""

    path: str
    tags: str = ""
    """Empty for a part that only holds others."""
    access: int = 0
    meaning: str = ""
    range: list[dict[str, float]] = field(default_factory=list)
    """For each argument what it may be; empty where nothing is known."""
    parts: dict[str, "Node"] = field(default_factory=dict)

    def json(self, values: Mapping[str, tuple[Argument, ...]]) -> dict[str, Any]:
        """Give the node and all below it, with the values that were sent last."""
        told: dict[str, Any] = {"FULL_PATH": self.path, "ACCESS": self.access}
        if self.meaning:
            told["DESCRIPTION"] = self.meaning
        if self.tags:
            told["TYPE"] = self.tags
        if self.range:
            told["RANGE"] = self.range
        if self.access == READ and self.path in values:
            told["VALUE"] = list(values[self.path])
        if self.parts:
            told["CONTENTS"] = {name: part.json(values) for name, part in self.parts.items()}
        return told


class Tree:
    """All nodes below one root.

    Parameters
    ----------
    root
        ``osc.root`` of the settings.
    """

    def __init__(self, root: str = "/segue") -> None:
        self.nodes: dict[str, Node] = {"/": Node("/")}
        """By their whole address."""
        for spec in TABLE:
            if spec.planes:
                for k in range(1, SLOTS + 1) if "/nK/" in spec.address else (0,):
                    self._grow(root, spec.address.replace("/nK/", f"/n{k}/"), spec.tags, READ, spec.meaning, _out(spec))
        for each in INPUTS:
            for address in spelt(each):
                self._grow(root, address, each.needed or "I", WRITE, each.effect, _in(each))

    @property
    def readable(self) -> frozenset[str]:
        """Addresses that can be listened to."""
        return frozenset(path for path, node in self.nodes.items() if node.access == READ)

    def _grow(
        self, root: str, below: str, tags: str, access: int, meaning: str, reach: Iterable[dict[str, float]]
    ) -> None:
        node, path = self.nodes["/"], ""
        for part in (root + below).split("/")[1:]:
            path += f"/{part}"
            if path not in self.nodes:
                self.nodes[path] = node.parts[part] = Node(path, meaning=_PARTS.get(path.removeprefix(f"{root}/"), ""))
            node = self.nodes[path]
        node.tags, node.access, node.meaning, node.range = tags, access, meaning, list(reach)


def _out(spec: Spec) -> list[dict[str, float]]:
    return [_reach(spec.low, spec.high)] if spec.tags in ("i", "f") and (spec.low, spec.high) != (None, None) else []


def _in(each: Input) -> list[dict[str, float]]:
    if each.low is None:
        return []
    return [{}] * (len(each.needed) - 1) + [_reach(each.low, each.high)]


def _reach(low: float | None, high: float | None) -> dict[str, float]:
    return {name: edge for name, edge in (("MIN", low), ("MAX", high)) if edge is not None}
