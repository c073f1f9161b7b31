"""Contradictions: each is refused, its message names the key and the fix, and what follows the fix is a recipe."""

import re
from typing import NamedTuple

import pytest

from nijigen.errors import NijigenError
from nijigen.models.registry import families
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.training.consistency import contradiction, idle
from nijigen.training.recipe import Recipe, load_recipe, recipe_names
from nijigen.training.tables import Growth


def load(family: str, *overrides: str) -> Recipe:
    """A plain recipe of a family with its own network, changed."""
    if family == "growing":
        family = next(name for name, found in families().items() if found.growing)
    table = {"name": "plain", "family": family, "resolution": 64, "images": 1000, "batch": 8}
    return load_recipe(Recipe.model_validate(table), overrides)


class Contradiction(NamedTuple):
    """What is refused, what the message says, and what each of its fixes sets."""

    overrides: str
    says: str
    fixes: list[str]
    family: str = "dcgan"


CONTRADICTIONS = [
    Contradiction(
        "objective=wasserstein network.discriminator_norm=none penalty.clip=0.01 penalty.gradient=10",
        "penalty.clip and penalty.gradient .*: set one of them to 0",
        ["penalty.clip=0", "penalty.gradient=0"],
    ),
    Contradiction(
        "network.spectral=true penalty.clip=0.01", "penalty.clip and network.spectral", ["penalty.clip=0"], "wgan"
    ),
    Contradiction(
        "penalty.clip=0.01",
        "penalty.clip and the spectral normalisation that every sagan has",
        ["penalty.clip=0"],
        "sagan",
    ),
    Contradiction(
        "objective=wasserstein penalty.r1=1",
        "bounded slope, and penalty.r1 gives none over batch normalisation: "
        "set network.discriminator_norm=none or penalty.clip=0.01 or network.spectral=true$",
        ["network.discriminator_norm=none", "penalty.clip=0.01", "network.spectral=true"],
    ),
    Contradiction(
        "objective=wasserstein",
        "objective=wasserstein .*: set penalty.clip=0.01 or network.spectral=true$",
        ["penalty.clip=0.01", "network.spectral=true"],
    ),
    Contradiction(
        "objective=wasserstein",
        "objective=wasserstein .*: set penalty.gradient=10 or penalty.clip=0.01 or network.spectral=true$",
        ["penalty.gradient=10", "penalty.clip=0.01", "network.spectral=true"],
        "wgan-gp",
    ),
    Contradiction(
        "objective=wasserstein",
        "objective=wasserstein .*: set penalty.gradient=10 or penalty.clip=0.01$",
        ["penalty.gradient=10", "penalty.clip=0.01"],
        "growing",
    ),
    Contradiction(
        "penalty.gradient=10", "penalty.gradient .*: set network.d.*norm=none", ["network.discriminator_norm=none"]
    ),
    Contradiction(
        "softening.labels=0.1 objective=hinge",
        "softening.labels .*objective=hinge: use one of .*, or 0",
        ["softening.labels=0", *(f"objective={name}" for name, other in OBJECTIVES.items() if other.smoothable)],
    ),
    Contradiction("softening.noise_images=500", "softening.noise_images", ["softening.noise=0.1"]),
    Contradiction("mixing=0.9", "mixing .*family dcgan.*: set mixing=0", ["mixing=0"]),
    Contradiction(
        "augment.p=0.5", r"augment.p .*: set augment={} \(all of the table\), or", ["augment={}", "augment.p=0"]
    ),
    Contradiction("augment.p=0.5", "kind=ada or diffaugment", ["augment.kind=ada", "augment.kind=diffaugment"]),
    Contradiction("augment.groups=cutout", "augment.groups does nothing", ["augment={}", "augment.groups=[]"]),
    Contradiction("augment.control=adaptive", "augment.control does nothing", ["augment={}", "augment.control=fixed"]),
    Contradiction("augment.target=0.5", "augment.target does nothing", ["augment={}", "augment.target=0.6"]),
    Contradiction("augment.images=9", "augment.images does nothing", ["augment={}", "augment.images=500000"]),
    Contradiction(
        "burn_in.rate=0.25",
        r"burn_in.rate does nothing .*: set burn_in={} \(all of the table\), or burn_in.images=100$",
        ["burn_in={}", "burn_in.images=100"],
    ),
    Contradiction("burn_in.beta2=0.99", "burn_in.beta2 does nothing", ["burn_in={}", "burn_in.images=100"]),
    Contradiction("burn_in.penalty=0", "burn_in.penalty does nothing", ["burn_in={}", "burn_in.images=100"]),
    # Once let through, and ended in the middle of a run: the adaptive control looks for a sign that nobody logs.
    Contradiction(
        "augment.control=adaptive objective=wasserstein penalty.clip=0.01", "augment.control", ["augment.control=fixed"]
    ),
    Contradiction(
        "augment.kind=diffaugment augment.p=1 augment.groups=colour,geometry",
        "augment.groups='geometry' is not known for diffaugment: use some of colour, translation, cutout",
        ["augment.groups=colour", "augment.groups=translation,cutout"],
    ),
    Contradiction(
        "augment.kind=ada augment.control=adaptive objective=relativistic",
        "augment.control=adaptive .*objective=relativistic: set augment.control=scheduled and augment.p=0.3",
        ["augment.control=scheduled augment.p=0.3"],
    ),
    Contradiction("augment.kind=ada", "augment.control=fixed .*: set augment.p=0.3", ["augment.p=0.3"]),
    Contradiction("augment.kind=ada augment.control=scheduled", "set augment.p=0.3", ["augment.p=0.3"]),
    Contradiction(
        "pictures.balance=hair_color,eye_color softening.class_weights=eye_color",
        "pictures.balance and softening.class_weights both even out eye_color: leave it in one of them",
        ["pictures.balance=hair_color", "softening.class_weights=[]"],
    ),
    Contradiction(
        "labels=none conditioning.dropout=0.1",
        "conditioning.dropout .*: set it to 0, or labels=auto",
        ["conditioning.dropout=0", "labels=auto"],
    ),
    Contradiction(
        "labels=none conditioning.ramp=100",
        "conditioning.ramp .*: set it to 0, or labels=auto",
        ["conditioning.ramp=0", "labels=auto"],
    ),
    Contradiction(
        "growth.start=8 growth.stable=9", "dcgan does not grow, and growth.start is set: set growth={}", ["growth={}"]
    ),
    Contradiction("growth.fade=9", "dcgan does not grow, and growth.fade is set", ["growth={}", "growth.fade=0"]),
    Contradiction("growth.fade=9", "growth.fade does nothing .*: set growth={}", ["growth={}"], "growing"),
    Contradiction(
        "growth.stable=9",
        "growth.stable does nothing .*: set growth={} .*, or growth.start=8$",
        ["growth={}", "growth.stable=0", "growth.start=8"],
        "growing",
    ),
    Contradiction("growth.batch.32=4", "growth.batch does nothing .*: set growth={}", ["growth={}"], "growing"),
    Contradiction("growth.rate.32=0.5", "growth.rate does nothing .*: set growth={}", ["growth={}"], "growing"),
    Contradiction(
        "growth.start=12 growth.stable=9",
        r"growth.start=12 .*resolution=64: use one of \[64, 32, 16, 8, 4\]",
        [f"growth.start={size}" for size in (64, 32, 16, 8, 4)],
        "growing",
    ),
    Contradiction("growth.start=128 growth.stable=9", "growth.start=128 .*use one of", ["growth.start=64"], "growing"),
    Contradiction(
        "growth.start=8 growth.fade=9",
        "growth.stable=0 .*: set growth.stable=20000",
        ["growth.stable=20000"],
        "growing",
    ),
    Contradiction(
        "growth.start=16 growth.stable=9 growth.batch.8=4",
        r"growth.batch.8 is no resolution of this run: use some of \[64, 32, 16\], or leave all out by growth.batch={}",
        ["growth.batch={}", "growth.batch={16=4}"],
        "growing",
    ),
    Contradiction(
        "growth.start=16 growth.stable=9 growth.rate.128=0.5",
        "growth.rate.128 is no resolution of this run.* by growth.rate={}",
        ["growth.rate={}"],
        "growing",
    ),
    Contradiction(
        "growth.start=16 growth.stable=9 growth.batch.32=1",
        "growth.batch.32=1 is too small: use 2 or more",
        ["growth.batch.32=2"],
        "growing",
    ),
    Contradiction(
        "growth.start=16 growth.stable=9 growth.rate.32=0",
        "growth.rate.32=0.0 is too small: use above 0",
        ["growth.rate.32=1e-6"],
        "growing",
    ),
    Contradiction(
        "micro_batch=4 growth.start=16 growth.stable=9 growth.batch.32=6",
        "growth.batch.32=6 is no whole number of micro_batch=4: use a multiple",
        ["growth.batch.32=8", "growth.batch.32=4"],
        "growing",
    ),
]


