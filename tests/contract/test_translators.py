"""The contract: what every registered family of translators keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.engine.translating import load_translator
from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import load_package, make_card, save_model
from nijigen.models.patches import PatchDiscriminator
from nijigen.models.registry import families, find_family
from nijigen.models.translator import Translator
from nijigen.schema import AttributeSchema
from nijigen.training.eyes import Eyes, stand_in_eyes
from nijigen.training.loop import Trainer
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import Moment
from nijigen.training.state import TrainingState
from nijigen.training.translators import GAMES

RESOLUTION, BATCH = 16, 2
TWO_WAYS = {"width": 4, "blocks": 1, "discriminator_width": 4, "discriminator_halvings": 1}
ONE_WAY = {"adversarial": 1.0, "content": 2.0, "smooth": 1.0}
# Options and losses small enough for a test; a new family adds a line, and one with kinds of networks a line for each.
SMALL: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "animegan": [
        ({"width": 4, "blocks": 2, "discriminator_width": 4}, {**ONE_WAY, "style": 1.0, "colour": 1.0, "grey": 1.0}),
        (
            {"width": 4, "blocks": 1, "discriminator_width": 4, "encoder_attention": [8], "decoder_attention": [8]},
            {**ONE_WAY, "initial": BATCH},
        ),
    ],
    "attentiongan": [
        ({**TWO_WAYS, "masks": 10}, {"adversarial": 1.0, "cycle": 10.0, "identity": 5.0}),
        (
            {**TWO_WAYS, "masks": 2, "encoder_attention": [8], "decoder_attention": [16]},
            {"adversarial": 1.0, "cycle": 1.0},
        ),
    ],
    "cartoongan": [
        ({"width": 4, "blocks": 1, "discriminator_width": 4}, {**ONE_WAY, "initial": BATCH}),
        (
            {"width": 4, "blocks": 2, "discriminator_width": 4, "encoder_attention": [4], "decoder_attention": [8, 16]},
            {**ONE_WAY, "style": 1.0, "colour": 1.0, "variation": 1.0, "grey": 1.0},
        ),
    ],
}


@dataclass(frozen=True)
class Case:
    family: str
    options: dict[str, Any]
    losses: dict[str, Any]

    @property
    def shape(self) -> Shape:
        return Shape(RESOLUTION, 3, 0)

    def build(self, seed: int = 0) -> Networks:
        torch.manual_seed(seed)
        family = find_family(self.family)
        return family.build(self.shape, family.options.model_validate(self.options))

    def recipe(self) -> Recipe:
        table = {"name": "contract", "family": self.family, "resolution": RESOLUTION, "labels": "none"}
        table |= {"images": 64, "batch": BATCH, "objective": "least-squares", "network": self.options}
        table |= {"translation": self.losses}
        fast = {"rate": 0.01}
        table |= {"optimizer": {"generator": fast, "discriminator": fast}}
        return load_recipe(Recipe.model_validate(table))


def cases() -> Iterator[Any]:
    for family, kinds in SMALL.items():
        for number, (options, losses) in enumerate(kinds):
            yield pytest.param(Case(family, options, losses), id=f"{family}{number}")


@pytest.fixture(params=list(cases()))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def translator_in(networks: Networks) -> Translator:
    network = networks["generator"]
    assert isinstance(network, Translator)
    return network


def photos(height: int = RESOLUTION, width: int = RESOLUTION) -> Tensor:
    return torch.rand(BATCH, 3, height, width, generator=torch.Generator().manual_seed(5)) * 2 - 1


def test_every_translator_is_tried_here() -> None:
    assert set(SMALL) == set(families("translator"))


def test_pictures_of_every_size_stay_as_large(case: Case) -> None:
    translator = translator_in(case.build()).eval()
    assert translator.shape == case.shape
    step = translator.multiple
    least = -(-translator.least // step) * step
    for height, width in [(RESOLUTION, RESOLUTION), (least, least), (least + step, RESOLUTION + 3 * step)]:
        made = translator(photos(height, width))
        assert made.shape == (BATCH, 3, height, width)
        assert made.abs().max() <= 1
        assert torch.isfinite(made).all()


def test_each_picture_by_itself(case: Case) -> None:
    """What stands beside a photo in a batch makes no difference."""
    translator = translator_in(case.build()).eval()
    together = translator(photos())
    for number in range(BATCH):
        assert torch.allclose(translator(photos()[number : number + 1])[0], together[number], atol=1e-5)


def test_discriminators_look_at_patches(case: Case) -> None:
    networks = case.build()
    for name, network in networks.items():
        if name.startswith("discriminator"):
            assert isinstance(network, PatchDiscriminator)
            small, large = network(photos()), network(photos(32, 48))
            assert small.ndim == 3
            assert torch.isfinite(small).all()
            assert large.shape[1] > small.shape[1]
            assert large.shape[2] > large.shape[1]


def test_networks_can_be_built_without_memory(case: Case) -> None:
    with torch.device("meta"):
        networks = case.build()
    assert {parameter.device.type for network in networks.values() for parameter in network.parameters()} == {"meta"}
    assert tuple(networks) == find_family(case.family).networks


def test_the_seed_decides_and_translating_draws_nothing(case: Case) -> None:
    first, again, other = (translator_in(case.build(seed)).eval() for seed in (0, 0, 1))
    before = torch.get_rng_state()
    made = [translator(photos()) for translator in (first, again, other)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


class MadeUp:
    """A stream of fixed random pictures."""

    device = torch.device("cpu")

    def __init__(self, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.pictures = torch.rand(16, 3, RESOLUTION, RESOLUTION, generator=random) * 2 - 1

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        rows = torch.arange(start, start + count) % 16
        return Batch(self.pictures[rows], torch.zeros(count, 0), torch.ones(count))


@pytest.fixture(scope="module")
def looking() -> Eyes:
    torch.manual_seed(0)
    return stand_in_eyes("conv3_4")


def trainer_of(case: Case, eyes: Eyes, seed: int = 0) -> Trainer:
    recipe, networks = case.recipe(), case.build(seed)
    streams: dict[str, Any] = {name: MadeUp(place) for place, name in enumerate(("photos", "drawings", "smoothed"))}
    phases = GAMES[find_family(case.family).game](recipe, eyes)
    return Trainer(recipe, TrainingState(networks, recipe), phases, streams, torch.device("cpu"))


def test_a_few_steps_change_every_weight_and_stay_finite(case: Case, looking: Eyes) -> None:
    trainer = trainer_of(case, looking)
    networks = trainer.state.networks
    before = {n: {k: v.clone() for k, v in net.named_parameters()} for n, net in networks.items()}
    for _ in range(4):
        trainer.step()
    for name, network in networks.items():
        for key, value in network.named_parameters():
            assert torch.isfinite(value).all(), (name, key)
            if value.grad is None or not value.grad.abs().max() > 1e-12:
                continue  # a bias that a normalisation takes away again
            assert not torch.equal(value, before[name][key]), (name, key)
        moved = sum(not torch.equal(value, before[name][key]) for key, value in network.named_parameters())
        assert moved > len(before[name]) / 2
    assert all(torch.isfinite(value).all() for value in trainer.state.average.state_dict().values())


def test_resume_is_exact(case: Case, looking: Eyes) -> None:
    whole, half, other = trainer_of(case, looking), trainer_of(case, looking), trainer_of(case, looking, seed=77)
    for _ in range(4):
        whole.step()
    for _ in range(2):
        half.step()
    kept = {name: value.clone() for name, value in half.state.tensors().items()}
    other.step()  # so that its optimisers hold something else
    other.state.load_tensors(kept)
    other.state.images, other.state.memory = half.state.images, dict(half.state.memory)
    for _ in range(2):
        other.step()
    ends = other.state.tensors()
    for name, value in whole.state.tensors().items():
        assert torch.equal(ends[name], value), name


def test_what_is_saved_is_loaded_by_its_own_door(case: Case, tmp_path: Path) -> None:
    translator = translator_in(case.build()).eval()
    card = make_card(case.shape, case.family, case.recipe().network, AttributeSchema(), kind="translator")
    digest = save_model(tmp_path, translator, card, torch.zeros(1, 0))
    loaded, said = load_translator(tmp_path)
    assert said["digest"] == digest
    assert said["kind"] == "translator"
    assert torch.equal(loaded(photos()), translator(photos()))
    with pytest.raises(NijigenError, match=r"is a translator \(\w+\): .*nijigen stylize"):
        load_package(tmp_path)


def test_sizes_that_cannot_be_halved_are_refused(case: Case) -> None:
    family = find_family(case.family)
    options = family.options.model_validate({**case.options, "encoder_attention": [], "decoder_attention": []})
    for resolution, channels in ((18, 3), (8, 3), (16, 4)):
        with pytest.raises(NijigenError):
            family.check(Shape(resolution, channels, 0), options)
    for where in ("encoder_attention", "decoder_attention"):
        with pytest.raises(NijigenError, match=rf"network\.{where}: no features at 5 px"):
            family.check(case.shape, options.model_copy(update={where: (5,)}))
