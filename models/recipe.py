"""A recipe: everything that can be chosen about a training run, as one TOML file.

::

    steps = 900
    [encoder]
    encoder = "gru"
    [objectives.continuation]
    weight = 1.0
    queue = 2048

An objective takes part when its table is there. What is left out has the default that stands beside the field, here or
in the objective's own module; what is misspelt is refused.
"""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ..daemon.errors import SegueError
from .datasets.batches import Shape
from .objectives import Settings
from .objectives.registry import OBJECTIVES
from .spec import Spec


class Part(BaseModel):
    """A table of a recipe: frozen, and nothing in it that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _weighted(name: str, settings: type[Settings]) -> Any:
    fields: dict[str, Any] = {"weight": (float, Field(1.0, ge=0))}
    return create_model(f"{name.title()}Part", __base__=settings, **fields) | None


_TABLES: dict[str, Any] = {name: (_weighted(name, settings), None) for name, (_, settings) in OBJECTIVES.items()}
Objectives = create_model("Objectives", __base__=Part, **_TABLES)


class Recipe(Part):
    """What can be chosen about a run."""

    seed: int = 1
    """Of weights, batches and everything else that is drawn."""
    steps: int = Field(900, ge=0)
    """Length of the run; 0 leaves the encoder untrained, its pools scaled to the music: a control."""
    minutes: float = Field(0.0, ge=0)
    """Stop after so long instead, the schedule following the clock: then a repetition is not the same to the bit."""
    rate: float = Field(1e-3, gt=0)
    """Peak learning rate of AdamW."""
    head_rate: float = Field(0.1, ge=0)
    """Share of the rate for the heads of query and key, which begin near their goal."""
    discriminant: bool = True
    """Whether the heads begin with a map computed from the data; no: at random."""
    fit_batches: int = Field(60, ge=1)
    """Batches from which that map and the scale of the moments are computed."""
    refit: bool = False
    """Compute that map once more at the end, from what the trained encoder hears."""
    weight_decay: float = Field(0.03, ge=0)
    clip: float = Field(1.0, gt=0)
    """Largest norm of a step's gradient."""
    average: float = Field(0.0, ge=0, lt=1)
    """Share of the averaged weights that a step keeps, such as 0.995; the average is what is exported. 0: the last."""
    look_every: int = Field(50, ge=1)
    """Steps between two looks at validation, each with a checkpoint."""
    control: Literal["", "shuffled"] = ""
    """``shuffled``: an anchor is told that any window follows it. What this run still learns is a leak."""
    encoder: Spec = Spec()
    batch: Shape = Shape()
    objectives: Objectives = Objectives()  # type: ignore[valid-type]

    def chosen(self) -> dict[str, Settings]:
        """Return the settings of the objectives that take part, with a ``weight`` each."""
        found = {name: getattr(self.objectives, name) for name in OBJECTIVES}
        return {name: s for name, s in found.items() if s is not None and s.weight > 0}


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises
    ------
    SegueError
        If it is missing, no TOML, or says something that no recipe says; every fault is named.
    """
    try:
        return parse_recipe(tomllib.loads(path.read_text("utf-8")), str(path))
    except FileNotFoundError as exc:
        raise SegueError(f"no recipe {path}; those that ship: {', '.join(shipped())}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as exc:
        raise SegueError(f"{path} cannot be read as TOML: {exc}") from exc


def parse_recipe(values: dict[str, Any], name: str = "the recipe") -> Recipe:
    """Return the recipe of plain values."""
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in exc.errors())
        raise SegueError(f"{name} is no recipe: {faults}") from exc
    if not recipe.chosen():
        raise SegueError(f"{name} has no objective; the tables are objectives.{', objectives.'.join(OBJECTIVES)}")
    return recipe


def shipped() -> list[str]:
    """Names of the recipes that are installed with the program."""
    return sorted(p.stem for p in _folder().glob("*.toml"))


def find_recipe(name: str) -> Path:
    """Return the file of a recipe: a path, or the name of one that ships."""
    own = _folder() / f"{name}.toml"
    return own if own.exists() else Path(name)


def _folder() -> Path:
    return Path(__file__).parent / "recipes"
