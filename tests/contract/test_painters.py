"""The contract: what every registered family of painters keeps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.engine.painters import open_painter
from nijigen.engine.translating import load_translator
from nijigen.errors import NijigenError
from nijigen.features.seeing import Seer, stand_in_seer
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import load_package, make_card, save_model
from nijigen.models.painter import Painter
from nijigen.models.registry import families, find_family
from nijigen.schema import AttributeSchema
from nijigen.training.loop import Trainer
from nijigen.training.painters import GAMES
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import Moment
from nijigen.training.state import TrainingState

RESOLUTION, BATCH = 16, 2
TINY = {"width": 4, "attention_width": 4, "layers": ["conv1_2", "conv2_1"]}
LOSSES = {"content": 1.0, "style": 5.0, "local": 3.0, "identity": 10.0, "identity_seen": 1.0, "layers": ["conv1_1"]}
# Options and losses small enough for a test; a new family adds a line, and one with kinds of networks a line for each.
SMALL: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "adaattn": [
        (TINY, LOSSES),
        ({**TINY, "self_attention": True, "both_ways": True, "keys": 16}, {**LOSSES, "identity_every": 2}),
        ({**TINY, "transfer": "features", "layers": ["conv2_1"]}, {"style": 1.0, "layers": ["conv1_1", "conv2_2"]}),
        ({**TINY, "layers": ["conv3_1"]}, {"local": 1.0, "variation": 1.0, "layers": ["conv1_1"]}),
    ]
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
        table |= {"images": 64, "batch": BATCH, "network": self.options, "painting": self.losses}
        table |= {"optimizer": {"generator": {"rate": 0.001}}}
        return load_recipe(Recipe.model_validate(table))


@pytest.fixture(params=[(family, *case) for family in SMALL for case in SMALL[family]], ids=lambda case: str(case[1]))
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


@pytest.fixture(scope="module")
def seer() -> Seer:
    torch.manual_seed(0)
    return stand_in_seer(["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"])


def painter_in(networks: Networks) -> Painter:
    network = networks["generator"]
    assert isinstance(network, Painter)
    return network.eval()


def pictures(height: int = RESOLUTION, width: int = RESOLUTION, seed: int = 5) -> Tensor:
    return torch.rand(BATCH, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def painted(painter: Painter, seer: Seer, content: Tensor, style: Tensor) -> Tensor:
    made: Tensor = painter(seer.see(content, painter.layers), seer.see(style, painter.layers))
    return made


def test_every_painter_is_tried_here() -> None:
    assert set(SMALL) == set(families("painter"))


def test_contents_of_every_size_stay_as_large_and_styles_may_have_any(case: Case, seer: Seer) -> None:
    painter = painter_in(case.build())
    assert painter.shape == case.shape
    step = painter.multiple
    for height, width in [(RESOLUTION, RESOLUTION), (step, step), (RESOLUTION + step, 3 * RESOLUTION)]:
        for style in (pictures(1, 1), pictures(13, 7), pictures(48, 20)):
            made = painted(painter, seer, pictures(height, width), style)
            assert made.shape == (BATCH, 3, height, width)
            assert torch.isfinite(made).all()


def test_each_pair_by_itself(case: Case, seer: Seer) -> None:
    """What stands beside a picture in a batch makes no difference."""
    painter = painter_in(case.build())
    contents, styles = pictures(), pictures(seed=6)
    together = painted(painter, seer, contents, styles)
    for number in range(BATCH):
        rows = slice(number, number + 1)
        apart = painted(painter, seer, contents[rows], styles[rows])[0] - together[number]
        assert apart.abs().max() < 1e-4  # rounding, which a softmax makes larger


def test_content_and_style_both_matter(case: Case, seer: Seer) -> None:
    painter = painter_in(case.build())
    one, other = pictures(), pictures(seed=6)
    made = painted(painter, seer, one, one)
    assert not torch.allclose(painted(painter, seer, one, other), made, atol=1e-3)
    assert not torch.allclose(painted(painter, seer, other, one), made, atol=1e-3)


def test_a_part_is_painted_as_in_the_whole(case: Case, seer: Seer) -> None:
    """With what was studied on the whole, and as much around it as the painter says that it looks at."""
    painter = painter_in(case.build())
    around = -(-painter.reach // painter.multiple) * painter.multiple
    side, place = 2 * around + 16, slice(around, around + 16)
    content, style = pictures(side + 16, 16 + 2 * around), pictures(seed=6)
    seen = seer.see(content, painter.layers)
    study = painter.study(seen, seer.see(style, painter.layers))
    whole = painter.paint(seen, [study])
    part = painter.paint(seer.see(content[:, :, 16:], painter.layers), [study])
    assert torch.allclose(part[:, :, place, place], whole[:, :, around + 16 : around + 32, place], atol=1e-4)


def test_styles_are_mixed_by_their_shares(case: Case, seer: Seer) -> None:
    painter = painter_in(case.build())
    seen = seer.see(pictures(), painter.layers)
    studies = [painter.study(seen, seer.see(pictures(seed=seed), painter.layers)) for seed in (6, 7)]
    alone = [painter.paint(seen, [study]) for study in studies]
    for shares, wanted in (((1.0, 0.0), alone[0]), ((0.0, 1.0), alone[1])):
        assert torch.allclose(painter.paint(seen, studies, shares), wanted, atol=1e-5)
    half = painter.paint(seen, studies, (0.5, 0.5))
    assert all(not torch.allclose(half, one, atol=1e-4) for one in alone)


def test_networks_can_be_built_without_memory(case: Case) -> None:
    with torch.device("meta"):
        networks = case.build()
    assert {parameter.device.type for network in networks.values() for parameter in network.parameters()} == {"meta"}
    assert tuple(networks) == find_family(case.family).networks


def test_the_seed_decides_and_painting_draws_nothing(case: Case, seer: Seer) -> None:
    painters = [painter_in(case.build(seed)) for seed in (0, 0, 1)]
    before = torch.get_rng_state()
    made = [painted(painter, seer, pictures(), pictures(seed=6)) for painter in painters]
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


def trainer_of(case: Case, seer: Seer, seed: int = 0) -> Trainer:
    recipe, networks = case.recipe(), case.build(seed)
    streams: dict[str, Any] = {name: MadeUp(place) for place, name in enumerate(("photos", "drawings"))}
    phases = GAMES[find_family(case.family).game](recipe, seer)
    return Trainer(recipe, TrainingState(networks, recipe), phases, streams, torch.device("cpu"))


def test_a_few_steps_change_every_weight_and_stay_finite(case: Case, seer: Seer) -> None:
    trainer = trainer_of(case, seer)
    painter = trainer.state.networks["generator"]
    before = {name: value.clone() for name, value in painter.named_parameters()}
    frozen = {name: value.clone() for name, value in seer.network.state_dict().items()}
    for _ in range(4):
        trainer.step()
    for name, value in painter.named_parameters():
        assert torch.isfinite(value).all(), name
        assert not torch.equal(value, before[name]), name
    assert all(torch.equal(frozen[name], value) for name, value in seer.network.state_dict().items())
    assert all(torch.isfinite(value).all() for value in trainer.state.average.state_dict().values())


def test_resume_is_exact(case: Case, seer: Seer) -> None:
    whole, half, other = trainer_of(case, seer), trainer_of(case, seer), trainer_of(case, seer, seed=77)
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


def test_what_is_saved_is_loaded_by_its_own_door(case: Case, seer: Seer, tmp_path: Path, full_vgg: Path) -> None:
    painter = painter_in(case.build())
    card = make_card(case.shape, case.family, case.recipe().network, AttributeSchema(), kind="painter")
    digest = save_model(tmp_path, painter, card, torch.zeros(1, 0))
    opened = open_painter(tmp_path, torch.device("cpu"))
    assert opened.card["digest"] == digest
    assert torch.equal(
        painted(opened.painter, seer, pictures(), pictures()), painted(painter, seer, pictures(), pictures())
    )
    with pytest.raises(NijigenError, match=r"is a painter \(\w+\): .*nijigen style CONTENT STYLE OUT --fast"):
        load_package(tmp_path)
    with pytest.raises(NijigenError, match=r"paints one picture like another \(\w+\).*nijigen style .*--fast"):
        load_translator(tmp_path)
    names = {name for name in painter.state_dict() if "features" in name}
    assert not names, "VGG19 is nobody's to pass on"


def test_sizes_that_cannot_be_halved_are_refused(case: Case) -> None:
    family = find_family(case.family)
    options = family.options.model_validate({**case.options, "layers": ["conv2_1", "conv3_1"]})
    for resolution, channels in ((18, 3), (8, 3), (16, 4)):
        with pytest.raises(NijigenError):
            family.check(Shape(resolution, channels, 0), options)
    for layers, words in (
        (("conv3_9",), "no layer of VGG19"),
        (("conv3_1", "conv2_1"), "use conv2_1, conv3_1"),
        (("conv2_1", "conv2_1"), "each once: use conv2_1"),
        (("conv5_1",), "halved 4 times"),
    ):
        with pytest.raises(NijigenError, match=words):
            family.check(case.shape, options.model_copy(update={"layers": layers}))
