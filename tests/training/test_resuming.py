"""Taking a run up again: exact, whatever changes on the way, and refused where it would be another run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.models.registry import find_family
from nijigen.training.checkpoint import load_newest, save_checkpoint
from nijigen.training.metrics import METRICS_FILE, read_lines
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import moment

Make = Callable[..., Any]

QUICK = {"rate": 0.005, "beta1": 0.0}
# What changes on the way: family → recipe.
CASES: dict[str, dict[str, Any]] = {
    "adaptive ADA, lazy R1": {
        "family": "dcgan",
        "network": {"discriminator_norm": "none"},
        "penalty": {"r1": 2.0, "every": 3},
        "augment": {"kind": "ada", "control": "adaptive", "p": 0.3, "images": 300, "target": 0.1},
        "conditioning": {"classifier": 2.0, "classifier_width": 4},
        "micro_batch": 4,
    },
    "burn-in": {
        "family": "r3gan",
        "objective": "relativistic",
        "penalty": {"r1": 2.0, "r2": 2.0},
        "burn_in": {"images": 60, "rate": 0.25, "beta2": 0.99, "penalty": 0.1},
        "augment": {"kind": "ada", "control": "scheduled", "p": 0.5, "images": 60},
    },
    "labels that come in": {
        "family": "dcgan",
        "objective": "hinge",
        "network": {"dropout": 0.3, "discriminator_norm": "none", "generator_norm": "conditional", "spectral": True},
        "conditioning": {"dropout": 0.2, "ramp": 60, "classifier": 1.0, "classifier_width": 4},
        "softening": {"noise": 0.2, "noise_images": 60, "class_weights": ["hair_color"]},
        "pictures": {"crop": 1, "balance": ["expression"]},
    },
    "a clipped critic": {
        "family": "wgan",
        "objective": "wasserstein",
        "penalty": {"clip": 0.02, "drift": 0.001},
        "discriminator_steps": 3,
        "optimizer": {"decay": 0.6, "generator": QUICK, "discriminator": QUICK},
    },
    "pggan grows": {
        "family": "pggan",
        "objective": "wasserstein",
        "penalty": {"gradient": 10.0, "drift": 0.001},
        "conditioning": {"classifier": 2.0, "classifier_width": 4},
        "growth": {"start": 4, "fade": 30, "stable": 10, "batch": {"4": 10, "8": 6}, "rate": {"8": 0.5}},
    },
    "stylegan grows": {
        "family": "stylegan",
        "objective": "non-saturating",
        "penalty": {"r1": 5.0, "every": 2},
        "mixing": 0.9,
        "growth": {"start": 8, "fade": 40, "stable": 12, "batch": {"8": 12}},
    },
    "paths": {
        "family": "stylegan2",
        "penalty": {"r1": 5.0, "every": 3, "path_length": 2.0, "path_every": 2},
        "mixing": 0.5,
        "augment": {"kind": "ada", "control": "adaptive", "images": 200},
    },
    "orthogonal steps": {
        "family": "stylegan2",
        "network": {"channel_base": 256, "max_width": 16, "latent_width": 16, "places": True},
        "optimizer": {"decay": 0.6, "generator": {**QUICK, "muon": 0.4}, "discriminator": {**QUICK, "muon": 0.1}},
    },
}


def recipe_for(case: dict[str, Any]) -> Recipe:
    """The recipe of a case, with networks as small as the family makes them."""
    options: dict[str, Any] = {}
    for name in find_family(case["family"]).options.model_fields:
        if name == "channel_base":
            options[name] = 64
        elif name.endswith("width") and name != "group_width":
            options[name] = 4
        elif name in ("latent", "embedding"):
            options[name] = 6
    network = {**options, "attention": [], **case.get("network", {})}
    table = {
        "name": "case",
        "resolution": 16,
        "images": 72,
        "batch": 8,
        "average": {"half_life": 40, "ramp": 0.5},
        "optimizer": {"generator": QUICK, "discriminator": QUICK},
        "output": {"metrics_every": 16, "samples_every": 40, "checkpoint_every": 8, "keep": 2},
    }
    return load_recipe(Recipe.model_validate({**table, **case, "network": network}))


# What must differ from line to line of the metrics: what never moves is easy to go on with.
MOVES = {"adaptive ADA, lazy R1": "augment.p", "burn-in": "augment.p", "paths": "path_length.mean"}
FAST = {"adaptive ADA, lazy R1", "labels that come in", "pggan grows", "orthogonal steps"}


@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
def test_cut_anywhere_a_run_ends_the_same(
    name: str, dying_after: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    recipe = recipe_for(CASES[name])
    whole, broken = tmp_path / "a" / "run", tmp_path / "b" / "run"
    tiny_train(recipe, whole)
    starts = []
    for cut in (20, 47):
        with dying_after(cut), pytest.raises(KeyboardInterrupt):
            tiny_train(recipe, broken)
        found, remarks = load_newest(broken / "checkpoints")
        assert found is not None
        assert not remarks
        starts.append(found.images)
    assert starts == sorted(set(starts))  # each took it further
    if recipe.growth.start:  # in the middle of a fade
        assert any(0 < moment(recipe, images).fade < 1 for images in starts)
    tiny_train(recipe, broken)
    assert outcome(broken) == outcome(whole)
    if name in MOVES:
        lines = read_lines(whole / METRICS_FILE)
        assert len(lines) == 5  # four whole ones, and the last of the run, in which a seldom phase may have had no turn
        values = [line[MOVES[name]] for line in lines if MOVES[name] in line]
        assert len(values) >= 4
        assert len(set(values)) > 1
        assert all(0 < value < 1 for value in values)


def taken_up(run: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the facts of a run's newest checkpoint, as another version would have written them."""
    found, _ = load_newest(run / "checkpoints")
    assert found is not None
    facts = {key: value for key, value in found.facts.items() if key not in ("format_version", "sha256", "images")}
    change(facts)
    save_checkpoint(run / "checkpoints", found.images, found.tensors, facts, keep=2)