@pytest.mark.parametrize("case", CONTRADICTIONS, ids=lambda case: f"{case.family}: {case.overrides} | {case.fixes[0]}")
def test_a_contradiction_is_refused_with_a_fix_that_works(case: Contradiction) -> None:
    overrides = case.overrides.split()
    with pytest.raises(NijigenError, match=f"^recipe plain: .*{case.says}"):
        load(case.family, *overrides)
    for fix in case.fixes:
        # What the fix sets takes the place of what was set before.
        keys = {part.partition("=")[0] for part in fix.split()}
        kept = [o for o in overrides if not any(re.match(rf"{re.escape(key)}[.=]", o) for key in keys)]
        assert contradiction(load(case.family, *kept, *fix.split())) is None


@pytest.mark.parametrize("name", recipe_names())
def test_no_recipe_that_comes_with_nijigen_contradicts_itself(name: str) -> None:
    assert contradiction(load_recipe(name)) is None


@pytest.mark.parametrize(
    "overrides",
    [
        "objective=wasserstein penalty.r1=1 network.discriminator_norm=none",
        "objective=hinge penalty.r1=1",  # no bound is asked for, and batch normalisation may be beside it
        "objective=wasserstein network.spectral=true",
        "penalty.gradient=10 network.discriminator_norm=layer",
        "augment.kind=ada augment.control=adaptive",  # may begin at 0
        "augment.kind=diffaugment augment.p=1 augment.groups=cutout",
        "softening.noise=0.1 softening.noise_images=500",
        "labels=none softening.class_weights=hair_color pictures.balance=expression",
        "micro_batch=4",
        "burn_in.images=100",
        "burn_in.rate=0.25 burn_in.images=100",
        "penalty.every=16",  # how often is no penalty by itself: to leave r1 out is one word
    ],
)
def test_what_goes_together(overrides: str) -> None:
    assert contradiction(load("dcgan", *overrides.split())) is None


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            "penalty.every=16",
            ["penalty.every=16 does nothing with penalty.r1=0 and penalty.r2=0 and penalty.gradient=0"],
        ),
        ("penalty.path_every=8", ["penalty.path_every=8 does nothing with penalty.path_length=0"]),
        ("penalty.every=16 penalty.r2=1", []),
        ("penalty.every=16 penalty.r1=1 penalty.path_every=8 penalty.path_length=2", []),
    ],
)
def test_what_does_nothing_is_said_and_stops_nobody(overrides: str, said: list[str]) -> None:
    assert idle(load("dcgan", *overrides.split())) == said


