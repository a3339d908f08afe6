"""Settings as a file: the config.toml that ships, every line with its reason, and in it the values of one's own.

Conventions
-----------
``config.toml`` at the top of the repository is the only source; it is installed as ``data/config.toml``. A setting
stands on one line, its comment behind it; ``[[osc.targets]]`` is written once for each target.
"""

import json
import re
from importlib.resources import files
from typing import Any

from .config import Config, Target

_HEAD = """\
# The settings of Segue, written by `segue setup`. Change what you like: a daemon that runs reads this file again. What
# is left out has its default. Paths may start with ~ and are relative to this file.
"""
_HEADER = re.compile(r"^\[(\[?)([a-z_.]+)\]\]?")
_SETTING = re.compile(r"^(\w+)(\s*=\s*)(.*?)(\s+# .*)?$")


def filled(config: Config) -> str:
    """Write settings, each with its comment.

    Parameters
    ----------
    config
        The settings; a file that ``config.load`` reads to the same.
    """
    shipped = (files(__package__) / "data" / "config.toml").read_text("utf-8")
    blocks = re.split(r"\n(?=\[)", shipped)
    values = config.model_dump()
    made = [_HEAD]
    for block in blocks[1:]:
        lines = block.rstrip("\n").split("\n")
        header = _HEADER.match(lines[0])
        assert header is not None
        names = header[2].split(".")
        if header[1]:
            made += [_block(lines, target.model_dump(), bare=at > 0) for at, target in enumerate(config.osc.targets)]
            continue
        table: dict[str, Any] = values
        for name in names:
            table = table[name]
        text = _block(lines, table, bare=False)
        if names == ["osc"] and not config.osc.targets:
            text += "targets = []               # nobody is sent messages unasked; receivers subscribe\n"
        made.append(text)
    return "\n".join(made)


def _block(lines: list[str], table: dict[str, Any], *, bare: bool) -> str:
    """Write one table with its values; the same table a second time goes without its comments."""
    made = []
    for line in lines:
        setting = _SETTING.match(line)
        if setting is None:
            made.append(line.split("#")[0].rstrip() if bare else line)
            continue
        name, equals, old, comment = setting.groups()
        value = literal(table[name])
        room = len(old) + len(comment or "") - len((comment or "").lstrip())
        padding = " " * max(2, room - len(value))
        made.append(f"{name}{equals}{value}" + ("" if bare or not comment else padding + comment.strip()))
    return "\n".join(made).rstrip("\n") + "\n"


def literal(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


RECEIVERS: dict[str, tuple[Target, ...]] = {
    "touchdesigner": (
        Target(host="127.0.0.1", port=17110, planes=["num"], rate_hz=60.0),
        Target(host="127.0.0.1", port=17111, planes=["text", "event"]),
    ),
    "ableton": (Target(host="127.0.0.1", port=17120),),
    "max": (Target(host="127.0.0.1", port=17130),),
    "puredata": (Target(host="127.0.0.1", port=17140),),
}
"""What the receivers in ``examples/`` listen on, by name."""
