"""A double of TouchDesigner, as far as the example's script uses it.

Parameter names are those of Derivative's documentation (docs.derivative.ca, 2023 builds); a name that an operator does
not have is missing here too, as it would be there. The OSC In CHOP names channels as the documentation says: after the
address, without its first slash; letters, digits and ``_ - : /`` stay and everything else becomes ``_``; a message with
several numbers makes one channel for each, with an underscore and a number; only numbers are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from types import SimpleNamespace as Some
from typing import Any

PARAMETERS = {
    "baseCOMP": (),
    "oscinCHOP": ("active", "protocol", "netaddress", "port", "localaddress", "queued"),
    "selectCHOP": ("chop", "channames", "renamefrom", "renameto"),
    "oscinDAT": ("active", "protocol", "port", "addscope", "typetag", "splitbundle", "splitmessage", "bundletimestamp",
                 "callbacks", "executeloc", "clamp", "maxlines"),
    "oscoutDAT": ("active", "protocol", "address", "port", "localaddress"),
    "textDAT": ("file",),
    "tableDAT": ("file",),
    "executeDAT": ("active", "executeloc", "start", "create", "exit", "framestart", "frameend"),
    "parameterexecuteDAT": ("active", "executeloc", "op", "pars", "valuechange", "onpulse", "custom", "builtin"),
    "circleTOP": ("radiusx", "radiusy", "fillcolorr", "fillcolorg", "fillcolorb"),
    "textTOP": ("text", "fontsizex", "dat"),
    "overTOP": ("operand",),
}  # fmt: skip


def channel_names(address: str, args: tuple[Any, ...]) -> list[str]:
    """Name the channels that an OSC In CHOP makes of a message."""
    name = re.sub(r"[^A-Za-z0-9_\-:/]", "_", address.removeprefix("/"))
    numbers = [value for value in args if isinstance(value, int | float)]
    return [name] if len(args) == 1 and numbers else [f"{name}_{k}" for k in range(1, len(numbers) + 1)]


class Par:
    def __init__(self, name: str, owner: Any = None) -> None:
        self.name, self.owner = name, owner
        self.val: Any = 0
        self.expr = ""

    def eval(self) -> Any:
        return self.val


class Cell:
    def __init__(self, value: Any) -> None:
        self.val = str(value)


class Op:
    """A node: a component, a table or text."""

    def __init__(self, kind: str, name: str, parent: Op | None, world: dict[str, Any]) -> None:
        self.kind, self.name, self._parent, self._world = kind, name, parent, world
        self.par = Some(**{word: Par(word) for word in PARAMETERS[kind]})
        self.children: dict[str, Op] = {}
        self.inputConnectors = [Some(connect=self._inputs(k)) for k in range(2)]
        self.inputs: dict[int, Op] = {}
        self.sent: list[tuple[str, list[Any]]] = []
        self.nodeX = self.nodeY = 0
        self.viewer = False
        self.text = ""
        self._cells: list[list[Cell]] = []
        self._module: ModuleType | None = None

    @property
    def path(self) -> str:
        return f"{self._parent.path if self._parent else ''}/{self.name}"

    def _inputs(self, k: int) -> Any:
        return lambda source: self.inputs.__setitem__(k, source)

    def create(self, kind: str, name: str) -> Op:
        assert name not in self.children
        self.children[name] = Op(kind, name, self, self._world)
        return self.children[name]

    def destroy(self) -> None:
        assert self._parent is not None
        del self._parent.children[self.name]

    def parent(self) -> Op | None:
        return self._parent

    def op(self, path: str) -> Op | None:
        return self._parent if path == ".." else self.children.get(path)

    # Custom parameters

    def appendCustomPage(self, name: str) -> Op:  # noqa: N802
        return self

    def _append(self, name: str) -> list[Some]:
        assert re.fullmatch(r"[A-Z][a-z0-9]*", name), "a custom parameter's name is one capital, then small letters"
        setattr(self.par, name, Par(name, self))
        return [getattr(self.par, name)]

    appendInt = appendFloat = appendPulse = _append  # noqa: N815

    # Tables

    @property
    def numRows(self) -> int:  # noqa: N802
        return len(self._cells)

    def clear(self) -> None:
        self._cells = []

    def appendRow(self, values: list[Any]) -> None:  # noqa: N802
        self._cells.append([Cell(value) for value in values])

    def row(self, r: int) -> list[Cell]:
        return self._cells[r]

    def _column(self, c: int | str) -> int:
        return c if isinstance(c, int) else [cell.val for cell in self._cells[0]].index(c)

    def __getitem__(self, at: tuple[int, int | str]) -> Cell:
        return self._cells[at[0]][self._column(at[1])]

    def __setitem__(self, at: tuple[int, int | str], value: Any) -> None:
        self._cells[at[0]][self._column(at[1])] = Cell(value)

    # Scripts and OSC

    def sendOSC(self, address: str, values: list[Any]) -> None:  # noqa: N802
        self.sent.append((address, values))

    @property
    def module(self) -> ModuleType:
        """Its text, run once, with what TouchDesigner gives a script."""
        if self._module is None:
            parent = self._parent
            assert parent is not None
            given = {**self._world, "me": self, "op": parent.op, "parent": lambda: parent}
            self._module = ModuleType(self.name)
            vars(self._module).update(given)
            exec(compile(self.text, self.name, "exec"), vars(self._module))
        return self._module

    def walk(self) -> Iterator[Op]:
        yield self
        for child in self.children.values():
            yield from child.walk()


def run(script: str) -> Op:
    """Run a script as from a Text DAT's menu; give the component that it lies in."""
    world: dict[str, Any] = {kind: kind for kind in PARAMETERS}
    world |= {"absTime": Some(frame=1, seconds=0.0), "project": Some(cookRate=60.0)}
    top = Op("baseCOMP", "project1", None, world)
    dat = top.create("textDAT", "text1")
    dat.text = script
    assert dat.module
    return top
