"""The table of recipes: counted once, kept beside the recipes, and still what counting says."""

import pytest

from nijigen.training import listing
from nijigen.training.cost import count_cost, count_run
from nijigen.training.listing import START, count_parameters, fingerprint, list_recipes, recipe_costs, two_digits
from nijigen.training.recipe import load_recipe, recipe_names

LABELS = 100


def smallest() -> list[str]:
    """Of each family the recipe that is counted fastest: the others are counted by the same code."""
    costs = recipe_costs()
    found: dict[str, str] = {}
    for name in sorted(recipe_names(), key=lambda name: costs[name]["run_operations"]):
        found.setdefault(load_recipe(name).family, name)
    return sorted({*found.values(), "chibi-128-wide"})


def check(name: str) -> None:
    recipe, cost = load_recipe(name), recipe_costs()[name]
    counted = count_cost(recipe, LABELS)
    assert {key: cost[key] for key in cost if key.endswith("_parameters")} == count_parameters(recipe)
    renew = f"{name}: run python benchmarks/recipe_costs.py"
    assert counted.operations == pytest.approx(cost["operations"], rel=1e-6), renew
    assert count_run(recipe, LABELS) == pytest.approx(cost["run_operations"], rel=1e-6), renew
    assert counted.memory == pytest.approx(cost["memory"], rel=0.01), (
        renew
    )  # torch's versions keep a little more or less


@pytest.mark.slow
@pytest.mark.parametrize("name", smallest())
def test_costs_of_every_family_are_what_counting_says(name: str) -> None:
    check(name)


def test_every_recipe_has_its_costs() -> None:
    assert sorted(recipe_costs()) == recipe_names()


@pytest.mark.parametrize("name", recipe_names())
def test_costs_were_counted_of_the_recipe_as_it_is(name: str) -> None:
    now = fingerprint(load_recipe(name))
    assert recipe_costs()[name]["counted"] == now, f"{name} has changed: run python benchmarks/recipe_costs.py {name}"


def test_a_fingerprint_changes_with_the_recipe_but_not_its_name() -> None:
    recipe = load_recipe("dcgan-laptop-32")
    assert fingerprint(recipe.model_copy(update={"name": "mine", "description": "?"})) == fingerprint(recipe)
    assert fingerprint(recipe.model_copy(update={"images": recipe.images + 1})) != fingerprint(recipe)


def test_laptops_come_first_and_the_rest_by_size() -> None:
    rows = list_recipes(speed=False)
    assert sorted(row["name"] for row in rows) == recipe_names()
    assert rows[0]["name"] == START
    groups = list(dict.fromkeys(row["group"] for row in rows))
    assert groups == ["laptop", "64 px", "128 px", "256 px and more"]
    assert {row["name"] for row in rows if row["group"] == "laptop"} == {
        name
        for name in recipe_names()
        if any(word in name for word in ("laptop", "quick", "tiny"))
        or name.startswith("chibi-128")
        or name in ("adapt", "styled")
    }
    sizes = [row["resolution"] for row in rows if row["group"] != "laptop"]
    assert sizes == sorted(sizes)
    assert all(row["images_per_second"] is None and row["seconds"] is None for row in rows)


def test_speed_and_time_follow_from_the_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "choose_device", lambda: listing.torch.device("cpu"))
    monkeypatch.setattr(listing, "core_peak", lambda: 1e11)
    rows, costs = {row["name"]: row for row in list_recipes()}, recipe_costs()
    for name in ("dcgan-laptop-32", "pggan-laptop-32"):
        row, cost = rows[name], costs[name]
        reached = 1e11 * cost["share"]
        assert row["images_per_second"] == two_digits(reached / cost["operations"])
        assert row["seconds"] == two_digits(cost["run_operations"] / reached)
    plain, growing = rows["dcgan-laptop-32"], rows["pggan-laptop-32"]
    assert plain["run_gflop"] == pytest.approx(plain["gflop"] * plain["images"])
    assert growing["run_gflop"] < growing["gflop"] * growing["images"]  # it begins at 4 px
    # A share is lent within the family: 64 px take theirs from 32.
    share = costs["sagan-laptop-32"]["share"]
    assert rows["sagan-64"]["images_per_second"] == two_digits(1e11 * share / costs["sagan-64"]["operations"])


def test_memory_here_has_the_process_in_it_on_a_cpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, more in (("cpu", listing.PROCESS), ("cuda", 0)):
        monkeypatch.setattr(listing, "choose_device", lambda kind=kind: listing.torch.device(kind))
        for row in list_recipes(speed=False):
            assert row["memory_here"] == row["memory"] + more


def test_two_digits() -> None:
    assert [two_digits(value) for value in (123.4, 0.01234, 9.96, 155.0)] == [120, 0.012, 10, 160]
