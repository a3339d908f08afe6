"""Segue's messages for programs with addresses of their own: rules in a file say what becomes what.

Conventions
-----------
A rule takes one argument of one address. ``range`` brings a number to 0..1, and what lies outside (an unknown value has
a sentinel there) is not sent. A value that has not changed is sent again only after five seconds, since the other
program may have been started anew; one that a rule names is sent every time.
"""

import tomllib
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, ValidationError, field_validator

from ..config import Port, Table
from ..errors import ConfigError
from ..messages import Argument
from ..osc.packet import Incoming

Address = Annotated[str, Field(pattern=r"^(/[!-.0-~]+)+$", max_length=200)]
Value = int | float | str

AGAIN_S = 5.0
"""After so long a value that still comes is sent again though it is the same."""


class Sent(NamedTuple):
    """One message to send."""

    address: str
    tags: str
    args: tuple[Argument, ...]


class Rule(Table):
    """One ``[[map]]`` of the file."""

    hear: Address
    send: Address
    argument: int = Field(default=1, ge=1, le=64)
    range: list[float] = Field(default=[])
    only: Value | None = None
    value: Value | None = None

    @field_validator("range")
    @classmethod
    def _two(cls, limits: list[float]) -> list[float]:
        if limits and (len(limits) != 2 or limits[0] >= limits[1]):
            raise ValueError("should be [lowest, highest]")
        return limits


class Rules(Table):
    """The whole file."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Port
    map: list[Rule] = Field(min_length=1)


def load(file: Path) -> Rules:
    """Read a file of rules.

    Raises
    ------
    ConfigError
        If it cannot be read or has faults.
    """
    try:
        return Rules.model_validate(tomllib.loads(file.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read the rules {file}: {exc}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file} is not TOML: {exc}") from exc
    except ValidationError as exc:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors(include_url=False))
        raise ConfigError(f"{file}: " + "; ".join(faults)) from exc


class Relay:
    """Applies rules to what comes."""

    def __init__(self, rules: Rules) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules.map:
            self._rules.setdefault(rule.hear, []).append(rule)
        self._last: dict[str, tuple[Value, float]] = {}

    def step(self, message: Incoming, now_s: float) -> list[Sent]:
        """Give what one message of the daemon becomes, at a time of any steady clock."""
        sent = []
        for rule in self._rules.get(message.address, ()):
            value = _value(rule, message.args)
            if value is None:
                continue
            last, sent_s = self._last.get(rule.send, (None, now_s))
            if rule.value is None and last == value and now_s - sent_s < AGAIN_S:
                continue
            self._last[rule.send] = value, now_s
            tag = "s" if isinstance(value, str) else "f" if isinstance(value, float) else "i"
            sent.append(Sent(rule.send, tag, (value,)))
        return sent


def _value(rule: Rule, args: tuple[Argument, ...]) -> Value | None:
    if len(args) < rule.argument:
        return None
    value = args[rule.argument - 1]
    if rule.only is not None and value != rule.only:
        return None
    if rule.value is not None:
        return rule.value
    if rule.range:
        low, high = rule.range
        return (value - low) / (high - low) if not isinstance(value, str) and low <= value <= high else None
    return value
