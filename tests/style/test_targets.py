"""What is asked of a picture: nothing of the content itself, and styles where their masks are."""

import pytest
import torch
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.features.vgg_network import Vgg
from nijigen.objectives.style import gram, style_distance
from nijigen.style.pictures import Planes, planes_of
from nijigen.style.settings import Settings
from nijigen.style.targets import NEAR, Layers, Target, choose_layers


def test_layers_are_those_of_the_paper_that_are_there(narrow: Vgg) -> None:
    layers = choose_layers(narrow, Settings())
    assert layers == Layers(("conv1_1", "conv2_1", "conv3_1"), ("conv3_2",))
    assert (layers.all[-1], layers.deepest(narrow)) == ("conv3_2", "conv3_2")
    whole = choose_layers(Vgg((2,) * 16), Settings())
    assert whole == Layers(("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"), ("conv4_2",))
    assert choose_layers(Vgg((2, 2)), Settings()) == Layers(("conv1_1",), ("conv1_2",))
    chosen = choose_layers(narrow, Settings(style_layers=("conv3_4",), content_layers=("conv1_1",)))
    assert (chosen.style, chosen.content, chosen.deepest(narrow)) == (("conv3_4",), ("conv1_1",), "conv3_4")


@pytest.mark.parametrize("flag", ["style_layers", "content_layers"])
def test_a_layer_that_is_not_there_is_one_line(flag: str, narrow: Vgg) -> None:
    with pytest.raises(NijigenError, match=rf"--{flag.replace('_', '-')} conv4_2 .*has conv1_1 to conv3_4"):
        choose_layers(narrow, Settings(**{flag: ("conv4_2",)}))


def target(network: Vgg, content: Planes, *styles: Planes, **more: object) -> Target:
    settings = Settings(mix=tuple(more.pop("mix", ())))  # type: ignore[call-overload]
    return Target(network, choose_layers(network, settings), content, styles, settings, **more)  # type: ignore[arg-type]


def test_a_picture_is_no_way_from_itself(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    one, other = planes_of(content), planes_of(style)
    parts = target(narrow, one, other).parts(one.colours)
    assert float(parts["content"]) == 0
    assert float(parts["style"]) == pytest.approx(1, rel=1e-5)
    assert (
        float(target(narrow, one, other).parts(other.colours[..., :32, :].repeat(1, 1, 1, 2)[..., :40])["style"]) < 0.1
    )
    assert float(target(narrow, one, one).parts(one.colours)["style"]) == 0


def test_content_of_nothing_is_as_far_as_one(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    """The network of the test has no biases: of grey it sees nothing."""
    one, other = planes_of(content), planes_of(style)
    empty = narrow.means[None].expand_as(one.colours)
    parts = target(narrow, one, other).parts(empty)
    assert float(parts["content"]) == pytest.approx(1, rel=1e-5)
    near = target(narrow, one, one).parts(empty)  # no style to go to: what is left is the distance of nothing
    assert float(near["style"]) == pytest.approx(1 / NEAR, rel=1e-5)


def test_shares_of_styles_add_up(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    one, other, third = planes_of(content), planes_of(style), planes_of(style.rotate(30))
    picture = torch.rand(1, 3, 32, 40, generator=torch.Generator().manual_seed(0))
    alone = [float(target(narrow, one, each).parts(picture)["style"]) for each in (other, third)]
    mixed = float(target(narrow, one, other, third, mix=(3, 1)).parts(picture)["style"])
    assert mixed == pytest.approx(0.75 * alone[0] + 0.25 * alone[1], rel=1e-5)


def test_a_mask_says_where_a_style_is_looked_for(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    one, other = planes_of(content), planes_of(style)
    left = torch.zeros(1, 1, 32, 40)
    left[..., :20] = 1
    picture = torch.rand(1, 3, 32, 40, generator=torch.Generator().manual_seed(0)).requires_grad_()
    masked = target(narrow, one, other, masks=[left])
    masked.parts(picture)["style"].backward()
    assert picture.grad is not None
    assert float(picture.grad[..., 32:].abs().max()) == 0  # the layers look 8 pixels far at most
    assert float(picture.grad[..., :20].abs().max()) > 0


def test_what_is_hidden_counts_nowhere(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    one, other = planes_of(content), planes_of(style)
    alpha = torch.zeros(1, 1, 32, 40)
    alpha[..., :20] = 1
    hidden = target(narrow, Planes(one.colours, alpha), Planes(other.colours, alpha[..., 4:36]))
    picture = torch.rand(1, 3, 32, 40, generator=torch.Generator().manual_seed(0)).requires_grad_()
    parts = hidden.parts(picture)
    (parts["style"] + parts["content"]).backward()
    assert picture.grad is not None
    assert float(picture.grad[..., 34:].abs().max()) == 0
    seen = narrow(other.colours, ["conv1_1"])["conv1_1"]
    wanted = hidden._grams[0]["conv1_1"][0]
    assert float(style_distance(gram(seen[..., :16]), wanted)) == pytest.approx(0, abs=1e-9)
