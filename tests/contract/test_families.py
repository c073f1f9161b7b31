"""The contract: what every registered family keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.models.contract import LATENT, Discriminator, Generator, Networks, Shape
from nijigen.models.package import load_package, make_card, save_model
from nijigen.models.registry import families, find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.adversarial import GAMES
from nijigen.training.growing import at_growth
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import Moment
from nijigen.training.state import TrainingState

PROGRESSIVE = {"latent": 8, "embedding": 4, "channel_base": 64, "max_width": 4}
R3GAN = {
    "latent": 8,
    "width": 4,
    "max_width": 8,
    "discriminator_width": 4,
    "discriminator_max_width": 8,
    "embedding": 4,
}
# Options small enough for a test; a new family adds a line, and one with kinds of networks a line for each.
SMALL: dict[str, list[dict[str, Any]]] = {
    "dcgan": [
        {"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4},
        {
            "latent": 8,
            "width": 4,
            "discriminator_width": 4,
            "embedding": 4,
            "generator_norm": "conditional",
            "discriminator_norm": "none",
            "spectral": True,
        },
        {
            "latent": 8,
            "width": 4,
            "discriminator_width": 4,
            "embedding": 4,
            "kernel": 5,
            "activation": "leaky",
            "discriminator_norm": "layer",
            "dropout": 0.3,
            "attention": [8],
            "upsample": "bilinear",
            "downsample": "pool",
            "bias": True,
        },
    ],
    "lucidrains": [
        {"latent": 8, "embedding": 4, "capacity": 2, "max_width": 8, "mapping_layers": 2},
        {"latent": 8, "embedding": 4, "capacity": 2, "max_width": 8, "mapping_layers": 1, "attention": [8]},
    ],
    "pggan": [
        {**PROGRESSIVE},
        {**PROGRESSIVE, "attention": [4, 8], "discriminator_base": 32, "discriminator_max_width": 6},
    ],
    "r3gan": [
        {**R3GAN},
        {**R3GAN, "blocks": 1, "attention": [8], "group_width": 4, "discriminator_max_width": 6},
    ],
    "sagan": [
        {"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4, "attention": [8]},
        {
            "latent": 8,
            "width": 4,
            "discriminator_width": 4,
            "embedding": 4,
            "attention": [],
            "generator_spectral": False,
        },
    ],
    "stylegan": [
        {**PROGRESSIVE, "latent_width": 8, "mapping_layers": 2},
        {**PROGRESSIVE, "latent_width": 4, "mapping_layers": 1, "attention": [8]},
    ],
    "stylegan2": [
        {**PROGRESSIVE, "latent_width": 8},
        {**PROGRESSIVE, "latent_width": 4, "mapping_layers": 1, "attention": [8], "discriminator_base": 32},
        {**PROGRESSIVE, "latent_width": 8, "palette": 5, "unfold": 2, "places": True},
        {**PROGRESSIVE, "latent_width": 8, "palette": 5, "unfold": 2, "skip": "folded"},
        {**PROGRESSIVE, "latent_width": 8, "noise_maps": "kept", "clamp": 256.0, "demodulation": "plain"},
    ],
    "stylegan2-ada": [{**PROGRESSIVE, "latent_width": 8, "label_layers": 2}],
    "wgan": [{"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4}],
    "wgan-gp": [{"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4}],
}
RESOLUTION, BATCH = 16, 4
SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue", "black"))])


@dataclass(frozen=True)
class Case:
    family: str
    options: dict[str, Any]
    channels: int
    label_width: int

    @property
    def shape(self) -> Shape:
        return Shape(RESOLUTION, self.channels, self.label_width)

    def build(self, seed: int = 0) -> Networks:
        torch.manual_seed(seed)
        family = find_family(self.family)
        return family.build(self.shape, family.options.model_validate(self.options))

    def recipe(self, **changes: Any) -> Recipe:
        table = {"name": "contract", "family": self.family, "resolution": RESOLUTION, "channels": self.channels}
        table |= {"images": 64, "batch": BATCH, "objective": "hinge", "network": self.options}
        fast = {"rate": 0.01, "beta1": 0.0}  # so that what stands behind a zero at the start moves within a few steps
        table |= {"optimizer": {"generator": fast, "discriminator": fast}, **changes}
        return load_recipe(Recipe.model_validate(table))


def cases() -> Iterator[Any]:
    """Every family with and without labels and with transparency; other kinds of its networks with labels."""
    for family in families("avatars"):
        for number, options in enumerate(SMALL[family]):
            outsides = [(3, 0), (3, SCHEMA.width), (4, SCHEMA.width)] if number == 0 else [(3, SCHEMA.width)]
            for channels, width in outsides:
                name = f"{family}{number}-{channels}-{width or 'plain'}"
                yield pytest.param(Case(family, options, channels, width), id=name)


@pytest.fixture(params=list(cases()))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def generator_of(networks: Networks) -> Generator:
    generator = networks["generator"]
    assert isinstance(generator, Generator)
    return generator


def discriminator_of(networks: Networks) -> Discriminator:
    discriminator = networks["discriminator"]
    assert isinstance(discriminator, Discriminator)
    return discriminator


def some(case: Case, networks: Networks) -> tuple[Tensor, Tensor, Tensor]:
    """Noise, labels and pictures for a batch."""
    random = torch.Generator().manual_seed(5)
    z = torch.randn(BATCH, generator_of(networks).z_dim, generator=random)
    labels = torch.eye(3)[torch.randint(3, (BATCH,), generator=random)][:, : case.label_width]
    pictures = torch.rand(BATCH, case.channels, RESOLUTION, RESOLUTION, generator=random) * 2 - 1
    return z, labels, pictures


def test_shapes_and_ranges(case: Case) -> None:
    networks = case.build()
    generator, discriminator = generator_of(networks), discriminator_of(networks)
    z, labels, _ = some(case, networks)
    assert generator.shape == discriminator.shape == case.shape
    latent = generator.map(z, labels)
    assert latent.shape[0] == BATCH
    assert latent.ndim in (2, 3)
    images = generator.synthesize(latent)
    assert images.shape == (BATCH, case.channels, RESOLUTION, RESOLUTION)
    assert torch.isfinite(images).all()
    assert latent.ndim == (3 if find_family(case.family).layered else 2)
    assert latent.shape[1] == generator.layers or not generator.layers
    logits = discriminator(images, labels)
    assert logits.shape == (BATCH,)
    assert torch.isfinite(logits).all()


def test_the_stages_of_the_discriminator_hold_each_weight_once(case: Case) -> None:
    discriminator = discriminator_of(case.build())
    held = [id(parameter) for stage in discriminator.stages() for parameter in stage.parameters()]
    assert sorted(held) == sorted(id(parameter) for parameter in discriminator.parameters())
    assert len(discriminator.stages()) > 2


def test_networks_can_be_built_without_memory(case: Case) -> None:
    with torch.device("meta"):
        networks = case.build()
    assert {parameter.device.type for network in networks.values() for parameter in network.parameters()} == {"meta"}
    assert tuple(networks) == find_family(case.family).networks


def test_drawing_takes_nothing_from_the_global_random_state(case: Case) -> None:
    networks = case.build()
    generator = generator_of(networks).eval()
    z, labels, pictures = some(case, networks)
    before = torch.get_rng_state()
    first, again = generator(z, labels), generator(z, labels)
    networks["discriminator"].eval()(pictures, labels)
    assert torch.equal(first, again)
    assert torch.equal(before, torch.get_rng_state())


def test_the_seed_decides(case: Case) -> None:
    first, again, other = case.build(), case.build(), case.build(seed=1)
    z, labels, pictures = some(case, first)
    for networks in (first, again, other):
        for network in networks.values():
            network.eval()
    for name, value in first["generator"].state_dict().items():
        assert torch.equal(value, again["generator"].state_dict()[name]), name
    made = [generator_of(networks)(z, labels) for networks in (first, again, other)]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    judged = [networks["discriminator"](pictures, labels) for networks in (first, again, other)]
    assert torch.equal(judged[0], judged[1])
    assert not torch.equal(judged[0], judged[2])


def test_noise_changes_the_picture(case: Case) -> None:
    networks = case.build()
    generator = generator_of(networks).eval()
    z, labels, _ = some(case, networks)
    assert not torch.allclose(generator(z, labels), generator(z.flip(1), labels))


def test_labels_change_picture_and_logit(case: Case) -> None:
    networks = case.build()
    if not case.label_width:
        assert some(case, networks)[1].shape == (BATCH, 0)
        return
    _train(case, networks, steps=3)  # conditional batch norm follows the label only once it has learned to
    for network in networks.values():
        network.eval()
    z, labels, pictures = some(case, networks)
    for one, other in [(labels, labels.roll(1, dims=1)), (labels, torch.zeros_like(labels))]:
        assert not torch.equal(networks["generator"](z, one), networks["generator"](z, other))
        assert not torch.equal(networks["discriminator"](pictures, one), networks["discriminator"](pictures, other))


def test_a_gradient_penalty_can_be_trained(case: Case) -> None:
    """R1 (Mescheder et al. 2018): the gradient by the pictures is finite and has a derivative by the weights."""
    networks = case.build()
    _, labels, pictures = some(case, networks)
    pictures.requires_grad_(True)
    discriminator = networks["discriminator"]
    (slope,) = torch.autograd.grad(discriminator(pictures, labels).sum(), pictures, create_graph=True)
    penalty = slope.square().sum(dim=(1, 2, 3)).mean()
    assert penalty > 0
    penalty.backward()  # type: ignore[no-untyped-call]
    gradients = {name: p.grad for name, p in discriminator.named_parameters() if p.grad is not None}
    assert all(torch.isfinite(gradient).all() for gradient in gradients.values())
    # Not all: biases have none, nor what stands behind a factor that starts at 0, as attention does.
    assert sum(bool(gradient.any()) for gradient in gradients.values()) >= 3


def test_a_path_penalty_can_be_trained(case: Case) -> None:
    """Path length (Karras et al. 2020): the gradient of pictures by the latent has a derivative by the weights."""
    networks = case.build()
    generator = generator_of(networks)
    z, labels, pictures = some(case, networks)
    latent = generator.map(z.requires_grad_(), labels)
    (slope,) = torch.autograd.grad((generator.synthesize(latent) * pictures).sum(), latent, create_graph=True)
    slope.square().sum().sqrt().backward()  # type: ignore[no-untyped-call]
    gradients = [p.grad for p in generator.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    assert any(gradient.any() for gradient in gradients)


class MadeUp:
    """A stream of fixed random pictures: what a phase needs of a stream, without a data set."""

    device = torch.device("cpu")

    def __init__(self, case: Case) -> None:
        random = torch.Generator().manual_seed(9)
        self.pictures = torch.rand(64, case.channels, RESOLUTION, RESOLUTION, generator=random) * 2 - 1
        self.labels = torch.eye(3).repeat(22, 1)[:64, : case.label_width]

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        rows = torch.arange(start, start + count) % 64
        pictures = at_growth(self.pictures[rows], moment.resolution, moment.fade) if needs_pictures else None
        return Batch(pictures, self.labels[rows], torch.ones(count))


def _trainer(case: Case, networks: Networks, **changes: Any) -> Trainer:
    recipe = case.recipe(**changes)
    streams: dict[str, Any] = {"images": MadeUp(case)}
    phases = GAMES[find_family(case.family).game](recipe)
    return Trainer(recipe, TrainingState(networks, recipe), phases, streams, torch.device("cpu"))


def _train(case: Case, networks: Networks, steps: int, **changes: Any) -> Trainer:
    trainer = _trainer(case, networks, **changes)
    for _ in range(steps):
        trainer.step()
    return trainer


# What a family's own recipes may ask for, all at once: each objective with the penalties it is used with.
WAYS: dict[str, dict[str, Any]] = {
    "hinge": {},
    "cross entropy, lazy R1, adaptive augmentation": {
        "objective": "non-saturating",
        "penalty": {"r1": 1.0, "every": 2},
        "augment": {"kind": "ada", "control": "adaptive", "p": 0.5},
    },
    "relativistic, R1 and R2": {"objective": "relativistic", "penalty": {"r1": 1.0, "r2": 1.0}},
    "path length": {"objective": "least-squares", "penalty": {"path_length": 2.0, "path_every": 1}},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_few_steps_change_every_weight_and_stay_finite(case: Case, way: str) -> None:
    networks = case.build()
    before = {n: {k: v.clone() for k, v in net.named_parameters()} for n, net in networks.items()}
    trainer = _train(case, networks, 3, **WAYS[way])
    assert trainer.state.images == 3 * BATCH
    for name, network in networks.items():
        for key, value in network.named_parameters():
            assert torch.isfinite(value).all(), (name, key)
            # A growing network at its full size has no use for the ways in and out of smaller ones.
            used = value.grad is not None or not find_family(case.family).growing
            # A loss of differences between logits never sees their offset (of a label, in a projection); hinge is one
            # as long as no logit has left its margins.
            offset = name == "discriminator" and (value.shape == (1,) or key.endswith("to_logit.bias"))
            seen = not (offset and way.startswith(("relativistic", "hinge")))
            assert not (used and seen) or not torch.equal(value, before[name][key]), (name, key)
    assert all(torch.isfinite(value).all() for value in trainer.state.average.state_dict().values())


def _growth(case: Case) -> dict[str, Any]:
    """A run that is in the middle of a fade after three steps, for families that grow."""
    if not find_family(case.family).growing:
        return {}
    return {"growth": {"start": 8, "fade": 3 * BATCH, "stable": 2 * BATCH, "batch": {"16": BATCH}}}


@pytest.mark.parametrize("way", WAYS)
def test_resume_is_exact(case: Case, way: str) -> None:
    changes = {**WAYS[way], **_growth(case)}
    whole = _train(case, case.build(), 6, **changes)
    half = _train(case, case.build(), 3, **changes)
    kept = {name: value.clone() for name, value in half.state.tensors().items()}
    other = _trainer(case, case.build(seed=77), **changes)
    other.step()  # so that its optimisers hold something else
    other.state.load_tensors(kept)
    other.state.images, other.state.memory = half.state.images, dict(half.state.memory)
    for _ in range(3):
        other.step()
    ends, expected = other.state.tensors(), whole.state.tensors()
    assert set(ends) == set(expected)
    for name, value in expected.items():
        assert torch.equal(ends[name], value), name


def test_what_is_saved_is_loaded(case: Case, tmp_path: Path) -> None:
    networks = case.build()
    generator = generator_of(_train(case, networks, 1).state.networks).eval()
    schema = SCHEMA if case.label_width else AttributeSchema()
    card = make_card(case.shape, case.family, case.recipe().network, schema)
    save_model(tmp_path, generator, card, torch.zeros(1, case.label_width), networks["discriminator"])
    package = load_package(tmp_path)
    z, labels, _ = some(case, networks)
    assert torch.equal(package.generator(z, labels), generator(z, labels))


def test_every_tensor_has_a_side(case: Case) -> None:
    """From the latent to the picture, in doublings; what makes the picture is of its side, and nothing is left out."""
    generator = generator_of(case.build())
    sides = generator.sides()
    assert set(sides) == set(generator.state_dict())
    found = sorted(set(sides.values()))
    assert found[-1] == RESOLUTION
    features = [side for side in found if side != LATENT]
    assert all(finer == 2 * coarse for coarse, finer in pairwise(features))
    if case.label_width:
        assert found[0] == LATENT


def test_every_family_is_tried_here() -> None:
    assert set(SMALL) == set(families("avatars"))


@pytest.mark.parametrize("family", families("avatars"))
def test_a_classifier_teaches_every_family(family: str) -> None:
    case = Case(family, SMALL[family][0], 3, SCHEMA.width)
    recipe = case.recipe(conditioning={"classifier": 1.0, "classifier_width": 4})
    networks = fresh_networks(recipe, [SCHEMA.width])
    before = {key: value.clone() for key, value in networks["classifier"].named_parameters()}
    streams: dict[str, Any] = {"images": MadeUp(case)}
    phases = GAMES[find_family(family).game](recipe, SCHEMA.width)
    trainer = Trainer(recipe, TrainingState(networks, recipe), phases, streams, torch.device("cpu"))
    for _ in range(2):
        trainer.step()
    assert {"labels.real", "labels.made", "loss.classifier"} <= set(trainer.state.window.means())
    assert all(not torch.equal(value, before[key]) for key, value in networks["classifier"].named_parameters())
