"""``make default-model``: each stretch begins from the one before, and what it says of its network is what it gets."""

import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

from nijigen.illustrator.chances import calm, chance_names
from nijigen.store import bundled_models, read_card
from nijigen.training.recipe import Recipe, load_recipe

ROOT = Path(__file__).parents[2]


def stretches() -> dict[str, Recipe]:
    """Runs of ``make default-model`` → the recipe of each; a run from a model keeps its network but for ``--set``."""
    printed = subprocess.run(
        ["make", "-n", "default-model"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.replace("\\\n", " ")
    found: dict[str, Recipe] = {}
    for words in (shlex.split(line, comments=True) for line in printed.splitlines()):
        if words[1:2] != ["train"]:
            continue
        value = dict(pairwise(words))
        overrides = [after for word, after in pairwise(words) if word == "--set"]
        begun = value.get("--from")
        network = None if begun is None else (found[begun].family, found[begun].network)
        found[value["--out"]] = load_recipe(value["--recipe"], overrides, network_of=network)
    return found


def test_every_stretch_has_the_network_that_its_recipe_names() -> None:
    found = stretches()
    assert len(found) == 11
    for run, recipe in found.items():
        assert recipe.network == load_recipe(recipe.name).network, run


def test_the_last_stretches_hear_what_calm_drawings_leave_to_chance() -> None:
    """All of it but tufts and moles, which nobody has there, so that how they are says nothing."""
    names = chance_names()
    idle = ("ahoge", "mole")
    free = [place for place, name in enumerate(names) if name not in calm() and not name.startswith(idle)]
    assert load_recipe("chibi-128-wide").network["heard"] == free


def test_the_bundled_models_have_the_networks_that_would_come_out() -> None:
    found = stretches()
    for model, run in (("chibi-tiny", "runs/chibi-tiny-judged"), ("chibi", "runs/chibi-128-plain")):
        network = read_card(bundled_models() / f"{model}.safetensors")["network"]
        assert network == {key: found[run].network[key] for key in network}
