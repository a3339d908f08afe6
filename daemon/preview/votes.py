"""Votes of a listening test read back: who won how often against whom, and how far that is from chance.

Conventions
-----------
A vote file is what the page saves. A listener's vote on a pair counts once; where two files of one listener differ, the
later one in the command line counts. Votes for no difference are told and left out of the test.

Source
------
The sign test: exact binomial, two-sided; the interval of the share of wins is Clopper and Pearson's, 95 %. It takes
votes as independent, which those of several listeners on one pair are only in part: many pairs say more than many ears.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ConfigError
from .listening import KEY, SYSTEMS, fingerprint


class _Vote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    pair: int = Field(ge=1)
    choice: Literal["a", "b", "same"]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    segue_votes: Literal[1]
    test: str
    listener: str = Field(min_length=1)
    votes: list[_Vote] = Field(max_length=10_000)


@dataclass(frozen=True, slots=True)
class Contest:
    """Two systems against each other."""

    one: str
    other: str
    one_won: int
    other_won: int
    same: int

    @property
    def decided(self) -> int:
        """Votes for either."""
        return self.one_won + self.other_won

    def test(self) -> tuple[float, float, float, float]:
        """Return the share of decided votes that ``one`` won, its 95 % interval, and the sign test's p value."""
        if not self.decided:
            return 0.5, 0.0, 1.0, 1.0
        from scipy.stats import binomtest

        result = binomtest(self.one_won, self.decided)
        interval = result.proportion_ci(0.95, "exact")
        return self.one_won / self.decided, float(interval.low), float(interval.high), float(result.pvalue)


@dataclass(frozen=True, slots=True)
class Votes:
    """What all vote files say together."""

    listeners: int
    contests: tuple[Contest, ...]


def read(folder: Path, paths: Sequence[Path]) -> Votes:
    """Count the votes of some files against a test's key.

    Raises
    ------
    ConfigError
        If the folder holds no test, or a file is no vote file or of another test.
    """
    key = _text(folder / KEY, f"{folder} holds no listening test: it has no {KEY}")
    try:
        sides = {pair["pair"]: {side: pair[side]["system"] for side in "ab"} for pair in json.loads(key)["pairs"]}
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ConfigError(f"{folder / KEY} is damaged; without it nobody can tell who chose what") from exc
    votes: dict[tuple[str, int], str] = {}
    for path in paths:
        file = _parsed(path)
        if file.test != fingerprint(key):
            raise ConfigError(f"{path} holds votes on another test than {folder}; give the folder that they are on")
        for vote in file.votes:
            if vote.pair not in sides:
                raise ConfigError(f"{path} votes on pair {vote.pair}, which {folder} does not have; is it damaged?")
            votes[file.listener, vote.pair] = vote.choice
    return Votes(len({listener for listener, _ in votes}), _counted(votes, sides))


def _counted(votes: dict[tuple[str, int], str], sides: dict[int, dict[str, str]]) -> tuple[Contest, ...]:
    won: Counter[tuple[frozenset[str], str]] = Counter()
    for (_, pair), choice in votes.items():
        won[frozenset(sides[pair].values()), sides[pair].get(choice, "same")] += 1
    return tuple(
        Contest(one, other, *(won[frozenset({one, other}), name] for name in (one, other, "same")))
        for one, other in itertools.combinations(SYSTEMS, 2)
    )


def _parsed(path: Path) -> _File:
    text = _text(path, f"no vote file at {path}")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"{path} is no vote file: it is not JSON ({exc}); save it again from the page") from exc
    try:
        return _File.model_validate(found)
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the document"
        raise ConfigError(
            f"{path} is no vote file as the page saves it ({where}: {fault['msg'].lower()}); save it again"
        ) from exc


def _text(path: Path, missing: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise ConfigError(missing) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
