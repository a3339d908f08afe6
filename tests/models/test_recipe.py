"""A recipe is read whole, and what is misspelt is refused by name."""

import pytest

from segue.daemon.errors import SegueError
from segue.models.recipe import find_recipe, parse_recipe, read_recipe, shipped


def test_every_recipe_that_ships_can_be_read():
    assert "default" in shipped()
    for name in shipped():
        assert read_recipe(find_recipe(name)).chosen()


def test_every_fault_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('stepps = 3\n[encoder]\nencoder = "gpt"\n[objectives.continuation]\ntemprature = 1\n')

    with pytest.raises(SegueError) as caught:
        read_recipe(path)

    for word in ("stepps", "encoder", "temprature", "mine.toml"):
        assert word in str(caught.value)


def test_a_recipe_without_an_objective_is_refused():
    with pytest.raises(SegueError, match=r"objectives\.continuation"):
        parse_recipe({"objectives": {"identity": {"weight": 0}}})


def test_a_missing_recipe_names_those_that_ship(tmp_path):
    with pytest.raises(SegueError, match="default"):
        read_recipe(tmp_path / "none.toml")


def test_a_weight_of_nothing_leaves_an_objective_out():
    recipe = parse_recipe({"objectives": {"continuation": {}, "identity": {"weight": 0}}})

    assert list(recipe.chosen()) == ["continuation"]