@pytest.mark.parametrize("name", recipe_names())
def test_nothing_in_a_shipped_recipe_does_nothing(name: str) -> None:
    assert idle(load_recipe(name)) == []


def test_growth_that_goes_together() -> None:
    load("growing", "growth.start=64")  # at full size from the start, and no more to come
    load("growing", "growth.start=8", "growth.stable=9", "growth.batch.8=16", "growth.rate.64=1.5", "micro_batch=8")
    load("growing", "micro_batch=8", "growth.start=8", "growth.stable=9", "growth.batch.64=3")  # less than a part


def test_growing_is_left_out_of_a_recipe_that_grows_in_one_word() -> None:
    with pytest.raises(NijigenError, match=r"growth.fade does nothing with growth.start=0: set growth={}"):
        load_recipe("pggan-laptop-32", ["growth.start=0"])
    assert load_recipe("pggan-laptop-32", ["growth.start=0", "growth={}"]).growth == Growth()


def test_sagan_is_bounded_by_its_nature() -> None:
    assert contradiction(load("sagan", "objective=wasserstein")) is None


def test_contradictions_are_found_in_any_family() -> None:
    for name, family in families().items():
        # Translators have no noise on pictures at all: tests/training/test_translators.py.
        if family.kind == "avatars":
            with pytest.raises(NijigenError, match=r"softening\.noise_images"):
                load(name, "softening.noise_images=500")