def test_keys_that_came_later_have_their_defaults(
    tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    """A run of an earlier nijigen goes on: its recipe lacks the keys that did not exist."""
    tiny_train(tiny_recipe(), tmp_path / "a" / "run")
    tiny_train(tiny_recipe(), tmp_path / "b" / "run", images=32)

    def earlier(facts: dict[str, Any]) -> None:
        for key in ("kernel", "upsample", "attention"):
            del facts["recipe"]["network"][key]
        for key in ("burn_in", "growth", "mixing", "compile"):
            del facts["recipe"][key]
        del facts["memory"], facts["origin"]

    taken_up(tmp_path / "b" / "run", earlier)
    tiny_train(tiny_recipe(), tmp_path / "b" / "run")
    assert outcome(tmp_path / "a" / "run") == outcome(tmp_path / "b" / "run")


def test_a_later_default_is_not_what_was_asked_for(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path / "run", images=32)
    taken_up(tmp_path / "run", lambda facts: facts["recipe"]["network"].pop("kernel"))
    with pytest.raises(NijigenError, match=r"network.kernel = 4, and the recipe now says 5"):
        tiny_train(tiny_recipe(network={"kernel": 5}), tmp_path / "run")


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["recipe"].update(wings=2),
        lambda facts: facts["recipe"]["network"].update(wings=2),
        lambda facts: facts["recipe"].update(family="hologram"),
    ],
)
def test_a_recipe_of_a_later_nijigen_is_said(
    change: Callable[[dict[str, Any]], Any], tiny_recipe: Make, tiny_train: Make, tmp_path: Path
) -> None:
    tiny_train(tiny_recipe(), tmp_path / "run", images=32)
    taken_up(tmp_path / "run", change)
    with pytest.raises(NijigenError, match="begun with a recipe that this nijigen does not know: use another --out"):
        tiny_train(tiny_recipe(), tmp_path / "run")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"growth": {"start": 8, "fade": 9, "stable": 12, "batch": {"8": 12}}}, "growth.fade = 40"),
        ({"mixing": 0.2}, "mixing"),
        ({"objective": "non-saturating"}, "objective"),
        ({"penalty": {"gradient": 10.0}}, "penalty.drift"),
        ({"conditioning": {"ramp": 5}}, "conditioning.ramp"),
    ],
)
def test_what_would_be_another_run_is_refused(
    changes: dict[str, Any], key: str, tiny_train: Make, tmp_path: Path
) -> None:
    case = {**CASES["stylegan grows"], "objective": "wasserstein", "penalty": {"gradient": 10.0, "drift": 0.001}}
    tiny_train(recipe_for(case), tmp_path / "run", images=16)
    with pytest.raises(NijigenError, match=f"was begun with {key}"):
        tiny_train(recipe_for({**case, **changes}), tmp_path / "run")


def test_a_run_of_before_pictures_were_held_out_keeps_all_of_them(
    tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Taken up with a recipe that has learned to hold some out it goes on as it was begun, and says so."""
    tiny_train(tiny_recipe(images=64), tmp_path / "a" / "run")
    run = tmp_path / "b" / "run"
    tiny_train(tiny_recipe(images=32), run)
    taken_up(run, lambda facts: facts["recipe"]["pictures"].pop("held_out"))
    tiny_train(tiny_recipe(images=64, pictures={"held_out": 16}), run)
    assert "this one goes on with all pictures" in capsys.readouterr().err
    same = "checkpoints/000000064/state.safetensors"
    assert outcome(run)[same] == outcome(tmp_path / "a" / "run")[same]
    with pytest.raises(NijigenError, match=r"was begun with pictures\.held_out = 0\.0"):
        tiny_train(tiny_recipe(images=96, pictures={"held_out": 16}), run)
