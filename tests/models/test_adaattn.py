"""AdaAttN: where attention begins, what is transferred, how far a place reaches."""

from typing import Any

import pytest
import torch

from nijigen.features.seeing import Seer, stand_in_seer
from nijigen.models.adaattn import AdaAttN, AdaAttNOptions, check_shape, joint_of
from nijigen.models.contract import Shape
from nijigen.nn.attended import moments
from nijigen.objectives.painting import local_target

LAYERS = ("conv2_1", "conv3_1")


@pytest.fixture(scope="module")
def seer() -> Seer:
    torch.manual_seed(0)
    return stand_in_seer(LAYERS)


def painter(resolution: int = 32, **options: Any) -> AdaAttN:
    torch.manual_seed(2)
    chosen = AdaAttNOptions.model_validate({"layers": LAYERS, "width": 4, **options})
    shape = Shape(resolution, 3, 0)
    check_shape(shape, chosen)
    return AdaAttN(shape, chosen).eval()


def pictures(seed: int, side: int = 32) -> torch.Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@torch.no_grad()
def test_it_begins_as_the_rule_without_anything_learned(seer: Seer) -> None:
    """With wide queries the fresh network finds what AdaAttN's parameter-free attention finds."""
    network = painter(attention_width=1024)
    content, style = seer.see(pictures(1), LAYERS), seer.see(pictures(2), LAYERS)
    study = network.study(content, style)
    for name, depth in network._named():
        there, other = joint_of(content, LAYERS, name), joint_of(style, LAYERS, name)
        made = depth(there, content[name], [study[name]], [1.0])
        wanted = local_target(there, other, content[name], style[name])
        apart = float((made - wanted).abs().mean() / wanted.abs().mean())
        assert apart < 0.1, (name, apart)


@torch.no_grad()
def test_a_style_of_one_colour_gives_the_mean_of_its_features(seer: Seer) -> None:
    """Where every place of a style is alike, whatever is found is that; nothing of the content's colours is left."""
    flat = {name: values[..., 2:3, 2:3].expand_as(values) for name, values in seer.see(pictures(2), LAYERS).items()}
    content = seer.see(pictures(1), LAYERS)
    network = painter()
    study = network.study(content, flat)
    for name, depth in network._named():
        made = depth(joint_of(content, LAYERS, name), content[name], [study[name]], [1.0])
        mean, deviation = moments(made)
        assert torch.allclose(mean[0, :, 0, 0], flat[name][0, :, 0, 0], atol=1e-2)
        assert float(deviation.max()) < 2e-2


@torch.no_grad()
def test_features_add_what_is_found_to_the_contents_own(seer: Seer) -> None:
    flat = {name: values[..., 2:3, 2:3].expand_as(values) for name, values in seer.see(pictures(2), LAYERS).items()}
    content = seer.see(pictures(1), LAYERS)
    network = painter(transfer="features")
    study = network.study(content, flat)
    for name, depth in network._named():
        made = depth(joint_of(content, LAYERS, name), content[name], [study[name]], [1.0])
        assert torch.allclose(made, content[name] + flat[name], atol=1e-4)


def test_the_papers_own_depths_build() -> None:
    with torch.device("meta"):
        network = painter(64, layers=("conv3_1", "conv4_1", "conv5_1"))
    assert network.multiple == 16
    seen = {
        name: torch.zeros(2, channels, 64 // size, 64 // size, device="meta")
        for name, channels, size in (("conv3_1", 256, 4), ("conv4_1", 512, 8), ("conv5_1", 512, 16))
    }
    assert network(seen, seen).shape == (2, 3, 64, 64)


def test_no_more_places_than_asked_for_are_looked_at(seer: Seer) -> None:
    seen = seer.see(pictures(1, 64), LAYERS)
    study = painter(64, keys=100).study(seen, seen)
    assert [study[name].style.keys.shape[1] for name in LAYERS] == [8 * 8, 8 * 8]  # every fourth of 32, second of 16
